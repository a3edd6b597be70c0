#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The size of the core's code: code_size.sh CORE-FOLDER. Prints a line for each variant, machine and
# extent: "small-off x86-64 calls 1234". calls: bf_init, bf_malloc, bf_free and what they reach;
# api: every public function. What nothing reaches is left out by the linker, as in a firmware.
set -euo pipefail

core=$1
# In the image, which has no compiler: what it was when the image was made.
if [ -n "${HEAPBED_PREBUILT:-}" ]; then
    exec cat "$(dirname "$0")/../build/code_size.txt"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

declare -A variants=(
    [list]='-DBF_INDEX_LIST'
    [small-off]='-DBF_PROFILE_SMALL -DBF_HARDENING=BF_HARDENING_OFF'
    [small-on]='-DBF_PROFILE_SMALL'
    [default-off]='-DBF_HARDENING=BF_HARDENING_OFF'
    [default-on]=''
    [default-paranoid]='-DBF_HARDENING=BF_HARDENING_PARANOID'
    [large-off]='-DBF_PROFILE_LARGE -DBF_HARDENING=BF_HARDENING_OFF'
    [large-on]='-DBF_PROFILE_LARGE'
)
# By the compilers that a user of Debian would take, one of which knows both machines.
declare -A compilers=(
    [x86-64]='gcc -m64 -fno-pie'
    [cortex-m4]='clang-19 --target=thumbv7em-none-eabi -mcpu=cortex-m4 -mfloat-abi=soft'
)

# Bytes of code and constants in a linked file.
bytes_of() {
    llvm-size-19 -A "$1" | awk '$1 == ".text" || $1 ~ /^\.rodata/ { sum += $2 } END { print sum + 0 }'
}

# link OBJECT ROOT...: with nothing but what the roots reach.
link() {
    local object=$1 roots=()
    shift
    for root in "$@"; do roots+=(-u "$root"); done
    ld.lld-19 --gc-sections -e bf_init "${roots[@]}" --unresolved-symbols=ignore-all \
        -o "$object.linked" "$object"
}

for machine in "${!compilers[@]}"; do
    for variant in "${!variants[@]}"; do
        object=$scratch/$machine-$variant.o
        # The options are several words.
        # shellcheck disable=SC2086
        ${compilers[$machine]} ${variants[$variant]} -std=c11 -Os -DNDEBUG -ffreestanding \
            -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
            -c -o "$object" "$core/bestfit.c"
        link "$object" bf_init bf_malloc bf_free
        echo "$variant $machine calls $(bytes_of "$object.linked")"
        mapfile -t public < <(llvm-nm-19 --defined-only --extern-only "$object" | awk '{ print $3 }')
        link "$object" "${public[@]}"
        echo "$variant $machine api $(bytes_of "$object.linked")"
    done
done
