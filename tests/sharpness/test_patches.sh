#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The planted bugs (sharpness/bugs/README.md): each patch has its header, applies to the core as it is
# now without fuzz, compiles for the variant that it is searched in, and marks itself with the probe;
# and there are as many as were promised. That each is a bug is for ./bed bugs to show.
set -uo pipefail
export LC_ALL=C

source=${HEAPBED_SOURCE:-$(realpath "$(dirname "$0")/../..")}
classes=' split coalesce index select place arithmetic alignment range free realloc calloc counters'
classes+=' failure checksum validator bound question annotation '
targets=' bestfit bestfit-list bestfit-small bestfit-large bestfit-off bestfit-paranoid '
targets+='bestfit-annotated bestfit-list-annotated '
bugs_min=60
hard_min=15
# Without the sanitizer its header defines nothing, and what a patch changed would not be compiled.
annotated="-fsanitize=address -DBF_ANNOTATE_HEADER=\"bestfit_annotate.h\" -I$source/sanitizers/annotate"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# value KEY FILE: what the header says; nothing where it does not
value() {
    sed -n "/^\$/q; s/^$1: *//p" "$2"
}

# header_is_right FILE: prints what is wrong
header_is_right() {
    local key harness bits build extra
    for key in Class Source Sees Target; do
        [ -n "$(value $key "$1")" ] || { echo "has no $key"; return 1; }
    done
    case $classes in *" $(value Class "$1") "*) ;; *) echo 'its class is none'; return 1 ;; esac
    case $targets in *" $(value Target "$1") "*) ;; *) echo 'its target is none'; return 1 ;; esac
    value Source "$1" | grep -qE '^(slip|seed fault [0-9]+|[A-Za-z0-9._-]+/[A-Za-z0-9._-]+#[0-9]+|https?://.*)$' ||
        { echo 'its source is none'; return 1; }
    harness=$(value Harness "$1")
    bits=$(value Bits "$1")
    build=$(value Build "$1")
    [ "${harness:-lockstep}" = lockstep ] || [ "$harness" = corrupt ] || { echo 'its harness is none'; return 1; }
    [ "${bits:-32}" = 32 ] || { echo 'its bits are not 32'; return 1; }
    [ "${build:-sanitized}" = sanitized ] || { echo 'its build is none'; return 1; }
    extra=$(sed -n '/^$/q; /^ /d; s/: .*//p' "$1" |
        grep -vxE 'Class|Source|Sees|Target|Harness|Build|Bits|Hard')
    [ -z "$extra" ] || { echo "a key that is none: $extra"; return 1; }
    [ "$(sed '/^$/q; /^ /d; s/: .*//' "$1" | sort | uniq -d)" = '' ] || { echo 'a key comes twice'; return 1; }
}

# options FILE: how its variant is compiled
options() {
    case $(value Target "$1") in
    bestfit-list) echo -DBF_INDEX_LIST ;;
    bestfit-small) echo -DBF_PROFILE_SMALL ;;
    bestfit-large) echo -DBF_PROFILE_LARGE ;;
    bestfit-off) echo -DBF_HARDENING=BF_HARDENING_OFF ;;
    bestfit-paranoid) echo -DBF_HARDENING=BF_HARDENING_PARANOID ;;
    bestfit-annotated) echo "$annotated" ;;
    bestfit-list-annotated) echo "-DBF_INDEX_LIST $annotated" ;;
    esac
}

# No libc is needed but for its headers, which a machine may have for 64 bits alone.
has_32_bits() {
    case $(${CC:-cc} -dumpmachine) in x86_64*) ;; *) return 1 ;; esac
    echo '#include <stdint.h>' | ${CC:-cc} -m32 -ffreestanding -fsyntax-only -xc - 2>"$work/m32"
}

# compiles FILE: the core in $work/core, which it was applied to
compiles() {
    local words=(-std=c11 -ffreestanding -fsyntax-only -include "$source/sharpness/probe.h")
    read -ra more <<<"$(options "$1")"
    if [ "$(value Bits "$1")" = 32 ]; then
        [ "$can_32" = yes ] || return 0
        more+=(-m32)
    fi
    ${CC:-cc} "${words[@]}" "${more[@]}" "$work/core/bestfit.c" >"$work/cc" 2>&1
}

# is_right FILE: prints the first thing that is wrong with a patch
is_right() {
    header_is_right "$1" || return 1
    rm -rf "$work/core"
    cp -r "$source/core" "$work/core"
    (cd "${work:?}" && patch -s -p1 --fuzz=0 --no-backup-if-mismatch) <"$1" >"$work/patch" 2>&1 ||
        { echo 'does not apply'; return 1; }
    ! grep -qE '^Hunk .*offset' "$work/patch" || { echo 'applies elsewhere'; return 1; }
    grep -qE '^\+.*BUG_(DIFFERS|INFECTED)' "$1" || { echo 'does not say where it is infected'; return 1; }
    compiles "$1" || { echo "does not compile: $(grep -m1 error "$work/cc")"; return 1; }
}

can_32=no
has_32_bits && can_32=yes
bugs=0
hard=0
for patch in "$source"/sharpness/bugs/*.patch; do
    name=$(basename "$patch" .patch)
    bugs=$((bugs + 1))
    [ -z "$(value Hard "$patch")" ] || hard=$((hard + 1))
    [[ $name =~ ^[a-z0-9-]+$ ]] || fail "$name: not a name"
    wrong=$(is_right "$patch") || fail "$name: $wrong"
done
for stream in "$source"/sharpness/bugs/*.txt; do
    [ -f "${stream%.txt}.patch" ] || fail "$(basename "$stream"): a stream without a patch"
done
[ $bugs -ge $bugs_min ] || fail "$bugs planted bugs, and not $bugs_min"
[ $hard -ge $hard_min ] || fail "$hard hard ones, and not $hard_min"
if grep -rlE 'BUG_(DIFFERS|INFECTED|REACHED)|heapbed_probe' "$source/core"; then
    fail 'the core itself has a probe'
fi

# The canaries: what must be refused.
some=$source/sharpness/bugs/split-rest-of-16.patch
refused() {
    local what
    what=$(is_right "$work/canary.patch") && fail "canary: a patch is taken that $1"
    [ "$what" = "$1" ] || fail "canary: refused as '$what', and not as one that $1"
}
sed 's/^-    return stride > needed/-    return stride >= needed/' "$some" >"$work/canary.patch"
refused 'does not apply'
sed '/^Sees/d' "$some" >"$work/canary.patch"
refused 'has no Sees'
sed 's/^Class: .*/Class: other/' "$some" >"$work/canary.patch"
refused 'its class is none'
sed 's/BUG_DIFFERS/BUG_DIFFER/' "$some" >"$work/canary.patch"
refused 'does not say where it is infected'
sed 's/^+    return BUG/+    retrun BUG/' "$some" >"$work/canary.patch"
is_right "$work/canary.patch" >"$work/said" && fail 'canary: a patch is taken that does not compile'
grep -q '^does not compile' "$work/said" || fail "canary: $(cat "$work/said")"

if [ $failures -ne 0 ]; then
    echo "$failures failed"
    exit 1
fi
echo "$bugs planted bugs, $hard of them hard (32 bits: $can_32)"
