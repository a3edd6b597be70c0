#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every file of corpus/regressions shows one fault of the seed: its first line names the oracle that
# must object there, and on every variant of the core it must be clean.
. "$(dirname "$0")/script.sh"

seen=0
for file in "$source"/corpus/regressions/*; do
    name=$(basename "$file")
    [ -f "$file" ] || continue
    case $name in
    *.hbedt) ;;
    *)
        fail "$name: a regression is a text, and its name ends in .hbedt"
        continue
        ;;
    esac
    seen=$((seen + 1))
    expected=$(sed -n '1s/^# seed: \([a-z]*\)$/\1/p' "$file")
    if [ -z "$expected" ]; then
        fail "$name: the first line is not '# seed: ORACLE'"
        continue
    fi
    if bed 1 replay --target seed "$file"; then
        [ "$(oracle)" = "$expected" ] || fail "$name: on the seed: $(oracle), not $expected"
    fi
    for target in $variants; do
        bed 0 replay --target "$target" "$file"
    done
done
[ $seen -gt 0 ] || fail "corpus/regressions is empty"
finish
