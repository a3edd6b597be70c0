#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Somebody else's allocator: examples/pool_allocator.c is clean over 10 million operations, and each
# of the six faults that can be built into it is found within a budget of operations, by an oracle
# whose name says what is wrong; shortened, it is still found, and the C program made of it says the
# same.
. "$(dirname "$0")/../testbed/script.sh"
# shellcheck disable=SC2086 # the compiler may come with options
cd "${work:?}" || exit 2

# pool FAULT: the sample with a fault as ./pool-FAULT.so; without the sanitizers of the bed's build
pool() {
    ${CC:-cc} -std=c11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -shared -fPIC \
        -I"$source/testbed/include" -DPOOL_FAULT="POOL_FAULT_$1" \
        -o "pool-$1.so" "$source/examples/pool_target.c" || fail "pool-$1.so does not compile"
}

# A budget of operations.
budget=200000

# finds FAULT ORACLE: it speaks (others may too: a heap that is broken is broken in more ways)
finds() {
    local fault=$1 wanted=$2 file found
    pool "$fault"
    bed 1 agree --target "./pool-$fault.so" --operations $budget --jobs 1 --out "found-$fault"
    cp "$work/out" agreed
    file=$(awk -v wanted="$wanted" '/^FINDING/ { file = $2 } $1 == "oracle" && $2 == wanted { print file; exit }' agreed)
    checks=$((checks + 1))
    [ -n "$file" ] || { fail "$fault: not found by $wanted"; cat agreed; return; }
    bed 1 shrink --target "./pool-$fault.so" -o "$fault.hbed" "$file"
    bed 1 replay --target "./pool-$fault.so" "$fault.hbed"
    found=$(oracle)
    echo "$fault: $found, $(bed_operations "$fault.hbed") operations"
    bed 0 show --target "./pool-$fault.so" --format c "$fault.hbed"
    mv "$work/out" "$fault.c"
    ${CC:-cc} -o "$fault" "$fault.c" || fail "$fault.c does not compile"
    checks=$((checks + 1))
    status=0
    "./$fault" >said 2>&1 || status=$?
    [ $status = 1 ] || fail "$fault.c does not show it"
    grep -q "^$found: " said || fail "$fault.c says: $(cat said)"
}

bed_operations() { "$bed" show "$1" | sed 1d | wc -l; }

pool NONE
bed 0 agree --target ./pool-NONE.so --operations "$(in_full 10000000)" --out found
says out 'oracles             status align inside overlap content guard unchanged stats drain bound panic crash hang (13)'
says out 'findings            0'
sed -n 1p "$work/out"
bed 0 replay --target ./pool-NONE.so "$source/corpus/seeds" "$source/corpus/regressions"

finds LEAK drain
finds OVERLAP overlap
finds ALIGN align
finds REALLOC content
finds CALLOC content
finds SEARCH bound
finish
