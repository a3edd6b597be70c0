#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# one.sh NAME CORE FOLDER WITH-MUTANTS: one proof of proofs.tsv, for prove.sh. It must succeed, its
# end must be reachable, and each of its mutants, a planted bug applied to a copy of the core, must
# be refuted. What came of each run is a line of FOLDER/results. Exits 1 where one is not so, 2 where
# one could not be run.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
proof=$1
core=$2
folder=$3
with_mutants=$4
checks=(--bounds-check --pointer-check --div-by-zero-check --signed-overflow-check
    --undefined-shift-check --pointer-primitive-check --pointer-overflow-check --conversion-check
    --enum-range-check --unwinding-assertions)
child=0
status=0

say() { printf 'prove: %s\n' "$*" >&2; }
die() {
    say "$proof: $*"
    exit 2
}
# Nothing outlives an interrupted run.
trap '[ $child = 0 ] || kill $child 2>/dev/null; exit 2' INT TERM

IFS=$'\t' read -r _ _ file bits limit unwinding defines unreached mutants < <(
    awk -F'\t' -v name="$proof" '$1 == name' "$here/proofs.tsv"
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

# compile CORE OUTPUT OPTION...: the harness with a core, as a program of CBMC's.
compile() {
    local core=$1 output=$2 word options=() one_range=()
    shift 2
    for word in $defines; do options+=("-D$word"); done
    if [[ " $defines " == *" BF_RANGES_MAX=1 "* ]]; then
        one_range=(--replace-calls range_search:only_range)
    fi
    {
        cc "-m$bits" -ffreestanding -std=gnu11 -E -I"$here" -I"$core" "${options[@]}" "$@" \
            "$here/$file" -o "$output.i" &&
            "$here/cbmc.sh" goto-cc "-m$bits" "$output.i" -o "$output.goto" &&
            if ! [[ $defines =~ BF_INDEX_LIST ]]; then
                "$here/cbmc.sh" goto-instrument --replace-calls stride_hash:any_hash \
                    "${one_range[@]}" "$output.goto" "$output.goto"
            fi &&
            if [ "$unreached" != - ]; then cut_off "$output.goto"; fi
    } >"$output.log" 2>&1 || die "does not compile; see $output.log"
}

peak_megabytes() {
    local kilobytes
    kilobytes=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$child/status" 2>/dev/null || true)
    echo $((${kilobytes:-0} / 1024))
}

# ask OUTPUT OPTION...: sets answer to what CBMC says, proved, refuted, bound, timeout or error; and
# seconds and megabytes to what it took.
ask() {
    local output=$1 begun=$SECONDS code=0 waited=0 now
    shift
    megabytes=0
    # shellcheck disable=SC2086
    "$here/cbmc.sh" cbmc "$output.goto" $unwinding --slice-formula --stop-on-fail "$@" \
        >"$output.log" 2>&1 &
    child=$!
    while kill -0 $child 2>/dev/null; do
        now=$(peak_megabytes)
        if [ "$now" -gt "$megabytes" ]; then megabytes=$now; fi
        if [ $((SECONDS - begun)) -ge "$limit" ]; then
            kill $child 2>/dev/null || true
            code=timeout
            break
        fi
        sleep 0.2
    done
    wait $child || waited=$?
    [ "$code" = timeout ] || code=$waited
    child=0
    seconds=$((SECONDS - begun))
    case $code in
    0) answer=proved ;;
    10) answer=refuted ;;
    timeout) answer=timeout ;;
    *) answer=error ;;
    esac
    # A bound that is too small refutes nothing.
    if [ $answer = refuted ] && grep -A 6 'Violated property' "$output.log" |
        grep -qE 'unwinding assertion'; then
        answer=bound
    fi
}

# judge EXPECTED OUTPUT KIND [MUTANT]: notes what came of a run, and says it.
judge() {
    local expected=$1 output=$2 kind=$3 mutant=${4:-} verdict=ok
    [ "$answer" = "$expected" ] || verdict=wrong
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$proof" "$kind" "$mutant" "$answer" $verdict \
        "$seconds" "$megabytes" >>"$folder/results"
    if [ $verdict = ok ]; then
        say "$proof: $kind${mutant:+ $mutant}: $answer ($seconds s, $megabytes MB)"
        return
    fi
    say "$proof: $kind${mutant:+ $mutant}: $answer, but must be $expected ($seconds s); see $output.log"
    status=1
}

# plant MUTANT: a copy of the core that has it.
plant() {
    local patch=$here/../sharpness/bugs/$1.patch
    [ -e "$patch" ] || patch=$here/mutants/$1.patch
    [ -e "$patch" ] || die "there is no mutant '$1' in sharpness/bugs or proofs/mutants"
    mkdir "$folder/$1"
    cp -R "$core" "$folder/$1/core"
    patch -s -d "$folder/$1" -p1 --fuzz=0 <"$patch" >&2 || die "the mutant $1 does not apply"
}

rm -rf "$folder"
mkdir -p "$folder"
compile "$core" "$folder/proof"
ask "$folder/proof" "${checks[@]}"
judge proved "$folder/proof" proof
compile "$core" "$folder/end" -DPROVE_END
ask "$folder/end" --no-standard-checks --no-unwinding-assertions
judge refuted "$folder/end" end
if [ "$with_mutants" = true ]; then
    [ -n "$mutants" ] || die "has no mutant in proofs.tsv; a proof that can't fail proves nothing"
    for mutant in $mutants; do
        plant "$mutant"
        compile "$folder/$mutant/core" "$folder/$mutant/proof"
        ask "$folder/$mutant/proof" "${checks[@]}"
        judge refuted "$folder/$mutant/proof" mutant "$mutant"
    done
fi
exit $status
