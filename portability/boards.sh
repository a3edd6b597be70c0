# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The tests of the core (tests/core/) on microcontrollers. To be included.
#
# They take more memory than the boards of the other parts have, so they run on boards of the same
# processors with megabytes of it. What is compiled for a Cortex-M0 runs on an M3, which executes all of
# an M0's instructions. The library that they call is board/library.c.
#
# shellcheck disable=SC2034,SC2154

# As in tests/CMakeLists.txt.
core_variants=(list default small large off paranoid)
quarantine_variants=(quarantine quarantine_list quarantine_paranoid quarantine_off)

# core_options VARIANT: sets `options`.
core_options() {
    case $1 in
    list) options=(-DBF_INDEX_LIST) ;;
    default) options=(-DBF_HARDENING=BF_HARDENING_ON) ;;
    small) options=(-DBF_PROFILE_SMALL) ;;
    large) options=(-DBF_PROFILE_LARGE) ;;
    off) options=(-DBF_PROFILE_SMALL -DBF_HARDENING=BF_HARDENING_OFF) ;;
    paranoid) options=(-DBF_HARDENING=BF_HARDENING_PARANOID) ;;
    quarantine) options=(-DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=16) ;;
    quarantine_list) options=(-DBF_INDEX_LIST -DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=24) ;;
    quarantine_paranoid)
        options=(-DBF_HARDENING=BF_HARDENING_PARANOID -DBF_PROFILE_SMALL -DBF_QUARANTINE_BYTES=1024
            -DBF_GUARD_BYTES=5)
        ;;
    quarantine_off) options=(-DBF_HARDENING=BF_HARDENING_OFF -DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=7) ;;
    *) return 1 ;;
    esac
}

# tests_of MACHINE VARIANT: the names of the tests that are built with it and run there. No board has the 24
# and 40 MiB of bitmap_damage and bitmap_bound; what takes qemu half a minute is run once.
tests_of() {
    local machine=$1 variant=$2 file name
    for file in "$root"/tests/core/*.c; do
        name=$(basename "$file" .c)
        case $name-$machine-$variant in
        bitmap_damage-* | bitmap_bound-*) continue ;;
        hardened_ways-cortex-m3-default | proof_small-cortex-m3-default) ;;
        hardened_ways-* | proof_small-*) continue ;;
        esac
        case $name-$variant in
        quarantine-quarantine*) echo "$name" ;;
        quarantine-* | *-quarantine*) ;;
        list_*-list) echo "$name" ;;
        list_* | bitmap_*-list | hardened_*-list | hardened_*-off) ;;
        *) echo "$name" ;;
        esac
    done
}

# test_board MACHINE: sets `test_board`, of this part, and where its 16 MiB of RAM begin. A Cortex-M3 executes what is
# compiled for an M0.
test_board() {
    ram_begin=0x21000000
    case $1 in
    cortex-m0 | cortex-m3) test_board=mps2-an385 ;;
    cortex-m4) test_board=mps2-an386 ;;
    cortex-m7) test_board=mps2-an500 ram_begin=0x60000000 ;;
    esac
}

# build_board_test CORE MACHINE VARIANT TEST: with fewer rounds where damage is drawn, as qemu takes its time.
build_board_test() {
    local core=$1 machine=$2 options
    core_options "$3"
    test_board "$machine"
    compiler_for "$machine" gcc
    "${compiler[@]}" -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdlib "${options[@]}" \
        -DSMASH_ROUNDS=2000ul -DROUNDS=500ul -ffunction-sections -fdata-sections \
        "-I$here/board/library" "-I$core" "-I$root/tests" "$root/tests/core/$4.c" "$core/bestfit.c" \
        "$here/board/library.c" "$here/board/board.c" -Wl,--gc-sections "-Wl,-T,$here/board/board.ld" \
        "-Wl,--defsym=ram_begin=$ram_begin" -Wl,--defsym=ram_bytes=0x1000000 "${linking[@]}" -o "$work.program"
}

run_board_test() {
    test_board "$1"
    timeout 300 qemu-system-arm -M "$test_board" -display none -serial none -monitor none -semihosting \
        -kernel "$work.program" >"$work.said"
}

# passes_on_board MACHINE VARIANT TEST...
passes_on_board() {
    local machine=$1 variant=$2 name
    shift 2
    [ $# -gt 0 ]
    for name in "$@"; do
        echo "$name"
        build_board_test "$root/core" "$machine" "$variant" "$name"
        run_board_test "$machine" || {
            cat "$work.said"
            return 1
        }
        tail -n 1 "$work.said"
        grep -qE '^[1-9][0-9]* passed, 0 failed$' "$work.said"
    done
    rm "$work.program" "$work.said"
}

part_boards() {
    local machine variant names
    if $is_quick; then
        cell_by cortex-m3 gcc 'boards cortex-m3 list' passes_on_board cortex-m3 list api list_misuse statuses
        return
    fi
    for machine in "${boards[@]}"; do
        for variant in "${core_variants[@]}" "${quarantine_variants[@]}"; do
            case $machine-$variant in
            *-list | *-default | *-quarantine | cortex-m3-*quarantine* | cortex-m3-small | cortex-m3-paranoid) ;;
            *) continue ;; # off and large, which the other parts have, would take minutes here
            esac
            mapfile -t names < <(tests_of "$machine" "$variant")
            cell_by "$machine" gcc "boards $machine $variant" passes_on_board "$machine" "$variant" "${names[@]}"
        done
    done
    cell_by cortex-m3 gcc 'boards a fault is found' fault_is_found_on_board
}

# A core that takes another of two blocks that fit equally well.
fault_is_found_on_board() {
    local core=$work.core status=0
    plant_offset "$core"
    build_board_test "$core" cortex-m3 list list_exhaustive
    run_board_test cortex-m3 || status=$?
    tail -n 3 "$work.said"
    [ "$status" = 1 ]
    grep -q ' [1-9][0-9]* failed$' "$work.said"
    rm -rf "$work.program" "$work.said" "$core"
}
