#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The version is written in core/bestfit.h; whatever else carries one agrees: the CMake project and its
# package, pkg-config, the soname, the version of the symbols, Debian's changelog, package name and list
# of symbols, the changelog. The format of the op stream has a version of its own, which its page and the
# programs agree on, and a stream of a later one is refused. The check can fail: each of them is changed
# in a copy, and found out.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"
bed=$1

complain() {
    echo "$*"
    return 1
}

header_version() { sed -n 's/^#define BF_VERSION_[A-Z]* *//p' "$1/core/bestfit.h" | paste -sd.; }

# agree FOLDER: all that is written there by hand.
agree() {
    local version major symbol
    version=$(header_version "$1")
    grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' <<<"$version" || complain "no version in bestfit.h: '$version'" || return
    major=${version%%.*}
    grep -qx "BESTFIT_$major {" "$1/core/cmake/bestfit.map" || complain 'bestfit.map' || return
    sed -n '1s/.*(\([0-9.]*\)-.*/\1/p' "$1/debian/changelog" | grep -qx "$version" ||
        complain 'debian/changelog' || return
    grep -qx "Package: libbestfit$major" "$1/debian/control" || complain 'debian/control' || return
    grep -qx "libbestfit.so.$major libbestfit$major #MINVER#" "$1/debian/libbestfit$major.symbols" ||
        complain 'the first line of debian/*.symbols' || return
    for symbol in $(functions); do
        grep -qE "^ $symbol@BESTFIT_$major $major\." "$1/debian/libbestfit$major.symbols" ||
            complain "$symbol in debian/*.symbols" || return
    done
    grep -qE "^## ($version|Unreleased)" "$1/CHANGELOG.md" || complain 'CHANGELOG.md' || return
    agree_on_format "$1"
}

agree_on_format() {
    local format
    format=$(sed -n 's/^#define HB_OPS_VERSION *\([0-9]*\)u$/\1/p' "$1/testbed/ops.h")
    [ -n "$format" ] || complain 'testbed/ops.h' || return
    grep -q "| version: $format |" "$1/docs/op-stream.md" || complain 'docs/op-stream.md' || return
    grep -q "each stream, $format now" "$1/docs/compatibility.md" || complain 'docs/compatibility.md'
}

functions() { nm --defined-only "$work/core.o" | awk '$2 == "T" { print $3 }'; }

check_installed() {
    local version
    version=$(header_version "$source")
    install_core -DCMAKE_INSTALL_LIBDIR=lib
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --modversion bestfit | grep -qx "$version" ||
        fail 'pkg-config has another version'
    grep -qF "set(PACKAGE_VERSION \"$version\")" "$prefix/lib/cmake/bestfit/bestfit-config-version.cmake" ||
        fail 'the CMake package has another version'
    [ -e "$prefix/lib/libbestfit.so.$version" ] || fail 'the shared library has another version'
    readelf -d "$prefix/lib/libbestfit.so" | grep -qF "[libbestfit.so.${version%%.*}]" || fail 'the soname'
    grep -qF "bestfit $version" "$prefix/share/man/man3/bestfit.3" || fail 'the manual has another version'
    checks=$((checks + 5))
}

check_format() {
    local stream=$work/stream.hbedt
    printf 'heapbed 1 arena 16384 slots 16\nadd_range 0 4096\nmalloc 0 16\n' >"$stream"
    quietly "$bed" show "$stream"
    sed 's/^heapbed 1 /heapbed 2 /' "$stream" >"$work/later.hbedt"
    refused 'a stream of a later version' "$bed" show "$work/later.hbedt"
    grep -q 'version 2 is not known' "$work/log" || fail "refused for another reason: $(cat "$work/log")"
}

# changed FILE SED-SCRIPT: the canary of one file that was changed.
changed() {
    rm -rf "$work/copy"
    mkdir -p "$work/copy/testbed" "$work/copy/docs"
    cp -r "$source/core" "$source/debian" "$source/CHANGELOG.md" "$work/copy"
    cp "$source/testbed/ops.h" "$work/copy/testbed"
    cp "$source/docs/op-stream.md" "$source/docs/compatibility.md" "$work/copy/docs"
    agree "$work/copy" >"$work/log" || fail "a copy does not agree: $(cat "$work/log")"
    sed -i "$2" "$work/copy/$1"
    refused "another version in $1" agree "$work/copy"
}

quietly "${compiler[@]}" -std=c11 -c "$source/core/bestfit.c" -o "$work/core.o"
[ "$(functions | wc -l)" -ge 13 ] || fail 'the core has fewer functions than it should'
agree "$source" >"$work/log" || fail "another version than bestfit.h has: $(cat "$work/log")"
check_installed
check_format
changed core/bestfit.h 's/^#define BF_VERSION_MINOR .*/#define BF_VERSION_MINOR 77/'
changed core/cmake/bestfit.map 's/BESTFIT_/BESTFIT_9/'
changed debian/changelog '1s/(/(77./'
changed debian/control 's/^Package: libbestfit/&9/'
changed debian/libbestfit1.symbols '/bf_calloc/d'
changed docs/op-stream.md 's/| version: /| version: 9/'
changed testbed/ops.h 's/HB_OPS_VERSION *1u/HB_OPS_VERSION 2u/'
echo "$checks checks of versions; the canaries were found out"
