#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# gate.sh ROOT: ./bed portability says what it has not done: a cell that is passed over for want of a compiler, what is left out at
# the limit or at an interrupt, of which nothing goes on. (What a core is that must not pass, its own canaries show.)
# ./bed portability --quick has built what it takes.
set -uo pipefail

root=$(cd "${1:?the root of the project}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# All programs of this machine, in a folder in which some are others, or are not.
mkdir "$work/bin"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
    # What ccache is called by there it would call itself by, here.
    if [ "${folder##*/}" != ccache ]; then ln -s "$folder"/* "$work/bin" 2>/dev/null; fi
done

exec_portability() {
    PATH=$work/bin
    exec "$root/portability/portability.sh" "$@"
}

# expect STATUS TEXT OPTIONS...: how a run ends, and what it says.
expect() {
    local expected=$1 text=$2 status=0
    shift 2
    checks=$((checks + 1))
    (exec_portability "$@") >"$work/out" 2>&1 || status=$?
    if [ $status != "$expected" ] || ! grep -qE -- "$text" "$work/out"; then
        cat "$work/out"
        fail "exit status $status, not $expected with '$text': portability $*"
    fi
}

holds() { # TEXT COMMAND...
    local text=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$text"
}

one_cell=(--quick --only '^language s390x clang$')

expect 2 'json: .* cannot be written' --json "$work/nosuch/json"
expect 2 'no number of minutes' --limit 0
expect 2 'no number of minutes' --limit 1h
expect 2 'needs a value' --limit
expect 0 '130 interrupted' --help
expect 2 'no cell is called' --quick --only '^nothing$'
expect 0 ' 0 failed, 0 passed over' "${one_cell[@]}" --limit 60

# --- another compiler than that of the table ------------------------------------------------------

real=$(readlink -f "$work/bin/arm-none-eabi-gcc")
rm "$work/bin/arm-none-eabi-gcc"
# compiler_says VERSION: and makes other code than the true one.
compiler_says() {
    # shellcheck disable=SC2016 # for the stand-in
    printf '#!/bin/sh\n[ "$1" != -dumpversion ] || { echo %s; exit; }\nexec %s "$@" -O1\n' "$1" "$real" \
        >"$work/bin/arm-none-eabi-gcc"
    chmod +x "$work/bin/arm-none-eabi-gcc"
}
compiler_says 14.2.1
expect 0 'this is 14\.2\.1: nothing is compared' --only '^sizes'
compiler_says "$(sed -n 's/^By .*arm-none-eabi-gcc. \([0-9.]*\), .*/\1/p' "$root/docs/portability.md")"
expect 1 'docs/portability.md says otherwise' --only '^sizes'
rm "$work/bin/arm-none-eabi-gcc"
ln -s "$real" "$work/bin/arm-none-eabi-gcc"

# --- what is passed over --------------------------------------------------------------------------

# Without arm-none-eabi-gcc, clang has nothing to link for a board with; what fails beside it is told.
rm "$work/bin/arm-none-eabi-gcc"
expect 2 ' 0 failed, 4 passed over' --quick --only '^(boards|objects) cortex-m3' --json "$work/json"
holds 'it is not said that clang takes the runtime of gcc' \
    grep -q '"reason": "no clang for cortex-m3 (which takes the runtime of gcc)"' "$work/json"
holds 'it is not said of the boards' grep -q '"name": "boards cortex-m3 list", "reason": "no gcc for cortex-m3"' "$work/json"
expect 2 'passed over: no gcc for cortex-m3$' --only '^sizes'
rm "$work/bin/clang-19"
expect 2 ' 0 failed, 1 passed over' "${one_cell[@]}" --json "$work/json"
holds 'it is not said why' grep -q 'passed over: no clang for s390x' "$work/out"
holds 'it is not in the JSON' grep -q '"name": "language s390x clang", "reason": "no clang for s390x"' "$work/json"
checks=$((checks + 1)) status=0
(PATH=$work/bin && exec "$root/portability/sizes.sh") >"$work/out" 2>&1 || status=$?
if [ $status != 2 ]; then fail "the sizes without a compiler: exit status $status"; fi

# --- what is left out -----------------------------------------------------------------------------

# A compiler that takes its time, and tells of itself.
printf '#!/bin/sh\necho $$ >>%s\nexec sleep 300\n' "$work/slow" >"$work/bin/clang-19"
chmod +x "$work/bin/clang-19"

# What has ended may still be a zombie, where nobody asks how it ended.
is_at_work() { grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }

has_ended() {
    local process _
    while read -r process; do
        for _ in {1..50}; do
            if ! is_at_work "$process"; then continue 2; fi
            sleep 0.1
        done
        return 1
    done <"$work/slow"
}

expect 1 'left out: language s390x clang' "${one_cell[@]}" --limit 0.5 --json "$work/json"
holds 'the JSON has not what is left out' [ "$(jq -c .left_out "$work/json")" = \
    '["language s390x clang","the rest of language","canaries","boards"]' ]
holds 'the limit is not told' grep -q 'FAILED: the limit of 0.5 minutes is over in language' "$work/out"
holds 'at the limit: what it had begun goes on' has_ended
rm -f "$work/slow"

set -m
exec_portability "${one_cell[@]}" >"$work/out" 2>&1 &
process=$!
set +m
for _ in {1..600}; do
    if [ -s "$work/slow" ]; then break; fi
    sleep 0.1
done
kill -TERM $process
status=0
wait $process || status=$?
holds "interrupted: exit status $status" [ $status = 130 ]
holds 'interrupted: what it had begun goes on' has_ended

echo "$checks checks, $failures failed"
[ $checks -ge 23 ] && [ $failures = 0 ]
