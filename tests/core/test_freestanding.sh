#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core needs nothing: compiled freestanding, without a warning, its object has no undefined
# symbol, with either index, in every profile, at every level of hardening and of optimisation, by
# the compiler of this build and by any other of gcc and clang that is here, for 64 and 32 bits where
# they can; and C++ can include its header. The check can fail: an object that does need something,
# and one that warns, are found out.
set -euo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
cells=0

# compile COMPILER OPTION...: the core, or what is given instead; prints what it leaves undefined.
compile() {
    "$@" -ffreestanding -fno-pic "${warnings[@]}" -I"$source/core" -c "${input:-$source/core/bestfit.c}" \
        -o "$work/object.o" || return 1
    nm -u "$work/object.o"
}

# cell COMPILER OPTION...
cell() {
    local undefined
    if ! undefined=$(compile "$@" 2>&1) || [ -n "$undefined" ]; then
        printf '%s\n%s\n' "$*" "$undefined"
        exit 1
    fi
    cells=$((cells + 1))
}

builds=(-DBF_INDEX_LIST -DBF_PROFILE_SMALL -DBF_PROFILE_LARGE -DBF_HARDENING=BF_HARDENING_OFF
    -DBF_HARDENING=BF_HARDENING_PARANOID)
echo 'int main(void) { return 0; }' >"$work/any.c"
read -ra own <<<"${CC:-cc}"
compilers=("${own[*]}")
for compiler in gcc clang-19; do
    path=$(command -v "$compiler" || true)
    if [ -n "$path" ] && [ "$(readlink -f "$path")" != "$(readlink -f "$(command -v "${own[0]}")")" ]; then
        compilers+=("$compiler")
    fi
done
for name in "${compilers[@]}"; do
    read -ra compiler <<<"$name"
    for bits in -m64 -m32; do
        "${compiler[@]}" "$bits" -c "$work/any.c" -o "$work/any.o" 2>"$work/log" || continue
        for level in -O0 -O2 -O3 -Os; do
            cell "${compiler[@]}" "$bits" -std=c11 "$level"
        done
        for build in "${builds[@]}"; do
            cell "${compiler[@]}" "$bits" -std=c17 -O2 "$build"
        done
    done
done
if [ "$cells" -lt 9 ]; then
    echo "only $cells builds were tried"
    exit 1
fi

cat >"$work/header.cc" <<'END'
#include "bestfit.h"
int main() { static struct bf_heap heap; struct bf_stats stats; return bf_stats(&heap, &stats); }
END
for compiler in g++ clang++-19; do
    if [ -n "$(command -v "$compiler")" ]; then
        "$compiler" -std=c++11 "${warnings[@]}" -I"$source/core" -c "$work/header.cc" -o "$work/object.o"
    fi
done

cat >"$work/needy.c" <<'END'
extern void outside(void);
void inside(void);
void inside(void)
{
    outside();
}
END
cat >"$work/sloppy.c" <<'END'
short narrow(int number);
short narrow(int number)
{
    return number;
}
END
if [ -z "$(input=$work/needy.c compile "${own[@]}" -std=c11 -O2)" ]; then
    echo 'the canary: an object that calls an undefined function was not found out'
    exit 1
fi
if (input=$work/sloppy.c compile "${own[@]}" -std=c11 -O2) >"$work/log" 2>&1; then
    echo 'the canary: code that warns was not found out'
    exit 1
fi
echo "no undefined symbol and no warning in $cells builds; the canaries were found out"
