# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The machines, and how code for each is compiled, linked and run. To be included by what has set
# `here`, this folder.
#
# shellcheck disable=SC2034,SC2154

linux_machines=(x86-64 i386 s390x aarch64 riscv64)
foreign_machines=(s390x aarch64 riscv64)
boards=(cortex-m0 cortex-m3 cortex-m4 cortex-m7)

# Variants of the core by the names that the bed has for them.
variants=(bestfit bestfit-list bestfit-small bestfit-large bestfit-off bestfit-paranoid
    bestfit-quarantine bestfit-list-quarantine)

# variant_options NAME: sets `options`.
variant_options() {
    case $1 in
    bestfit) options=() ;;
    bestfit-list) options=(-DBF_INDEX_LIST) ;;
    bestfit-small) options=(-DBF_PROFILE_SMALL) ;;
    bestfit-large) options=(-DBF_PROFILE_LARGE) ;;
    bestfit-off) options=(-DBF_HARDENING=BF_HARDENING_OFF) ;;
    bestfit-paranoid) options=(-DBF_HARDENING=BF_HARDENING_PARANOID) ;;
    bestfit-quarantine) options=(-DBF_QUARANTINE_BYTES=4096 -DBF_GUARD_BYTES=16) ;;
    bestfit-list-quarantine) options=(-DBF_INDEX_LIST -DBF_QUARANTINE_BYTES=1024 -DBF_GUARD_BYTES=24) ;;
    *) return 1 ;;
    esac
}

# bits MACHINE
bits() {
    case $1 in
    i386 | cortex-*) echo 32 ;;
    *) echo 64 ;;
    esac
}

# board_facts BOARD: the board of qemu that has this processor, the bytes of its RAM that are used,
# and those of the arena in it.
board_facts() {
    case $1 in
    cortex-m0) qemu_board=microbit ram_bytes=16384 arena_bytes=4096 ;;
    cortex-m3) qemu_board=lm3s6965evb ram_bytes=65536 arena_bytes=32768 ;;
    cortex-m4) qemu_board=mps2-an386 ram_bytes=524288 arena_bytes=65536 ;;
    cortex-m7) qemu_board=mps2-an500 ram_bytes=524288 arena_bytes=65536 ;;
    *) return 1 ;;
    esac
}

# compiler_for MACHINE gcc|clang: sets `compiler`, with what makes it one for the machine, and
# `linking`, what it takes to link a program. 1: it is not here, or what it links with is not.
compiler_for() {
    local machine=$1 kind=$2
    linking=()
    case $kind-$machine in
    gcc-x86-64) compiler=(gcc -m64) ;;
    gcc-i386) compiler=(gcc -m32) ;;
    gcc-cortex-*) compiler=(arm-none-eabi-gcc -mthumb "-mcpu=$machine") linking=(-lgcc) ;;
    gcc-*) compiler=("$machine-linux-gnu-gcc-12") linking=(-static -lgcc) ;;
    clang-x86-64) compiler=(clang-19 -m64) ;;
    clang-i386) compiler=(clang-19 -m32) ;;
    clang-cortex-m0) compiler=(clang-19 --target=thumbv6m-none-eabi -mcpu=cortex-m0) ;;
    clang-cortex-m3) compiler=(clang-19 --target=thumbv7m-none-eabi -mcpu=cortex-m3) ;;
    clang-cortex-*) compiler=(clang-19 --target=thumbv7em-none-eabi "-mcpu=$machine") ;;
    clang-*) compiler=(clang-19 "--target=$machine-linux-gnu") linking=(-static -fuse-ld=lld-19) ;;
    esac
    command -v "${compiler[0]}" >/dev/null || return 1
    if [ "$kind" = clang ] && is_board "$machine"; then
        linking=(-fuse-ld=lld-19 "$(runtime "$machine")")
        [ -f "${linking[1]}" ]
    fi
}

is_board() { [[ $1 == cortex-* ]]; }

# What clang calls where a board lacks an instruction is gcc's: an archive, as there is no search for it.
runtime() {
    arm-none-eabi-gcc -mthumb "-mcpu=$1" -print-libgcc-file-name 2>/dev/null || true
}

# run_on MACHINE PROGRAM: from standard input to standard output.
run_on() {
    local machine=$1 program=$2
    case $machine in
    x86-64 | i386) timeout 300 "$program" ;;
    cortex-*)
        board_facts "$machine"
        timeout 300 qemu-system-arm -M "$qemu_board" -display none -serial none -monitor none \
            -semihosting -kernel "$program" 2>/dev/null
        ;;
    *) timeout 300 "qemu-$machine-static" "$program" ;;
    esac
}

# build_player CORE MACHINE gcc|clang PROGRAM OPTION...: the player around the core in folder CORE.
build_player() {
    local core=$1 machine=$2 kind=$3 program=$4
    shift 4
    compiler_for "$machine" "$kind" || return 1
    if is_board "$machine"; then
        board_facts "$machine"
        "${compiler[@]}" -std=c11 -Os -ffreestanding -nostdlib -ffunction-sections -fdata-sections "$@" \
            "-DARENA_BYTES=$arena_bytes" "-I$core" "$here/player.c" "$here/board/board.c" -Wl,--gc-sections \
            "-Wl,-T,$here/board/board.ld" "-Wl,--defsym=ram_bytes=$ram_bytes" "${linking[@]}" -o "$program"
    else
        "${compiler[@]}" -std=c11 -O2 "$@" "-I$core" "$here/player.c" "$here/host.c" "${linking[@]}" \
            -o "$program"
    fi
}
