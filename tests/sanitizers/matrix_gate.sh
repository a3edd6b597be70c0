#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate `./bed matrix --quick` can fail: with a core that tells its backend too little (a free, the
# slack, a realloc in place, that a payload is fresh), too much (the last byte), or not whose a byte is;
# with hardening that is none; with an excuse that is untrue; where a cell ends before it did anything, or
# goes on after what was told. And it says so in every form of its output.
# Needs the package valgrind, as ./bed test installs it and runs this.
#
#   tests/sanitizers/matrix_gate.sh ROOT
set -uo pipefail

root=$(cd "${1:?the root of the project}" && pwd)
matrix=$root/build/release/bed-matrix
work=$(mktemp -d)
export TMPDIR=$work
trap 'rm -rf "$work"' EXIT

if ! { [ -e "$root/build/release/build.ninja" ] || (cd "$root" && cmake --preset release); } \
    >"$work/log" 2>&1 ||
    ! cmake --build "$root/build/release" --target bed-matrix bed-matrix-canaries >>"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    exit 2
fi

# expect STATUS TEXT OPTIONS...: how the matrix ends, and what it says.
expect() {
    local expected=$1 text=$2 status=0
    shift 2
    "$matrix" "$@" >"$work/out" 2>&1 || status=$?
    if [ "$status" != "$expected" ] || ! grep -qE -- "$text" "$work/out"; then
        cat "$work/out" >&2
        echo "FAILED: bed matrix $*: exit status $status, expected $expected with '$text'" >&2
        exit 1
    fi
}

# canary NAME BACKEND TEXT [CELL...]: cells that pass with the core as it is (bed matrix --quick) fail with
# this one, and the text says so.
canary() {
    local name=$1 backend=$2 text=$3
    shift 3
    expect 1 "$text" --backend "$backend" --index bitmap --programs "$root/build/release/matrix-canary-$name" "$@"
}

expect 0 ' 0 not as expected' --backend asan --index bitmap use-after-free/write heap-overflow/write/one-past

canary free asan 'FAILED: asan.*use-after-free/write/first-byte .*not a word' use-after-free/write
canary slack asan 'FAILED: asan.*heap-overflow/write/one-past/size-7 .*not a word' heap-overflow/write/one-past
canary resize asan 'FAILED: asan.*one-past/after-realloc-shrunk-in-place .*not a word' heap-overflow/read/one-past
canary short asan 'FAILED: asan.*one-past/size-7, the twin ' heap-overflow/write/one-past
canary owner asan 'FAILED: asan.*underflow/read/one-before .*no line of ours' underflow/read/one-before
canary fresh msan 'FAILED: msan.*uninitialised-read/read/first-byte .*not a word' uninitialised-read
canary free valgrind 'FAILED: valgrind.*use-after-free/read/last-byte .*not a word' use-after-free/read/last-byte
canary trusting hardening 'FAILED: hardening.*mismatched-size/free/one-less ' mismatched-size
canary wary nothing 'mismatched-size *free *one-less  *UNTRUE' mismatched-size
canary dying nothing 'FAILED: nothing.*use-after-free/write/first-byte .*ended while it was prepared' \
    use-after-free/write

expect 2 'no cell has that name' --list nosuch

# A free that is told is not reported where the program goes on, nor by AddressSanitizer where it has not
# reported it itself.
export BESTFIT_HALT=0
for told in "asan reported at 0x0," "msan the program goes on" "valgrind the program goes on"; do
    expect 1 "FAILED: ${told%% *}.*free-interior/free/last-unit .*${told#* }" --backend "${told%% *}" \
        --index bitmap free-interior/free/last-unit
done
unset BESTFIT_HALT

# What is wrong is in the JSON as well: expected and got differ there, and nowhere else.
expect 1 'not as expected' --backend asan --index bitmap --json "$work/json" \
    --programs "$root/build/release/matrix-canary-free" use-after-free/write double-free
wrong=$(tr -d '\n\t' <"$work/json" | grep -oE '"expected":"report","got":"silent"' | wc -l)
told=$(sed -n 's/.* \([0-9]*\) not as expected.*/\1/p' "$work/out")
if [ "$wrong" = 0 ] || [ "$wrong" != "$told" ]; then
    echo "FAILED: $wrong cells of the JSON are missed, but $told were told" >&2
    exit 1
fi

# Every reason is told in the docs, word by word.
"$matrix" --reasons >"$work/reasons" || exit 1
[ -s "$work/reasons" ] || exit 1
tr -s ' \n' ' ' <"$root/docs/matrix.md" >"$work/docs"
while read -r reason; do
    if ! grep -qF -- "$reason" "$work/docs"; then
        echo "FAILED: docs/matrix.md does not say: $reason" >&2
        exit 1
    fi
done <"$work/reasons"

# And every cell is in the table there.
"$matrix" --list >"$work/list" || exit 1
[ -s "$work/list" ] || exit 1
while IFS=/ read -r class access position; do
    if ! grep -qF -e "| $class | $access | $position |" -e "| $class | $access | $position, " \
        "$root/docs/matrix.md"; then
        echo "FAILED: docs/matrix.md has no row for $class/$access/$position: ./bed matrix --markdown" >&2
        exit 1
    fi
done <"$work/list"

# What is not asked rightly is no result.
expect 2 "there is no 'asam'" --backend asam
expect 2 'no cell has that name' --backend asan --index bitmap no-such-class
expect 2 'No such file' --programs "$work"
expect 2 'No such file' --work "$work/not-there"
expect 0 'use-after-free/read/first-byte' --list use-after-free/read
echo 'ok: the matrix fails where it should'
