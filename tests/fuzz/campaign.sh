#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A campaign that is killed goes on where it stopped, and nothing is lost that was there before: no
# finding, no input that waits to be looked at, no input of the corpus. Kills the supervisor, or all
# processes, with SIGKILL at random moments (the seed is printed).
#
#   tests/fuzz/campaign.sh ROOT [KILLS] [ENGINE]
#
# KILLS is 20, ENGINE both where they are not given. Needs the builds that `./bed campaign` makes (for
# the engine libfuzzer: release, fuzz and fuzz-plain). `./bed test` runs it with a few kills.
set -uo pipefail
unset ASAN_OPTIONS UBSAN_OPTIONS

root=$(cd "${1:?the root of the project}" && pwd)
kills=${2:-20}
engine=${3:-both}
seed=${SEED:-$(date +%s)}
RANDOM=$seed
work=$(mktemp -d)
trap 'end_all; rm -rf "$work"' EXIT
cd "${work:?}" || exit 2
dir=$work/campaign

fail() {
    echo "FAILED (SEED=$seed): $*" >&2
    tail -n 15 err >&2
    exit 1
}

# Every process of the campaign has its folder in its command line, or in its environment.
processes() {
    grep -lsF "CAMPAIGN_MARK=$work" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

end_all() {
    local left
    left=$(processes)
    # shellcheck disable=SC2086 # one word a process
    [ -z "$left" ] || kill -9 $left 2>/dev/null
}

campaign=(env CAMPAIGN_MARK="$work" "$root/build/release/bed-campaign" --target seed --engine "$engine" --turn 10
    --minimise 1000 --dir "$dir")

# What must not be lost: a path a line.
kept() {
    (cd "$dir" && find findings candidates artifacts corpus engines -type f \
        \( -path 'findings/*' -o -path 'candidates/*' -o -path 'artifacts/*/crash-*' \
        -o -path 'corpus/*' -o -path '*/queue/id:*' -o -path '*/crashes/id:*' \) \
        -not -name '.*' -not -name '*.unfinished' 2>/dev/null | sort)
}

lost() { comm -23 "$1" "$2"; }

# --- the canary: this test sees a loss ------------------------------------------------------------

printf 'corpus/a\nfindings/b\n' >before
printf 'corpus/a\n' >after
[ "$(lost before after)" = findings/b ] || fail 'a loss is not seen'

# --- killed and gone on ---------------------------------------------------------------------------

: >known
for number in $(seq "$kills"); do
    "${campaign[@]}" >out 2>err &
    supervisor=$!
    sleep "$((RANDOM % 6 + 2)).$((RANDOM % 10))"
    kill -0 "$supervisor" 2>/dev/null || fail "the campaign has ended by itself, kill $number"
    kept >before
    if [ $((number % 2)) = 0 ]; then
        kill -9 "$supervisor"
    else
        # shellcheck disable=SC2046 # one word a process
        kill -9 $(processes) 2>/dev/null
    fi
    wait "$supervisor" 2>/dev/null
    for _ in $(seq 50); do
        [ -n "$(processes)" ] || break
        sleep 0.1
    done
    [ -z "$(processes)" ] || fail "processes outlive the supervisor: $(processes)"
    kept >after
    [ -z "$(lost before after)" ] || fail "lost by kill $number: $(lost before after | head -n 5)"
    sort -u -o known known after
done
[ -s known ] || fail 'nothing was found or kept at all'

# --- everything that waited is looked at ----------------------------------------------------------

for _ in 1 2 3 4 5; do
    "$root/build/release/bed-status" "$dir" >status 2>&1
    hours=$(awk '/^time/ { print $2 + 0.005 }' status)
    "${campaign[@]}" --hours "$hours" --json summary.json >out 2>err
    [ $? = 1 ] || fail 'the campaign on the seed ends with another status than 1'
    "$root/build/release/bed-status" --json status.json "$dir" >status
    waiting=$(jq .waiting status.json)
    [ "$waiting" != 0 ] || break
done
[ "$waiting" = 0 ] || fail "$waiting inputs still wait"
kept >after
[ -z "$(lost known after)" ] || fail "lost at the end: $(lost known after | head -n 5)"
grep -E '^(candidates|artifacts)/|/crashes/id:' after >candidates
sort "$dir/triaged" >triaged
[ -z "$(lost candidates triaged)" ] ||
    fail "not looked at: $(lost candidates triaged | head -n 5)"
findings=$(find "$dir/findings" -name '*.json' | wc -l)
[ "$findings" -ge 3 ] || fail "only $findings findings on the seed"
[ "$(jq '.findings | length' summary.json)" = "$findings" ] || fail 'the summary has other findings'
for file in "$dir"/findings/*.json; do
    jq -e .oracle "$file" >/dev/null || fail "$file is damaged"
    status=0
    # shellcheck disable=SC2094 # two files
    "$root/build/release/bed" replay --target seed "${file%.json}.hbed" >replayed 2>&1 || status=$?
    [ "$status" = 1 ] || fail "${file%.json}.hbed does not fail again: status $status"
done
jq -es 'map(.seconds) | length > 0 and . == sort' "$dir/timeline.jsonl" >/dev/null ||
    fail 'time runs backwards in the timeline'
echo "all as expected: $kills kills, $findings findings, $(wc -l <known) files kept (SEED=$seed)"
