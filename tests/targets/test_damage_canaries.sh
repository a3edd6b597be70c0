#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_damage_canaries.sh BED: the rehearsal of damage (testbed/targets/bestfit_damage.h) can fail: with
# each of these changes of a copy of the core it does, and with the core as it is it does not.
. "$(dirname "$0")/../testbed/script.sh"
compiler=${CC:-cc}

cat >"$work/main.c" <<'END'
#include "targets/bestfit.c"
int main(void)
{
    const char *const wrong = rehearse_damage();
    (void)puts(wrong != NULL ? wrong : "all is well");
    return wrong != NULL;
}
END

# rehearse OPTION: with $work/core; what it says is in $work/said. Returns its exit status.
rehearse() {
    # shellcheck disable=SC2086 # the compiler may be a command with options
    $compiler -std=c11 -O1 -D_GNU_SOURCE ${1:+"$1"} -I"$work/core" -I"$source/testbed" -I"$source/testbed/include" \
        "$work/main.c" -o "$work/rehearse" || return 99
    timeout 60 "$work/rehearse" >"$work/said" 2>&1
}

# notices NAME OPTION FILE SED TEXT: the change of FILE ends with TEXT, or, where that is '', somehow.
notices() {
    local status=0
    rm -rf "$work/core"
    cp -r "$source/core" "$work/core"
    sed -i "$4" "$work/core/$3"
    checks=$((checks + 1))
    ! cmp -s "$source/core/$3" "$work/core/$3" || fail "$1: nothing was changed"
    rehearse "$2" 2>>"$work/said" || status=$?
    case $status in
    0 | 99 | 124) fail "$1: exit status $status, $(tail -n 1 "$work/said")" ;;
    *) grep -qF -- "$5" "$work/said" || fail "$1: not told as '$5', but: $(tail -n 1 "$work/said")" ;;
    esac
}

cp -r "$source/core" "$work/core"
for option in '' -DBF_INDEX_LIST; do
    checks=$((checks + 1))
    rehearse "$option" || fail "the core as it is, $option: $(tail -n 1 "$work/said")"
done

notices 'what was copied over is believed' -DBF_PROFILE_SMALL bitmap/heap.h \
    's/if (!spot_look_again(heap, spot)) {/spot->header = header_read(spot->block);\n    if (false) {/' ''
notices 'a block may leave its range' '' bitmap/seal.h \
    's/return header_is_last(header) ? units == .*/(void)units_behind; return units != 0;/' ''
notices 'a range that stays is counted out' '' bitmap/heap.h \
    's/^    if (!index_can_remove(heap, &spot)) {/    if (heap->free_bytes--, !index_can_remove(heap, \&spot)) {/' \
    'has changed something'
notices 'a list may go on for ever' -DBF_INDEX_LIST list/index.h \
    's/if (walk->unmet_block_count == 0) {/if (walk->link == 0) {/; s/if (walk->capacity_bytes > walk->unmet_bytes) {/if (false) {/' \
    'does not end'
notices 'the check sees nothing' '' bestfit.c \
    's/= heap_check(heap, fault);/= heap_check(heap, fault) == BF_OK ? BF_OK : BF_OK;/' \
    'less than half'
finish
