#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Allocators that Debian packages play the corpus, recorded programs and 2 million generated
# operations without a finding, under every oracle that their contract allows. One that is not
# installed is passed over and named; four must be there, or HEAPBED_PACKAGED_MIN of them where a
# machine has fewer.
. "$(dirname "$0")/../testbed/script.sh"

operations=$(in_full 2000000)
played=0

# is_there TARGET: its library can be loaded. Where it cannot, that must be for want of it.
is_there() {
    "$bed" replay --target "$1" "$source/corpus/seeds" >"$work/out" 2>"$work/err" && return 0
    grep -q 'apt-get install' "$work/err" || return 0
    echo "skipped: $(cat "$work/err")"
    return 1
}

for target in glibc mimalloc jemalloc tcmalloc scudo; do
    is_there $target || continue
    played=$((played + 1))
    for inputs in seeds regressions; do
        files=("$source/corpus/$inputs"/*)
        bed 0 replay --target $target "$source/corpus/$inputs"
        says out "${#files[@]} inputs on $target: 0 findings"
    done
    for trace in jq-group sqlite3-towns; do
        bed 0 replay --target $target "$source/corpus/traces/$trace.hbed.zst"
        says out "1 inputs on $target: 0 findings"
    done
    bed 0 agree --target $target --operations "$operations" --out "$work/findings"
    cat "$work/out"
    says out 'oracles             status align overlap content stats panic crash hang (8)'
    says out 'findings            0'
    done_count=$(sed -n "s/^$target: \([0-9]*\) operations.*/\1/p" "$work/out")
    checks=$((checks + 1))
    [ "${done_count:-0}" -ge "$operations" ] || fail "$target: only ${done_count:-0} operations"
done
checks=$((checks + 1))
wanted=${HEAPBED_PACKAGED_MIN:-4}
[ "$played" -ge "$wanted" ] ||
    fail "only $played allocators were played, not $wanted: see above, and ./bed setup"
echo "$played of 5 allocators played"
finish
