# SPDX-License-Identifier: MIT
#
# Toolchain file: Linux on s390x (big-endian), run by qemu-user.

set(machine s390x)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
