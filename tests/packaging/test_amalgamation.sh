#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core in one file and in two: the compiler makes of them, to the instruction, what it makes of
# core/, in every variant; the unit tests of the core pass when compiled against them; and a C++
# program includes the single file beside a C file that has the implementation. The check can fail:
# a changed instruction, a missing part, a broken core and an implementation in C++ are found out.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"
programs=$source/tests/packaging/programs
variants=('' -DBF_INDEX_LIST "-DBF_PROFILE_LARGE -Os" -DBF_HARDENING=BF_HARDENING_OFF
    "-DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=16"
    "-DBF_INDEX_LIST -DBF_ANNOTATE_HEADER=\"bestfit_annotate.h\" -I$source/sanitizers/annotate -D__SANITIZE_ADDRESS__=1"
    "-DBF_HARDENING=BF_HARDENING_PARANOID -DBF_PREFIX=bf_small_ -DBF_PROFILE_SMALL")

# Both forms under the names that the tests of the core include.
make_forms() {
    mkdir "$work/two" "$work/single"
    amalgamate header "$work/two/bestfit.h"
    amalgamate source "$work/two/bestfit.c"
    amalgamate single "$work/single/bestfit_single.h"
    echo '#include "bestfit_single.h"' >"$work/single/bestfit.h"
    printf '#define BESTFIT_IMPLEMENTATION\n#include "bestfit_single.h"\n' >"$work/single/bestfit.c"
    if grep -nE '^ *# *include "' "$work/two/bestfit.h" "$work/single/bestfit_single.h"; then
        fail 'these files do not stand alone'
    fi
}

# assembly FOLDER OPTION...: without the names of files.
assembly() {
    echo '#include "bestfit.c"' |
        "${compiler[@]}" "${strict[@]}" -ffreestanding -I"$1" "${@:2}" -S -x c - -o -
}

same_code() {
    assembly "$1" "${@:2}" >"$work/form.s" && [ -s "$work/core.s" ] &&
        cmp -s "$work/core.s" "$work/form.s"
}

check_code() {
    local variant options
    for variant in "${variants[@]}"; do
        read -ra options <<<"$variant"
        assembly "$source/core" "${options[@]}" >"$work/core.s"
        for form in two single; do
            same_code "$work/$form" "${options[@]}" || fail "$form $variant: other code than core/ gives"
            checks=$((checks + 1))
        done
    done
    # As a file of its own, with every warning.
    quietly "${compiler[@]}" "${strict[@]}" -c "$work/two/bestfit.c" -o "$work/bestfit.o"
    quietly "${compiler[@]}" "${strict[@]}" -DBF_INDEX_LIST -c "$work/two/bestfit.c" -o "$work/bestfit.o"
}

# unit_test FORM TEST OPTION...: one test of the core, compiled as it is.
unit_test() {
    local form=$1 name=$2 core=("$work/$1/bestfit.c")
    shift 2
    if grep -q '#include "bestfit.c"' "$source/tests/core/$name.c"; then core=(); fi
    "${compiler[@]}" -std=c11 -O1 -D_GNU_SOURCE "$@" -I"$work/$form" -I"$source/tests" \
        -I"$source/tests/core" "$source/tests/core/$name.c" "${core[@]}" -o "$work/unit" >"$work/log" 2>&1 &&
        "$work/unit" >"$work/log" 2>&1
}

check_units() {
    local cell words
    for cell in "two api" "single api -DBF_PROFILE_SMALL" \
        "two list_api -DBF_INDEX_LIST" "single statuses -DBF_INDEX_LIST" \
        "two seed_port" "single bitmap_validator -DBF_PROFILE_SMALL"; do
        read -ra words <<<"$cell"
        unit_test "${words[@]}" || { cat "$work/log"; fail "$cell"; }
        checks=$((checks + 1))
    done
}

check_cxx() {
    local cxx=g++
    if [ -n "$(command -v clang++-19)" ]; then cxx=clang++-19; fi
    quietly "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-exceptions \
        -fno-rtti -DHEADER='"bestfit_single.h"' -I"$work/single" -c "$programs/consumer.cc" \
        -o "$work/consumer.o"
    quietly "${compiler[@]}" "${strict[@]}" "$work/consumer.o" "$work/single/bestfit.c" -o "$work/consumer"
    quietly "$work/consumer"
    quietly "${compiler[@]}" "${strict[@]}" -DHEADER='"bestfit_single.h"' -I"$work/single" \
        "$programs/consumer.c" "$work/single/bestfit.c" -o "$work/consumer"
    quietly "$work/consumer"
    refused 'an implementation in C++' "$cxx" -x c++ -c "$work/single/bestfit.c" -o "$work/object.o"
    checks=$((checks + 2))
}

# What config.h lets a build decide is what the installed header refuses to hear.
choices() {
    sed -n 's/^#if.*def[a-z]* *(*\(BF_[A-Z0-9_]*\).*/\1/p' "$source/core/config.h"
    sed -n 's/^[/ ]\* *\(BF_COPY\)(.* and \(BF_ZERO\)(.*/\1\n\2/p' "$source/core/config.h"
    grep -oE 'BF_(PROFILE|INDEX)_[A-Z]+' "$source/core/config.h"
}
check_choices() {
    choices | grep -v BF_CONFIG_H | sort -u >"$work/decided"
    amalgamate installed "$work/installed.h"
    grep -oE 'defined\(BF_[A-Z0-9_]+\)( \|\| \\|)$' "$work/installed.h" | grep -oE 'BF_[A-Z0-9_]+' |
        sort -u >"$work/refused"
    diff "$work/decided" "$work/refused" || fail 'amalgamate.cmake knows other choices than config.h'
    [ "$(wc -l <"$work/decided")" -ge 14 ] || fail 'config.h was not understood'
    checks=$((checks + 1))
}

check_canaries() {
    assembly "$source/core" >"$work/core.s"
    mkdir "$work/changed" "$work/lacking"
    cp "$work/two/bestfit.h" "$work/changed"
    sed 's/heap->live_bytes += size;/heap->live_bytes += size + 1;/' "$work/two/bestfit.c" \
        >"$work/changed/bestfit.c"
    refused 'changed code' same_code "$work/changed"
    refused 'a broken core' unit_test changed api
    cp "$work/two/bestfit.h" "$work/lacking"
    awk '/---- bitmap\/trie.h ----/ { skip = 1 } /---- bitmap\/walk.h/ { skip = 0 } !skip' \
        "$work/two/bestfit.c" >"$work/lacking/bestfit.c"
    refused 'a part that is missing' same_code "$work/lacking"
}

make_forms
check_code
check_units
check_cxx
check_choices
check_canaries
echo "$checks checks of one file and of two; the canaries were found out"
