#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# workloads.sh BUILD-FOLDER SOURCE-FOLDER COMPILER: the bench measures what it says. Nothing here
# looks at a time. Each check has its canary: the same check, on something that must not pass.
set -euo pipefail

build=$1
source=$2
compiler=$3
probe=$build/heapbed-bench-probe
bench=$build/heapbed-bench
reader=$build/bench-record
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
unset HEAPBED_COMMIT
export HEAPBED_ROOT=$scratch

# expect STATUS WHAT COMMAND...
expect() {
    local expected=$1 what=$2 status=0
    shift 2
    "$@" >"$scratch/said" 2>&1 || status=$?
    if [ "$status" != "$expected" ]; then
        echo "FAILED: $what: exit status $status, not $expected"
        cat "$scratch/said"
        failed=1
    fi
}

# said PATTERN: what the last command must have said.
said() {
    if ! grep -qE -- "$1" "$scratch/said"; then
        echo "FAILED: nothing like '$1' in:"
        cat "$scratch/said"
        failed=1
    fi
}

sample() {
    "$compiler" -O2 -shared -fPIC -I"$source/testbed/include" "${@:2}" \
        -o "$scratch/$1.so" "$source/bench/tests/sample.c"
}

sample good
sample lies -DSAMPLE_LIES
sample fails -DSAMPLE_FAILS

for subject in "$scratch/good.so" null list small-off small-on default-off default-paranoid \
    large-off large-on libc default-on; do
    expect 0 "the workloads of $subject are what they say" "$probe" check "$subject"
done
said 'pair/4096-small: 4096 free blocks, then 4096; 0 calls failed: ok'
said 'select/4096-deep: 4096 free blocks, then 4096; 0 calls failed: ok'
said 'trace/git-log: .*; 0 calls failed: ok'
expect 1 'a wrong number of free blocks is seen' "$probe" check "$scratch/lies.so"
said '4097 free blocks, then 4097.*WRONG'
expect 1 'calls that fail are seen' "$probe" check "$scratch/fails.so"
said 'pair/4096-small: .* 1 calls failed: WRONG'
said 'mixed/4096-small: a call failed'

expect 0 'a target of its own is timed, and so is what is preloaded' \
    "$bench" --quick --filter '^(pair|malloc|resident/git-log)' \
    --subject '^(sample|mimalloc|tcmalloc)$' --target "$scratch/good.so"
said '^sample +[0-9]'
said '^mimalloc +[0-9]'
said 'mimalloc [0-9]'
said '^tcmalloc +[0-9]'
said 'tcmalloc gperftools [0-9]'
said 'malloc/4096-small, percentiles'
said 'not recorded in .*: no commit is known'
expect 1 'and nothing is recorded then' test -e "$scratch/out/history.jsonl"

# All figures of the rows that no clock has a part in.
rows='^(instructions/(select|mixed)|worst/free|memory/git-log)$'
for i in 1 2; do
    expect 0 'a target of its own is counted' \
        "$bench" --filter "$rows" --subject '^(default-on|sample)$' \
        --target "$scratch/good.so" --json "$scratch/$i.json"
    grep -E '"(name|subject|samples)"' "$scratch/$i.json" >"$scratch/$i"
done
expect 0 'instructions and memory are the same in two runs' cmp "$scratch/1" "$scratch/2"
expect 0 'there are seven of them' test "$(grep -c samples "$scratch/1")" = 7
sed '0,/\[/ s/\[/[1/' "$scratch/2" >"$scratch/3"
expect 1 'another count would be seen' cmp "$scratch/1" "$scratch/3"

expect 2 'a target that fails calls gets no figure' "$bench" --quick \
    --filter '^(mixed/|instructions/mixed|memory/git-log)' --subject '^(small-off|sample)$' \
    --target "$scratch/fails.so"
said 'a call failed'
said '^sample +failed$'
said '^small-off +[0-9.]+$'

# The record: taken by the history's reader; appended, line by line; not where there is no commit.
export HEAPBED_COMMIT=0123456789abcdef0123456789abcdef01234567 HEAPBED_PARENT='' \
    HEAPBED_COMMIT_DATE=2026-01-02T03:04:05Z HEAPBED_TITLE='a "title"' HEAPBED_IS_DIRTY=0
for i in 1 2; do
    expect 0 'a run is recorded' "$bench" --quick \
        --filter '^(select/(16|256|4096)-deep|resident/git-log|cold/pair|checked/)' \
        --subject '^(default-on|list)$' --history "$scratch/own.jsonl" --json "$scratch/record.json"
    said 'recorded in .*own.jsonl'
    said '^default-on +[0-9., ]+ +-?[0-9.]+$'
done
expect 0 'the history takes them' "$reader" "$scratch/own.jsonl"
said ': 2 records'
for word in '"family":"select/deep","length":256' '"exponent":' '"name":"fragmentation/git-log"' \
    '"p50":' '"unit":"operations/s","direction":"higher"' '"title":"a \"title\""'; do
    expect 0 "the record has $word" grep -qF -- "$word" "$scratch/own.jsonl"
done
expect 0 'the same for people' grep -q '"schema":.*"heapbed-history/1"' "$scratch/record.json"
sed 's/"median":/"medium":/' "$scratch/own.jsonl" >"$scratch/damaged.jsonl"
expect 1 'a damaged record is seen' "$reader" "$scratch/damaged.jsonl"
expect 0 'not recorded' "$bench" --quick --filter '^pair/' --subject '^null$' --no-history
expect 1 'in no place' test -e "$scratch/out/history.jsonl"

# Interrupted while the list index plays a trace that takes seconds; what came before is shown.
"$bench" --filter '^(memory/git-log|trace/python3-objects)$' --subject '^(default-on|list)$' \
    --history "$scratch/interrupted.jsonl" >"$scratch/shown" 2>"$scratch/progress" &
until grep -q 'launch 1 of' "$scratch/progress" || ! kill -0 $!; do sleep 0.1; done
kill -INT $!
status=0
wait $! || status=$?
expect 0 'an interrupted run ends with 2' test "$status" = 2
expect 0 'it says so' grep -q INTERRUPTED "$scratch/shown"
expect 0 'and has what was measured' grep -qE '^default-on +[0-9.]+$' "$scratch/shown"
expect 1 'it is not recorded' test -e "$scratch/interrupted.jsonl"

expect 2 'a filter that is no expression' "$bench" --filter '['
expect 2 'a filter that matches nothing' "$bench" --filter nothing
expect 2 'an option that there is not' "$bench" --quik
expect 2 'a target that is no shared object' "$bench" --target "$source/bed"
expect 2 'a folder for a file' "$bench" --filter code/x86-64 --json "$scratch"
expect 0 'help' "$bench" --help
said 'select/4096-large'
exit $failed
