#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shellcheck disable=SC2317,SC2034 # functions are named to cell; variables are the parts'
#
# The core on other machines; `./bed portability` installs and builds what it takes and starts it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
out=$root/build/portability
jobs=$(nproc)
clock=
part=builds
is_quick=false
json=
only=.
task=run
history=
limit_minutes=
is_asked_for_builds=false
parts=(offsets objects language canaries sizes boards tests)

say() { printf 'portability: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 2
}

explain() {
    cat <<'TEXT'
usage: ./bed portability [OPTIONS]

The core on x86-64, i386, s390x (big-endian), aarch64, riscv64, and on Cortex-M0, M3, M4 and M7, the
last seven run by qemu: docs/portability.md says what each part shows.

  offsets    every variant of the core puts every block of many op streams where x86-64 (or, of 32-bit
             machines, i386) puts it, byte for byte; boards play it in 4 to 64 KiB of their RAM
  objects    the object code links with nothing, recurses and divides nowhere, and has a known stack
  language   C11, C17, C23, and C++ that includes the header, without a warning
  canaries   a core that is wrong on one byte order, misplaces a block, recurses, ... is found out
  sizes      code, stack and instructions on a Cortex-M3 are what docs/portability.md says, by the same compiler
  boards     the tests of the core on microcontrollers
  tests      the tests of the core and of its model, the corpus, the whole bed's offsets; on i386 also
             with AddressSanitizer and UndefinedBehaviorSanitizer, and a libFuzzer run

  --quick        fewer streams and compilers, and no sizes or tests: under a minute
  --only REGEX   only cells whose names match ("offsets cortex-m3 gcc bestfit-list")
  --jobs N       at once (default: one a processor)
  --limit MINUTES
                 of which building is part: what runs then is ended, what is left out is told, and the exit
                 status is 1 (default: no limit)
  --json FILE    what came of each cell (- for standard output)
  --table        only prints the table of sizes of docs/portability.md (Cortex-M3, -Os)
  --record       appends these sizes to the history, which the dashboard shows (out/history.jsonl, or
                 --history FILE)

What each cell said is in build/portability/. Exit status: 0 all is well; 1 a cell failed, or was left out at
the limit; 2 usage or environment, also where a cell was passed over for want of a compiler; 130 interrupted.
TEXT
}

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) explain && exit 0 ;;
    --quick) is_quick=true ;;
    --only | --jobs | --limit | --json | --history)
        [ $# -gt 1 ] || die "$1 needs a value; --help explains it"
        case $1 in
        --only) only=$2 ;;
        --jobs) jobs=$2 ;;
        --limit) limit_minutes=$2 ;;
        --json) json=$2 ;;
        --history) history=$2 ;;
        esac
        shift
        ;;
    --table) task=table ;;
    --record) task=record ;;
    --list-builds) is_asked_for_builds=true ;;
    *) die "there is no option '$1'; --help lists them" ;;
    esac
    shift
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs: '$jobs' is no number of jobs"
status=0
grep -qE -e "$only" <<<x 2>/dev/null || status=$?
[ "$status" != 2 ] || die "--only: '$only' is no regular expression"
[ -z "$limit_minutes" ] || [[ $limit_minutes =~ ^[0-9]+(\.[0-9]+)?$ && $limit_minutes =~ [1-9] ]] ||
    die "--limit: '$limit_minutes' is no number of minutes above 0"
if [ -n "$json" ] && [ "$json" != - ]; then
    : >>"$json" || die "--json: $json cannot be written"
fi
[ -z "$history" ] || [ $task = record ] || die '--history goes with --record'

# shellcheck source=machines.sh
. "$here/machines.sh"
# shellcheck source=object.sh
. "$here/object.sh"
# shellcheck source=parts.sh
. "$here/parts.sh"
# shellcheck source=boards.sh
. "$here/boards.sh"

# What ./bed has to build for these options: a preset and a target a line.
list_builds() {
    local machine
    case $task in
    table) return ;;
    record)
        echo release heapbed-history
        return
        ;;
    esac
    echo clang portability-offsets
    echo m32 portability-offsets
    if $is_quick; then return; fi
    for machine in "${tested_builds[@]}"; do
        if grep -qE -e "$only" <<<"$(cells_of_build "$machine")"; then echo "$machine portability"; fi
    done
    if [[ 'tests fuzz-m32' =~ $only ]]; then echo fuzz-m32 lockstep; fi
}

if $is_asked_for_builds; then
    list_builds
    exit
fi
case $task in
table) exec "$here/sizes.sh" ;;
record) exec "$here/sizes.sh" --record ${history:+"$history"} ;;
esac

# --- cells ----------------------------------------------------------------------------------------

mkdir -p "$root/build"
exec 7>"$out.lock"
flock -n 7 || die "another ./bed portability is at work in $out"
rm -rf "$out"
mkdir -p "$out"
: >"$out/results"
: >"$out/passed_over"
: >"$out/begun"
: >"$out/notes"
: >"$out/left_out"

# is_skipped PART: --quick does without it.
is_skipped() { [[ $1 = @(sizes|tests) ]] && $is_quick; }

# With all that it has started, children of children as well.
end_tree() {
    local children child
    children=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || return 0
    kill "$1" 2>/dev/null || true
    for child in $children; do end_tree "$child"; done
}

# Nothing outlives an interrupt, or the limit; what has been found is kept and told.
end_all() {
    local job
    trap - INT TERM USR1
    for job in $(jobs -p) $clock; do end_tree "$job"; done
    wait
    left_out >"$out/left_out"
    report
}

# The cells that were at work are known; of those that would have followed, the parts.
left_out() {
    local following is_behind=false
    cut -f 3 "$out/results" | sort | comm -13 - <(sort "$out/begun")
    for following in "${parts[@]}"; do
        if is_skipped "$following"; then continue; fi
        if $is_behind || [ "$part" = builds ]; then
            echo "$following"
        elif [ "$following" = "$part" ]; then
            echo "the rest of $part"
            is_behind=true
        fi
    done
}

interrupted() {
    end_all
    exit 130
}
trap interrupted INT TERM

limit_is_over() {
    end_all
    sed 's/^/portability: left out: /' "$out/left_out" >&2
    say "FAILED: the limit of $limit_minutes minutes is over in $part: what it had begun is left out, and all that follows"
    exit 1
}
trap limit_is_over USR1

# A process of its own tells the time, as there is always something that is waited for. It ends with this one.
watch_clock() {
    local seconds
    seconds=$(awk -v minutes="$limit_minutes" 'BEGIN { printf "%d", minutes * 60 }')
    while [ $((SECONDS + built_seconds)) -lt "$seconds" ]; do
        sleep 1
        kill -0 $$ 2>/dev/null || return 0
    done
    kill -USR1 $$
}

run_cell() {
    local name=$1 log=$out/${1// /.}.log begun=$SECONDS status
    shift
    echo "$name" >>"$out/begun"
    # As a condition it would not end at the first command that fails.
    set +e
    (
        set -e
        work=${log%.log}
        "$@"
    ) >"$log" 2>&1 </dev/null
    status=$?
    set -e
    printf '%s\t%s\t%s\n' "$status" "$((SECONDS - begun))" "$name" >>"$out/results"
    if [ "$status" != 0 ]; then
        say "FAILED: $name"
        tail -n 5 "$log" >&2
    fi
}

# cell NAME COMMAND...: in the background, as soon as a processor is free.
cell() {
    [[ $1 =~ $only ]] || return 0
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    run_cell "$@" &
}

# clang has no runtime of its own for boards.
lacks_runtime() {
    if [ "$2" = clang ] && is_board "$1" && ! compiler_for "$1" gcc; then echo ' (which takes the runtime of gcc)'; fi
}

# cell_by MACHINE gcc|clang NAME COMMAND...: passed over where there is no such compiler, which is not passed over in silence.
cell_by() {
    if compiler_for "$1" "$2"; then
        cell "${@:3}"
    elif [[ $3 =~ $only ]]; then
        printf '%s\tno %s for %s%s\n' "$3" "$2" "$1" "$(lacks_runtime "$@")" >>"$out/passed_over"
    fi
}

# note TEXT: what a run has not done though it is no failure, said at its end.
note() { echo "$*" >>"$out/notes"; }

# Of this process and all that it has started and that has ended; ./bed, which has built, was the same one.
cpu_seconds() {
    times >"$out/times"
    awk '{
        gsub(/s/, "")
        for (i = 1; i <= 2; i++) {
            split($i, part, "m")
            sum += part[1] * 60 + part[2]
        }
    } END { printf "%d", sum }' "$out/times" >"$out/cpu"
    cpu=$(<"$out/cpu")
}

# took PART SECONDS-AT-ITS-BEGIN: and of the processors what there was since the last part.
took() {
    local before=${cpu:-0}
    cpu_seconds
    printf '%s\t%s\t%s\n' "$1" "$((SECONDS - $2))" "$((cpu - before))" >>"$out/times.parts"
}

write_json() {
    awk -F '\t' 'BEGIN { printf "{\"schema\": \"heapbed-portability/1\", \"cells\": [" }
        { printf "%s\n  {\"name\": \"%s\", \"passed\": %s, \"seconds\": %s}", sep, $3, $1 == 0 ? "true" : "false", $2; sep = "," }
        END { printf "\n]" }' "$out/results"
    awk -F '\t' 'BEGIN { printf ",\n\"passed_over\": [" }
        { printf "%s\n  {\"name\": \"%s\", \"reason\": \"%s\"}", sep, $1, $2; sep = "," }
        END { printf "\n]" }' "$out/passed_over"
    awk 'BEGIN { printf ",\n\"left_out\": [" }
        { printf "%s\n  \"%s\"", sep, $0; sep = "," }
        END { printf "\n]" }' "$out/left_out"
    awk -F '\t' 'BEGIN { printf ",\n\"parts\": [" }
        { printf "%s\n  {\"name\": \"%s\", \"seconds\": %s, \"cpu_seconds\": %s}", sep, $1, $2, $3; sep = "," }
        END { print "\n]}" }' "$out/times.parts"
}

report() {
    local failed count passed_over
    count=$(wc -l <"$out/results")
    failed=$(grep -cv '^0	' "$out/results" || true)
    if [ -n "$json" ]; then
        write_json >"$out/json"
        if [ "$json" = - ]; then cat "$out/json"; else cp "$out/json" "$json"; fi
    fi
    awk -F '\t' '{ printf "portability: %-10s %5d s, %5d s of processors\n", $1, $2, $3 }' "$out/times.parts" >&2
    passed_over=$(wc -l <"$out/passed_over")
    say "$count cells, $failed failed, $passed_over passed over, $((SECONDS + built_seconds)) s"
    sed 's/^/portability: /' "$out/notes" >&2
    [ "$passed_over" = 0 ] || say "passed over: $(cut -f 2 "$out/passed_over" | sort -u | paste -sd, | sed 's/,/, /g')"
}

built_seconds=${HEAPBED_BUILT_SECONDS:-0}
: >"$out/times.parts"
if [ -n "$limit_minutes" ]; then
    watch_clock 7>&- &
    clock=$!
    disown $clock # it is no cell, nor waited for
fi
took builds $((SECONDS - built_seconds))
for part in "${parts[@]}"; do
    if is_skipped "$part"; then continue; fi
    say "$part"
    begun=$SECONDS
    "part_$part"
    wait
    took "$part" "$begun"
done
[ -z "$clock" ] || end_tree "$clock"
report
[ -s "$out/passed_over" ] || grep -qv "	reference " "$out/results" || die "no cell is called like '$only'"
! grep -qv '^0	' "$out/results" || exit 1
[ ! -s "$out/passed_over" ] || exit 2
