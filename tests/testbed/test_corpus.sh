#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The seeds are clean on every variant of the core and on the C library, and in canonical text; the
# traces of real programs replay on both indexes and on the C library, but for those that take the
# list index longer than all others together.
. "$(dirname "$0")/script.sh"

# 3 seconds in all in an optimised build, six times that with sanitizers.
quick_traces="bash-strings cc1-compile git-log git-pack jq-group mawk-lists perl-words python3-words
              sqlite3-towns"
# 6 seconds alone: tens of thousands of blocks, and the list index looks at each.
slow_traces="python3-objects"

seeds=("$source"/corpus/seeds/*)
for target in $variants libc; do
    bed 0 replay --target "$target" "$source/corpus/seeds"
    says out "${#seeds[@]} inputs on $target: 0 findings"
    says_not out "inconclusive"
done

[ -f "${seeds[0]}" ] || fail "corpus/seeds is empty"
for file in "${seeds[@]}"; do
    name=$(basename "$file")
    # Comments and blank lines are not kept in the bytes.
    sed -e 's/[[:space:]]*#.*$//' -e '/^[[:space:]]*$/d' "$file" >"$work/plain"
    bed 0 encode --force -o "$work/bytes" "$file"
    bed 0 show "$work/bytes"
    checks=$((checks + 1))
    diff -u "$work/plain" "$work/out" >"$work/difference" ||
        { fail "$name is not in canonical form:"; head -20 "$work/difference"; }
    head -1 "$file" | grep -q '^# .' || fail "$name: the first line does not say what it is for"
done

for trace in $quick_traces; do
    for target in bestfit bestfit-list libc; do
        bed 0 replay --target $target "$source/corpus/traces/$trace.hbed.zst"
        says out "1 inputs on $target: 0 findings"
    done
done

read -r -a known_traces <<<"${quick_traces//$'\n'/ } ${slow_traces//$'\n'/ }"
for file in "$source"/corpus/traces/*.zst; do
    name=$(basename "$file" .hbed.zst)
    checks=$((checks + 1))
    case " ${known_traces[*]} " in
    *" $name "*) ;;
    *) fail "$name: say in $0 whether this trace is quick or slow" ;;
    esac
done
finish
