# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of packaging share: a folder to work in, the core built and installed in it, and
# the prefix then moved elsewhere, so that nothing that was installed can rely on where it was.

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra compiler <<<"${CC:-cc}"
# shellcheck disable=SC2034 # used by those that include this
strict=(-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
prefix=$work/moved
checks=0

fail() {
    printf '%s\n' "$*"
    exit 1
}

# quietly COMMAND...: what it says is shown only where it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        fail "failed: $*"
    }
}

# refused WHAT COMMAND...: a canary; the command must fail.
refused() {
    local what=$1
    shift
    if ("$@") >"$work/log" 2>&1; then
        fail "the canary: $what was not found out"
    fi
    checks=$((checks + 1))
}

configure() {
    CFLAGS=${compiler[*]:1} quietly cmake -G Ninja -DCMAKE_C_COMPILER="${compiler[0]}" "$@"
}

# amalgamate FORM FILE [OPTION...]
amalgamate() {
    quietly cmake -DFORM="$1" -DOUTPUT="$2" "${@:3}" -P "$source/core/cmake/amalgamate.cmake"
}

# install_core OPTION...
install_core() {
    configure -S "$source/core" -B "$work/core" -DCMAKE_BUILD_TYPE=Release "$@"
    quietly cmake --build "$work/core"
    quietly cmake --install "$work/core" --prefix "$work/first"
    rm -rf "$prefix" "$work/core"
    mv "$work/first" "$prefix"
}
