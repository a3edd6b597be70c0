#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every status that bestfit.h names in the contract of a function is a pair in the table of
# statuses.c, which has a test for each. Where a contract says "as bf_malloc", the table says which.
# And the check can fail: a contract with a status more is found out.
set -euo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# pairs_of_contract FILE: "function STATUS" for each status named in the comment in front of a
# function, once.
pairs_of_contract() {
    awk '
        /^\/\*/ { comment = "" }
        { comment = comment " " $0 }
        /^enum bf_status bf_[a-z_]+\(/ {
            name = $3
            sub(/^bf_/, "", name)
            sub(/\(.*/, "", name)
            while (match(comment, /BF_(OK|OUT_OF_MEMORY|INVALID_[A-Z]+|OVERLAP|TOO_MANY_RANGES|DOUBLE_FREE|WRONG_SIZE|RANGE_IN_USE|CORRUPTED)/)) {
                print name, substr(comment, RSTART, RLENGTH)
                comment = substr(comment, RSTART + RLENGTH)
            }
        }' "$1" | sort -u
}

sed -nE 's/^ *PAIR\(([a-z_]+), (BF_[A-Z_]+), [A-Z_]+\).*/\1 \2/p' "$source/tests/core/statuses.c" |
    sort -u >"$work/table"
pairs_of_contract "$source/core/bestfit.h" >"$work/contract"

if [ "$(wc -l <"$work/contract")" -lt 40 ]; then
    echo 'the contract was not understood:'
    cat "$work/contract"
    exit 1
fi
missing=$(comm -23 "$work/contract" "$work/table")
if [ -n "$missing" ]; then
    printf 'in the contract, and without a test:\n%s\n' "$missing"
    exit 1
fi

sed 's/^ \* Visits every block/ * BF_WRONG_SIZE. Visits every block/' "$source/core/bestfit.h" \
    >"$work/canary.h"
sed -i 's/^\/\* Visits every block/\/* BF_WRONG_SIZE. Visits every block/' "$work/canary.h"
pairs_of_contract "$work/canary.h" >"$work/canary"
if [ "$(comm -23 "$work/canary" "$work/table")" != 'walk BF_WRONG_SIZE' ]; then
    echo 'the canary: a status more in a contract was not found out'
    exit 1
fi
printf '%s pairs of function and status in the contract, each with a test; the canary was found out\n' \
    "$(wc -l <"$work/contract")"
