#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a campaign makes of what its engines say, and what bed status tells of it: with a stand-in for
# the engine, as test_supervisor.sh. campaign.sh kills real ones.
set -uo pipefail

fixtures=$(cd "$(dirname "$0")" && pwd)/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "${work:?}" || exit 2

fail() {
    echo "FAILED: $*" >&2
    cat out err >&2
    exit 1
}

mkdir -p build/release build/fuzz
cp "$HEAPBED_BUILD/bed-campaign" "$HEAPBED_BUILD/bed-status" "$HEAPBED_BUILD/bed-triage" build/release/
cp "$HEAPBED_BUILD/bed-triage" build/fuzz/
cp "$fixtures/engine.sh" build/fuzz/lockstep

# campaign STATUS [VARIABLE=VALUE...] -- OPTION...: each run of it takes a second longer
campaign() {
    local expected=$1 status=0 variables=()
    shift
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    env "${variables[@]}" build/release/bed-campaign --engine libfuzzer --jobs 1 --target seed "$@" \
        >out 2>err || status=$?
    [ "$status" = "$expected" ] || fail "exit status $status instead of $expected: campaign $*"
}

# status STATUS OPTION...
status() {
    local expected=$1 status=0
    shift
    build/release/bed-status "$@" >out 2>err || status=$?
    [ "$status" = "$expected" ] || fail "exit status $status instead of $expected: status $*"
}

says() { grep -q -- "$2" "$1" || fail "$1 does not say: $2"; }
says_not() { if grep -q -- "$2" "$1"; then fail "$1 says: $2"; fi; }
# holds FILE FILTER: of its JSON
holds() { jq -e "$2" "$1" >/dev/null || fail "$1 is not so: $2"; }

# longer DIR: a second and a half more than it has run, in hours
longer() {
    tail -n 1 "$1/timeline.jsonl" 2>/dev/null | jq -r '(.seconds + 1.5) / 3600' 2>/dev/null | grep . || echo 0.0004
}

# --- usage, as for bed fuzz -----------------------------------------------------------------------

campaign 0 -- --help
says out 'usage: ./bed campaign'
campaign 2 -- --hours never
says err "bed campaign: --hours takes a number from .*, not 'never'"
campaign 2 -- --engine honggfuzz
says err "bed campaign: --engine is libfuzzer, afl or both, not 'honggfuzz'"
campaign 2 -- --target nope
says err 'bed campaign: .*nope'
campaign 2 -- --json nowhere/summary.json
says err 'bed campaign: cannot write nowhere/summary.json'
campaign 2 -- --jobs 1.5
says err "bed campaign: --jobs takes a whole number, not '1.5'"
campaign 2 -- --list-builds --corpus nowhere --dir unborn
says err 'bed campaign: --corpus nowhere is no folder with files in it'
[ ! -e unborn ] || fail 'a campaign that cannot begin leaves its folder'
campaign 2 -- something
says err "bed campaign: unexpected 'something'"
status 0 --help
says out 'usage: ./bed status'
status 2 nowhere
says err 'bed status: no campaign has begun in nowhere; ./bed campaign --dir nowhere begins one'
status 2 --nonsense
says err "bed status: unexpected '--nonsense'"
status 2 --json
says err "bed status: unexpected '--json'"
status 2 "$work"
says err "bed status: $work is no campaign's folder"
mkdir damaged
echo 'torn' >damaged/timeline.jsonl
status 2 damaged
says err 'damaged/timeline.jsonl:1: no line of a campaign (no JSON); passed over'

# One record each: nothing at all; add_range 0 0, which the seed accepts and the core refuses.
head -c 16 /dev/zero >status-neutral
{ printf '\001' && head -c 15 /dev/zero; } >status-empty-range

# --- nothing found; what is not built is left out -------------------------------------------------

campaign 0 -- --dir clean --hours "$(longer clean)" --json -
says err 'bed campaign: lockstep-libfuzzer-plain is left out'
says err 'cmake --preset fuzz-plain'
holds out '.findings == [] and .executions == 100 and .interrupted == false'
status 0 clean
says out 'state  *finished'
says out 'executions  *100 '
says out '  lockstep-libfuzzer-sanitized  *1  *100 '
status 0 --json - clean
holds out '.state == "finished" and .is_running == false and .found == [] and .executions == 100'
status 0 --json=status.json clean
holds status.json '.state == "finished"'
mv build/fuzz/lockstep engine
campaign 2 -- --dir clean --hours 1
says err 'bed campaign: .*build/fuzz/lockstep is missing'
mv engine build/fuzz/lockstep

# --- it goes on where it stopped ------------------------------------------------------------------

campaign 0 -- --dir clean --hours "$(longer clean)" --json summary.json
says err 'bed campaign: goes on in clean'
holds summary.json '.executions == 200'
holds <(tail -n 1 clean/timeline.jsonl) '.executions == 200 and .roles[0].turns == 2'
hours=$(longer clean)
printf '{"schema":"heapbed-campaign/1","exec' >>clean/timeline.jsonl # cut short
campaign 0 -- --dir clean --hours "$hours" --json summary.json
holds summary.json '.executions == 300'
status 0 clean
says out 'executions  *300 '

# What an engine had removed shortly before the end comes back; what has another name need not.
echo removed >clean/kept/1
echo replaced >clean/corpus/there
ln clean/corpus/there clean/kept/2
campaign 0 -- --dir clean --hours 0.0003 # they are over
says err 'hours were over before; more --hours go on'
[ "$(cat clean/corpus/kept-1)" = removed ] || fail "an input that was removed last is not given back"
[ ! -e clean/corpus/kept-2 ] || fail "an input that is there is given back"

# What is long ago is told every ten minutes, but where it ended or something was found.
tail -n 1 clean/timeline.jsonl | jq -c '. as $line | range(0; 1001)
    | $line + {seconds: (. * 20), state: (if . == 77 then "stopped" else "running" end), findings: (if . >= 111 then 1 else 0 end)}' >long
# counts FROM UNTIL: its lines of these seconds
counts() { jq -s "map(select(.seconds >= $1 and .seconds < $2)) | length" clean/timeline.jsonl; }
cp long clean/timeline.jsonl
campaign 0 -- --dir clean --hours "$(longer clean)"
[ "$(counts 12900 20000.00001)" = "$(jq -s 'map(select(.seconds >= 12900)) | length' long)" ] ||
    fail 'not all lines of the last two hours are there'
old=$(counts 0 12800)
if [ "$old" -lt 21 ] || [ "$old" -gt 26 ]; then fail "$old lines are left of what is long ago"; fi
jq -es 'any(.seconds == 1540) and any(.seconds == 2220)' clean/timeline.jsonl >/dev/null ||
    fail 'the line of an end, or of a finding, is gone'
rm -r clean/findings

# Of the logs those of the last runs stay, those of a run in which something was found, and others'.
for number in $(seq 10 40); do
    mkdir -p "clean/runs/20200101T0000${number}Z/start"
    touch "clean/runs/20200101T0000${number}Z/engine.log" "clean/runs/20200101T0000${number}Z/start/input"
done
touch clean/runs/20200101T000010Z/found
mkdir clean/runs/20200101T000011Z/candidates clean/runs/mine
campaign 0 -- --dir clean --hours "$(longer clean)"
for name in 20200101T000010Z 20200101T000011Z 20200101T000040Z mine; do
    [ -d "clean/runs/$name" ] || fail "the logs of $name are gone"
done
[ ! -e clean/runs/20200101T000012Z ] || fail 'old logs stay'
left=$(find clean/runs -mindepth 1 -maxdepth 1 | wc -l)
[ "$left" = 23 ] || fail "$left runs have logs" # 20 and those three

# No process was to be had for a while: it waits, and no engine is left out.
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -shared -fPIC -o fork_fails.so "$fixtures/fork_fails.c" >out 2>err || fail "no compiler for what lets fork fail"
campaign 0 "LD_PRELOAD=$PWD/fork_fails.so" FORK_FAILS=1 -- --dir forks --hours 0.0025 --json summary.json
says err 'bed campaign: cannot start a process: .*; tried again'
says_not err 'lockstep-libfuzzer-sanitized.* is left out'
holds summary.json '.executions == 100'

# --- findings -------------------------------------------------------------------------------------

campaign 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- --dir seed --hours "$(longer seed)" \
    --json summary.json
for ending in hbed txt c json; do
    [ "$(find seed/findings -name "*.$ending" | wc -l)" = 1 ] || fail "no finding.$ending"
done
holds summary.json '.findings | length == 1 and .[0].oracle == "status"'
status 1 --json status.json seed
says out 'findings  *1'
holds status.json '.findings == 1 and .found[0].oracle == "status"'
[ -e "$(echo seed/runs/*/found)" ] || fail 'the logs of a finding are not marked as such'
# It is a finding of the campaign for good, and the same one is no second one.
campaign 1 -- --dir seed --hours "$(longer seed)" --json summary.json
holds summary.json '.findings | length == 1'
campaign 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- --dir seed --hours "$(longer seed)" \
    --json summary.json
holds summary.json '.findings | length == 1'
[ "$(find seed/findings -type f | wc -l)" = 4 ] || fail 'the same finding was kept twice'

# It ended while the files were moved there: what is torn goes, and is no reason for a second name.
name=$(basename seed/findings/*.json .json)
cp -r seed torn && rm torn/findings/*.json torn/findings/*.c torn/triaged
printf '%s' "$name" >torn/findings/.moving
campaign 1 -- --dir torn --hours "$(longer torn)" --json summary.json
holds summary.json '.findings | length == 1'
[ "$(cd torn/findings && find . -type f | sort | tr '\n' ' ')" = "./$name.c ./$name.hbed ./$name.json ./$name.txt " ] ||
    fail "an end between two files of a finding leaves: $(ls -A torn/findings)"
# ... but what nobody was moving is somebody's.
cp -r seed taken && rm taken/findings/*.json taken/findings/*.c taken/triaged
campaign 1 -- --dir taken --hours "$(longer taken)"
[ -e "taken/findings/$name.hbed" ] || fail "another's file is gone"
[ -e "taken/findings/$name-2.json" ] || fail "another's file is taken for ours"

# What failed once and not again is neither a finding nor nothing; what was slow once is told.
campaign 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-neutral" -- --dir unseen --hours "$(longer unseen)"
says out 'unreproduced  *1 input'
campaign 1 -- --dir unseen --hours "$(longer unseen)"
says out 'unreproduced  *1 input'
status 1 unseen
says out 'unreproduced  *1'
campaign 0 "ENGINE_TIMEOUTS=$PWD/status-neutral" -- --dir slow --hours "$(longer slow)" --json summary.json
holds summary.json '.over_limit | length == 1'
# In days there are more of them than are looked at together.
mkdir many
for number in $(seq 40); do cp status-neutral "many/timeout-$number"; done
campaign 0 "ENGINE_ARTIFACTS=$PWD/many" -- --dir often --hours "$(longer often)" --json summary.json
holds summary.json '.over_limit | length == 40'

# Objections that left nothing behind: not a clean campaign.
campaign 2 ENGINE_VERDICTS=3 -- --dir gone --hours "$(longer gone)"
says err 'objected to 3 inputs, and nothing of it is in gone/candidates'
# ... nor what its lines tell of it.
jq -c '.lost = 3' gone/timeline.jsonl >lines && mv lines gone/timeline.jsonl
status 2 gone
says out 'lost  *3'

# --- another's folder -----------------------------------------------------------------------------

# Files of somebody who has a folder of that name are not removed as superfluous inputs.
mkdir -p mine/corpus
echo mine >mine/corpus/mine
campaign 2 -- --dir mine --hours 1
says err "bed campaign: mine/corpus is there, and is no campaign's"
[ "$(find mine -type f)" = mine/corpus/mine ] || fail 'a folder that is another'"'"'s is written to'

campaign 2 -- --dir seed --hours 1 --target bestfit
says err 'bed campaign: seed has the findings of target seed, not of bestfit; choose another folder'
exec 9<seed/target
flock -n 9 || fail 'the lock outlives the campaign'
campaign 2 -- --dir seed --hours 1
says err 'bed campaign: another run works in seed'
status 1 --json - seed
holds out '.is_running'
exec 9<&-
# Whoever only asks whether it runs does not keep it from beginning.
flock -s seed/target sleep 0.7 &
until ! flock -n seed/target true; do sleep 0.02; done
campaign 1 -- --dir seed --hours "$(longer seed)"
wait
echo 'all as expected'
