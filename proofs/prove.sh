#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Bounded proofs of the core, with CBMC: ./bed prove. proofs.tsv is the table of them; docs/proofs.md says what they cover.
# For each: the proof must succeed, its end must be reachable, and each of its mutants, a planted bug
# applied to a copy of the core, must be refuted.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$here")
table=$here/proofs.tsv
work=$root/build/prove
cache=${XDG_CACHE_HOME:-$HOME/.cache}/heapbed
debian=$cache/trixie-cbmc

say() { printf 'prove: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 2
}

explain() {
    cat <<'END'
usage: ./bed prove [options] [NAME...]

Proves with CBMC, for every input within the bounds of each proof, that the core keeps its contract:
all of proofs/proofs.tsv, or those named. Of each proof, the end must be reachable, and planted bugs
must be refuted. docs/proofs.md says what is covered, and what is not.

  --list       the proofs, their limits and their mutants
  --quick      those of less than a minute together
  --no-mutants the proofs and whether their ends can be reached, but not the mutants
  --jobs N     so many at a time (default: 2)
  --core DIR   another core than this tree's
  --json FILE  what came of each as JSON (- for standard output)
  --help       this

CBMC 6 or later of the machine is used, or that of Debian 13, which debootstrap then puts into
~/.cache/heapbed (or $XDG_CACHE_HOME/heapbed), once; that needs root and a network, and 700 MB.
Exit: 0 all as it must be; 1 a proof fails, or proves nothing, or runs out of time; 2 usage, or CBMC cannot be had.
What CBMC said of each is in build/prove/.
END
}

# --- CBMC -----------------------------------------------------------------------------------------

make_debian() {
    local new
    [ "$(id -u)" = 0 ] || die "CBMC 6 is not installed, and to fetch Debian 13's, debootstrap must be root"
    command -v debootstrap >/dev/null || die "CBMC 6 is not installed, and debootstrap, to fetch it with, is not either"
    mkdir -p "$cache"
    new=$(mktemp -d "$cache/new-XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$new'" EXIT
    say "fetching Debian 13 and its CBMC into $debian (once; a minute or more)"
    # Where no mirror is named, debootstrap knows one.
    if ! debootstrap --variant=minbase --include=cbmc trixie "$new/tree" \
        ${HEAPBED_DEBIAN_MIRROR:+"$HEAPBED_DEBIAN_MIRROR"} \
        >"$work/debootstrap.log" 2>&1; then
        tail -n 5 "$work/debootstrap.log" >&2
        die "debootstrap failed; is there a network? All it said is in $work/debootstrap.log"
    fi
    rm -rf "$new/tree/var/cache/apt/archives" "$debian"
    mv "$new/tree" "$debian"
}

# --- the table -----------------------------------------------------------------------------------

names() { awk -F'\t' '!/^#/ && NF { print $1 }' "$table"; }

list() {
    awk -F'\t' '!/^#/ && NF { printf "%s\n    %s, %s bits, at most %s s%s\n    %s\n    not reached: %s; mutants: %s\n",
        $1, $3, $4, $5, ($2 == "quick" ? ", quick" : ""), $7, $8, $9 }' "$table"
}

write_json() {
    awk -F'\t' '
        BEGIN { print "{\"results\": [" }
        { printf "%s{\"proof\": \"%s\", \"kind\": \"%s\", \"mutant\": \"%s\", \"answer\": \"%s\", \"verdict\": \"%s\", \"seconds\": %s, \"megabytes\": %s}",
              (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6, $7 }
        END { print "\n]}" }' "$work/results"
}

main() {
    local jobs=2 json='' chosen=() name status=0 begun=$SECONDS
    with_mutants=true
    core=$root/core
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h)
            explain
            exit 0
            ;;
        --list)
            list
            exit 0
            ;;
        --quick) mapfile -t chosen < <(awk -F'\t' '!/^#/ && $2 == "quick" { print $1 }' "$table") ;;
        --no-mutants) with_mutants=false ;;
        --jobs | --json | --core)
            [ $# -gt 1 ] || die "$1 needs a value"
            case $1 in
            --jobs) jobs=$2 ;;
            --json) json=$2 ;;
            --core) core=$(cd "$2" && pwd) ;;
            esac
            shift
            ;;
        -*) die "there is no option '$1'; --help lists them" ;;
        *)
            names | grep -qxF -- "$1" || die "there is no proof '$1'; --list shows all"
            chosen+=("$1")
            ;;
        esac
        shift
    done
    [[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs: '$jobs' is no number above 0"
    [ -e "$core/bestfit.c" ] || die "--core: there is no bestfit.c in $core"
    [ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(names)
    [ ${#chosen[@]} -gt 0 ] || die "$table is empty"
    mkdir -p "$work"
    exec 9>"$work/lock"
    flock -n 9 || die "another ./bed prove is at work in $work"
    "$here/cbmc.sh" cbmc --version >/dev/null 2>&1 || make_debian
    "$here/cbmc.sh" cbmc --version >/dev/null || die "the CBMC in $debian does not run; remove it, and try again"
    command -v cc >/dev/null || die 'there is no C compiler (cc), which expands the macros'
    say "${#chosen[@]} proofs, $jobs at a time"
    for name in "${chosen[@]}"; do rm -rf "${work:?}/$name"; done
    printf '%s\n' "${chosen[@]}" | xargs -P "$jobs" -I{} \
        "$here/one.sh" {} "$core" "$work/{}" $with_mutants || status=2
    finish
}

# What came of all, in the order of the table; exits.
finish() {
    local runs bad
    for name in "${chosen[@]}"; do cat "$work/$name/results" 2>/dev/null || true; done >"$work/results"
    runs=$(wc -l <"$work/results")
    bad=$(awk -F'\t' '$5 == "wrong"' "$work/results" | wc -l)
    if [ "$json" = - ]; then
        write_json
    elif [ -n "$json" ]; then
        write_json >"$json" || die "could not write $json"
    fi
    say "$runs runs of CBMC in $((SECONDS - begun)) s: $bad not as they must be"
    if [ "$bad" != 0 ]; then exit 1; fi
    if [ $status != 0 ] || [ "$runs" = 0 ]; then exit 2; fi
    exit 0
}

main "$@"
