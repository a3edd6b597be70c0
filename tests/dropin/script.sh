# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the scripts that test the drop-in malloc share; each sources it with its own argument, the
# build folder. Sets library, archive and work (a folder of its own, removed at the end).

set -u
export LC_ALL=C

if [ $# -ne 1 ] || [ ! -e "$1/libbestfit_malloc.so" ]; then
    echo "usage: bash $0 BUILD_FOLDER, which holds libbestfit_malloc.so" >&2
    exit 2
fi
build=$(realpath "$1")
# The names that it is installed under.
# shellcheck disable=SC2034 # for those who source this
library=$build/libbestfit_malloc.so archive=$build/libbestfit_malloc.a
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
read -ra compiler <<<"${CC:-cc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

checks=0
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# check WHAT COMMAND...: it succeeds.
check() {
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$what"
}

# compile ARGUMENTS...: with the compiler and the options that everything is built with.
compile() {
    if ! "${compiler[@]}" -std=c11 -D_GNU_SOURCE -I"$source/tests" -I"$source/core" "$@" -pthread \
        >"$work/compiler" 2>&1; then
        cat "$work/compiler" >&2
        echo "cannot compile: $*" >&2
        exit 2
    fi
}

# The end of every script: a test that has checked nothing has failed.
finish() {
    echo "$checks checks, $failures failed"
    [ $checks -gt 0 ] && [ $failures -eq 0 ]
    exit
}
