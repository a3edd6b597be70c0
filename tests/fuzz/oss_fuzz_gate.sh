#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# oss_fuzz_gate.sh ROOT: ./bed oss-fuzz can say no: to a build.sh that drops $CFLAGS, to a core that is
# compiled without them while the harness is not (which the official check passes), and to a seed
# that crashes. Three builds, so a command of its own, no part of ./bed test.
set -u
root=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

copy() {
    rm -rf "$work/tree"
    mkdir "$work/tree"
    tar -C "$root" -c --exclude=./build --exclude=./out --exclude=./.git . | tar -C "$work/tree" -x
}

refuses() { # WHAT TEXT
    local status=0
    "$root/fuzz/oss-fuzz/check/check.sh" --source "$work/tree" --engine libfuzzer --sanitizer address \
        --architecture x86_64 --no-planted --no-tests >"$work/out" 2>&1 || status=$?
    checks=$((checks + 1))
    if [ $status = 1 ] && grep -qE -- "refused: .*$2" "$work/out"; then
        echo "refused: $1"
    else
        echo "FAILED: exit status $status for $1:"
        tail -n 5 "$work/out"
        failures=$((failures + 1))
    fi
}

copy
sed -i 's/^cmake --fresh/unset CFLAGS CXXFLAGS\n&/' "$work/tree/fuzz/oss-fuzz/build.sh"
refuses 'a build.sh that drops the flags' 'no call of the sanitizer in the core|not all eight'

copy
bare='-fno-sanitize=all -fno-sanitize-coverage=inline-8bit-counters,pc-table,trace-cmp'
sed -i "s/^    target_include_directories(heapbed_.*symbol/    target_compile_options(heapbed_\${symbol} PRIVATE $bare)\n&/" \
    "$work/tree/testbed/CMakeLists.txt"
refuses 'a core without the flags in a harness that has them' 'no (call of the sanitizer|edge is counted) in the core'

copy
patch -s -d "$work/tree" -p1 --fuzz=0 <"$root/fuzz/oss-fuzz/check/planted.patch"
refuses 'a seed that crashes' 'fails on its seeds'

echo "$checks checks, $failures failed"
[ $checks = 3 ] && [ $failures = 0 ]
