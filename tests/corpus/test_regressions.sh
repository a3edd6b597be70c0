#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_regressions.sh BED: on each regression input the seed fails, by the oracle that the input's
# first line names ("# seed: status"), and the core is clean.
set -uo pipefail
bed=$1
count=0
failures=0

fail() {
    echo "FAILED: $file: $*" >&2
    failures=$((failures + 1))
}

for file in "$HEAPBED_SOURCE"/corpus/regressions/*.hbedt; do
    count=$((count + 1))
    named=$(sed -n '1s/^# seed: \([a-z]*\)$/\1/p' "$file")
    [ -n "$named" ] || fail 'its first line does not name an oracle'
    status=0
    said=$("$bed" replay --target seed "$file") || status=$?
    spoke=$(sed -n 's/^ *oracle *\([a-z]*\)$/\1/p' <<<"$said")
    [ "$status" = 1 ] || fail "exit status $status on the seed"
    [ "$spoke" = "$named" ] || fail "'$spoke' spoke on the seed, not $named"
    "$bed" replay --quiet "$file" || fail 'the core is not clean'
done
echo "$count inputs, $failures failures"
[ "$count" -ge 7 ] && [ "$failures" = 0 ]
