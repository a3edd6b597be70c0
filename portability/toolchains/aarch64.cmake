# SPDX-License-Identifier: MIT
#
# Toolchain file: Linux on aarch64 (64-bit Arm), run by qemu-user.

set(machine aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
