#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Tests `bed record` from end to end: test_record.sh BED PROGRAM
# BED is the bed executable, beside its libheapbed_record.so; PROGRAM is tests/recorder/programs/
# recorded.c, built. Exits 1 at the first mismatch, and says which.
set -u

if [ $# -ne 2 ]; then
    echo "usage: $0 BED PROGRAM" >&2
    exit 2
fi
bed=$(realpath "$1")
program=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "${work:?}" || exit 2
export TMPDIR="$work"

fail() {
    echo "FAILED: $test: $*" >&2
    cat "$work/err" >&2 2>/dev/null
    exit 1
}

# record STATUS ARGUMENTS...: runs bed record and requires its exit status.
record() {
    local expected=$1
    shift
    "$bed" record "$@" >"$work/out" 2>"$work/err" </dev/null
    local status=$?
    [ $status -eq "$expected" ] || fail "exit status $status instead of $expected: record $*"
}

# The event file is gone, whatever came of the recording.
require_no_event_files() {
    local file
    for file in "$work"/heapbed-events*; do
        [ ! -e "$file" ] || fail "an event file was left behind"
    done
}

# field NAME: a number (or true, false, null) of summary.json.
field() {
    sed -n "s/^.*\"$1\":[[:space:]]*\([a-z0-9]*\),*\$/\1/p" "$work/summary.json"
}

require_field() {
    [ "$(field "$1")" = "$2" ] || fail "$1 is $(field "$1") instead of $2"
}

require_stderr() {
    grep -q -- "$1" "$work/err" || fail "stderr does not say: $1"
}

show() {
    "$bed" show "$1" >"$work/text" || fail "cannot show $1"
}

# The operations from the first request of 54321 bytes to the free after the last.
between_fences() {
    show "$1"
    awk '/^malloc [0-9]+ 54321$/ { fences++; print; getline; print; next } fences == 1' "$work/text"
}

require_calls() {
    between_fences "$1" >"$work/actual"
    diff "$work/expected" "$work/actual" >&2 || fail "the operations differ (< expected, > recorded)"
}

page=$(getconf PAGESIZE)
cat >"$work/expected" <<END
malloc 0 54321
free 0
malloc 0 100
calloc 1 3 7
malloc 2 50
realloc 0 100000
free 1
malloc 1 24
malloc 3 6
realloc 2 200
malloc 4 1
calloc 5 1 1
free 4
free 1
malloc 1 200 align 64
malloc 4 96 align 32
malloc 6 10 align 4096
malloc 7 40
free 1
realloc 4 1000
malloc 1 100 align $page
malloc 8 $page align $page
free 1
free 8
free 7
malloc 1 54321
free 1
END

test="every call, exactly"
record 0 -o calls.hbed --json summary.json -- "$program" calls
require_calls calls.hbed
require_field exit_status 0
require_field threads 1
require_field zero_sizes 2
require_field dropped_frees 0
require_field implied_frees 0
require_field cut_short false
require_no_event_files

test="the stream begins with its arena"
show calls.hbed
sed -n 2p "$work/text" | grep -q '^add_range 0 524288$' || fail "second line: $(sed -n 2p "$work/text")"

# Alignments, calloc and realloc are played as what they were: nothing is refused, no call is
# another's stand-in. The list index has no alignment above 16: these five it refuses.
test="every call is replayed natively"
"$bed" replay --trace calls.hbed >"$work/out" || fail "a finding"
grep -q ', 0 findings\|: 0 findings' "$work/out" || fail "a finding"
for answer in 'malloc .*align 64 -> ok' 'malloc .*align 4096 -> ok' 'calloc .*3 times 7 .*-> ok' \
    'realloc .*100 to 100000 .*-> ok'; do
    grep -q -- "$answer" "$work/out" || fail "not played: $answer"
done
grep -q -- ' copy \|out_of_memory\|invalid' "$work/out" && fail "something was refused or emulated"
"$bed" replay --trace --target bestfit-list calls.hbed >"$work/out" || fail "a finding"
[ "$(grep -c -- '-> invalid_align' "$work/out")" -eq 5 ] || fail "alignments that list refuses"

test="an existing file is kept"
cp calls.hbed before
record 2 -o calls.hbed -- "$program" calls
require_stderr "force"
cmp before calls.hbed || fail "the file changed"
record 0 -o calls.hbed --force -- "$program" calls

test="compressed by name"
record 0 -o calls.hbed.zst -- "$program" calls
[ "$(od -An -tx1 -N4 calls.hbed.zst)" = " 28 b5 2f fd" ] || fail "it is not zstd"
require_calls calls.hbed.zst

test="a damaged file is refused by name"
head -c 100 calls.hbed.zst >short.hbed.zst
"$bed" show short.hbed.zst >"$work/out" 2>"$work/err"
[ $? -eq 2 ] || fail "exit status"
require_stderr "short.hbed.zst"
require_stderr "byte"

test="--limit"
record 0 -o limit.hbed --limit 5 --json summary.json -- "$program" calls
require_field operations 5
require_field cut_short true
show limit.hbed
[ "$(wc -l <"$work/text")" -eq 7 ] || fail "$(wc -l <"$work/text") lines"

test="--arena-log2"
record 0 -o arena.hbed --arena-log2 20 -- "$program" calls
show arena.hbed
sed -n 2p "$work/text" | grep -q '^add_range 0 1048576$' || fail "$(sed -n 2p "$work/text")"

test="a killed program leaves its trace"
record 0 -o kill.hbed --json summary.json -- "$program" kill
require_calls kill.hbed
require_field signal 9
require_stderr "signal 9"

test="a program that skips its exit handlers leaves its trace"
record 0 -o exit.hbed --json summary.json -- "$program" exit
require_calls exit.hbed
require_field exit_status 7

test="children of the program do not disturb"
record 0 -o fork.hbed --json summary.json -- "$program" fork
between_fences fork.hbed >"$work/actual"
printf '%s\n' 'malloc 0 54321' 'free 0' 'malloc 0 10' 'free 0' 'malloc 0 54321' 'free 0' |
    diff - "$work/actual" >&2 || fail "the operations differ (< expected, > recorded)"
show fork.hbed
! grep -q 77777 "$work/text" || fail "a child's request is in the trace"

test="threads, and forks among them"
record 0 -o threads.hbed --json summary.json -- "$program" threads
require_field exit_status 0
require_field threads 5
require_field dropped_frees 0
require_field dropped_reallocs 0
require_field implied_frees 0
show threads.hbed
! grep -q 77777 "$work/text" || fail "a child's request is in the trace"
awk '
    $1 == "malloc" || $1 == "calloc" {
        if (live[$2]) { print "slot in use: " $0; exit 1 }
        for (i = 0; i < $2; i++) if (!live[i]) { print "not the lowest slot: " $0; exit 1 }
        live[$2] = 1
        calls++
    }
    $1 == "realloc" { if (!live[$2]) { print "empty slot: " $0; exit 1 } calls++ }
    $1 == "free" { if (!live[$2]) { print "empty slot: " $0; exit 1 } live[$2] = 0; calls++ }
    END { if (calls < 15000) exit 1 }
' "$work/text" >"$work/err" || fail "the order of the operations is not one that a heap can have"

test="a program that closes every descriptor"
record 0 -o many.hbed --json summary.json -- "$program" many
require_field cut_short false
show many.hbed
[ "$(grep -c '^malloc [0-9]* 16$' "$work/text")" -eq 50000 ] || fail "calls are missing"
tail -1 "$work/text" | grep -q '^malloc [0-9]* 54321$' || fail "the last call is missing"

test="the arena serves an allocator that never merges"
record 0 -o fragments.hbed --json summary.json -- "$program" fragments
require_field list_need_bytes $((64 * 200 * 201 / 2 + 200 * 16 + 16000 + 16))
require_field arena_log2 21

test="--follow"
record 0 -o follow.hbed --follow "$(basename "$program")" -- sh -c "'$program' calls; true"
require_calls follow.hbed
record 2 -o nobody.hbed --follow nobody-has-this-name -- sh -c "'$program' calls; true"
require_stderr "nobody-has-this-name"
[ ! -e nobody.hbed ] || fail "a trace of nothing was written"

test="Ctrl-C ends the program, and its trace is kept"
set -m
"$bed" record -o interrupted.hbed --json summary.json -- "$program" wait >"$work/out" 2>"$work/err" &
process=$!
set +m
for _ in $(seq 200); do
    grep -q ready "$work/out" && break
    sleep 0.05
done
kill -INT -- -$process
wait $process || fail "exit status $?"
require_calls interrupted.hbed
require_field signal 2

test="an LD_PRELOAD of the user's own stays"
# shellcheck disable=SC2016 # the shell that is recorded expands it
LD_PRELOAD=libc.so.6 record 0 -o preload.hbed -- sh -c 'test "$LD_PRELOAD" = libc.so.6'
require_stderr "exited with status 0"

test="what cannot be run is refused"
record 2 -o none.hbed -- "$work/no-such-program"
require_stderr "no-such-program"
record 2 -o none.hbed
record 2 -- "$program" calls
record 2 -o no-such-folder/none.hbed -- "$program" calls
record 2 -o none.hbed --limit 0 -- "$program" calls
record 2 -o none.hbed --arena-log2 31 -- "$program" calls
record 2 -o none.hbed --no-such-option -- "$program" calls
HEAPBED_RECORD_LIBRARY=/no/such.so record 2 -o none.hbed -- "$program" calls
require_stderr "HEAPBED_RECORD_LIBRARY"
[ ! -e none.hbed ] || fail "a trace was written"

test="--help"
record 0 --help
grep -q -- "--follow" "$work/out" || fail "no help"

require_no_event_files
echo "bed record: all tests passed"
