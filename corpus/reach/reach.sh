# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the core's lines and branches are to inputs: which of them a set of inputs reaches. Sourced by
# coverage.sh and corpus.sh. The programs are those of the preset coverage.

: "${root:?the source tree}"
coverage_build=$root/build/coverage
objects=("$coverage_build/lockstep-standalone" -object "$coverage_build/corrupt-standalone")

# Every variant of the core, as plain streams see it, and where its memory is overwritten. Not off:
# without hardening damage is believed, and anything may happen.
# shellcheck disable=SC2034 # by those who source this
plays='lockstep:bestfit lockstep:bestfit-list lockstep:bestfit-small lockstep:bestfit-large
    lockstep:bestfit-off lockstep:bestfit-paranoid lockstep:bestfit-quarantine
    lockstep:bestfit-list-quarantine corrupt:bestfit corrupt:bestfit-list corrupt:bestfit-small
    corrupt:bestfit-large corrupt:bestfit-paranoid corrupt:bestfit-quarantine
    corrupt:bestfit-list-quarantine'

# can_write FILE: said before the work rather than after it.
can_write() {
    if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -w "$(dirname "$1")" ]; fi
}

# play PLAY FOLDER < names of files: runs them and leaves a profile in FOLDER. An input that is
# objected to does not end the run: it is kept in FOLDER/objections.
play() {
    mkdir -p "$2/objections/$1"
    HEAPBED_TARGET=${1#*:} HEAPBED_FINDINGS=$2/objections/$1 LLVM_PROFILE_FILE=$2/$1-%p.profraw \
        xargs -d '\n' -r -n 2000 "$coverage_build/${1%:*}-standalone" 2>"$2/said"
}

# objections_in FOLDER: how many there were.
objections_in() { find "$1/objections" -type f ! -name '.*' | wc -l; }

# sides FOLDER: what was and was not reached there, a line each:
#   FILE LINE - COUNT                           a line of code
#   FILE LINE:COLUMN:LINE:COLUMN true COUNT     a side of a condition
# File names begin behind core/. Counts are summed over all variants.
sides() {
    llvm-profdata-19 merge -sparse "$1"/*.profraw -o "$1/all.profdata"
    local export=("${objects[@]}" "-instr-profile=$1/all.profdata" -skip-expansions)
    llvm-cov-19 export -format=lcov "${export[@]}" "$root/core" | awk -F'[:,]' -v core="$root/core/" '
        $1 == "SF" { file = substr($2, length(core) + 1) }
        $1 == "DA" { print file, $2, "-", $3 }'
    llvm-cov-19 export "${export[@]}" "$root/core" | jq -r -f "$root/corpus/reach/regions.jq" |
        awk -F'\t' -v core="$root/core/" '
        index($1, core) == 1 {
            at = substr($1, length(core) + 1) " " $2 ":" $3 ":" $4 ":" $5
            yes[at] += $6
            no[at] += $7
        }
        END { for (at in yes) { print at, "true", yes[at]; print at, "false", no[at] } }'
}
