# SPDX-License-Identifier: MIT
#
# Toolchain file: Linux on riscv64 (64-bit RISC-V), run by qemu-user.

set(machine riscv64)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
