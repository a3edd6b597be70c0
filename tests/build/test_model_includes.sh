#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The model includes nothing of the core; and the check that says so fails where one does.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
check=$here/model_includes.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash "$check" "$HEAPBED_SOURCE"

# must_fail FILE LINE: the model with that line added to that file, in a tree of its own.
must_fail() {
    rm -rf "$work/tree"
    mkdir "$work/tree"
    cp -R "$HEAPBED_SOURCE/core" "$HEAPBED_SOURCE/testbed" "$work/tree/"
    bash "$check" "$work/tree"
    printf '%s\n' "$2" >>"$work/tree/testbed/$1"
    if bash "$check" "$work/tree" 2>"$work/said"; then
        echo "not noticed in $1: $2" >&2
        exit 1
    fi
}

for file in "$HEAPBED_SOURCE"/testbed/model*.[ch]; do
    must_fail "$(basename "$file")" '#include "../core/bestfit.h"'
    must_fail "$(basename "$file")" '#include "bestfit.h"'
    must_fail "$(basename "$file")" 'int x = BF_ALIGN;'
done
