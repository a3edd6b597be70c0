#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every program in examples/bestfit is compiled without a warning and run, and is on the page that
# shows how to use bestfit. The one for bare metal is linked with nothing but a linker script: for
# this machine, where it runs, and for a Cortex-M3, where qemu runs it if it is here. The check can
# fail: with a core that hands out nothing every example says so, and a heap that the linker script
# does not bring is found out.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"
examples=$source/examples/bestfit
bare=$examples/bare_metal
freestanding=("${strict[@]}" -ffreestanding -nostdlib -DBF_PROFILE_SMALL -DBF_RANGES_MAX=2 -Os)

# run NAME CORE: one example with the core in the folder CORE.
run() {
    local with=("$2/bestfit.c" -pthread)
    if grep -q '#include "bestfit.c"' "$examples/$1.c"; then with=(-pthread); fi
    "${compiler[@]}" "${strict[@]}" -I"$2" "$examples/$1.c" "${with[@]}" -o "$work/$1" &&
        timeout 60 "$work/$1"
}

# The programs themselves, and how the bare ones are run.
run_here() {
    "${compiler[@]}" "${freestanding[@]}" -static -fno-stack-protector -fno-pic -I"$1" \
        -Wl,-e,start "-Wl,-T,$bare/linux_x86_64.ld" "$bare/main.c" "$bare/linux_x86_64.c" \
        "$1/bestfit.c" -o "$work/bare" && "$work/bare"
}

link_cortex() {
    clang-19 --target=thumbv7m-none-eabi -mcpu=cortex-m3 -fuse-ld=lld-19 "${freestanding[@]}" -I"$1" \
        "-Wl,-T,${2:-$bare/cortex_m3.ld}" "$bare/main.c" "$bare/cortex_m3.c" "$1/bestfit.c" \
        -o "$work/bare.elf"
}

run_cortex() {
    link_cortex "$1" &&
        timeout 60 qemu-system-arm -M lm3s6965evb -nographic -semihosting -kernel "$work/bare.elf" \
            </dev/null
}

broken_core() {
    cp -r "$source/core" "$work/broken"
    sed -i '/^enum bf_status bf_malloc(/{n;s/{/{ if (heap != NULL) { return BF_OUT_OF_MEMORY; }/}' \
        "$work/broken/bestfit.c"
    ! cmp -s "$source/core/bestfit.c" "$work/broken/bestfit.c" || fail 'the core could not be broken'
}

broken_core
for path in "$examples"/*.c; do
    name=$(basename "$path" .c)
    quietly run "$name" "$source/core"
    cat "$work/log"
    refused "$name with a core that hands out nothing" run "$name" "$work/broken"
    grep -qF "(../examples/bestfit/$name.c)" "$source/docs/using.md" || fail "docs/using.md: no $name.c"
    checks=$((checks + 2))
done
[ "$checks" -ge 12 ] || fail "only $checks checks: where are the examples?"
grep -qF '(../examples/bestfit/bare_metal' "$source/docs/using.md" || fail 'docs/using.md: no bare metal'

if [ "$(uname -m)" = x86_64 ]; then
    quietly run_here "$source/core"
    refused 'bare metal with a core that hands out nothing' run_here "$work/broken"
    checks=$((checks + 1))
fi
if [ -n "$(command -v clang-19)" ] && [ -n "$(command -v ld.lld-19)" ]; then
    quietly link_cortex "$source/core"
    sed '/heap_start/d' "$bare/cortex_m3.ld" >"$work/no_heap.ld"
    refused 'a linker script without a heap' link_cortex "$source/core" "$work/no_heap.ld"
    checks=$((checks + 1))
    if [ -n "$(command -v qemu-system-arm)" ]; then
        quietly run_cortex "$source/core"
        refused 'Cortex-M3 with a core that hands out nothing' run_cortex "$work/broken"
        checks=$((checks + 1))
    else
        echo 'no qemu-system-arm: linked for a Cortex-M3, not run'
    fi
else
    echo 'no clang-19 with lld-19: not linked for a Cortex-M3'
fi
echo "$checks checks of examples; the canaries were found out"
