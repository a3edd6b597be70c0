#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The canaries of the odds: a core whose checksum counts for 4 bits instead of 10 must be seen to miss
# more than it states, and the same core with all of them must not. A campaign must see one bit.
set -uo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "${work:?}" || exit 2

fail() {
    echo "FAILED: $*" >&2
    cat out >&2
    exit 1
}

# build FILE: the core in the folder core, as a target
build() {
    ${CC:-cc} -std=c11 -O2 -shared -fPIC -I"$HEAPBED_SOURCE/testbed" \
        -I"$HEAPBED_SOURCE/testbed/include" -Icore -DHB_VARIANT_SYMBOL=heapbed_target \
        -DHB_VARIANT_NAME='"odds"' -DBF_PROFILE_SMALL -o "$1" \
        "$HEAPBED_SOURCE/testbed/targets/bestfit.c" >out 2>&1 || fail "$1 does not compile"
}

case $(${CC:-cc} -dumpmachine) in
x86_64* | aarch64*) ;;
*)
    echo 'on 64 bits only: nothing to do'
    exit 0
    ;;
esac

# weaken SHIFT FILE: of the checksum that many bits do not count
weaken() {
    cp "$HEAPBED_SOURCE/core/bitmap/seal.h" core/bitmap/seal.h
    sed -i "s/HEADER_CHECK_SHIFT ==/HEADER_CHECK_SHIFT << $1 ==/" core/bitmap/seal.h
    ! cmp -s "$HEAPBED_SOURCE/core/bitmap/seal.h" core/bitmap/seal.h || fail 'nothing was weakened'
    build "$2"
}

# campaign FILE EXPECTED-STATUS
campaign() {
    local status=0
    [ -x "$HEAPBED_BUILD/bed" ] || return 0
    "$HEAPBED_BUILD/bed" corrupt --operations 1M --target "$1" --out found >out 2>&1 || status=$?
    [ "$status" = "$2" ] || fail "bed corrupt of $1 ends with status $status instead of $2"
}

cp -r "$HEAPBED_SOURCE/core" core
build ./whole.so
weaken 60 ./weak.so
weaken 63 ./weakest.so

status=0
"$HEAPBED_BUILD/tests/fuzz_odds" ./weak.so >out 2>&1 || status=$?
[ "$status" = 1 ] || fail "the weakened core ends with status $status instead of 1"
[ "$(grep -c '^MORE .* a header with a random checksum' out)" = 1 ] || fail 'not for its checksum'
"$HEAPBED_BUILD/tests/fuzz_odds" ./whole.so >out 2>&1 || fail 'the whole core misses too'
campaign ./whole.so 0
campaign ./weakest.so 1
grep -q '^FINDING .* smashes .* are missed' out || fail 'not for its misses'
echo 'all as expected'
