#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Short runs of the real engines: a hang that only a clock can tell becomes a finding, AFL++ uses our
# mutator and our events, and its processes do not outlive a supervisor that is killed. Needs the builds release, fuzz and afl, as
# ./bed test makes them and runs this; no CTest test, since once is enough for all presets.
#
#   tests/fuzz/engines.sh ROOT
set -uo pipefail
unset ASAN_OPTIONS UBSAN_OPTIONS

HEAPBED_SOURCE=$(cd "${1:?the root of the project}" && pwd)
builds=$HEAPBED_SOURCE/build
fixtures=$(cd "$(dirname "$0")" && pwd)/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "${work:?}" || exit 2

for program in release/bed-fuzz release/bed-triage fuzz/lockstep afl/lockstep; do
    if [ ! -x "$builds/$program" ]; then
        echo "$builds/$program is not built: ./bed test builds it" >&2
        exit 2
    fi
done
if ! command -v afl-fuzz >/dev/null; then
    echo 'afl-fuzz is not installed: ./bed setup installs it' >&2
    exit 2
fi
supervisor=$builds/release/bed-fuzz

fail() {
    echo "FAILED: $*" >&2
    tail -n 40 out err >&2
    exit 1
}

# --- a hang ---------------------------------------------------------------------------------------

cc -O1 -shared -fPIC -I"$HEAPBED_SOURCE/testbed/include" -o hang.so "$fixtures/hang_target.c" ||
    exit 2
status=0
"$supervisor" --target ./hang.so --seconds 10 --engine libfuzzer --jobs 1 --out hang \
    >out 2>err || status=$?
[ "$status" = 1 ] || fail "a hang ends with status $status instead of 1"
input=$(find hang/findings -name 'hang-*.hbed' | head -n 1)
[ -n "$input" ] || fail "no finding of the oracle hang: $(ls hang/findings)"
[ -s "${input%.hbed}.txt" ] || fail 'the hang has no text'
[ "$(find hang/findings -name '*.hbed' | wc -l)" = "$(find hang/findings -name 'hang-*.hbed' | wc -l)" ] ||
    fail "a hang became something else: $(ls hang/findings)"
cc -I"$HEAPBED_SOURCE/testbed/include" -o program "${input%.hbed}.c" -ldl >out 2>err ||
    fail 'its C program does not compile'
status=0
timeout 60 ./program >out 2>err || status=$?
[ "$status" = 1 ] || fail "its C program ends with status $status instead of 1"

# --- AFL++ and the mutator ------------------------------------------------------------------------

# What afl-fuzz keeps says what made it.
status=0
"$supervisor" --harness lockstep --seconds 8 --engine afl --jobs 1 --out structured >out 2>err ||
    status=$?
[ "$status" = 0 ] || fail "AFL++ with the mutator ends with status $status"
made_by_mutator() { find "$1/engines" -path '*/queue/*' -name '*heapbed-afl-mutator*' -print -quit; }
grep -q "heapbed-afl-mutator.so.*installed" structured/runs/*/*.log ||
    fail 'AFL++ has not loaded the mutator'
[ -n "$(made_by_mutator structured)" ] ||
    fail 'AFL++ has kept nothing that the mutator made'
status=0
HEAPBED_MUTATOR=bytes "$supervisor" --harness lockstep --seconds 5 --engine afl --jobs 1 \
    --out bytes >out 2>err || status=$?
[ "$status" = 0 ] || fail "AFL++ without the mutator ends with status $status"
[ -z "$(made_by_mutator bytes)" ] || fail 'HEAPBED_MUTATOR=bytes does not switch the mutator off'

# Events are edges to AFL++: the same input has more of them where they are on, and most with all.
"$builds/release/bed" encode -o input "$HEAPBED_SOURCE/corpus/seeds/best-fit-among-holes.hbedt" || exit 2
edges() { # edges EVENTS
    HEAPBED_EVENTS=$1 afl-showmap -q -m none -o map -- "$builds/afl/lockstep" input >out 2>&1
    wc -l <map
}
with=$(edges '')
without=$(edges off)
[ "$without" -gt 0 ] || fail 'afl-showmap sees no edges'
[ "$with" -gt "$without" ] || fail "events are no edges: $with with them, $without without"
[ "$(edges all)" -gt "$with" ] || fail 'all events are no more edges than those that are on'

# --- a supervisor that is killed ------------------------------------------------------------------

# Every process of this run, and no other, has the scratch folder in its command line: the programs
# are run from a copy there.
survivors() { pgrep -f -- "$work/" | tr '\n' ' '; }

mkdir -p build/release build/afl
cp "$builds/release/bed-fuzz" "$builds/release/bed-triage" \
    "$builds/release/heapbed-afl-mutator.so" build/release/
cp "$builds/afl/lockstep" build/afl/
"$work/build/release/bed-fuzz" --harness lockstep --seconds 60 --engine afl --jobs 1 \
    --out "$work/killed" >out 2>err &
killed=$!
running=0
for _ in $(seq 100); do # until supervisor, afl-fuzz, fork server and persistent process are there
    running=$(survivors | wc -w)
    [ "$running" -lt 4 ] || break
    sleep 0.1
done
[ "$running" -ge 4 ] || fail "AFL++ did not start: $running processes"
sleep 1
kill -9 "$killed"
wait "$killed" 2>/dev/null
for _ in $(seq 50); do
    [ -n "$(survivors)" ] || break
    sleep 0.1
done
left=$(survivors)
# shellcheck disable=SC2086 # one word a process
[ -z "$left" ] || { kill -9 $left; fail "processes outlive the supervisor: $left"; }
echo 'all as expected'
