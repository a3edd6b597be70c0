#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# coverage_gate.sh ROOT: ./bed coverage can say no: to a list that lacks an entry, to one with an entry
# that is reached or of no place, and to a corpus that reaches little. ./bed test has built it.
set -u
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

# refuses TEXT OPTIONS...: exit status 1, and says so.
refuses() {
    local text=$1 status=0
    shift
    "$root/corpus/coverage.sh" "$@" >"$work/out" 2>&1 || status=$?
    checks=$((checks + 1))
    if [ $status != 1 ] || ! grep -qF -- "$text" "$work/out"; then
        echo "FAILED: exit status $status, not 1 with '$text': coverage $*"
        tail -n 5 "$work/out"
        failures=$((failures + 1))
    fi
}

entry=$(grep -nE '^[a-z-]+ (bitmap|list)/' "$root/corpus/unreached.txt" | head -n 1)
sed "${entry%%:*}d" "$root/corpus/unreached.txt" >"$work/lacks"
refuses "new " --list "$work/lacks"

reason=$(sed -n 's/^reason \([a-z-]*\):.*/\1/p' "$root/corpus/unreached.txt" | head -n 1)
{
    cat "$root/corpus/unreached.txt"
    echo "$reason bestfit.c true (1) heap == NULL"
    echo "$reason bestfit.c true (1) no such condition"
} >"$work/stale"
refuses 'is reached: bestfit.c true (1) heap == NULL' --list "$work/stale"
refuses 'no such place in the core: bestfit.c true (1) no such condition' --list "$work/stale"

mkdir "$work/small"
cp "$root"/corpus/seeds/out-of-memory-until-a-free.hbedt "$work/small"
# The rehearsal would reach most of it, and is none of the corpus.
HEAPBED_REHEARSE=1 refuses 'of the branches are reached' --corpus "$work/small"

# Of a folder only inputs are played. With more inputs than the corpus it is no gate.
mkdir -p "$work/campaign/.hidden"
cp "$root"/corpus/seeds/alignments.hbedt "$work/campaign"
printf 'hbed\1\016\4 and no more' >"$work/campaign/named-by-nobody"
printf 'a log\n' | tee "$work/campaign/run.log" "$work/campaign/fuzzer_stats" >"$work/campaign/.hidden/log"
printf '{}' >"$work/campaign/place-00000000.json"
tool() { # COMMAND STATUS TEXT OPTIONS...: that exit status, and says so
    local command=$1 expected=$2 text=$3 status=0
    shift 3
    checks=$((checks + 1))
    HEAPBED_BED=${HEAPBED_BED:-$root/build/release/bed} "$root/corpus/$command.sh" "$@" >"$work/out" 2>&1 || status=$?
    if [ $status = "$expected" ] && grep -qF -- "$text" "$work/out"; then return; fi
    echo "FAILED: exit status $status, not $expected with '$text': $command $*"
    tail -n 5 "$work/out"
    failures=$((failures + 1))
}
tool coverage 0 'inputs     1 committed, 2 others; 0 were' --corpus "$work/small" "$work/campaign"
checks=$((checks + 1))
grep -qF 'no inputs were passed over: 3' "$work/out" || failures=$((failures + 1))

# The tools of the corpus: an input that reaches more joins, and one that is there twice is
# superfluous.
mkdir -p "$work/fewer" "$work/found"
cp -r "$work/small" "$work/fewer/seeds"
mkdir "$work/fewer/reached"
cp "$root/corpus/reached/bitmap-fast-fits-1.hbedt" "$work/found"
tool corpus 0 '1 inputs joined the corpus' merge --corpus "$work/fewer" --whole --play corrupt:bestfit "$work/found"
cp "$root/corpus/reached/bitmap-fast-fits-1.hbedt" "$work/fewer/reached/twice.hbedt"
tool corpus 0 'reaches nothing of its own' minimise --corpus "$work/fewer" --remove
checks=$((checks + 1))
[ "$(find "$work/fewer/reached" -type f | wc -l)" = 1 ] || failures=$((failures + 1))

# What an oracle objects to is a finding: it joins nothing, and what is sound does.
rm "$work"/found/*
cp "$root"/corpus/regressions/double-free-is-accepted.hbedt "$work/found"
tool corpus 1 'nothing reaches what the corpus does not' merge --corpus "$work/fewer" --whole --play lockstep:seed "$work/found"
printf 'add_range 0 4096\nmalloc 0 32\n' >"$work/found/sound.hbedt"
tool corpus 1 'double-free-is-accepted.hbedt: is objected to by lockstep on seed' merge --corpus "$work/fewer" \
    --whole --play lockstep:seed "$work/found"
checks=$((checks + 1))
grep -qF '1 inputs are objected to and were left out' "$work/out" || failures=$((failures + 1))

echo "$checks checks, $failures failed"
[ $checks = 12 ] && [ $failures = 0 ]
