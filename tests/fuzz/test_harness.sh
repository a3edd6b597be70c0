#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The harness without an engine, and what the supervisor refuses.
set -uo pipefail

harness=$HEAPBED_BUILD/lockstep-standalone
supervisor=$HEAPBED_BUILD/bed-fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

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

# Collecting: the process goes on, and at most four inputs of one kind are kept.
mkdir findings
expect 0 env HEAPBED_TARGET=seed HEAPBED_FINDINGS=findings HEAPBED_STATS=stats "$harness" \
    neutral empty-range empty-range empty-range empty-range empty-range empty-range
[ "$(find findings -type f | wc -l)" = 4 ] || fail "not four: $(ls findings)"
[ -z "$(find findings -name '.*' -type f)" ] || fail 'an unfinished file was left behind'
for file in findings/*; do
    cmp -s "$file" empty-range || fail "$file is not the input"
done
[ "$(od -An -t u8 -j 8 -N 8 stats | tr -d ' ')" = 7 ] || fail 'the live counters miss executions'
[ "$(od -An -t u8 -j 32 -N 8 stats | tr -d ' ')" = 6 ] || fail 'the live counters miss verdicts'

# The supervisor says what it cannot do.
expect 0 "$supervisor" --help
expect 2 "$supervisor" --harness nothing
require_stderr 'there is: lockstep'
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
