#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# gate.sh ROOT: ./bed prove can say no, in every way there is: to a core that is wrong, assumptions that
# contradict each other, a mutant that survives, does not apply or is not there, a bound that is too
# small, an end of which something else is refuted, and what takes too long or too much memory; it says plainly that there is
# no CBMC; and nothing is left where it is interrupted, or at its limit. With proofs that cost nothing; ./bed test has fetched CBMC.
set -uo pipefail

root=$(cd "${1:?the root of the project}" && pwd)
fixtures=$root/tests/proofs/fixtures
work=$(mktemp -d)
# Only what this has started: its processes know the folder.
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

exec_prove() { exec "$root/proofs/prove.sh" --table "$fixtures/proofs.tsv" --work "$work/runs" "$@"; }
prove() { (exec_prove "$@"); }

# expect STATUS TEXT OPTIONS...: how a run ends, and what it says.
expect() {
    local expected=$1 text=$2 status=0
    shift 2
    checks=$((checks + 1))
    prove "$@" >"$work/out" 2>&1 || status=$?
    if [ $status != "$expected" ] || ! grep -qE -- "$text" "$work/out"; then
        cat "$work/out"
        fail "exit status $status, not $expected with '$text': prove $*"
    fi
}

holds() { # TEXT COMMAND...
    local text=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$text"
}

# --- what is not as it must be --------------------------------------------------------------------

expect 0 ' 3 of 3 runs .*: 0 not as they must be' --quick --json "$work/json"
holds 'the JSON has not the runs' [ "$(grep -c '"verdict": "ok"' "$work/json")" = 3 ]
holds 'the JSON has not the reason' grep -q '"answer": "refuted".*"reason": "what is rounded up is not less"' "$work/json"

cp -R "$root/core" "$work/core"
patch -s -d "$work" -p1 <"$root/sharpness/bugs/list-round-up-wraps.patch" || exit 2
expect 1 'FAILED: tiny: proof: what is rounded up is not less -- is not so' --core "$work/core" --no-mutants tiny
echo 'this is no C' >>"$work/core/bestfit.c"
expect 1 'FAILED: tiny: proof: does not compile' --core "$work/core" --no-mutants tiny
expect 1 'FAILED: contradiction: end: cannot be reached' --no-mutants contradiction
expect 1 'FAILED: blunt: mutant list-tie-to-the-newest: survives' blunt --json "$work/json"
holds 'the JSON does not say it' grep -q '"mutant": "list-tie-to-the-newest", "answer": "proved", "verdict": "wrong"' "$work/json"
expect 1 'FAILED: unapplied: mutant unapplied: the patch does not apply' unapplied
expect 1 'FAILED: unknown: mutant nosuch: there is no such patch' unknown
expect 1 'FAILED: bound: proof: it goes beyond a bound of the proof \(unwinding assertion' --no-mutants bound
expect 1 'FAILED: bounded: mutant list-round-up-wraps: it goes beyond a bound of the proof \(bound: what is rounded' bounded
expect 1 'FAILED: strays: mutant list-round-up-wraps: it goes beyond a bound of the proof \(every access is of' strays
expect 1 'FAILED: elsewhere: end: there is no size but 0 -- is not so, and whether the end' --no-mutants elsewhere
expect 1 'FAILED: slow: proof: not done within 2 s' --no-mutants slow
expect 1 'FAILED: large: proof: needs more than 100 MB' --no-mutants --memory 100 large
expect 0 'tiny: proof: proved' --no-mutants --memory 100 tiny

# --- what is not asked rightly is no result -------------------------------------------------------

expect 2 "there is no proof 'tin'" tin
expect 2 "there is no option '--quik'" --quik
expect 2 '--quick or names' --quick tiny
expect 2 'needs a value' --jobs
expect 2 'no number above 0' --jobs 0
expect 2 'no number of minutes' --limit 0
expect 2 'no number of minutes' --limit 1m
expect 2 'no bestfit.c' --core "$work" tiny
expect 2 'cannot be written' --json "$work/nosuch/json" tiny
expect 2 'unsharp has no mutant' --table "$fixtures/unsharp.tsv"
expect 0 'usage: ./bed prove' --help
expect 0 'mutants: list-round-up-wraps' --list

# --- an interrupt ---------------------------------------------------------------------------------

# A job of its own: what runs in the background does not hear of Ctrl-C.
set -m
is_idle() {
    local _
    for _ in {1..50}; do
        if ! pgrep -f -- "$work/runs" >/dev/null; then return 0; fi
        sleep 0.1
    done
    pgrep -af -- "$work/runs"
    return 1
}

# interrupt SIGNAL PROCESS-OR-GROUP-SIGN EXPECTED-STATUS
interrupt() {
    local process _ status=0
    exec_prove --no-mutants --jobs 2 --json "$work/json" large tiny >"$work/out" 2>&1 &
    process=$!
    for _ in {1..300}; do
        if grep -q 'tiny: proof: proved' "$work/out" && pgrep -f "large/proof.goto" >/dev/null; then break; fi
        sleep 0.1
    done
    kill "-$1" -- "$2$process"
    wait $process 2>/dev/null || status=$?
    holds "interrupted by $1: status $status instead of $3" [ $status = "$3" ]
    holds "processes are left after $1" is_idle
}

interrupt INT - 130
holds 'interrupted: what had been proved is lost' grep -q '"proof": "tiny", "kind": "proof".*"ok"' "$work/json"
interrupt TERM '' 130
interrupt KILL '' 137
set +m

expect 1 'left out: large: end$' --no-mutants --limit 0.1 --jobs 1 --json "$work/json" tiny large
holds 'the limit: it says not how many' grep -q 'FAILED: the limit of 0.1 minutes is over: 4 runs are left out' "$work/out"
holds 'the JSON has not what is left out' [ "$(sed -n '/"left_out"/,$ p' "$work/json" | grep -c '^{"proof": "[a-z]*", "run": "')" = 4 ]
holds 'processes are left after the limit' is_idle
expect 0 ' 2 of 2 runs ' --no-mutants --limit 1 tiny

# --- no CBMC --------------------------------------------------------------------------------------

# An older CBMC, which is none, and what else a machine may say.
mkdir "$work/bin"
stand_in() { # NAME TEXT
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
real=${XDG_CACHE_HOME:-$HOME/.cache}/heapbed/trixie-cbmc
cache=$work/cache/heapbed
export DEBOOTSTRAP=$work/debootstrap
export XDG_CACHE_HOME=$work/cache PATH=$work/bin:$PATH
stand_in cbmc 'echo "5.95.1 (cbmc-5.95.1)"'
stand_in id 'echo 1000'
expect 2 'must be root' tiny
stand_in id 'echo 0'
stand_in debootstrap 'echo E: no network; exit 1'
expect 2 'debootstrap failed; is there a network' tiny
expect 77 'debootstrap failed; is there a network' --fetch
holds 'what debootstrap left is there still' [ -z "$(ls -d "$cache"/new-* 2>/dev/null)" ]

# Cut off in the middle, by force: what is left is not taken for a CBMC, and goes.
# shellcheck disable=SC2016 # for the stand-in
stand_in debootstrap 'echo $$ >"$DEBOOTSTRAP"; for tree; do case $tree in */tree) break ;; esac; done
mkdir -p "$tree/usr/bin" && echo cut >"$tree/usr/bin/cbmc" && chmod +x "$tree/usr/bin/cbmc" && sleep 60 & wait'
begin_fetch() {
    local _
    exec_prove --fetch >"$work/out" 2>&1 &
    fetch=$!
    for _ in {1..100}; do
        if compgen -G "$cache/new-*/tree/usr/bin/cbmc" >/dev/null; then break; fi
        sleep 0.1
    done
}
set -m
begin_fetch
kill -INT -- -$fetch
status=0
wait $fetch 2>/dev/null || status=$?
holds "an interrupted fetch ends with $status" [ $status = 130 ]
holds 'an interrupted fetch leaves something' [ -z "$(ls -d "$cache"/new-* 2>/dev/null)" ]
begin_fetch
kill -KILL -- -$fetch
wait $fetch 2>/dev/null
kill -KILL -- -"$(cat "$work/debootstrap")" 2>/dev/null # it has a session of its own
set +m
holds 'the interrupted fetch was none' [ -n "$(ls "$cache"/new-*/tree/usr/bin/cbmc 2>/dev/null)" ]
least=48
# A machine that has a CBMC 6 of its own needs no Debian 13, and has none to put into its place.
if [ -x "$real/usr/bin/cbmc" ]; then
    least=$((least + 4))
    # shellcheck disable=SC2016 # for the stand-in
    stand_in debootstrap 'for tree; do case $tree in */tree) break ;; esac; done
mkdir "$tree" && ln -s "$REAL/usr" "$tree/usr"'
    mkdir -p "$cache/trixie-cbmc/usr/bin"
    echo cut >"$cache/trixie-cbmc/usr/bin/cbmc"
    chmod +x "$cache/trixie-cbmc/usr/bin/cbmc"
    REAL=$real expect 0 'fetching Debian 13' --fetch
    holds 'the new root is not in its place' [ -L "$cache/trixie-cbmc/usr" ]
    holds 'what an earlier fetch left is there still' [ -z "$(ls -d "$cache"/new-* 2>/dev/null)" ]
    stand_in debootstrap 'exit 1'
    holds 'what is there is fetched again' prove --fetch
fi

echo "$checks checks, $failures failed"
[ $checks -ge $least ] && [ $failures = 0 ]
