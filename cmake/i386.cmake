# SPDX-License-Identifier: MIT
#
# Toolchain file: 32-bit code from the machine's own x86-64 gcc (package gcc-multilib). The programs
# run here as they are, so this is no cross build and CMAKE_SYSTEM_NAME stays unset.

set(CMAKE_C_COMPILER gcc)
set(CMAKE_C_FLAGS_INIT "-m32")
