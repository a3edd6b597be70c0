#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bed exhaust: both indexes are clean in stated scopes, one of them to any depth. Its canaries:
# changed cores, and the sample allocator with a fault, in which it finds the fault with as many
# operations as that takes, and with one operation less is clean.
. "$(dirname "$0")/../testbed/script.sh"
cd "$work" || exit 2

# Levels that take ten times as long in a build with sanitizers.
depth=5
[ "$(in_full 10)" = 10 ] || depth=4

for target in bestfit-small bestfit-list; do
    bed 0 exhaust --target $target --depth $depth --json levels.json
    says out "every sequence of up to $depth operations is covered"
    cat out
    checks=$((checks + 1))
    grep -q '"complete":	true' levels.json || fail 'the JSON does not say that it is complete'
    bed 0 exhaust --target $target --depth 30 --arena 96 --second 0 --sizes 1,24,40 --aligns 1
    says out 'every sequence of any length is covered'
    tail -n 2 out
done

# canary NAME OPERATIONS ORACLE OPTION...: ./NAME.so is clean up to one operation less
canary() {
    local name=$1 operations=$2 oracle=$3
    shift 3
    bed 0 exhaust --target "./$name.so" --depth $((operations - 1)) "$@"
    bed 1 exhaust --target "./$name.so" --depth "$operations" "$@"
    says out "oracle     $oracle"
    echo "$name: $oracle, $operations operations"
    bed 1 replay --target "./$name.so" exhaust-*.hbed
    rm -f exhaust-*.hbed
}

# core NAME FILE EXPRESSION OPTION...: a core with one line changed, as ./NAME.so
core() {
    local name=$1 file=$2 expression=$3
    shift 3
    rm -rf core
    cp -r "$source/core" core
    sed -i "$expression" "core/$file"
    checks=$((checks + 1))
    ! cmp -s "$source/core/$file" "core/$file" || fail "$name: nothing was changed"
    # shellcheck disable=SC2086 # the compiler may come with options
    ${CC:-cc} -std=c11 -O1 -shared -fPIC -I"$source/testbed" -I"$source/testbed/include" -Icore \
        -DHB_VARIANT_SYMBOL=heapbed_target -DHB_VARIANT_NAME='"changed"' "$@" -o "$name.so" \
        "$source/testbed/targets/bestfit.c" || fail "$name does not compile"
}

core tie list/index.h 's/walk.capacity_bytes <= best_bytes/walk.capacity_bytes < best_bytes/' \
    -DBF_INDEX_LIST
canary tie 4 place
core split bitmap/block.h 's/stride - needed >= STRIDE_MIN/stride - needed > STRIDE_MIN/' \
    -DBF_PROFILE_SMALL
canary split 2 stats
core flag bitmap/heap.h 's/block_set_previous_free(block + cut->taken, false);/(void)0;/' \
    -DBF_PROFILE_SMALL
canary flag 5 check
for fault in LEAK SEARCH; do
    ${CC:-cc} -std=c11 -O1 -shared -fPIC -I"$source/testbed/include" \
        -DPOOL_FAULT="POOL_FAULT_$fault" -o "$fault.so" "$source/examples/pool_target.c" ||
        fail "$fault does not compile"
done
canary LEAK 3 drain --arena 240 --second 0
canary SEARCH 3 bound

# What it cannot do, it says.
bed 2 exhaust --target libc
says err 'takes no ranges'
bed 2 exhaust --sizes 1,x
says err 'no list'
bed 2 exhaust --depth 0
bed 2 exhaust --arena 4096
finish
