#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The backends of sanitizers/annotate say of every byte what is so, with each index and at every
# level of hardening (programs/exact.c, which also drops each hook and must notice); the accessors
# are not instrumented, and without them the core's own accesses are reported; the header defines
# nothing where there is no sanitizer.
set -uo pipefail

source=${HEAPBED_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
programs=$source/tests/sanitizers/programs
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror)
include=(-I"$source/core" -I"$source/sanitizers/annotate" -I"$programs")
variants=(BF_INDEX_LIST BF_HARDENING=BF_HARDENING_OFF BF_HARDENING=BF_HARDENING_ON
    BF_HARDENING=BF_HARDENING_PARANOID)
export ASAN_OPTIONS=detect_leaks=0 MSAN_OPTIONS=
checks=0
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# exact COMPILER OPTION...: builds programs/exact.c.
exact() {
    rm -f "$work/exact"
    "$@" -std=c11 -D_GNU_SOURCE -g "${warnings[@]}" "${include[@]}" \
        -DBF_ANNOTATE_HEADER='"droppable.h"' "$programs/exact.c" -o "$work/exact"
}

# is_exact COMPILER OPTION...: every byte, and every hook is missed.
is_exact() {
    local run=()
    case $* in *BF_ANNOTATE_VALGRIND*) run=(valgrind -q --log-file="$work/valgrind.log") ;; esac
    checks=$((checks + 1))
    if ! exact "$@"; then
        fail "does not compile: $*"
    elif ! timeout 60 "${run[@]}" "$work/exact" >"$work/out" 2>&1; then
        fail "$*"
        head -40 "$work/out"
    else
        printf '%s: %s\n' "$*" "$(cat "$work/out")"
    fi
}

# accessors_are_bare COMPILER VARIANT: of an optimised build, no function that touches metadata has a check,
# and all others that have memory to check do.
accessors_are_bare() {
    checks=$((checks + 1))
    "$1" -std=c11 -O2 -fsanitize=address "-D$2" -DBF_ANNOTATE_HEADER='"bestfit_annotate.h"' "${include[@]}" \
        -c "$source/core/bestfit.c" -o "$work/core.o" || return 1
    objdump -dr "$work/core.o" | awk '
        />:$/ { name = $2; seen[name] = 1 }
        /__asan_(report|load|store)/ { checked[name] = 1; count++ }
        END {
            for (name in seen) { if (name ~ /word_(read|write)/) { bare++; bad += name in checked } }
            exit !(bare >= 2 && bad == 0 && count > 0)
        }' || fail "$1 $2: an accessor is instrumented, inlined, or the core is not"
}

# is_nothing COMPILER VARIANT: the object is what it is without the header.
is_nothing() {
    checks=$((checks + 1))
    local option name
    for name in plain annotated; do
        option=-UBF_ANNOTATE_HEADER
        if [ "$name" = annotated ]; then option=-DBF_ANNOTATE_HEADER='"bestfit_annotate.h"'; fi
        "$1" -std=c11 -Os "-D$2" "$option" "${include[@]}" -c "$source/core/bestfit.c" \
            -o "$work/$name.o" || fail "$1 $2: does not compile"
    done
    cmp "$work/plain.o" "$work/annotated.o" || fail "$1 $2: not the same object"
}

# Every backend, or it is no pass: without them nothing has been shown.
compilers=(gcc clang-19)
for program in "${compilers[@]}" valgrind; do
    if ! command -v "$program" >/dev/null; then
        echo "$program is not here"
        exit 1
    fi
done

for i in "${!variants[@]}"; do
    is_exact "${compilers[i % ${#compilers[@]}]}" -fsanitize=address -D"${variants[i]}"
    is_exact clang-19 -fsanitize=memory -D"${variants[i]}"
    # The slowest, so at the default level of hardening only.
    case ${variants[i]} in *_OFF | *_PARANOID) continue ;; esac
    is_exact "${compilers[(i + 1) % ${#compilers[@]}]}" -DBF_ANNOTATE_VALGRIND -D"${variants[i]}"
done

for variant in BF_INDEX_LIST BF_HARDENING=BF_HARDENING_ON; do
    is_exact "${compilers[0]}" -fsanitize=address -DBF_GUARD_BYTES=16 -DBF_QUARANTINE_BYTES=256 \
        -D"$variant"
done

for compiler in "${compilers[@]}"; do
    is_nothing "$compiler" BF_INDEX_LIST
    checks=$((checks + 1))
    if ! exact "$compiler" -fsanitize=address -DBF_INDEX_LIST -DWITHOUT_ACCESSOR; then
        fail "$compiler: the canary does not compile"
    elif "$work/exact" >"$work/out" 2>&1 || ! grep -q use-after-poison "$work/out"; then
        fail "$compiler: with accessors that are instrumented, the core's own accesses are not reported"
    fi
done
accessors_are_bare "${compilers[0]}" BF_HARDENING=BF_HARDENING_ON
accessors_are_bare "${compilers[1]}" BF_INDEX_LIST

echo "$checks checks, $failures failed"
[ "$checks" -ge 18 ] && [ "$failures" -eq 0 ]
