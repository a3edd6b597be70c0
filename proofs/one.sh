#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# one.sh TABLE NAME CORE FOLDER MEGABYTES RUN: one run of CBMC, for prove.sh. RUN is `proof` (it must
# succeed), `end` (which must be reachable: that alone is to be violated) or the name of a mutant, a planted
# bug applied to a copy of the core, which must be refuted. What came of it is the one line of FOLDER/RUN.result. Exits 1
# where it is not as it must be.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
table=$1
proof=$2
core=$3
folder=$4
megabytes_max=$5
run=$6
output=$folder/$run
checks=(--bounds-check --pointer-check --div-by-zero-check --signed-overflow-check
    --undefined-shift-check --pointer-primitive-check --pointer-overflow-check --conversion-check
    --enum-range-check --unwinding-assertions)
child=0
seconds=0
megabytes=0
reason=''

say() { printf 'prove: %s\n' "$*" >&2; }
# Nothing outlives an interrupted run.
trap '[ $child = 0 ] || kill $child 2>/dev/null; exit 2' INT TERM

IFS=$'\t' read -r _ _ file bits limit unwinding defines unreached _ < <(
    awk -F'\t' -v name="$proof" '$1 == name' "$table"
)

# cut_off PROGRAM: of the functions that the proof says are not reached, that is asserted, and nothing
# of them is in the formula.
cut_off() {
    local name options=()
    for name in $unreached; do options+=(--remove-function-body "$name"); done
    "$here/cbmc.sh" goto-instrument "${options[@]}" "$1" "$1" &&
        "$here/cbmc.sh" goto-instrument --generate-function-body "(${unreached// /|})" \
            --generate-function-body-options assert-false-assume-false "$1" "$1"
}

# replace_calls PROGRAM: where the harness has a function instead_of_NAME, that is called and not NAME.
replace_calls() {
    local name
    while read -r name; do
        "$here/cbmc.sh" goto-instrument --replace-calls "$name:instead_of_$name" "$1" "$1" </dev/null ||
            return
    done < <(sed -nE 's/.*\binstead_of_([a-z_]+)\(.*/\1/p' "$output.i" | sort -u)
}

# compile CORE OPTION...: the harness with a core, as a program of CBMC's.
compile() {
    local core=$1 word options=()
    shift
    for word in $defines; do options+=("-D$word"); done
    {
        cc "-m$bits" -ffreestanding -std=gnu11 -E -I"$here" -I"$core" "${options[@]}" "$@" \
            "$(dirname "$table")/$file" -o "$output.i" &&
            "$here/cbmc.sh" goto-cc "-m$bits" "$output.i" -o "$output.goto" &&
            replace_calls "$output.goto" &&
            if [ "$unreached" != - ]; then cut_off "$output.goto"; fi
    } >"$output.log" 2>&1
}

peak_megabytes() {
    local kilobytes
    kilobytes=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$child/status" 2>/dev/null || true)
    echo $((${kilobytes:-0} / 1024))
}

# watch: waits for the child, or ends it where it takes too long or nobody waits for it any more.
watch() {
    local now
    while kill -0 $child 2>/dev/null; do
        now=$(peak_megabytes)
        if [ "$now" -gt "$megabytes" ]; then megabytes=$now; fi
        if [ $((SECONDS - begun)) -ge "$limit" ]; then
            kill $child 2>/dev/null || true
            answer=timeout
            break
        fi
        if ! kill -0 $PPID 2>/dev/null; then
            kill $child
            exit 2
        fi
        sleep 0.2
    done
}

# ask OPTION...: sets answer to what CBMC says, proved, refuted, bound, timeout, memory or error; reason to
# what is violated; and seconds and megabytes to what it took.
ask() {
    local begun=$SECONDS code=0
    answer=''
    (
        ulimit -v $((megabytes_max * 1024))
        # shellcheck disable=SC2086
        exec "$here/cbmc.sh" cbmc "$output.goto" $unwinding --slice-formula --stop-on-fail "$@"
    ) >"$output.log" 2>&1 &
    child=$!
    watch
    wait $child || code=$?
    child=0
    seconds=$((SECONDS - begun))
    if [ "$answer" = timeout ]; then return; fi
    case $code in
    0) answer=proved ;;
    10) answer=refuted ;;
    *)
        answer=error
        if grep -qiE 'out of memory|bad_alloc' "$output.log"; then answer=memory; fi
        ;;
    esac
    if [ $answer != refuted ]; then return; fi
    reason=$(grep -A 3 'Violated property' "$output.log" | sed -n '3s/^ *//p')
    # A bound that is too small refutes nothing, nor does a function that the proof has left out. A core must touch no
    # word that the harness has not named (prove.h); but that a mutant does may be for want of a place in its table.
    case $kind-$reason in
    *-'unwinding assertion'* | *-'bound: '* | *-'undefined function should be unreachable') answer=bound ;;
    mutant-'every access is of a header, a link or a footer') answer=bound ;;
    end-'the end is reached') ;;
    end-*) answer=elsewhere ;;
    esac
}

# After `times`, which tells of the shell that it is called in.
user_seconds() {
    sed -nE '2s/^([0-9]+)m([0-9.]+)s.*/\1 \2/p' "$output.times" | awk '{ printf "%.1f", $1 * 60 + $2 }'
}

# plant: a copy of the core that has the mutant.
plant() {
    local patch
    for patch in "$here/../sharpness/bugs" "$here/mutants" "$(dirname "$table")/mutants" -; do
        if [ -e "$patch/$run.patch" ]; then break; fi
    done
    if [ "$patch" = - ]; then
        answer=unknown
        return 1
    fi
    mkdir "$output"
    cp -R "$core" "$output/core"
    if ! patch -s -d "$output" -p1 --fuzz=0 <"$patch/$run.patch" >"$output.log" 2>&1; then
        answer=unapplied
        return 1
    fi
}

mkdir -p "$folder"
kind=$run
mutant=''
expected=refuted
answer=uncompiled
case $run in
proof)
    expected=proved
    compile "$core" && ask "${checks[@]}"
    ;;
end) compile "$core" -DPROVE_END && ask --no-standard-checks --no-unwinding-assertions ;;
*)
    kind=mutant
    mutant=$run
    plant && compile "$output/core" && ask "${checks[@]}"
    ;;
esac || true

verdict=ok
times >"$output.times"
[ "$answer" = "$expected" ] || verdict=wrong
printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$proof" "$kind" "$mutant" "$answer" $verdict "$seconds" \
    "$(user_seconds)" "$megabytes" "$reason" >"$output.result.part"
mv "$output.result.part" "$output.result"
name="$proof: $kind${mutant:+ $mutant}"
if [ $verdict = ok ]; then
    say "$name: $answer${reason:+: $reason} ($seconds s, $megabytes MB)"
    exit 0
fi
case $kind-$answer in
*-timeout) why="not done within $limit s" ;;
*-memory) why="needs more than $megabytes_max MB" ;;
*-bound) why="it goes beyond a bound of the proof ($reason), which proves nothing and refutes nothing" ;;
*-uncompiled) why='does not compile' ;;
*-error) why='CBMC failed' ;;
proof-refuted) why="$reason -- is not so" ;;
end-elsewhere) why="$reason -- is not so, and whether the end is reached behind it is not known" ;;
end-proved) why='cannot be reached: the assumptions contradict each other, and prove anything' ;;
mutant-proved) why='survives: the proof does not see it' ;;
mutant-unapplied) why='the patch does not apply to this core' ;;
mutant-unknown) why='there is no such patch in sharpness/bugs or proofs/mutants' ;;
*) why="$answer, but must be $expected" ;;
esac
say "FAILED: $name: $why; see $output.log"
exit 1
