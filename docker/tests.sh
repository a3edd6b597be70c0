#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed test in the image: its test programs, then the corpus of seeds and regressions. Nothing is
# built.
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$folder")
export HEAPBED_SOURCE=$root HEAPBED_BUILD=$root/build/clang
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0

# run NAME COMMAND...
run() {
    local name=$1 begun=$SECONDS
    shift
    printf '%-44s ' "$name"
    if "$@" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        printf 'passed %4d s\n' $((SECONDS - begun))
    else
        printf 'FAILED, exit status %d\n' $?
        failed=$((failed + 1))
        sed 's/^/    /' "$log"
    fi
}

while read -r program; do
    run "$(basename "$program")" "$program"
done <"$folder/tests.txt"
for script in regressions corpus; do
    run "$script" bash "$root/tests/testbed/test_$script.sh" "$root/build/release/bed"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 2 ]
