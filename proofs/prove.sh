#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shellcheck disable=SC2317 # what is interrupted is called by a trap
#
# Bounded proofs of the core, with CBMC: ./bed prove. proofs.tsv is the table of them; docs/proofs.md says what they cover.
# For each: the proof must succeed, its end must be reachable, and each of its mutants, a planted bug
# applied to a copy of the core, must be refuted. Each of these is a run of its own (one.sh).
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$here")
table=$here/proofs.tsv
work=$root/build/prove
core=$root/core
cache=${XDG_CACHE_HOME:-$HOME/.cache}/heapbed
debian=$cache/trixie-cbmc
jobs=2
megabytes_max=6000
json=''
limit_minutes=''
with_mutants=true
is_quick=false
is_fetch=false
chosen=()
child=0

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
  --jobs N     so many runs of CBMC at a time (default: 2)
  --memory MB  so much memory for each (default: 6000); one that wants more fails
  --limit MINUTES
               so long for all together, but for fetching CBMC: what runs then is ended, what is left out is told, and the
               exit status is 1 (default: no limit but that of each)
  --core DIR   another core than this tree's
  --json FILE  what came of each run as JSON (- for standard output)
  --fetch      only sees to it that there is a CBMC; exit status 77 where none can be had
  --table FILE another table of proofs, with its harnesses, and a folder mutants, beside it
  --work DIR   what CBMC said goes there (default: build/prove)
  --help       this

CBMC 6 or later of the machine is used, or that of Debian 13, which debootstrap then puts into
~/.cache/heapbed (or $XDG_CACHE_HOME/heapbed), once; that needs root and a network, and 700 MB.
Exit: 0 all as it must be; 1 a proof fails, or proves nothing, or runs out of time or memory, or is left out;
2 usage, or CBMC cannot be had; 130 interrupted.
END
}

# --- CBMC -----------------------------------------------------------------------------------------

has_cbmc() { "$here/cbmc.sh" cbmc --version >/dev/null 2>&1; }

# Of one that was cut off: with what debootstrap had mounted in there.
remove_tree() {
    local mount
    while read -r _ mount _; do
        case $mount in "$1"/*) umount -l "$mount" 2>/dev/null || true ;; esac
    done </proc/mounts
    rm -rf --one-file-system "$1"
}

# cannot_fetch MESSAGE: the end; 77 is how `./bed test` knows that it is only for want of a CBMC.
cannot_fetch() {
    say "$@"
    if $is_fetch; then exit 77; fi
    exit 2
}

interrupted_fetch() {
    trap '' INT TERM
    kill -- "-$child" 2>/dev/null || true
    wait
    remove_tree "$1"
    say 'interrupted'
    exit 130
}

# The Debian comes to its place whole, or not at all.
make_debian() {
    local new
    [ "$(id -u)" = 0 ] || cannot_fetch "CBMC 6 is not installed, and to fetch Debian 13's, debootstrap must be root"
    command -v debootstrap >/dev/null ||
        cannot_fetch "CBMC 6 is not installed, and debootstrap, to fetch it with, is not either"
    mkdir -p "$cache"
    exec 8>"$cache/lock"
    flock 8
    if has_cbmc; then return; fi # somebody else has fetched it meanwhile
    for new in "$cache"/new-*; do remove_tree "$new"; done
    new=$(mktemp -d "$cache/new-XXXXXX")
    say "fetching Debian 13 and its CBMC into $debian (once; a minute or more)"
    # Where no mirror is named, debootstrap knows one. In a session of its own, it is ended with all it has started, as it is where
    # a network swallows what it is sent.
    setsid timeout 900 debootstrap --variant=minbase --include=cbmc trixie "$new/tree" \
        ${HEAPBED_DEBIAN_MIRROR:+"$HEAPBED_DEBIAN_MIRROR"} >"$work/debootstrap.log" 2>&1 8>&- 9>&- &
    child=$!
    trap 'interrupted_fetch "$new"' INT TERM
    if ! wait $child; then
        tail -n 5 "$work/debootstrap.log" >&2
        remove_tree "$new"
        cannot_fetch "debootstrap failed; is there a network? All it said is in $work/debootstrap.log"
    fi
    trap - INT TERM
    rm -rf "$new/tree/var/cache/apt/archives"
    if [ -e "$debian" ]; then mv "$debian" "$new/old"; fi
    mv "$new/tree" "$debian"
    remove_tree "$new"
    exec 8>&-
}

# --- the table ------------------------------------------------------------------------------------

names() { awk -F'\t' '!/^#/ && NF { print $1 }' "$table"; }

list() {
    awk -F'\t' '!/^#/ && NF { printf "%s\n    %s, %s bits, at most %s s%s\n    %s\n    not reached: %s; mutants: %s\n",
        $1, $3, $4, $5, ($2 == "quick" ? ", quick" : ""), $7, $8, $9 }' "$table"
}

# The runs of the proofs that were chosen, as "limit proof run", in the order of the table.
plan() {
    local name
    for name in "${chosen[@]}"; do
        awk -F'\t' -v name="$name" -v with_mutants=$with_mutants '$1 == name {
            print $5, name, "proof"; print $5, name, "end"
            count = split($9, mutants, " ")
            for (i = 1; i <= count && with_mutants == "true"; i++) print $5, name, mutants[i] }' "$table"
    done
}

# --- the runs -------------------------------------------------------------------------------------

declare -A running=() # by process: which run

# Ends all that is at work, and waits until it has ended.
end_all() {
    local process
    for process in "${!running[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
}

interrupted() {
    trap '' INT TERM
    end_all
    say "interrupted"
    report || true
    exit 130
}

# Where there is a limit.
is_late() { [ -n "$limit_minutes" ] && [ $((SECONDS - begun)) -ge "$limit_seconds" ]; }

end_late() {
    trap '' INT TERM
    end_all
    left_out | while read -r name run; do say "left out: $name: $run"; done
    report || true
    say "FAILED: the limit of $limit_minutes minutes is over: $(left_out | wc -l) runs are left out"
    exit 1
}

# The runs that have not ended.
left_out() {
    local name run
    while read -r _ name run; do
        [ -e "$work/$name/$run.result" ] || echo "$name $run"
    done <"$work/plan"
}

count_ended() { echo $((planned - $(left_out | wc -l))); }

# Waits until less than so many are at work.
wait_below() {
    local process told=$SECONDS
    while [ ${#running[@]} -ge "$1" ]; do
        if is_late; then end_late; fi
        for process in "${!running[@]}"; do
            if kill -0 "$process" 2>/dev/null; then continue; fi
            wait "$process" || true
            unset "running[$process]"
        done
        if [ $((SECONDS - told)) -ge 30 ]; then
            told=$SECONDS
            say "$((SECONDS - begun)) s: $(count_ended) of $planned runs have ended; at work: $(
                printf '%s, ' "${running[@]}" | sed 's/, $//'
            )"
        fi
        [ ${#running[@]} -lt "$1" ] || sleep 0.2
    done
}

# The longest first, so that the last ones to end are short.
run_all() {
    local name run
    while read -r _ name run; do
        wait_below "$jobs"
        "$here/one.sh" "$table" "$name" "$core" "$work/$name" "$megabytes_max" "$run" 9>&- </dev/null &
        running[$!]="$name $run"
    done < <(sort -rns -k 1,1 "$work/plan")
    wait_below 1
}

write_json() {
    awk -F'\t' '
        BEGIN { print "{\"schema\": \"heapbed-prove/1\", \"results\": [" }
        { gsub(/[\\"]/, "\\\\&", $9)
          printf "%s{\"proof\": \"%s\", \"kind\": \"%s\", \"mutant\": \"%s\", \"answer\": \"%s\", \"verdict\": \"%s\", \"seconds\": %s, \"user_seconds\": %s, \"megabytes\": %s, \"reason\": \"%s\"}",
              (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6, $7, $8, $9 }
        END { print "\n]," }' "$work/results"
    left_out | awk '
        BEGIN { printf "\"left_out\": [" }
        { printf "%s\n{\"proof\": \"%s\", \"run\": \"%s\"}", sep, $1, $2; sep = "," }
        END { print "\n]}" }'
}

# What came of all, in the order of the table.
report() {
    local name run runs bad user
    while read -r _ name run; do
        cat "$work/$name/$run.result" 2>/dev/null || true
    done <"$work/plan" >"$work/results"
    if [ "$json" = - ]; then
        write_json
    elif [ -n "$json" ]; then
        write_json >"$json" || die "could not write $json"
    fi
    runs=$(wc -l <"$work/results")
    bad=$(awk -F'\t' '$5 == "wrong"' "$work/results" | wc -l)
    user=$(awk -F'\t' '{ sum += $7 } END { printf "%d", sum }' "$work/results")
    say "$runs of $planned runs in $((SECONDS - begun)) s ($user s of a processor): $bad not as they must be"
    [ "$bad" = 0 ] || return 1
    [ "$runs" = "$planned" ] || return 2
}

# --- the command line -----------------------------------------------------------------------------

parse() {
    local is_listed=false
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h)
            explain
            exit 0
            ;;
        --list) is_listed=true ;;
        --quick) is_quick=true ;;
        --no-mutants) with_mutants=false ;;
        --fetch) is_fetch=true ;;
        --jobs | --memory | --limit | --json | --core | --table | --work)
            [ $# -gt 1 ] || die "$1 needs a value; --help explains it"
            case $1 in
            --jobs) jobs=$2 ;;
            --memory) megabytes_max=$2 ;;
            --limit) limit_minutes=$2 ;;
            --json) json=$2 ;;
            --core) core=$2 ;;
            --table) table=$(readlink -m -- "$2") ;;
            --work) work=$(readlink -m -- "$2") ;;
            esac
            shift
            ;;
        -*) die "there is no option '$1'; --help lists them" ;;
        *) chosen+=("$1") ;;
        esac
        shift
    done
    [ -f "$table" ] || die "--table: there is no file $table"
    if $is_listed; then
        list
        exit 0
    fi
}

check_options() {
    local name
    [[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs: '$jobs' is no number above 0"
    [[ $megabytes_max =~ ^[1-9][0-9]*$ ]] || die "--memory: '$megabytes_max' is no number of megabytes"
    [ -z "$limit_minutes" ] || [[ $limit_minutes =~ ^[0-9]+(\.[0-9]+)?$ && $limit_minutes =~ [1-9] ]] ||
        die "--limit: '$limit_minutes' is no number of minutes above 0"
    limit_seconds=$(awk -v minutes="${limit_minutes:-0}" 'BEGIN { printf "%d", minutes * 60 }')
    [ -e "$core/bestfit.c" ] || die "--core: there is no bestfit.c in $core"
    core=$(cd "$core" && pwd)
    if [ -n "$json" ] && [ "$json" != - ]; then
        : >>"$json" || die "--json: $json cannot be written"
    fi
    name=$(names | sort | uniq -d)
    [ -z "$name" ] || die "$table: there are two proofs of the name $name"
    for name in "${chosen[@]}"; do
        names | grep -qxF -- "$name" || die "there is no proof '$name'; --list shows all"
    done
    if $is_quick; then
        [ ${#chosen[@]} = 0 ] || die "--quick or names, not both"
        mapfile -t chosen < <(awk -F'\t' '!/^#/ && $2 == "quick" { print $1 }' "$table")
    elif [ ${#chosen[@]} = 0 ]; then
        mapfile -t chosen < <(names)
    else
        mapfile -t chosen < <(printf '%s\n' "${chosen[@]}" | awk '!met[$0]++')
    fi
    [ ${#chosen[@]} -gt 0 ] || die "$table has no such proof"
    for name in "${chosen[@]}"; do
        [ -n "$(awk -F'\t' -v name="$name" '$1 == name { print $9 }' "$table")" ] ||
            die "$table: $name has no mutant; a proof that can't fail proves nothing"
    done
}

main() {
    local name status=0
    parse "$@"
    check_options
    mkdir -p "$work"
    exec 9>"$work/lock"
    flock -n 9 || die "another ./bed prove is at work in $work"
    has_cbmc || make_debian
    has_cbmc || die "the CBMC in $debian does not run; remove it, and try again"
    if $is_fetch; then exit 0; fi
    command -v cc >/dev/null || die 'there is no C compiler (cc), which expands the macros'
    while IFS= read -r name; do rm -rf "${work:?}/$name"; done < <(names)
    plan >"$work/plan"
    planned=$(wc -l <"$work/plan")
    begun=$SECONDS
    say "${#chosen[@]} proofs, $planned runs of CBMC, $jobs at a time"
    trap interrupted INT TERM
    run_all
    report || status=$?
    exit $status
}

main "$@"
