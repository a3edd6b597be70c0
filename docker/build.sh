#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds what the image has, and no more of each preset than is run there. A step of the Dockerfile.
set -euo pipefail
cd "$(dirname "$0")/.."

harnesses=(lockstep differential corrupt complexity)

# build PRESET TARGET... [-- OPTIONS OF CMAKE]
build() {
    local preset=$1 targets=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        targets+=("$1")
        shift
    done
    cmake --preset "$preset" "${@:2}" >/dev/null
    echo "building $preset"
    cmake --build --preset "$preset" --target "${targets[@]}" | tail -n 20
}

# The tests of core and bed: those of the drop-in malloc are for the machine that it is built on.
test_programs() {
    ninja -C build/clang -t targets all | sed -nE 's,^(tests/[a-z_0-9]+): C_EXECUTABLE_LINKER__.*,\1,p' |
        grep -vE '^tests/(dropin_|recorded$)'
}

build release bed_cli bed-fuzz bed-triage heapbed_afl_mutator heapbed_record
build asan-ubsan bed_cli -- -DHEAPBED_TESTS=OFF
build fuzz "${harnesses[@]}" bed-triage
build fuzz-plain "${harnesses[@]}"
build afl "${harnesses[@]}"
build bench heapbed-bench heapbed-bench-driver heapbed-bench-probe
cmake --preset clang -DHEAPBED_TREE_TESTS=OFF '-DHEAPBED_CORE_VARIANTS=list;default;off;quarantine' >/dev/null
mapfile -t tests < <(test_programs)
[ ${#tests[@]} -gt 0 ]
build clang "${tests[@]}"
# There is no compiler where it is asked for.
bench/code_size.sh core >build/code_size.txt
