#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed portability looks at its options before it builds anything, and builds what its cells need and
# no more.
set -euo pipefail

bed=${HEAPBED_SOURCE:?}/bed
checks=0

fail() {
    printf '%s\n' "$*"
    exit 1
}

# refused SENTENCE OPTION...: with exit status 2, nothing built, and a reason.
refused() {
    local sentence=$1 said status=0
    shift
    said=$("$bed" portability "$@" 2>&1) || status=$?
    [ "$status" = 2 ] || fail "$*: exit status $status"
    [[ $said = *"$sentence"* && $said != *building* ]] || fail "$*: it said: $said"
    checks=$((checks + 1))
}

# builds LIST OPTION...
builds() {
    local expected=$1 listed
    shift
    listed=$("$HEAPBED_SOURCE/portability/portability.sh" --list-builds "$@" | paste -sd ' ')
    [ "$listed" = "$expected" ] || fail "$*: it builds $listed"
    checks=$((checks + 1))
}

references='clang portability-offsets m32 portability-offsets'
refused "no option '--bogus'" --bogus
refused "no option '--bogus'" --quick --bogus
refused 'no regular expression' --only '('
refused 'no number of jobs' --jobs none
refused 'needs a value' --only
refused 'goes with --record' --history file
builds "$references" --quick
builds "$references s390x portability" --only 'bed-offsets s390x bestfit-list$'
builds "$references fuzz-m32 lockstep" --only fuzz-m32
builds 'release heapbed-history' --record
builds '' --table
echo "$checks checks of options"
