#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What sanitizers/annotate/provenance.c knows is so (programs/owners.c), and it is told: in reports of
# AddressSanitizer at exactly the address, and where BF_PANIC ends a program. LeakSanitizer sees what
# a live block points to, and that it is lost with the block.
set -uo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
programs=$source/tests/sanitizers/programs
flags=(-std=c11 -D_GNU_SOURCE -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror
    -I"$source/core" -I"$source/sanitizers/annotate" -DBF_PROVENANCE
    -DBF_ANNOTATE_HEADER='"bestfit_annotate.h"')
export ASAN_OPTIONS=detect_leaks=0:exitcode=66
checks=0
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# owners OPTION...: no byte is told of wrongly.
owners() {
    checks=$((checks + 1))
    if ! cc "${flags[@]}" -pthread "$@" "$source/core/bestfit.c" "$programs/owners.c" -o "$work/owners" ||
        ! timeout 60 "$work/owners" >"$work/out"; then
        fail "owners $*"
    fi
    cat "$work/out"
}

# run STATUS MISTAKE [LINE]: ends with the status, and a line (a pattern) is in what it printed.
run() {
    local status=0
    checks=$((checks + 1))
    "$program" "$2" >"$work/out" 2>&1 || status=$?
    if [ "$status" -ne "$1" ] || { [ $# -gt 2 ] && ! grep -Eq "$3" "$work/out"; }; then
        fail "$program $2: status $status instead of $1, or not said: ${3:-}"
        head -30 "$work/out"
    fi
}

# says PATTERN: the last run did; says_not: it did not.
says() {
    checks=$((checks + 1))
    grep -Eq "$1" "$work/out" || fail "$program does not say: $1"
}

says_not() {
    checks=$((checks + 1))
    ! grep -Eq "$1" "$work/out" || fail "$program says: $1"
}

# build NAME COMPILER OPTION...
build() {
    program=$work/$1
    shift
    "$@" "${flags[@]}" "$source/core/bestfit.c" "$source/sanitizers/annotate/provenance.c" \
        "$programs/mistakes.c" -o "$program" || fail "does not compile: $*"
}

place='a block of 20 bytes \[0x[0-9a-f]+,0x[0-9a-f]+\), allocated at operation 2$'
gone='a block of 5000 bytes \[0x[0-9a-f]+,0x[0-9a-f]+\), allocated at operation 3, freed at operation 5$'

for compiler in gcc clang-19; do
    if ! command -v "$compiler" >/dev/null; then
        echo "$compiler is not here"
        exit 1
    fi
done

owners
owners -DBF_INDEX_LIST -DBF_PROVENANCE_RECORDS=50

for compiler in gcc clang-19; do
    build "asan-$compiler" "$compiler" -fsanitize=address
    run 66 overflow "^bestfit: 0x[0-9a-f]+ is heap-buffer-overflow: 0 bytes behind the end of $place"
    address=$(sed -n 's/^bestfit: \(0x[0-9a-f]*\) is .*/\1/p' "$work/out")
    says "AddressSanitizer: use-after-poison on address ${address:-none} "
    says 'in take .*mistakes.c:'
    run 66 underflow "^bestfit: 0x[0-9a-f]+ is heap-buffer-underflow: 1 byte in front of $place"
    run 66 stale "^bestfit: 0x[0-9a-f]+ is use-after-free: 4321 bytes inside $gone"
    run 66 double "^bestfit: 0x[0-9a-f]+ is double-free: 0 bytes inside $gone"
    says 'ERROR: AddressSanitizer'
    run 66 size '^bestfit: 0x[0-9a-f]+ is size-mismatch: 0 bytes inside a block of 24 bytes'
    run 0 none 'the end'
    says_not 'bestfit:'
done

# Leaks: a block's content is looked at while it is live. (Not where the system forbids ptrace.)
ASAN_OPTIONS=detect_leaks=1:exitcode=66 run 0 keep
ASAN_OPTIONS=detect_leaks=1:exitcode=66 run 66 lose 'Direct leak of 123 byte'
build "blind" "$compiler" -fsanitize=address -DBF_NO_ROOT_REGIONS -DBF_NO_ON_ERROR
ASAN_OPTIONS=detect_leaks=1:exitcode=66 run 66 keep 'Direct leak of 123 byte'
run 66 overflow 'AddressSanitizer: use-after-poison'
says_not 'bestfit:'

# By LeakSanitizer alone, where nobody closes bytes.
for compiler in gcc clang-19; do
    build "leaks-$compiler" "$compiler" -fsanitize=leak -DBF_ANNOTATE_LEAKS
    LSAN_OPTIONS=exitcode=66 run 0 keep
    LSAN_OPTIONS=exitcode=66 run 66 lose 'Direct leak of 123 byte'
done
build "blind-leaks" "$compiler" -fsanitize=leak
LSAN_OPTIONS=exitcode=66 run 66 keep 'Direct leak of 123 byte'

build "plain" cc
run 134 double "^bestfit: 0x[0-9a-f]+ is double-free: 0 bytes inside $gone"
run 134 interior '^bestfit: 0x[0-9a-f]+ is invalid-free: 16 bytes inside a block of 24 bytes'
run 134 foreign '^bestfit: 0x[0-9a-f]+ is invalid-free: in no range of a heap$'
# What has been overwritten is in front of the pointer, or elsewhere.
run 134 header "^bestfit: 0x[0-9a-f]+ is corrupted-header: 0 bytes inside $place"
run 134 behind "^bestfit: 0x[0-9a-f]+ is corrupted-heap: 0 bytes inside $place"
run 134 range "^bestfit: 0x[0-9a-f]+ is invalid-free: 0 bytes inside $place"
BESTFIT_HALT=0 run 0 double '^double free$'
says "^bestfit: 0x[0-9a-f]+ is double-free: 0 bytes inside $gone"
run 0 live '^3 live$'
says "^bestfit: 0x[0-9a-f]+ is live: 0 bytes inside $place"

build "held" cc -DBF_QUARANTINE_BYTES=32
run 134 held "^bestfit: 0x[0-9a-f]+ is corrupted-heap: 0 bytes inside $place"
build "list" cc -DBF_INDEX_LIST
run 134 header "^bestfit: 0x[0-9a-f]+ is corrupted-heap: 0 bytes inside $place"

echo "$checks checks, $failures failed"
[ "$checks" -gt 10 ] && [ "$failures" -eq 0 ]
