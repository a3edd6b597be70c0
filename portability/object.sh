# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the object code of the core must be like on every machine, and for whichever compiler: it links
# with nothing, recurses nowhere, divides nowhere, and its stack is known when it is compiled. To be
# included. (Calls through pointers, of which bf_walk makes one, lead out of the core.)
#
# shellcheck disable=SC2154

# What a compiler calls where a processor lacks an instruction: of its own runtime, no library. A Cortex-M0 counts no
# zeros and multiplies no 64 bits, into which clang at -O2 makes the mixing of a seal; riscv64 counts no zeros (clang
# writes that out).
runtime_symbols() {
    case $1 in
    cortex-m0) echo '^__((clz|ctz)si2|aeabi_lmul)$' ;;
    riscv64) echo '^__(clz|ctz)di2$' ;;
    *) echo '^$' ;;
    esac
}

# link_freestanding CORE MACHINE KIND PROGRAM OPTION...: and the compiler's notes on stacks beside it.
link_freestanding() {
    local core=$1 machine=$2 kind=$3 program=$4 undefined
    shift 4
    compiler_for "$machine" "$kind" || return 1
    "${compiler[@]}" -std=c11 -ffreestanding -fno-pic -fstack-usage -Wall -Wextra -Wpedantic -Wconversion \
        -Wshadow -Wvla -Werror "$@" "-I$core" -c "$core/bestfit.c" -o "$program.o" || return 1
    undefined=$(llvm-nm-19 -u "$program.o" | awk '{ print $2 }' | grep -vE "$(runtime_symbols "$machine")" || true)
    if [ -n "$undefined" ]; then
        echo "it needs $undefined"
        return 1
    fi
    "${compiler[@]}" -std=c11 -ffreestanding -fno-pic -nostdlib -static "-I$core" "$here/freestanding.c" \
        "$program.o" ${linking[@]+"${linking[@]}"} -Wl,-e,_start -o "$program"
}

# "CALLER CALLEE", a line each, of a linked program: every branch to where a function begins, but for a
# jump of a function to its own begin, which is a loop. (By address: not every disassembler gives names.)
calls_of() {
    llvm-objdump-19 -d --no-show-raw-insn "$1" >"$1.text"
    awk '
        /^[0-9a-f]+ <.*>:$/ {
            name = substr($2, 2, length($2) - 3)
            begin = $1
            sub(/^0+/, "", begin)
            if (NR == FNR) names[begin] = name
            caller = name
            next
        }
        NR != FNR {
            sub(/ *@ .*/, "")
            if (!match($0, /[ \t,]0x[0-9a-f]+( <[^>]*>)?$/)) next
            target = substr($0, RSTART + 3, RLENGTH - 3)
            sub(/ .*/, "", target)
            is_call = $2 ~ /^(blx?|callq?|calll|jal|jalr|brasl|bras)$/
            if (target in names && (names[target] != caller || is_call)) print caller, names[target]
        }' "$1.text" "$1.text"
}

divisions_of() {
    llvm-objdump-19 -d --no-show-raw-insn "$1" | awk '
        /^[0-9a-f]+ <.*>:$/ { name = $2; next }
        $2 ~ /^(u?div|s?div|idiv|divu|divw|remu?|remw|divuw|remuw|d[ls]?g?[fr]?|div[bwlq]|idiv[bwlq])$/ { print name, $2 }
        /<__(aeabi_u?i?l?div|u?div[sd]i3|u?mod[sd]i3)/ { print name, $NF }'
}

# check_object PROGRAM: says what is wrong with it.
check_object() {
    local program=$1 calls functions loops
    calls=$(calls_of "$program")
    functions=$(llvm-nm-19 --defined-only "$program" | grep -c ' [Tt] bf_' || true)
    if [ "$functions" -lt 13 ] || [ -z "$calls" ]; then
        echo "only $functions functions were seen, and these calls: $calls"
        return 1
    fi
    if loops=$(awk '$1 == $2' <<<"$calls") && [ -n "$loops" ]; then
        echo "it calls itself: $loops"
        return 1
    fi
    if ! loops=$(tsort <<<"$calls" 2>&1 >/dev/null); then
        echo "they call each other: $loops"
        return 1
    fi
    if [ -n "$(divisions_of "$program")" ]; then
        echo "it divides: $(divisions_of "$program" | sort -u)"
        return 1
    fi
    if ! grep -q static "$program.su" || grep -vE '	static$|	dynamic,bounded$' "$program.su"; then
        echo 'the size of a stack is not known when it is compiled'
        return 1
    fi
}

# Cores that must not pass: each with a few lines added, and `bf_owns` made to use them.
plant() {
    local core=$1 what=$2
    rm -rf "$core"
    cp -R "$root/core" "$core"
    case $what in
    itself) planted='__attribute__((noinline)) static size_t planted(size_t n) { return n < 2 ? n : planted(n - 1) * n + planted(n - 2); }' ;;
    other) planted='static size_t planted(size_t n); __attribute__((noinline)) static size_t planted_too(size_t n) { return n + planted(n / 2) * n; }
__attribute__((noinline)) static size_t planted(size_t n) { return n < 2 ? n : planted_too(n - 1) + n; }' ;;
    division) planted='static size_t planted(size_t n) { return (size_t)1000003 / (n | 1); }' ;;
    stack) planted='static size_t planted(size_t n) { volatile char *room = __builtin_alloca(n); room[n - 1] = 1; return (size_t)room[n / 2]; }' ;;
    library) planted='void outside(void); static size_t planted(size_t n) { outside(); return n; }' ;;
    esac
    printf '%s\n' "$planted" >"$core/planted.h"
    sed -i 's/^#include "counters.h"/&\n#include "planted.h"/; s/^bool bf_owns(.*/&\n/' "$core/bestfit.c"
    awk '{ print } /^bool bf_owns\(/ { owns = 1 } owns && /^\{/ { print "    if (planted((size_t)(uintptr_t)ptr) == 77) { return false; }"; owns = 0 }' \
        "$core/bestfit.c" >"$core/bestfit.new"
    mv "$core/bestfit.new" "$core/bestfit.c"
}
