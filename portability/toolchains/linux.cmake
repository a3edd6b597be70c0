# SPDX-License-Identifier: MIT
#
# What the toolchain files of other Linux machines share: the included one has set `machine`. The code
# is compiled by the clang that compiles for this machine, linked statically with the C library that
# Debian packages for crossing (libc6-dev-ARCHITECTURE-cross), and run by qemu. With
# PORTABILITY_COMPILER=gcc it is compiled by Debian's cross compiler, which cannot be installed beside
# gcc-multilib.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${machine})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PORTABILITY_COMPILER)
if(PORTABILITY_COMPILER STREQUAL "gcc")
    set(CMAKE_C_COMPILER ${machine}-linux-gnu-gcc-12)
else()
    set(CMAKE_C_COMPILER clang-19)
    set(CMAKE_C_COMPILER_TARGET ${machine}-linux-gnu)
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld-19")
endif()
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -static")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${machine}-static)
set(CMAKE_FIND_ROOT_PATH /usr/${machine}-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
