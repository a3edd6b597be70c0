# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The parts of ./bed portability, each a number of cells. To be included.

# A cell ends at the first command that fails; `work` is a name in build/portability for its files.
#
# shellcheck disable=SC2154,SC2317

corpus=("$root"/corpus/{seeds,regressions,complexity,reached}/*.hbedt)
streams=40
if $is_quick; then
    streams=4
    variants=(bestfit bestfit-list bestfit-quarantine)
fi

# --- offsets --------------------------------------------------------------------------------------

# reference BITS ARENA VARIANT: where this machine puts blocks.
reference() { echo "$out/reference.$1.$2.$3"; }

make_reference() {
    local build=$root/build/clang file
    if [ "$1" = 32 ]; then build=$root/build/m32; fi
    file=$(reference "$@")
    "$build/portability-offsets" "$3" "$2" "$streams" "${corpus[@]}" >"$file.new"
    mv "$file.new" "$file"
}

arenas_of() {
    if [ "$1" = 32 ]; then echo 4096 32768 65536; else echo 65536; fi
}

part_offsets() {
    local variant machine kind
    if grep -qE -e "$only" <<<"$(cells_with_references)"; then make_references; fi
    for machine in "${linux_machines[@]}" "${boards[@]}"; do
        for kind in gcc clang; do
            if $is_quick && [ "$machine-$kind" != cortex-m0-gcc ] && [ $kind = gcc ]; then continue; fi
            for variant in "${variants[@]}"; do
                fits "$machine" "$variant" || continue
                cell_by "$machine" "$kind" "offsets $machine $kind $variant" same_offsets "$machine" "$kind" "$variant"
            done
        done
    done
}

# The names of the cells that compare with references, and of some that are not in every run.
cells_with_references() {
    local machine
    for machine in "${linux_machines[@]}" "${boards[@]}"; do
        printf "offsets $machine %s\n" "${variants[@]/#/gcc }" "${variants[@]/#/clang }"
        printf "tests bed-offsets $machine %s\n" "${variants[@]}"
        echo "canaries offset $machine"
    done
    printf 'canaries %s\n' 'byte order' 'without the corpus'
}

make_references() {
    local bits arena variant
    for bits in 64 32; do
        for arena in $(arenas_of $bits); do
            for variant in "${variants[@]}"; do
                run_reference "$bits" "$arena" "$variant"
            done
        done
    done
    wait
    tell_streams
}

# How much of the corpus the boards play: of any variant the fewest.
tell_streams() {
    local arena count
    for arena in $(arenas_of 32); do
        count=$(grep -c '^# .*\.hbedt$' "${variants[@]/#/$out/reference.32.$arena.}" | sed 's/.*://' | sort -n | sed -n 1p)
        say "$count streams of the corpus fit into $arena bytes"
    done
}

# Not a cell that --only passes over: others need it.
run_reference() {
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    run_cell "reference $*" make_reference "$@" &
}

# The largest profile alone is larger than the RAM of these.
fits() { [ "$2" != bestfit-large ] || ! is_board "$1" || [[ $1 =~ m[47]$ ]]; }

# corpus_streams_min ARENA: of 165 streams of the corpus so many fit into it, at least, in any variant.
corpus_streams_min() {
    if [ "$1" = 4096 ]; then echo 90; else echo 140; fi
}

# plays_enough REFERENCE ARENA: generated streams alone, or next to none of the corpus, would show little.
plays_enough() {
    local streams corpus_streams
    streams=$(grep -c '^# ' "$1")
    corpus_streams=$(grep -c '^# .*\.hbedt$' "$1")
    echo "$streams streams, $corpus_streams of them of the corpus, in $2 bytes"
    [ "$streams" -gt "$corpus_streams" ] && [ "$corpus_streams" -ge "$(corpus_streams_min "$2")" ]
}

# compare_player CORE MACHINE KIND VARIANT: 1, its offsets are others; 2, it could not be played.
compare_player() {
    local core=$1 machine=$2 kind=$3 variant=$4 arena=65536 options expected
    variant_options "$variant"
    if is_board "$machine"; then
        board_facts "$machine"
        arena=$arena_bytes
    fi
    expected=$(reference "$(bits "$machine")" "$arena" "$variant")
    build_player "$core" "$machine" "$kind" "$work.program" "${options[@]}" || return 2
    run_on "$machine" "$work.program" <"$expected" >"$work.said" || true
    plays_enough "$expected" "$arena" && [ -s "$work.said" ] || return 2
    cmp "$expected" "$work.said" || {
        diff "$expected" "$work.said" | sed -n 1,6p
        return 1
    }
    rm "$work.said" "$work.program"
}

same_offsets() { compare_player "$root/core" "$@"; }

# --- objects --------------------------------------------------------------------------------------

part_objects() {
    local machine kind variant level
    for machine in "${linux_machines[@]}" "${boards[@]}"; do
        for kind in gcc clang; do
            for variant in "${variants[@]}"; do
                for level in -Os -O2; do
                    if $is_quick && [[ $level$kind != -Osclang ]]; then continue; fi
                    cell_by "$machine" "$kind" "objects $machine $kind $variant $level" \
                        good_object "$machine" "$kind" "$variant" "$level"
                done
            done
        done
    done
}

good_object() {
    local options
    variant_options "$3"
    link_freestanding "$root/core" "$1" "$2" "$work.object" "$4" "${options[@]}"
    check_object "$work.object"
    rm -f "$work".object*
}

# --- language -------------------------------------------------------------------------------------

part_language() {
    local machine kind
    for machine in "${linux_machines[@]}" "${boards[@]}"; do
        for kind in gcc clang; do
            if $is_quick && [[ $machine-$kind != @(s390x|cortex-m3)-clang ]]; then continue; fi
            cell_by "$machine" "$kind" "language $machine $kind" compiles_in_each "$machine" "$kind"
        done
    done
    cell 'language 16-bit words are refused' words_of_16_bits_are_refused
}

compiles_in_each() {
    local standard variant options how
    compiler_for "$@"
    printf '#include "bestfit.h"\nextern struct bf_heap heap;\nstruct bf_heap heap;\n' >"$work.cc"
    # Warnings that take the optimiser do not depend on the standard.
    for standard in c11 c17 c2x gnu11; do
        how=(-fsyntax-only)
        if [ $standard = c11 ]; then how=(-c -o "$work.o"); fi
        for variant in bestfit bestfit-list bestfit-quarantine; do
            variant_options "$variant"
            "${compiler[@]}" "-std=$standard" -O1 -ffreestanding -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
                -Wvla -Werror "${options[@]}" "${how[@]}" "$root/core/bestfit.c"
        done
    done
    for standard in c++11 c++17 c++20; do
        "${compiler[@]}" -x c++ "-std=$standard" -ffreestanding -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
            -Werror "-I$root/core" -c "$work.cc" -o "$work.o"
    done
    rm "$work.o" "$work.cc"
}

# Nothing is known of the core there, so it says so rather than compile to something.
words_of_16_bits_are_refused() {
    if clang-19 --target=msp430-none-elf -std=c11 -ffreestanding -c "$root/core/bestfit.c" -o "$work.o" \
        2>"$work.said"; then
        return 1
    fi
    cat "$work.said"
    grep -q 'words of 64 or 32 bits' "$work.said"
}

# --- canaries -------------------------------------------------------------------------------------

part_canaries() {
    local what machine
    cell 'canaries byte order' byte_order_is_noticed
    for machine in x86-64 cortex-m3; do
        cell_by "$machine" clang "canaries offset $machine" offset_is_noticed "$machine"
    done
    cell 'canaries without the corpus' a_lack_of_corpus_is_noticed
    for what in itself other division stack library; do
        for machine in "${linux_machines[@]}" cortex-m0 cortex-m3; do
            if $is_quick && [ "$machine" != s390x ]; then continue; fi
            cell_by "$machine" clang "canaries $what $machine" plant_is_noticed "$what" "$machine"
        done
    done
}

# A core that reads the first byte of a word for its lowest: right on x86-64, and wrong on s390x.
byte_order_is_noticed() {
    local core=$work.core
    cp -R "$root/core" "$core"
    sed -i 's|^    uintptr_t word = \*BF_WORD_AT(address);|    uintptr_t word = *BF_WORD_AT(address);\n    word = (word \& ~(uintptr_t)0xff) \| *(const volatile unsigned char *)\&word;|' \
        "$core/word.h"
    ! cmp -s "$core/word.h" "$root/core/word.h"
    compare_player "$core" x86-64 clang bestfit
    differs "$core" s390x clang bestfit
}

# A core that takes another of two blocks that fit equally well.
plant_offset() {
    local core=$1
    cp -R "$root/core" "$core"
    sed -i 's/capacity_bytes <= best_bytes/capacity_bytes < best_bytes/' "$core/list/index.h"
    ! cmp -s "$core/list/index.h" "$root/core/list/index.h"
}

offset_is_noticed() {
    local core=$work.core
    plant_offset "$core"
    differs "$core" "$1" clang bestfit-list
}

differs() {
    local status=0
    compare_player "$@" || status=$?
    [ "$status" = 1 ]
}

# The same reference, without what is of the corpus, and without what is not.
a_lack_of_corpus_is_noticed() {
    local expected
    expected=$(reference 32 4096 bestfit)
    plays_enough "$expected" 4096
    grep -v '\.hbedt$' "$expected" >"$work.less"
    if plays_enough "$work.less" 4096; then return 1; fi
    grep '\.hbedt$' "$expected" >"$work.less"
    if plays_enough "$work.less" 4096; then return 1; fi
    rm "$work.less"
}

# And for what it is. (Where a processor does not divide, the compiler's runtime is asked to.)
plant_is_noticed() {
    local -A complaint=([itself]='it calls itself' [other]='they call each other' [stack]='the size of a stack'
        [division]='it (divides|needs __.*div)' [library]='it needs outside')
    plant "$work.core" "$1"
    if link_freestanding "$work.core" "$2" clang "$work.object" -Os >"$work.said" &&
        check_object "$work.object" >>"$work.said"; then
        return 1
    fi
    cat "$work.said"
    grep -qE "^${complaint[$1]}" "$work.said"
    rm -rf "$work.core" "$work.said" "$work".o*
}

# --- sizes ----------------------------------------------------------------------------------------

part_sizes() {
    [[ 'sizes cortex-m3' =~ $only ]] || return 0
    cell_by cortex-m3 gcc 'sizes cortex-m3' same_sizes
    is_other_compiler || return 0
    note "sizes: docs/portability.md has those of arm-none-eabi-gcc $(version_in_docs), this is $(arm-none-eabi-gcc -dumpversion): nothing is compared"
}

# shellcheck disable=SC2016 # the quotes of the text
version_in_docs() { sed -n '/^## What it costs/,$ s/^By .*`arm-none-eabi-gcc` \([0-9.]*[0-9]\),.*/\1/p' "$root/docs/portability.md"; }

# Other compilers make other code of the same core, which says nothing of the core.
is_other_compiler() {
    local version
    version=$(arm-none-eabi-gcc -dumpversion 2>/dev/null) && [ "$version" != "$(version_in_docs)" ]
}

# is_in_docs TABLE
is_in_docs() { sed -n '/^| index | hardening | code /,/^$/ { /^$/!p }' "$root/docs/portability.md" | diff - "$1"; }

# By the compiler of the table, nothing in the figures is drawn or timed: they are these, or something has changed.
same_sizes() {
    [ -n "$(version_in_docs)" ] || {
        echo 'docs/portability.md does not say whose sizes it has'
        return 1
    }
    "$here/sizes.sh" >"$work.table"
    if is_other_compiler; then return 0; fi
    is_in_docs "$work.table" || {
        echo 'docs/portability.md says otherwise. Is that meant? Then put there what ./bed portability --table prints.'
        return 1
    }
    sed -E '$s/([0-9]+) \|$/1\1 |/' "$work.table" >"$work.other"
    if is_in_docs "$work.other" >"$work.said"; then
        echo 'the canary: a figure that is not in docs/portability.md was not found out'
        return 1
    fi
    rm "$work.table" "$work.other" "$work.said"
}

# --- tests ----------------------------------------------------------------------------------------

tests_run='^core\.|^corpus\.|^testbed\.(canaries|ledger|model|model_bitmap|ops|runner)$'

tested_builds=(m32 m32-sanitized "${foreign_machines[@]}")

# The names of the cells that need a build of the bed and its tests.
cells_of_build() {
    echo "tests $1"
    if [[ " ${foreign_machines[*]} " = *" $1 "* ]]; then printf "tests bed-offsets $1 %s\n" "${variants[@]}"; fi
}

part_tests() {
    local machine variant
    for machine in "${foreign_machines[@]}"; do
        for variant in "${variants[@]}"; do
            cell "tests bed-offsets $machine $variant" same_bed_offsets "$machine" "$variant"
        done
    done
    wait
    # Each takes all processors.
    for machine in "${tested_builds[@]}"; do
        [[ "tests $machine" =~ $only ]] || continue
        say "tests on $machine"
        run_cell "tests $machine" run_ctest "$machine" &
        wait
    done
    cell 'tests fuzz-m32' fuzz_32_bits
}

# The bed itself, its model and its oracles on the other machine.
same_bed_offsets() {
    "qemu-$1-static" "$root/build/$1/portability-offsets" "$2" 65536 "$streams" "${corpus[@]}" >"$work.said"
    cmp "$(reference 64 65536 "$2")" "$work.said"
    rm "$work.said"
}

run_ctest() {
    cd "$root" || return
    ctest --test-dir "build/$1" -j "$jobs" -R "$tests_run" --no-tests=error --output-on-failure
}

fuzz_32_bits() {
    mkdir "$work.corpus"
    "$root/build/fuzz-m32/lockstep" -max_total_time=30 -print_final_stats=1 "-artifact_prefix=$work." "$work.corpus"
}
