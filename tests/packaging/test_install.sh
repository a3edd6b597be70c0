#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core as others get it: installed, the prefix moved, and a small program configured, compiled,
# linked and run against it by find_package and by pkg-config, shared and static, from C and C++, and
# as a part of another CMake project. The shared library shows bf_* and nothing else. The checks can
# fail: a library that shows more, a path that stayed, a program that configures the library it did
# not build, a version that is not there, and a function that does something else are found out.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"
programs=$source/tests/packaging/programs

# shows_only_ours LIBRARY: and not nothing.
shows_only_ours() {
    nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' >"$work/symbols"
    [ "$(grep -c '^bf_' "$work/symbols")" -ge 13 ] && ! grep -v '^bf_' "$work/symbols"
}

# has_moved PREFIX: no text in it names the folder where it was built or installed first.
has_moved() {
    [ -n "$(find "$1" -name '*.cmake')" ] &&
        ! find "$1" \( -name '*.cmake' -o -name '*.pc' -o -name '*.h' -o -name '*.3' \) -exec \
            grep -lF -e "$work/first" -e "$work/core" -e "$source" {} +
}

# needs_library PROGRAM: at run time.
needs_library() { readelf -d "$1" | grep -q 'NEEDED.*libbestfit\.so\.1\]'; }

passes() {
    LD_LIBRARY_PATH=$prefix/lib "$@" || fail "$1: exit status $?"
    checks=$((checks + 1))
}

with_pkg_config() {
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" bestfit
}

check_prefix() {
    install_core -DCMAKE_INSTALL_LIBDIR=lib
    has_moved "$prefix" || fail 'what was installed names where it was'
    shows_only_ours "$prefix/lib/libbestfit.so.1" || fail 'the shared library shows something else'
    readelf -d "$prefix/lib/libbestfit.so" | grep -q 'SONAME.*libbestfit\.so\.1\]' || fail 'soname'
    checks=$((checks + 3))
}

check_find_package() {
    configure -S "$programs" -B "$work/found" -DCMAKE_PREFIX_PATH="$prefix" -DVERSION=1.0
    quietly cmake --build "$work/found"
    passes "$work/found/uses_bestfit"
    passes "$work/found/uses_static"
    passes "$work/found/uses_shared"
    needs_library "$work/found/uses_bestfit" || fail 'bestfit::bestfit is not the shared library'
    needs_library "$work/found/uses_shared" || fail 'bestfit::shared is not the shared library'
    if needs_library "$work/found/uses_static"; then fail 'bestfit::static is not the static library'; fi
    refused 'another major version' configure -S "$programs" -B "$work/other" \
        -DCMAKE_PREFIX_PATH="$prefix" -DVERSION=2.0
    refused 'a component that there is not' configure -S "$programs" -B "$work/other" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCOMPONENTS=enormous
}

check_pkg_config() {
    local flags libraries
    read -ra flags <<<"$(with_pkg_config --cflags)"
    read -ra libraries <<<"$(with_pkg_config --libs)"
    quietly "${compiler[@]}" "${strict[@]}" "${flags[@]}" "$programs/consumer.c" "${libraries[@]}" \
        -o "$work/shared"
    passes "$work/shared"
    needs_library "$work/shared" || fail 'pkg-config leads to no shared library'
    quietly "${compiler[@]}" "${strict[@]}" "${flags[@]}" "$programs/consumer.c" \
        "$prefix/lib/libbestfit.a" -o "$work/static"
    passes "$work/static"
    refused 'a function that does something else' eval "'${compiler[*]}' ${flags[*]} \
        '$programs/consumer.c' '$prefix/lib/libbestfit.a' -Wl,--defsym=bf_malloc=bf_add_range \
        -o '$work/wrong' && '$work/wrong'"
    refused 'a program that decides for a library' "${compiler[@]}" "${flags[@]}" -DBF_RANGES_MAX=4 \
        -c "$programs/consumer.c" -o "$work/object.o"
}

# C++ needs no library of its own for this, so C links it.
check_cxx() {
    local cxx=
    for candidate in clang++-19 g++; do
        if [ -n "$(command -v "$candidate")" ]; then cxx=$candidate; fi
    done
    [ -n "$cxx" ] || fail 'no C++ compiler: install clang-19 or g++'
    quietly "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-exceptions \
        -fno-rtti -I"$prefix/include" -c "$programs/consumer.cc" -o "$work/consumer.o"
    quietly "${compiler[@]}" "$work/consumer.o" -L"$prefix/lib" -lbestfit -o "$work/from_cxx"
    passes "$work/from_cxx"
}

check_subdirectory() {
    configure -S "$programs" -B "$work/part" -DCORE="$source/core"
    quietly cmake --build "$work/part"
    passes "$work/part/uses_bestfit"
    passes "$work/part/uses_static"
    # The whole repository gives the same, and nothing of the bed.
    configure -S "$programs" -B "$work/whole" -DCORE="$source" -DBUILD_SHARED_LIBS=ON
    quietly cmake --build "$work/whole"
    passes "$work/whole/uses_bestfit"
    needs_library "$work/whole/uses_bestfit" || fail 'BUILD_SHARED_LIBS was not heard'
    [ ! -e "$work/whole/bestfit/testbed" ] || fail 'another project had to build the bed'
}

# is_shared YES-OR-NO OPTION...: what configuring $work/decided once more with these comes to.
is_shared() {
    local expected=$1 found=no
    shift
    configure -S "$source/core" -B "$work/decided" "$@"
    if ninja -C "$work/decided" -t targets all | grep '^libbestfit\.so:' >/dev/null; then found=yes; fi
    [ $found = "$expected" ] || fail "a shared library, $found, by: $*"
    checks=$((checks + 1))
}

# What was decided once does not stay where what it was decided by has changed; what was asked for does.
check_decision() {
    is_shared yes
    is_shared no -DBESTFIT_DEFINITIONS=BF_RANGES_MAX=3
    is_shared no -DBUILD_SHARED_LIBS=ON
    is_shared yes -DBESTFIT_SHARED=ON
    is_shared yes -DBESTFIT_DEFINITIONS=
    is_shared no -DBESTFIT_SHARED=OFF
    is_shared yes -DBESTFIT_SHARED=AUTO
    is_shared yes -DBESTFIT_SHARED=auto
}

# A library that was built otherwise says so in its header, and is static.
check_configured() {
    local flags
    rm -rf "$prefix"
    install_core -DCMAKE_INSTALL_LIBDIR=lib '-DBESTFIT_DEFINITIONS=BF_PROFILE_SMALL;BF_RANGES_MAX=3'
    [ ! -e "$prefix/lib/libbestfit.so" ] || fail 'two libraries with one soname and two interfaces'
    checks=$((checks + 1))
    read -ra flags <<<"$(with_pkg_config --cflags)"
    quietly "${compiler[@]}" "${strict[@]}" "${flags[@]}" "$programs/consumer.c" \
        "$prefix/lib/libbestfit.a" -o "$work/configured"
    passes "$work/configured"
    refused 'a definition that config.h does not know' configure -S "$source/core" -B "$work/other" \
        -DBESTFIT_DEFINITIONS=BF_PROFILE_TINY
}

check_canaries() {
    echo 'int bf_one(void); int leaked(void); int bf_one(void) { return 1; } int leaked(void) { return 2; }' |
        quietly "${compiler[@]}" -shared -fPIC -x c - -o "$work/leaking.so"
    refused 'a library that shows more' shows_only_ours "$work/leaking.so"
    mkdir "$work/stayed"
    echo "set(prefix $work/first)" >"$work/stayed/stayed.cmake"
    refused 'a path that stayed' has_moved "$work/stayed"
    mkdir "$work/empty"
    refused 'a prefix with nothing in it' has_moved "$work/empty"
}

check_prefix
check_find_package
check_pkg_config
check_cxx
check_subdirectory
check_configured
check_decision
check_canaries
echo "$checks checks of what was installed; the canaries were found out"
