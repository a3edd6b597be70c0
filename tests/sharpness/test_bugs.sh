#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bed bugs, bed-reduce and the oracles that are switched off, as far as no engine is needed: gate.sh
# runs the searches.
#
#   test_bugs.sh BED
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export HEAPBED_ROOT=$root
bed=$1
bugs=$(dirname "$bed")/bed-bugs
reduce=$(dirname "$bed")/bed-reduce
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    cat "$work/out" >&2
    echo "FAILED: $*" >&2
    exit 1
}

# expect STATUS TEXT COMMAND...: exit status, and what is said.
expect() {
    local expected=$1 text=$2 status=0
    shift 2
    "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" = "$expected" ] || fail "$*: exit status $status, expected $expected"
    grep -qF -- "$text" "$work/out" || fail "$*: does not say '$text'"
}

# --- the list -------------------------------------------------------------------------------------

patches=$(find "$root/sharpness/bugs" -name '*.patch' | wc -l)
[ "$patches" -ge 60 ] || fail "$patches bugs are fewer than 60"
expect 0 "$patches bugs" "$bugs" --list
hard=$(grep -c '^  hard: ' "$work/out")
[ "$hard" -ge 15 ] || fail "$hard hard bugs are fewer than 15"
expect 0 fuzz-plain "$bugs" --list-builds
expect 0 'usage: ./bed bugs' "$bugs" --help

# --- wrong usage ----------------------------------------------------------------------------------

expect 2 'No such file' "$bugs" no-such-bug
expect 2 "'nonsense' means nothing" "$bugs" --without nonsense
expect 2 "'own' means nothing" "$bugs" --contract own
expect 2 "'0' means nothing" "$bugs" --seeds 0
expect 2 'cannot be written' "$bugs" --json "$work/none/file" list-select-first-fit
expect 2 'cannot be written' "$bugs" --markdown "$work/none/file" list-select-first-fit
expect 2 'needs names of bugs' "$bugs" --no-clean
expect 2 "'0' means nothing" "$bugs" --matrix-operations 0
mkdir "$work/bugs" "$work/full"
expect 2 'has no patches' "$bugs" --bugs "$work/bugs"
printf 'Class: nonsense\nSource: slip\nSees: x\nTarget: bestfit\n\n' >"$work/bugs/one.patch"
expect 2 'needs a Class' "$bugs" --bugs "$work/bugs"
printf 'Class: free\nSource: slip\nSees: x\nTarget: best\n\n' >"$work/bugs/one.patch"
expect 2 'no variant' "$bugs" --bugs "$work/bugs"
printf 'Class: free\nColour: red\n\n' >"$work/bugs/one.patch"
expect 2 'means nothing' "$bugs" --bugs "$work/bugs"
printf 'Class: free\nSource: slip\nSees: x\nTarget: bestfit\n' >"$work/bugs/one.patch"
expect 2 'does not end' "$bugs" --bugs "$work/bugs"
touch "$work/full/file"
expect 2 'not mine' "$bugs" --work "$work/full"
[ -e "$work/full/file" ] || fail "a file of somebody else's was deleted"

# --- oracles that are off, and another's contract -------------------------------------------------

printf 'add_range 0 256\nmalloc 0 77\ncheck\n' >"$work/input.txt"
expect 1 'place' "$bed" replay --target canary-place "$work/input.txt"
expect 1 'status' "$bed" replay --target canary-place --without place "$work/input.txt"
expect 0 '0 findings' "$bed" replay --target canary-status --without status "$work/input.txt"
expect 1 'status' "$bed" replay --target canary-place --contract foreign "$work/input.txt"
expect 0 '0 findings' "$bed" replay --contract foreign --without guard "$work/input.txt"
expect 2 'no oracle' "$bed" replay --without nonsense "$work/input.txt"
expect 2 "not 'foreign'" "$bed" replay --contract own "$work/input.txt"
expect 0 'clean' "$bed" shrink --target canary-status --without status -o "$work/s" "$work/input.txt"
expect 1 'shrunk to' "$bed" shrink --target canary-status -o "$work/s" "$work/input.txt"

# --- bed-reduce -----------------------------------------------------------------------------------

expect 0 clean "$reduce" --target bestfit "$work/input.txt"
expect 1 'status 2 0 0' "$reduce" --target canary-status --out "$work/r.txt" "$work/input.txt"
expect 1 'status 2 0 0' "$reduce" --target canary-status --runs 0 "$work/r.txt"
expect 0 clean "$reduce" --target canary-status --without status "$work/r.txt"
expect 2 'no target' "$reduce" --target nonsense "$work/r.txt"
expect 2 'cannot be read' "$reduce" --target bestfit "$work/none.txt"
echo ok
