#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core needs nothing: compiled freestanding, its object has no undefined symbol, at any level of
# optimisation. And the check can fail: an object that does need something is found out.
set -euo pipefail

source=${HEAPBED_SOURCE:?}
compiler=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# needs FILE LEVEL: what the object of FILE leaves undefined.
needs() {
    "$compiler" -std=c11 -ffreestanding -fno-pic "$2" -I"$source/core" -c "$1" -o "$work/object.o"
    nm -u "$work/object.o"
}

for level in -O0 -O1 -O2 -O3 -Os; do
    undefined=$(needs "$source/core/bestfit.c" "$level")
    if [ -n "$undefined" ]; then
        printf 'at %s the core needs:\n%s\n' "$level" "$undefined"
        exit 1
    fi
done

cat >"$work/needy.c" <<'END'
extern void outside(void);
void inside(void);
void inside(void)
{
    outside();
}
END
if [ -z "$(needs "$work/needy.c" -O2)" ]; then
    echo 'the canary: an object that calls an undefined function was not found out'
    exit 1
fi
echo 'no undefined symbol at five levels; the canary was found out'
