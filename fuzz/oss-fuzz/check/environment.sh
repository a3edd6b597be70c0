# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What OSS-Fuzz's image sets before it runs build.sh (base-builder/Dockerfile, compile, compile_ENGINE
# of github.com/google/oss-fuzz), with the compilers of Debian. The flags are theirs word by word, but
# for -stdlib=libc++, which links theirs statically: Debian's libFuzzer is written with libstdc++.

honggfuzz='' # a folder with honggfuzz and honggfuzz.a, as precompile_honggfuzz makes them

contract_why_not() { # ENGINE SANITIZER ARCHITECTURE: says why this machine cannot; nothing if it can
    case $1-$2-$3 in
    centipede-*) echo "$1 is no package of Debian 12" ;;
    honggfuzz-address-x86_64)
        [ -n "$honggfuzz" ] || echo "$1 is no package of Debian 12, and --honggfuzz names none"
        ;;
    honggfuzz-*) echo 'OSS-Fuzz runs honggfuzz on x86_64 with address alone' ;;
    afl-*-i386) echo 'OSS-Fuzz runs AFL++ on x86_64 alone, and Debian has no 32-bit runtime of it' ;;
    afl-memory-* | afl-undefined-* | afl-coverage-*) echo 'OSS-Fuzz runs AFL++ with address alone' ;;
    libfuzzer-memory-i386) echo 'MemorySanitizer has no 32-bit runtime' ;;
    libfuzzer-*-i386)
        if [ "$2" != address ]; then echo 'OSS-Fuzz builds i386 with address alone'; fi
        ;;
    esac
    if [ "$3" = i386 ] && ! compgen -G '/usr/lib/gcc/*/*/32/libstdc++.a' >/dev/null; then
        echo 'g++-multilib is not installed'
    fi
}

contract_environment() { # ENGINE SANITIZER ARCHITECTURE
    local sanitize='' coverage=-fsanitize=fuzzer-no-link
    local undefined=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return
    undefined+=,returns-nonnull-attribute,shift,signed-integer-overflow
    case $2 in
    address) sanitize='-fsanitize=address -fsanitize-address-use-after-scope' ;;
    memory) sanitize='-fsanitize=memory -fsanitize-memory-track-origins' ;;
    undefined)
        sanitize="-fsanitize=$undefined,unsigned-integer-overflow,unreachable,vla-bound,vptr"
        sanitize+=" -fno-sanitize-recover=$undefined,unreachable,vla-bound,vptr"
        ;;
    coverage)
        coverage='-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm'
        coverage+=' -Wno-unused-command-line-argument'
        ;;
    esac
    export FUZZING_ENGINE=$1 SANITIZER=$2 ARCHITECTURE=$3 FUZZING_LANGUAGE=c++
    if [ "$1" = afl ]; then
        export CC=afl-clang-fast CXX=afl-clang-fast++ LIB_FUZZING_ENGINE=/usr/lib/afl/libAFLDriver.a
        export AFL_QUIET=1 AFL_IGNORE_PROBLEMS=1 AFL_IGNORE_UNKNOWN_ENVS=1
        coverage=''
    elif [ "$1" = honggfuzz ]; then
        export CC=clang-19 CXX=clang++-19 LIB_FUZZING_ENGINE=$honggfuzz/honggfuzz.a
        coverage=-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp
    else
        export CC=clang-19 CXX=clang++-19 LIB_FUZZING_ENGINE=-fsanitize=fuzzer
    fi
    export CCC=$CXX
    CFLAGS='-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=incompatible-function-pointer-types'
    CFLAGS+=' -Wno-error=int-conversion -Wno-error=deprecated-declarations'
    CFLAGS+=' -Wno-error=implicit-function-declaration -Wno-error=implicit-int'
    CFLAGS+=' -Wno-error=unknown-warning-option -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'
    if [ "$3" = i386 ]; then CFLAGS="-m32 $CFLAGS"; fi
    CFLAGS="$CFLAGS $sanitize $coverage"
    CXXFLAGS="$CFLAGS"
    if [ "$2" = undefined ]; then CFLAGS+=' -fno-sanitize=function'; fi
    export CFLAGS CXXFLAGS
}
