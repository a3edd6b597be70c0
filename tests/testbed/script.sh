# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the test scripts of the bed share; each sources it with its own arguments. Sets bed, source
# and work (a folder of its own, removed at the end).

set -u
export LC_ALL=C

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: bash $0 BED_EXECUTABLE, with HEAPBED_SOURCE set to the source tree" >&2
    exit 2
fi
bed=$(realpath "$1")
# shellcheck disable=SC2034 # used by those that include this
source=${HEAPBED_SOURCE:-$(realpath "$(dirname "$0")/../..")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every variant of the core that is a target.
variants="bestfit bestfit-list bestfit-small bestfit-large bestfit-off bestfit-paranoid"
case $("$bed" targets) in
*bestfit-annotated*) variants+=" bestfit-annotated bestfit-list-annotated bestfit-quarantine-annotated" ;; # AddressSanitizer's
esac

checks=0
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# bed STATUS ARGUMENTS...: runs bed and requires its exit status; output in $work/out, $work/err.
bed() {
    local expected=$1
    shift
    "$bed" "$@" >"$work/out" 2>"$work/err"
    local status=$?
    checks=$((checks + 1))
    if [ $status -ne "$expected" ]; then
        fail "exit status $status instead of $expected: bed $*"
        sed 's/^/    /' "$work/out" "$work/err" | head -40
        return 1
    fi
}

# says out|err TEXT: the last run said so.
says() {
    checks=$((checks + 1))
    if ! grep -qF -- "$2" "$work/$1"; then
        fail "std$1 does not say: $2"
        sed 's/^/    /' "$work/$1" | head -20
    fi
}

# says_not out|err TEXT: nor this.
says_not() {
    checks=$((checks + 1))
    if grep -qF -- "$2" "$work/$1"; then
        fail "std$1 says: $2"
    fi
}

# oracle: the one that the last replay named.
oracle() {
    sed -n 's/^  oracle     //p' "$work/out"
}

# in_full N: so many operations, or a tenth of them in a build with sanitizers.
in_full() {
    if grep -qs '^HEAPBED_SANITIZERS:.*=.' "${HEAPBED_BUILD:-}/CMakeCache.txt"; then
        echo $(($1 / 10))
    else
        echo "$1"
    fi
}

# The end of every script: a test that has checked nothing has failed.
finish() {
    echo "$checks checks, $failures failed"
    [ $checks -gt 0 ] && [ $failures -eq 0 ]
    exit
}
