#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# compare.sh BUILD-FOLDER SOURCE-FOLDER: the gates of ./bed baseline and ./bed compare can fail, and
# do not where nothing changed. Nothing here looks at a time.
set -euo pipefail

build=$1
source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS WHAT COMMAND...
expect() {
    local expected=$1 what=$2 status=0
    shift 2
    "$@" >"$scratch/said" 2>&1 </dev/null || status=$?
    if [ "$status" != "$expected" ]; then
        echo "FAILED: $what: exit status $status, not $expected"
        cat "$scratch/said"
        failed=1
    fi
}

# said PATTERN: what the last command must have said.
said() {
    if ! grep -qE -- "$1" "$scratch/said"; then
        echo "FAILED: nothing like '$1' in:"
        cat "$scratch/said"
        failed=1
    fi
}

# expect calls it.
# shellcheck disable=SC2317
check() { "$build/heapbed-baseline" --check --subject '^default-on$' "$@"; }

# A file that differs from the committed baseline by what sed does to it.
altered() { sed "$1" "$source/bench/baseline.json" >"$scratch/altered.json"; }

expect 0 'the core is as the baseline says' check --json "$scratch/counts.json"
said '^[1-9][0-9]* counts, none more than 0.5% above the baseline'
expect 0 'as JSON' jq -e '.bad == 0 and (.rows | length > 3 and all(.now == .baseline))' "$scratch/counts.json"

# A core that does one instruction more than it must.
cp -R "$source/core" "$scratch/core"
sed -i '/^BF_MEASURED static uintptr_t select_block/,/^}/ s|^ *if (BF_RARELY.*|    (void)*(const volatile uintptr_t *)\&heap->bins[0];\n&|' \
    "$scratch/core/bitmap/index.h"
expect 1 'a core that does more fails' check --core "$scratch/core" --json "$scratch/counts.json"
said '^instructions/select of default-on: .* the baseline has .*: \+[0-9.]+%'
expect 0 'as JSON' jq -e '.bad > 0 and any(.rows[]; .verdict == "slower")' "$scratch/counts.json"

expect 1 'and is found by a comparison' "$build/heapbed-compare" \
    --filter '^instructions/select$' --subject '^default-on$' "$source/core" "$scratch/core"
said '^instructions/select .* slower'
expect 0 'the other way around it is better' "$build/heapbed-compare" \
    --filter '^instructions/select$' --subject '^default-on$' "$scratch/core" "$source/core"
said '^instructions/select .* faster'

# A baseline that is not one, or not of these rows.
altered '/"row":"instructions.pair","subject":"default-on"/d'
expect 1 'a row that the baseline lacks' check --file "$scratch/altered.json"
said '^instructions/pair of default-on: is not in the baseline'
altered 's|"instructions/pair","subject":"default-on"|"instructions/gone","subject":"default-on"|'
expect 1 'a row that only the baseline has' check --file "$scratch/altered.json"
said '^instructions/gone of default-on: is in the baseline, and there is no such row now'
altered '/"row":/d'
expect 2 'a baseline of no rows' check --file "$scratch/altered.json"
said 'it has no rows'
altered 's|"compiler": "[^"]*"|"compiler": "Clang 18.0.0 -O3"|'
expect 2 'one of another compiler' check --file "$scratch/altered.json"
said 'is of Clang 18.0.0 -O3'
altered '5 s|.*|not JSON|'
expect 2 'one that is no JSON' check --file "$scratch/altered.json"
said 'altered.json: no JSON from line 5 on'
expect 2 'one that is not there' check --file "$scratch/missing.json"

# Options.
expect 2 'renewal without a reason' "$build/heapbed-baseline"
expect 2 'renewal with an empty reason' "$build/heapbed-baseline" --reason ''
expect 2 'figures without a place' check --json "$scratch/nowhere/counts.json"
expect 2 'a self-test without a place for its figures' "$build/heapbed-compare" --self-test \
    --json "$scratch/nowhere/test.json"
said 'cannot be written'
expect 2 'a commit that there is not' "$build/heapbed-compare" nosuchcommit
said "there is no commit 'nosuchcommit'"
expect 2 'nothing to compare with' "$build/heapbed-compare"
expect 2 'too few pairs' "$build/heapbed-compare" --pairs 2 HEAD
expect 2 'a row that cannot be compared' "$build/heapbed-compare" --filter '^code/' - -
expect 0 'help' "$build/heapbed-compare" --help
expect 0 'help' "$build/heapbed-baseline" --help

# Records of the same rows are added up; a percentile that one of them lacks is none of all.
record() {
    jq -n --argjson percentiles "$1" '{schema: "heapbed-history/1", rows: [{name: "select/16-log",
        cells: [{subject: "list", median: 3, samples: [3], percentiles: $percentiles}]}]}'
}
record '{"p10": 1, "p50": 3, "max": 9}' >"$scratch/one.json"
record '{"p10": 1, "p50": 3, "p90": 2, "max": 8}' >"$scratch/two.json"
"$build/heapbed-record-merge" "$scratch/merged.jsonl" "$scratch/one.json" "$scratch/two.json" || failed=1
expect 0 'a percentile of one record only goes' jq -e '.rows[0].cells[0] | (.samples | length) == 2 and
    .percentiles == {"p10": 1, "p50": 3, "max": 9}' "$scratch/merged.jsonl"

# A renewal keeps what came before it.
cp "$source/bench/baseline.json" "$scratch/renewed.json"
expect 0 'renewal' "$build/heapbed-baseline" --reason 'a test "of it"' --file "$scratch/renewed.json"
expect 0 'with its reason, behind the earlier ones' grep -c 'a test ."of it' "$scratch/renewed.json"
expect 0 'and it is a baseline' check --file "$scratch/renewed.json"
expect 1 'in which nothing of the counts differs' grep -vxFf "$scratch/renewed.json" \
    <(grep '"row":' "$source/bench/baseline.json")
exit $failed
