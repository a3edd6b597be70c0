#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh CORE [burden]: a core with this tree's bench around it: that of a commit, that in a folder
# (PATH/WITH/A/SLASH), or the working tree's (-). Prints the folder that it lies in, build/compare/HASH: cores/NAME.so, one for each variant, and
# the core's text in core/. The hash is that of the text, so that commits with the same core share a
# build. With burden, select_block can be slowed down (bench/seam.c).
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
commit=$1
burden=${2:-}
builds=$root/build/compare
# The first commit whose core has what bench/seam.c calls.
oldest=d5c772d

say() { printf 'compare: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 2
}

mkdir -p "$builds"
new=$(mktemp -d "$builds/new-XXXXXX")
trap 'rm -rf "$new"' EXIT

export_core() {
    local folder=$commit
    [ "$folder" != - ] || folder=$root/core
    if [ -e "$folder/bestfit.c" ] && [[ $folder == */* ]]; then
        cp -R "$folder" "$new/core"
        return
    fi
    git -C "$root" rev-parse --verify --quiet "$commit^{commit}" >/dev/null ||
        die "there is no commit '$commit' in this repository"
    git -C "$root" archive "$commit" core 2>/dev/null | tar -x -C "$new" 2>/dev/null ||
        die "commit $commit has no folder core/"
}

core_hash() {
    (cd "$new/core" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
        sha256sum | cut -c1-12
}

build_core() {
    [ -e "$folder/build.ninja" ] ||
        (cd "$root" && cmake --preset bench -B "$folder" -DHEAPBED_CORE_FOLDER="$folder/core" \
            -DHEAPBED_BURDEN="${burden:+ON}")
    cmake --build "$folder" --target bench-cores
}

export_core
hash=$(core_hash)
folder=$builds/$hash
# Of the same length: a path lies on the stack of the program that is measured.
[ -z "$burden" ] || folder=$builds/${hash:0:5}-burden
log=$folder/build.log

exec 9>"$folder.lock"
flock 9
mkdir -p "$folder"
[ -d "$folder/core" ] || mv "$new/core" "$folder/core"
[ -e "$folder/build.ninja" ] || say "building the core of ${commit/#-/the working tree}"
if ! build_core >"$log" 2>&1 </dev/null; then
    grep -m 1 'error:' "$log" >&2 || tail -n 20 "$log" >&2
    die "the core of ${commit/#-/the working tree} does not go with this tree's bench: bench/seam.c" \
        "calls what it does not have. In this project's history all do from $oldest on. See $log"
fi
echo "$folder"
