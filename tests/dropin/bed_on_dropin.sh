#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A real program with AddressSanitizer, on the sanitizer's malloc and on the annotated drop-in: the bed
# writes the same, and all calls of recorded programs can be made. bed_on_dropin.sh BED BED_ON_DROPIN.
set -u
export LC_ALL=C

if [ $# -ne 2 ] || [ ! -x "$1" ] || [ ! -x "$2" ]; then
    echo "usage: bash $0 BED BED_ON_DROPIN" >&2
    exit 2
fi
own=$1 dropin=$2
corpus=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../corpus")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# same ARGUMENTS...: both write it, to both outputs, and end with the same status.
same() {
    local own_status=0 status=0
    checks=$((checks + 1))
    "$own" "$@" >"$work/own" 2>"$work/own.err" || own_status=$?
    "$dropin" "$@" >"$work/dropin" 2>"$work/dropin.err" || status=$?
    [ $status -eq $own_status ] || fail "status $status instead of $own_status: bed $*: $(head -n 5 "$work/dropin.err")"
    [ -s "$work/own" ] || fail "bed $* wrote nothing"
    cmp -s "$work/own" "$work/dropin" || fail "bed $* wrote something else"
    cmp -s "$work/own.err" "$work/dropin.err" || fail "bed $* said: $(head -n 5 "$work/dropin.err")"
}

for input in "$corpus"/seeds/*.hbedt; do
    same replay "$input"
done
same show --format json "$corpus/seeds/churn-of-many-sizes.hbedt"
same show --format c "$corpus/seeds/churn-of-many-sizes.hbedt"
same targets

# With malloc itself as the target the bed checks each block that it gets.
for trace in "$corpus"/traces/{bash-strings,jq-group,python3-words}.hbed.zst; do
    same replay --target libc "$trace"
done
BESTFIT_MALLOC_STATS=1 "$dropin" replay --target libc "$corpus/traces/jq-group.hbed.zst" >"$work/dropin" 2>&1
checks=$((checks + 1))
grep -q 'calls: allocated [1-9]' "$work/dropin" || fail 'it did not use the drop-in malloc'

echo "$checks checks, $failures failed"
[ $failures -eq 0 ]
