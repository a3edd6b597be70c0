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
# Without what the bed asks of its own accord, which is most.
HEAPBED_REHEARSE=0 refuses 'of the branches are reached' --corpus "$work/small"

# The tools of the corpus: an input that reaches more joins, and one that is there twice is
# superfluous.
tool() { # TEXT OPTIONS...: exit status 0, and says so
    local text=$1
    shift
    checks=$((checks + 1))
    HEAPBED_BED=${HEAPBED_BED:-$root/build/release/bed} "$root/corpus/corpus.sh" "$@" >"$work/out" 2>&1 &&
        grep -qF -- "$text" "$work/out" && return
    echo "FAILED: not '$text': corpus $*"
    tail -n 5 "$work/out"
    failures=$((failures + 1))
}

mkdir -p "$work/fewer" "$work/found"
cp -r "$work/small" "$work/fewer/seeds"
mkdir "$work/fewer/reached"
cp "$root/corpus/reached/bitmap-fast-fits-1.hbedt" "$work/found"
tool '1 inputs joined the corpus' merge --corpus "$work/fewer" --whole --play corrupt:bestfit "$work/found"
cp "$root/corpus/reached/bitmap-fast-fits-1.hbedt" "$work/fewer/reached/twice.hbedt"
tool 'reaches nothing of its own' minimise --corpus "$work/fewer" --remove
checks=$((checks + 1))
[ "$(find "$work/fewer/reached" -type f | wc -l)" = 1 ] || failures=$((failures + 1))

echo "$checks checks, $failures failed"
[ $checks = 7 ] && [ $failures = 0 ]
