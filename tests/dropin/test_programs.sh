#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Unmodified programs under the drop-in malloc compute what they compute under the C library's:
# test_programs.sh BUILD_FOLDER. Programs that are not installed are passed over, with a message; at
# least five must run.
# shellcheck source=SCRIPTDIR/script.sh
. "$(dirname "$0")/script.sh"
# shellcheck source=SCRIPTDIR/programs.sh
. "$source/tests/dropin/programs.sh"

for compiler_of_cpp in g++ clang++-19; do
    if command -v $compiler_of_cpp >/dev/null; then
        check 'the C++ program compiles' "$compiler_of_cpp" -std=c++17 -O1 -pthread \
            "$source/tests/dropin/programs/containers.cc" -o "$work/containers"
        break
    fi
done

ran=0
for name in $program_names; do
    if ! can_run "$name"; then
        echo "passed over: $name is not installed"
        continue
    fi
    outcome "$name" glibc
    outcome "$name" dropin "$library"
    ran=$((ran + 1))
    count=$(blocks_handed_out "$name" dropin)
    check "$name did nothing: $(head -n 3 "$name-glibc.err")" \
        [ "$(wc -c <"$name-glibc.out")" -gt 20 ]
    check "$name failed by itself" grep -qx 'exit status 0' "$name-glibc.out"
    check "$name differs: $(diff "$name-glibc.out" "$name-dropin.out" | head -n 6
        grep -v ' calls: \| live: \| free: ' "$name-dropin.err" | head -n 3)" \
        cmp -s "$name-glibc.out" "$name-dropin.out"
    check "$name did not use the drop-in malloc" [ "$count" -gt 50 ]
    echo "$name: $(wc -c <"$name-dropin.out") bytes the same, $count blocks"
done
check "only $ran programs ran" [ $ran -ge 5 ]
finish
