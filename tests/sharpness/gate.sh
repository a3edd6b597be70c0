#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate `./bed bugs --quick` can fail: with a bug that is none, with one whose oracle is off, with one
# that its probe does not mark, with a patch that does not apply, with an input that shows nothing, with a
# clean target that is not clean.
# Needs the builds release and fuzz-plain, as ./bed test makes them and runs this.
#
#   tests/sharpness/gate.sh ROOT
set -uo pipefail
unset ASAN_OPTIONS UBSAN_OPTIONS

root=$(cd "${1:?the root of the project}" && pwd)
export HEAPBED_ROOT=$root
fixtures=$(cd "$(dirname "$0")" && pwd)/fixtures/gate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for program in release/bed-bugs release/bed-reduce fuzz-plain/lockstep; do
    if [ ! -x "$root/build/$program" ]; then
        echo "$root/build/$program is not built: ./bed test builds it" >&2
        exit 2
    fi
done

# expect STATUS TEXT OPTIONS...: how the gate ends, and what it says. The clean target is searched each time
# too, within the same budget.
expect() {
    local expected=$1 text=$2 status=0
    shift 2
    "$root/build/release/bed-bugs" --quick --clean bestfit --work "$work/w" "$@" \
        >"$work/out" 2>&1 || status=$?
    if [ "$status" != "$expected" ] || ! grep -qF -- "$text" "$work/out"; then
        cat "$work/out" >&2
        echo "FAILED: bed bugs $*: exit status $status, expected $expected with '$text'" >&2
        exit 1
    fi
}

expect 0 '1 of 1 bugs detected' --operations 100000 list-select-first-fit
grep -qF ' place ' "$work/out" || {
    cat "$work/out" >&2
    echo 'FAILED: the oracle is not named' >&2
    exit 1
}
expect 1 'missed: list-select-first-fit' --without place --operations 100000 list-select-first-fit
expect 1 'missed: list-select-first-fit' --contract foreign --operations 100000 list-select-first-fit
expect 1 'missed: harmless' --bugs "$fixtures" --operations 100000 harmless
expect 1 'NOT BUILT' --bugs "$fixtures" --operations 1000 rotten
expect 1 'missed: blunt' --bugs "$fixtures" --operations 1000 blunt
expect 1 'the probe saw no infection' --bugs "$fixtures" --operations 100000 unmarked
# It lies by the size 77 alone, and a search may take a million operations to that.
expect 1 'FALSE ALARM' --clean canary-stats --operations 10000000 list-select-first-fit

# --- inputs that are kept -------------------------------------------------------------------------

# update NAME: a search of that bug of the test's own folder, as ./bed bugs --update makes it.
update() {
    "$root/build/release/bed-bugs" --update --no-clean --seeds 1 --operations 200000 \
        --bugs "$work/bugs" --work "$work/w" "$1" >"$work/out" 2>&1
}

mkdir "$work/bugs"
sed '/^Target:/a Hard: no, but it has an input' "$root/sharpness/bugs/list-select-first-fit.patch" \
    >"$work/bugs/honest.patch"
cp "$fixtures/by-layout.patch" "$work/bugs"
if ! update honest || ! grep -q malloc "$work/bugs/honest.txt"; then
    cat "$work/out" >&2
    echo 'FAILED: --update does not write what shows a bug' >&2
    exit 1
fi
update by-layout
if [ -e "$work/bugs/by-layout.txt" ] || ! grep -qF 'is left as it is: what was found fails in 3 of 4' "$work/out"; then
    cat "$work/out" >&2
    echo 'FAILED: --update keeps what hangs on where the system puts things' >&2
    exit 1
fi
echo 'ok: the gate fails where it should'
