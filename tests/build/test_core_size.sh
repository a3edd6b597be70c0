#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The size of the core: struct bf_heap in every profile against what config.h promises, and code at
# -Os (.text and .rodata) against limits that keep it from growing unnoticed. The limits are a little
# above what gcc 12 and clang-19 make of it; the aim, 6 KiB for the bitmap index, is not reached. The
# check can fail: a limit of less, and a larger struct, are found out.
set -euo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# code_bytes COMPILER OPTION...: what the whole API takes.
code_bytes() {
    "$@" -std=c11 -Os -ffreestanding -fno-pic -fno-asynchronous-unwind-tables -I"$source/core" \
        -c "$source/core/bestfit.c" -o "$work/object.o"
    size "$work/object.o" | awk 'NR == 2 { print $1 }'
}

# within NAME BYTES LIMIT
within() {
    printf '%-52s %6d bytes, at most %d\n' "$1" "$2" "$3"
    [ "$2" -le "$3" ]
}

# heap_bytes OPTION...: struct bf_heap without its table of ranges, as the compiler counts it.
heap_bytes() {
    cat >"$work/heap.c" <<'END'
#include "bestfit.h"
char heap[sizeof(struct bf_heap) - sizeof(((struct bf_heap *)0)->ranges)];
END
    gcc -std=c11 "$@" -I"$source/core" -c "$work/heap.c" -o "$work/heap.o" &&
        nm -S "$work/heap.o" | awk '$4 == "heap" { print $2 }' | sed 's/^/0x/' |
        xargs printf '%d\n'
}

has_gcc=false
if [ -n "$(command -v gcc)" ] && gcc -dumpversion | grep -q '^12'; then
    has_gcc=true
fi
if $has_gcc; then
    within 'code: whole API, default, gcc x86-64' "$(code_bytes gcc)" 14336
    within 'code: whole API, list, gcc x86-64' "$(code_bytes gcc -DBF_INDEX_LIST)" 5400
    within 'heap: small' "$(heap_bytes -DBF_PROFILE_SMALL)" 768
    within 'heap: default' "$(heap_bytes)" 51200
    if gcc -m32 -c "$work/heap.c" -I"$source/core" -o "$work/heap.o" 2>"$work/log"; then
        within 'heap: small, 32 bits' "$(heap_bytes -m32 -DBF_PROFILE_SMALL)" 320
        within 'heap: default, 32 bits' "$(heap_bytes -m32)" 5120
    fi
fi
if [ -n "$(command -v clang-19)" ]; then
    within 'code: whole API, default, clang x86-64' "$(code_bytes clang-19)" 15360
    within 'code: whole API, default, clang Cortex-M4' \
        "$(code_bytes clang-19 --target=thumbv7em-none-eabi -mcpu=cortex-m4)" 11776
fi

if within 'canary' 100 99 >"$work/log"; then
    echo 'the canary: too large a size was not found out'
    exit 1
fi
if $has_gcc && [ "$(heap_bytes -DBF_RANGES_MAX=1 -DBF_EXACT_BINS_LOG2=6)" -le \
    "$(heap_bytes -DBF_PROFILE_SMALL)" ]; then
    echo 'the canary: a larger heap was not found out'
    exit 1
fi
echo 'within the limits; the canaries were found out'
