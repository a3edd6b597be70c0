#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The manual is made of the contract in bestfit.h, so this is a test of the contract: each function
# that the compiled core has, and each type of the header, has its page; each function's says what it
# does with each of its parameters, in which unit where it takes sizes, what it returns (every status
# by its name), what it costs and which calls may run beside it; each status is one that there is, and
# each that there is, is returned by something. groff finds nothing wrong. The check can fail: a
# contract without a cost, without a unit, that leaves out a parameter or the statuses, or names one
# that there is not, and a function without a page are found out.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"

# make_manual HEADER FOLDER
make_manual() {
    rm -rf "$2"
    mkdir "$2"
    awk -v folder="$2" -f "$source/core/cmake/manual.awk" "$1" "$source/core/config.h"
}

# section PAGE NAME: its text, without requests; fails where it is not there or empty.
section() {
    awk -v name="$2" '/^\.SH / { here = substr($0, 5) == name; next } here && !/^\.[A-Z]+$/ { print; lines++ }
        END { exit lines == 0 }' "$1"
}

# The parameters of a function, from its synopsis.
parameters() {
    section "$1" SYNOPSIS | tr "\n" " " | sed "s/[^(]*(//; s/).*//" | tr "," "\n" | grep -oE "[a-z_]+$"
}

complain() {
    echo "$1: $2"
    return 1
}

check_function() {
    local page=$1/$2.3 said name
    [ -s "$page" ] || complain "$2" 'has no page' || return
    for name in NAME SYNOPSIS DESCRIPTION 'RETURN VALUE' COST 'THREAD SAFETY'; do
        section "$page" "$name" >"$work/section" || complain "$2" "no $name" || return
    done
    said=$(section "$page" DESCRIPTION && section "$page" 'RETURN VALUE' && section "$page" COST)
    for name in $(parameters "$page"); do
        grep -qw -- "$name" <<<"$said" || complain "$2" "nothing is said of $name" || return
    done
    if section "$page" SYNOPSIS | grep -q 'size_t'; then
        grep -qwE 'bytes' <<<"$said" || complain "$2" 'sizes, but no unit' || return
    fi
    if section "$page" SYNOPSIS | grep -q '^enum bf_status bf_'; then
        section "$page" 'RETURN VALUE' | grep -qE 'BF_OK|bf_malloc returns' &&
            section "$page" 'RETURN VALUE' | grep -qE 'BF_INVALID_ARGUMENT|bf_malloc returns' ||
            complain "$2" 'the statuses are not named' || return
    fi
}

# What the compiled core shows, and what the header declares beside it.
functions() { nm --defined-only "$work/core.o" | awk '$2 == "T" { print $3 }'; }
types() {
    grep -oE '^(struct|enum) bf_[a-z_]+ \{' "$1" | sed 's/.* \(bf_[a-z_]*\) .*/\1/'
    grep -oE '^typedef .*\(\*bf_[a-z_]+\)' "$1" | sed 's/.*(\*\(bf_[a-z_]*\)).*/\1/'
}
statuses() { awk '/^enum bf_status \{/ { on = 1 } on' "$1" | sed '/^}/q' | grep -oE '^ +BF_[A-Z_]+' | tr -d ' '; }

check_manual() {
    local header=$1 folder=$work/manual name
    make_manual "$header" "$folder" || return
    for name in $(functions); do
        check_function "$folder" "$name" || return
    done
    for name in $(types "$header"); do
        section "$folder/$name.3" DESCRIPTION >"$work/section" || complain "$name" 'has no page' || return
    done
    while read -r name; do
        grep -qw "$name" <(sed 's,/\*.*\*/,,; s/^ \* .*//' "$header") "$source/core/config.h" ||
            complain "$name" 'is named, but there is none' || return
    done < <(grep -hv "^\.TH" "$folder"/bf_*.3 | grep -oE "\bBF_[A-Z_0-9]+[A-Z0-9]\b" | sort -u)
    for name in $(statuses "$header"); do
        for page in "$folder"/bf_*.3; do section "$page" 'RETURN VALUE' || true; done >"$work/returned"
        grep -qw "$name" "$work/returned" || complain "$name" 'is returned by nothing' || return
    done
}

check_groff() {
    [ -n "$(command -v groff)" ] || { echo 'no groff: the pages are not set' && return; }
    for page in "$work"/manual/*.3; do
        groff -man -ww -Tutf8 "$page" 2>"$work/log" >"$work/set"
        if [ ! -s "$work/set" ] || [ -s "$work/log" ]; then fail "groff of $page: $(cat "$work/log")"; fi
        checks=$((checks + 1))
    done
}

# changed WHAT COMPLAINT SED-SCRIPT: the canary of a contract that was changed so.
changed() {
    sed -E "$3" "$source/core/bestfit.h" >"$work/changed.h"
    ! cmp -s "$source/core/bestfit.h" "$work/changed.h" || fail "the canary is out of date: $1"
    refused "$1" check_manual "$work/changed.h"
    grep -q "$2" "$work/log" || fail "the canary: $1 was found out for another reason: $(cat "$work/log")"
}

quietly "${compiler[@]}" -std=c11 -c "$source/core/bestfit.c" -o "$work/core.o"
[ "$(functions | wc -l)" -ge 13 ] || fail 'the core has fewer functions than it should'
[ "$(types "$source/core/bestfit.h" | wc -l)" -ge 7 ] || fail 'the header has fewer types than it should'
[ "$(statuses "$source/core/bestfit.h" | wc -l)" -ge 12 ] || fail 'there are fewer statuses than there should be'
check_manual "$source/core/bestfit.h" || fail 'a contract lacks something'
checks=$((checks + $(functions | wc -l) + $(types "$source/core/bestfit.h" | wc -l)))
check_groff

changed 'a function without a contract' 'bf_owns has no contract' '/^\/\* Whether ptr lies/,/\*\//d'
changed 'a contract without a cost' 'bf_free: no COST' 's/Cost: bitmap 13 D.*/And so on./'
changed 'a contract without a unit' 'bf_free: sizes, but no unit' 's/be the bytes it was/be what it was/'
changed 'a parameter that nothing is said of' 'nothing is said of context' 's/with context, which may be/with whatever it may be/; s/with the context that/with what/'
changed 'statuses that are not named' 'bf_stats: the statuses are not named' 's/^( \* Returns BF_OK; )BF_INVALID_ARGUMENT \(heap or stats/\1something else (heap or stats/'
changed 'a status that there is not' 'BF_RANGE_IS_USED: is named' 's/^( \*   )BF_RANGE_IN_USE /\1BF_RANGE_IS_USED /'
changed 'a status that nothing returns' 'BF_NEVER_SEEN: is returned by nothing' 's/^( +)BF_RANGE_IN_USE,/\1BF_NEVER_SEEN,\n\1BF_RANGE_IN_USE,/'
make_manual "$source/core/bestfit.h" "$work/manual"
rm "$work/manual/bf_owns.3"
refused 'a function without a page' check_function "$work/manual" bf_owns
echo "$checks checks of the manual; the canaries were found out"
