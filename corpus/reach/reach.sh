# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the core's lines and branches are to inputs: which of them a set of inputs reaches; and what the
# commands have in common that ask it. Sourced by coverage.sh and corpus.sh. The programs are those of
# the preset coverage.

: "${root:?the source tree}"
# An input is worth what it reaches by itself.
export HEAPBED_REHEARSE=0
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

fail() {
    printf 'bed %s: %s\n' "${command_name:?}" "$*" >&2
    exit 2
}

# take_options VALUED FLAGS ARGUMENTS...: --name VALUE sets name, --two-words sets is_two_words to 1; the
# folders are left in folders, --json - in json as a file that is standard output (which is then for the
# JSON alone). The caller has explain.
take_options() {
    local valued=" $1 " flags=" $2 " name
    shift 2
    folders=() json=''
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h)
            explain
            exit 0
            ;;
        -*)
            name=${1#--}
            if [[ $flags == *" $1 "* ]]; then
                declare -g "is_${name//-/_}=1"
            elif [[ $valued == *" $1 "* ]]; then
                [ $# -ge 2 ] || fail "$1 needs a value"
                declare -g "$name=$2"
                shift
            else
                fail "there is no option '$1'; --help lists them"
            fi
            ;;
        *)
            [ -d "$1" ] || fail "$1 is no folder"
            folders+=("$1")
            ;;
        esac
        shift
    done
    [ -z "$json" ] || [ "$json" = - ] || can_write "$json" || fail "cannot write $json"
    if [ "$json" = - ]; then
        exec 3>&1 >&2
        json=/dev/fd/3
    fi
}

# can_write FILE: said before the work rather than after it.
can_write() {
    if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -w "$(dirname "$1")" ]; fi
}

# Names that engines and this bed give to inputs: a hash, what AFL++ counts, what failed.
input_names='/([0-9a-f]{40}|id[:_][^/]*|(crash|timeout|leak|oom|slow-unit)-[^/]*|[^/]*\.hbedt?)$'

# inputs_in OTHERS FOLDER...: the inputs there, a name a line: by their names, or as they begin with what
# the bytes of a stream begin with. OTHERS gets how many files were passed over: logs, reports, what is
# compressed (traces of programs are larger than a harness plays). Hidden ones are not counted: they are
# what a running engine has not finished.
inputs_in() {
    local others=$1 passed=0 file magic
    shift
    while IFS= read -r file; do
        magic=''
        if [[ ! $file =~ $input_names ]]; then
            LC_ALL=C IFS= read -r -N 4 magic 2>/dev/null <"$file" || true
            if [ "$magic" != hbed ]; then
                passed=$((passed + 1))
                continue
            fi
        fi
        printf '%s\n' "$file"
    done < <(find "$@" -mindepth 1 -name '.*' -prune -o -type f -print | LC_ALL=C sort)
    printf '%d\n' $passed >"$others"
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

# sides FOLDER [PLAY]: what was and was not reached there (by one play, which is quicker), a line each:
#   FILE LINE - COUNT                           a line of code
#   FILE LINE:COLUMN:LINE:COLUMN true COUNT     a side of a condition
# File names begin behind core/. Counts are summed over all variants.
sides() {
    llvm-profdata-19 merge -sparse "$1"/*.profraw -o "$1/all.profdata"
    local programs=("${objects[@]}")
    if [ -n "${2:-}" ]; then programs=("$coverage_build/${2%:*}-standalone"); fi
    local export=("${programs[@]}" "-instr-profile=$1/all.profdata" -skip-expansions)
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
