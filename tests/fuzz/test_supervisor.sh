#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the supervisor makes of what its engines say: with a stand-in for the engine, so that each
# case takes a second and is the same every time.
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

# The programs lie as they do in the build folder: the supervisor looks for the others beside it.
mkdir -p build/release build/fuzz findings
cp "$HEAPBED_BUILD/bed-fuzz" "$HEAPBED_BUILD/bed-triage" build/release/
cp "$HEAPBED_BUILD/bed-triage" build/fuzz/
cp "$fixtures/engine.sh" build/fuzz/lockstep

# fuzz STATUS [VARIABLE=VALUE...] -- OPTION...
fuzz() {
    local expected=$1 status=0 variables=()
    shift
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    env "${variables[@]}" build/release/bed-fuzz --engine libfuzzer --jobs 1 --seconds 1 \
        --json summary.json "$@" >out 2>err || status=$?
    [ "$status" = "$expected" ] || fail "exit status $status instead of $expected: $*"
}

says() { grep -q -- "$2" "$1" || fail "$1 does not say: $2"; }
says_not() { ! grep -q -- "$2" "$1" || fail "$1 says: $2"; }

# The harness corrupt has nothing to overwrite where no headers are known.
fuzz 2 -- --target libc --harness corrupt
says err 'nothing would be overwritten'

# An annotated target is in the sanitized build alone, whichever build this program is of.
fuzz 2 -- --target bestfit-annotated --engine afl
says err 'only in builds with AddressSanitizer'
fuzz 2 -- --target nope --list-builds
says err nope
fuzz 0 -- --target bestfit-annotated --list-builds
[ "$(cat out)" = "release
fuzz" ] || fail 'an annotated target takes the builds release and fuzz'
fuzz 0 -- --target bestfit-annotated --out annotated
says out 'target bestfit-annotated'

# One record each: nothing at all; add_range 0 0, which the seed accepts and the core refuses.
head -c 16 /dev/zero >status-neutral
{ printf '\001' && head -c 15 /dev/zero; } >status-empty-range

# What has no --out is told: bed replay --m32.
told=0
build/release/bed-triage --target seed status-empty-range >out 2>err || told=$?
[ $told = 1 ] || fail "exit status $told instead of 1: a finding is told"
says out 'FINDING status-empty-range: on seed, '
says out 'oracle     status'
build/release/bed-triage --target bestfit status-empty-range >out 2>err || fail 'what is clean is told as a finding'
says out '^ok '

# Nothing found, and a finding.
fuzz 0 -- --target seed --out clean
says out 'findings  *0'
fuzz 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- --target seed --out seed
says out 'findings  *1'
for ending in hbed txt c json; do
    [ "$(find seed/findings -name "*.$ending" | wc -l)" = 1 ] || fail "no finding.$ending"
done

# What an engine's oracle objected to and triage does not see is neither a finding nor nothing.
fuzz 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-neutral" -- --target seed --out unseen
says out 'findings  *0'
says out 'unreproduced  *1 input'
says out '^  unseen/unreproduced/status-neutral-0$'
says summary.json '"unreproduced":.*unseen/unreproduced/status-neutral-0'
cmp -s unseen/unreproduced/status-neutral-0 status-neutral || fail 'the input is not kept'

# An input that was slow once is no objection, and is told of all the same.
fuzz 0 "ENGINE_TIMEOUTS=$PWD/status-neutral" -- --target seed --out slow
says out 'over a limit  *1 input'
says summary.json '"over_limit":.*slow/unreproduced/timeout-status-neutral'
fuzz 1 "ENGINE_TIMEOUTS=$PWD/status-empty-range" -- --target seed --out slow
says out 'findings  *1'

# Objections that left nothing behind: not a clean run.
fuzz 2 ENGINE_VERDICTS=3 -- --target seed --out gone
says err 'objected to 3 inputs, and none of them could be saved in gone/runs'
fuzz 2 ENGINE_LOST=2 -- --target seed --out lost
says out 'lost  *2 inputs'

# An earlier run's folder: known findings keep their files, which are found again or not.
before=$(cat seed/findings/*.hbed seed/findings/*.json | cksum)
fuzz 0 -- --target seed --out seed
says out 'findings  *0'
fuzz 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- --target seed --out seed
says out 'findings  *1'
[ "$(find seed/findings -type f | wc -l)" = 4 ] || fail 'the same finding was kept twice'
[ "$(cat seed/findings/*.hbed seed/findings/*.json | cksum)" = "$before" ] ||
    fail 'an earlier finding was overwritten'

# The summary as JSON on standard output, and nothing else there.
fuzz 0 -- --target seed --out piped --json -
[ "$(head -c 1 out)" = "{" ] || fail "stdout is no JSON"
says out '"inconclusive":'
says err 'findings  *0'

# Two targets: each harness has a program and candidates of its own.
cp "$fixtures/engine.sh" build/fuzz/differential
fuzz 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- \
    --harness differential --target bestfit --against seed --out two
says out 'findings  *1'
says out 'operation, differential'
says out 'replay .* --target bestfit --against seed '
says summary.json '"harness":.*"differential"'

# Files of a finding's name that are none are left alone, and the finding gets another name.
json=$(find seed/findings -name '*.json')
echo 'mine' >"$json"
fuzz 1 ENGINE_VERDICTS=1 "ENGINE_CANDIDATES=$PWD/status-empty-range" -- --target seed --out seed
[ "$(cat "$json")" = mine ] || fail "$json was overwritten"
[ -e "${json%.json}-2.hbed" ] || fail 'the finding has no name of its own'

# Another target's folder is refused, before anything is written to it.
files=$(find seed | sort)
fuzz 2 -- --target bestfit --out seed
says err 'seed has the findings of target seed, not of bestfit; choose another folder'
[ "$(find seed | sort)" = "$files" ] || fail 'the refused folder was written to'

# Two runs in one folder at a time.
exec 9<seed/target
flock -n 9 || fail 'the lock outlives the run'
fuzz 2 -- --target seed --out seed
says err 'another run works in seed'
exec 9<&-

# A supervisor that is killed takes its engine along.
build/release/bed-fuzz --target seed --engine libfuzzer --jobs 1 --seconds 60 --out killed \
    >out 2>err &
supervisor=$!
for _ in $(seq 100); do
    engine=$(pgrep -P "$supervisor" || true)
    [ -z "$engine" ] || break
    sleep 0.1
done
[ -n "$engine" ] || fail 'no engine was started'
kill -9 "$supervisor"
wait "$supervisor" 2>/dev/null
for _ in $(seq 50); do
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
done
! kill -0 "$engine" 2>/dev/null || fail 'the engine outlives the supervisor'
echo 'all as expected'
