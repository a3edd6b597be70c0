#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core does nothing undefined, and no conversion changes a value: tests of the core on a core
# that is compiled with every check that clang has for integers, pointers and bounds. Two are left
# out, as they are about what C defines: unsigned sums that wrap and unsigned shifts that lose bits,
# on purpose (docs/annotations.md). The check can fail: a core that converts carelessly is found out.
set -uo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=(-fsanitize=undefined -fsanitize=integer -fsanitize=implicit-conversion
    -fsanitize=local-bounds -fsanitize=nullability -fno-sanitize=unsigned-integer-overflow
    -fno-sanitize=unsigned-shift-base -fno-sanitize-recover=all)
checks=0
failures=0

if ! command -v clang-19 >/dev/null; then
    echo 'clang-19 is not here'
    exit 1
fi

# passes CORE_FOLDER DEFINITIONS TEST...: builds the core of a folder with definitions, apart by blanks, and runs
# tests of the core with it.
passes() {
    local folder=$1 definitions name
    read -ra definitions <<<"$2"
    definitions=("${definitions[@]/#/-D}")
    shift 2
    clang-19 -std=c11 -g "${definitions[@]}" "${checked[@]}" -c "$folder/bestfit.c" -o "$work/core.o" ||
        return 1
    for name in "$@"; do
        checks=$((checks + 1))
        clang-19 -std=c11 -D_GNU_SOURCE "${definitions[@]}" -I"$folder" -I"$source/tests" \
            -c "$source/tests/core/$name.c" -o "$work/test.o" &&
            clang-19 "${checked[@]}" "$work/core.o" "$work/test.o" -o "$work/test" &&
            timeout 60 "$work/test" >"$work/out" 2>&1 || return 1
    done
}

tell() {
    echo "FAILED: $*"
    failures=$((failures + 1))
    grep -v '^ok' "$work/out" | head -20
}

passes "$source/core" BF_HARDENING=BF_HARDENING_ON api address_space bitmap_fast bitmap_damage \
    bitmap_validator hardened_forged hardened_misuse || tell 'the bitmap index'
passes "$source/core" BF_INDEX_LIST api address_space list_api list_damage list_validator ||
    tell 'the list index'
passes "$source/core" BF_HARDENING=BF_HARDENING_OFF api || tell 'hardening off'
passes "$source/core" BF_HARDENING=BF_HARDENING_PARANOID api || tell 'paranoid'
for index in '' BF_INDEX_LIST; do
    passes "$source/core" "$index BF_QUARANTINE_BYTES=1024 BF_GUARD_BYTES=16" quarantine ||
        tell "a quarantine and guards, ${index:-bitmap}"
done

cp -r "$source/core" "$work/careless"
sed -i 's/size_t quotient = 0;/unsigned char quotient = 0;/' "$work/careless/bestfit.c"
cmp -s "$source/core/bestfit.c" "$work/careless/bestfit.c" && tell 'the canary is no other core'
if passes "$work/careless" BF_INDEX_LIST api || ! grep -q 'implicit conversion' "$work/out"; then
    tell 'the canary: a careless conversion was not found out'
fi

echo "$checks tests, $failures failures"
[ "$checks" -gt 10 ] && [ "$failures" -eq 0 ]
