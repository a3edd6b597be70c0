#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/core/quarantine.c can fail: of each of these changes of a copy of the core, and so can the bed's
# model of it, which the same changes are played beside. The core as it is passes both.
set -euo pipefail

bed=$1
source=${HEAPBED_SOURCE:?}
compiler=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$@" >&2
    exit 1
}

# try INDEX_OPTION: builds test and target of $work/core; $unit and $agree are what becomes of them.
try() {
    local options=(-std=c11 "$@" -DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=16 -I"$work/core")
    unit=passes
    agree=passes
    # shellcheck disable=SC2086 # the compiler may be a command with options
    $compiler "${options[@]}" -I"$source/tests" -D_GNU_SOURCE "$source/tests/core/quarantine.c" \
        "$work/core/bestfit.c" -o "$work/unit"
    # shellcheck disable=SC2086
    $compiler "${options[@]}" -fPIC -shared -I"$source/testbed" -I"$source/testbed/include" \
        -DHB_VARIANT_SYMBOL=heapbed_target "$source/testbed/targets/bestfit.c" -o "$work/target.so"
    timeout 60 "$work/unit" >"$work/unit.log" 2>&1 || unit=fails
    "$bed" agree --target "$work/target.so" --operations 30K --jobs 1 --out "$work/out" \
        >"$work/agree.log" 2>&1 || agree=fails
    grep -q 'operations in' "$work/agree.log" || fail "the bed has played nothing: $(cat "$work/agree.log")"
}

# expect NAME FILE SED: what this change does, is noticed by both.
expect() {
    rm -rf "$work/core"
    cp -r "$source/core" "$work/core"
    sed -i "$3" "$work/core/$2"
    cmp -s "$source/core/$2" "$work/core/$2" && fail "$1: nothing was changed"
    try "${index[@]}"
    [ "$unit$agree" = failsfails ] || fail "$1: tests/core/quarantine.c $unit, the bed's model $agree"
    echo "noticed: $1"
}

for index_option in '' -DBF_INDEX_LIST; do
    index=(${index_option:+"$index_option"})
    rm -rf "$work/core"
    cp -r "$source/core" "$work/core"
    try "${index[@]}"
    [ "$unit$agree" = passespasses ] || fail "the core as it is: tests $unit, model $agree"
    expect 'one byte less is held' quarantine.h \
        's/quarantined_bytes > limit - bytes/quarantined_bytes >= limit - bytes/'
done

expect 'nothing is given up for a request' quarantine.h \
    's/status == BF_OUT_OF_MEMORY && heap->q/status == BF_OK \&\& heap->q/'
index=()
expect 'a realloc holds nothing back' quarantine.h 's/if (heap_retire(heap, spot) != BF_OK)/if (true)/'
expect 'a realloc in place has no guard' bestfit.c \
    's/heap_resize(heap, &spot, size + BF_GUARD_BYTES)/heap_resize(heap, \&spot, size)/'
