#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The harness without an engine, and what the supervisor refuses.
set -uo pipefail

harness=$HEAPBED_BUILD/lockstep-standalone
supervisor=$HEAPBED_BUILD/bed-fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "${work:?}" || exit 2

fail() {
    echo "FAILED: $*" >&2
    cat "$work/err" >&2
    exit 1
}

# expect STATUS COMMAND...
expect() {
    local expected=$1 status=0
    shift
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" = "$expected" ] || fail "exit status $status instead of $expected: $*"
}

require_stderr() { grep -q -- "$1" "$work/err" || fail "stderr does not say: $1"; }

# One record each: nothing at all; add_range 0 0, which the seed accepts.
head -c 16 /dev/zero >neutral
{ printf '\001' && head -c 15 /dev/zero; } >empty-range

# A replay of nothing is an error, and so is a file that cannot be read.
expect 2 "$harness"
expect 2 "$harness" missing
expect 0 "$harness" neutral
expect 0 "$harness" neutral empty-range

# What an engine would see: the end of the process, after the verdict.
(
    ulimit -c 0
    HEAPBED_TARGET=seed "$harness" empty-range 2>"$work/err"
)
[ $? = 134 ] || fail 'a verdict does not end the process with an abort'
require_stderr 'oracle status'
expect 2 env HEAPBED_TARGET=nobody "$harness" neutral

# Two targets: alike, and not.
differential=$HEAPBED_BUILD/differential-standalone
expect 0 env HEAPBED_TARGET=bestfit HEAPBED_TARGET_2=bestfit "$differential" neutral empty-range
(
    ulimit -c 0
    HEAPBED_TARGET=bestfit HEAPBED_TARGET_2=seed "$differential" empty-range 2>"$work/err"
)
[ $? = 134 ] || fail 'a verdict on the second target does not end the process with an abort'
require_stderr 'replay --target bestfit --against seed FILE'
expect 2 env HEAPBED_TARGET=bestfit HEAPBED_TARGET_2=nobody "$differential" neutral
expect 0 "$HEAPBED_BUILD/corrupt-standalone" neutral empty-range

# Collecting: the process goes on, and at most four inputs of one kind are kept.
mkdir findings
expect 0 env HEAPBED_TARGET=seed HEAPBED_FINDINGS=findings HEAPBED_STATS=stats "$harness" \
    neutral empty-range empty-range empty-range empty-range empty-range empty-range
[ "$(find findings -type f -not -name '.*' | wc -l)" = 4 ] || fail "not four: $(ls findings)"
[ -z "$(find findings -name '.unfinished*')" ] || fail 'an unfinished file was left behind'
for file in findings/*; do
    cmp -s "$file" empty-range || fail "$file is not the input"
done
[ "$(od -An -t u8 -j 8 -N 8 stats | tr -d ' ')" = 7 ] || fail 'the live counters miss executions'
[ "$(od -An -t u8 -j 32 -N 8 stats | tr -d ' ')" = 6 ] || fail 'the live counters miss verdicts'

# A common fault does not hide a rare one that differs in its reason alone.
cat >reasons.c <<'END'
#include "heapbed/target.h"
static struct hb_host *host;
static void init(void *state, struct hb_host *given) { (void)state; host = given; }
static enum hb_status allocate(void *state, size_t size, size_t align, void **out)
{
    (void)state; (void)align; (void)out;
    host->panic(size == 16 ? "the common reason" : "the rare reason");
    return HB_OUT_OF_MEMORY;
}
static enum hb_status release(void *state, void *block, size_t size)
{
    (void)state; (void)block; (void)size;
    return HB_OK;
}
const struct hb_target heapbed_target = {
    HB_TARGET_HEAD, .name = "reasons", .summary = "", .align_max = 16,
    .init = init, .malloc = allocate, .free = release};
END
${CC:-cc} -shared -fPIC -I"$HEAPBED_SOURCE/testbed/include" -o reasons.so reasons.c || exit 2
echo 'malloc 0 16' >common.hbedt
echo 'malloc 0 32' >rare.hbedt
mkdir reasons
expect 0 env HEAPBED_TARGET=./reasons.so HEAPBED_FINDINGS=reasons "$harness" \
    common.hbedt common.hbedt common.hbedt common.hbedt common.hbedt rare.hbedt
[ "$(find reasons -name 'panic-*' | wc -l)" = 5 ] || fail "not four and one: $(ls reasons)"

# What cannot be saved is counted, and told of once.
expect 0 env HEAPBED_TARGET=seed HEAPBED_FINDINGS=missing HEAPBED_STATS=lost "$harness" \
    empty-range empty-range
[ "$(od -An -t u8 -j 48 -N 8 lost | tr -d ' ')" = 2 ] || fail 'what is lost is not counted'
[ "$(grep -c 'cannot save' err)" = 1 ] || fail 'not told once'

# What a harness that looks for costs has kept is surpassed by another process, not replaced.
complexity=$HEAPBED_BUILD/complexity-standalone
mkdir worst
{
    echo 'heapbed 1 arena 65536 slots 256'
    echo 'add_range 0 65536'
    for slot in $(seq 0 2 60); do
        echo "malloc $slot 64"
        echo "malloc $((slot + 1)) 64"
    done
    seq 0 2 60 | sed 's/^/free /'
    echo 'malloc 99 200'
} >costly.hbedt
printf 'heapbed 1 arena 65536 slots 256\nadd_range 0 65536\nmalloc 0 64\nfree 0\n' >cheap.hbedt
best() { env HEAPBED_TARGET=bestfit-list HEAPBED_BEST=worst "$complexity" "$@"; }
expect 0 best cheap.hbedt
require_stderr 'malloc-steps is '
expect 0 best costly.hbedt
require_stderr 'malloc-steps is '
cp worst/malloc-steps.hbed kept-worst
[ "$(wc -c <kept-worst)" -gt 16 ] || fail 'the worst is empty'
expect 0 best cheap.hbedt
cmp -s kept-worst worst/malloc-steps.hbed || fail 'a cheap stream has replaced a costly one'
[ -s err ] && fail 'a cheap stream counts as costly'
[ -z "$(find worst -name '*.unfinished')" ] || fail 'an unfinished file was left behind'
# the line that tells how to replay has all that it takes
(
    ulimit -c 0
    HEAPBED_TARGET=seed HEAPBED_WITHOUT=place HEAPBED_CONTRACT=foreign "$harness" costly.hbedt 2>err
    HEAPBED_TARGET=seed HEAPBED_WITHOUT=place "$harness" empty-range 2>err
)
require_stderr 'replay --target seed --without place FILE'

# The supervisor says what it cannot do.
expect 0 "$supervisor" --help
expect 2 "$supervisor" --harness nothing
require_stderr 'there are: lockstep, differential, corrupt'
expect 2 "$supervisor" --harness lockstep --against seed
require_stderr '--against is for the harness differential'
expect 2 "$supervisor" --json missing/summary.json --seconds 1
require_stderr 'cannot write missing/summary.json'
expect 2 "$supervisor" --seconds 0
expect 2 "$supervisor" --jobs many
expect 2 "$supervisor" --engine honggfuzz
expect 2 "$supervisor" --nonsense
expect 2 "$supervisor" stray
expect 2 "$supervisor" --target nobody --seconds 1
expect 2 "$supervisor" --corpus missing --seconds 1 --out kept
require_stderr 'no folder with files'
expect 0 "$supervisor" --list-builds --jobs 2
[ "$(tr '\n' ' ' <"$work/out")" = 'release fuzz afl ' ] || fail "builds: $(cat "$work/out")"
echo 'all as expected'
