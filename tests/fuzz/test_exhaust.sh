#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bed exhaust: both indexes are clean in stated scopes, one of them to any depth. Its canaries:
# changed cores, and the sample allocator with a fault, in which it finds the fault with as many
# operations as that takes, and with one operation less is clean.
. "$(dirname "$0")/../testbed/script.sh"
cd "${work:?}" || exit 2

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


# A header that nobody has sealed passes: what a user forges is judged by its odds.
core unsealed bitmap/seal.h \
    '/^BF_HOT bool header_is_sealed/,/^}/s/return .* ==/return true || header ==/' -DBF_PROFILE_SMALL
bed 1 exhaust --target ./unsealed.so --depth 5
says out 'forged headers passes'
says out 'played alone it is inconclusive'
cat out
seed=$(sed -n 's/.*--seed \([0-9a-f]*\) .*/\1/p' out)
bed 0 replay --target ./unsealed.so --seed "$seed" exhaust-changed.hbed
says out '1 inconclusive'
rm -f exhaust-*.hbed

# What no oracle sees: a call that never returns and counts nothing, one that ends the process, one
# that takes no range. target NAME MALLOC ADD_RANGE [INIT]: statements, as ./NAME.so
target() {
    cat >"$1.c" <<EOF
#include "heapbed/target.h"
#include <stdlib.h>
static void init(void *state, struct hb_host *host) { (void)state; (void)host; ${4-} }
static enum hb_status allocate(void *state, size_t size, size_t align, void **out)
{
    (void)state; (void)size; (void)align; (void)out;
    $2
    return HB_OUT_OF_MEMORY;
}
static enum hb_status release(void *state, void *block, size_t size)
{
    (void)state; (void)block; (void)size;
    return HB_OK;
}
static enum hb_status add_range(void *state, void *begin, void *end)
{
    (void)state; (void)begin; (void)end;
    return $3;
}
const struct hb_target heapbed_target = {
    HB_TARGET_HEAD, .name = "$1", .summary = "", .align_max = 16, .contract = HB_TAKES_RANGES,
    .state_bytes = 16, .init = init, .malloc = allocate, .free = release, .add_range = add_range};
EOF
    ${CC:-cc} -shared -fPIC -I"$source/testbed/include" -o "$1.so" "$1.c" || fail "$1 does not compile"
}
target endless 'for (volatile int i = 0; ; i++) {}' HB_OK
target ending 'exit(size == 24 ? 2 : 0);' HB_OK
target refusing '' HB_OUT_OF_MEMORY
bed 1 exhaust --target ./endless.so --aligns 1 --depth 2 --timeout 1
says out 'oracle     hang'
says out 'operation  0: malloc'
says out '--seed'
bed 2 exhaust --target ./endless.so --aligns 1 --depth 2 --timeout 1
says err '--force'
rm -f exhaust-*.hbed
"$bed" exhaust --target ./endless.so --aligns 1 --depth 2 --timeout 100 >out 2>err &
interrupted=$!
sleep 1
kill -INT $interrupted
checks=$((checks + 1))
timeout 20 tail --pid=$interrupted -f /dev/null || {
    fail 'an interrupt does not end it'
    kill -KILL $interrupted
}
wait $interrupted
status=$?
checks=$((checks + 1))
[ $status = 2 ] || fail "an interrupted search ends with status $status"
for sizes in 1 24; do
    bed 1 exhaust --target ./ending.so --aligns 1 --depth 2 --sizes $sizes
    checks=$((checks + 1)) # to a build with sanitizers an exit may be a report
    grep -qE "^  oracle     (crash|sanitizer)$" out || fail "not a crash: $(cat out)"
    says out "operation  0: malloc 0 $sizes"
    rm -f exhaust-*.hbed
done
# The first call of all, which this process itself makes too.
target sleeping '' HB_OK 'for (volatile int i = 0; ; i++) {}'
target leaving '' HB_OK '_Exit(0);'
bed 1 exhaust --target ./sleeping.so --aligns 1 --depth 2 --timeout 1
says out 'oracle     hang'
says out 'operation  0: init'
bed 1 exhaust --target ./leaving.so --aligns 1 --depth 2
says out 'oracle     crash'
says out 'operation  0: init'
bed 1 replay --target ./leaving.so exhaust-leaving.hbed
says out 'oracle     crash'
rm -f exhaust-*.hbed
bed 2 exhaust --target ./refusing.so --aligns 1
says out 'nothing was ever allocated'
bed 2 exhaust --target bestfit-small --arena 16 --second 0
says out 'nothing was ever allocated'

# What it cannot do, it says.
bed 2 exhaust --target libc
says err 'takes no ranges'
bed 2 exhaust --sizes 1,x
says err 'no list'
bed 2 exhaust --depth 0
bed 2 exhaust --arena 4096
finish
