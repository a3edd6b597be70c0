#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_complexity.sh BED: each input of corpus/complexity comes to the figure that its first line
# states, on the target that it names, and is clean on every variant of the core.
. "$(dirname "$0")/../testbed/script.sh"

# figure_is FILE TARGET FIGURE VALUE
figure_is() {
    "$bed" replay --complexity --target "$2" "$1" >"$work/out" 2>"$work/err" &&
        grep -qE "(^| )$3 $4( |\$)" "$work/out"
}

seen=0
for file in "$source"/corpus/complexity/*.hbedt; do
    checks=$((checks + 1))
    read -r _ target figure value <<<"$(head -n 1 "$file")"
    target=${target%:}
    if ! figure_is "$file" "$target" "$figure" "$value"; then
        fail "$(basename "$file") does not come to $figure $value on $target:"
        sed 's/^/    /' "$work/out" "$work/err" | head -5
    elif figure_is "$file" "$target" "$figure" $((value + 1)); then
        fail "$(basename "$file") comes to more than it does: this test can't fail"
    fi
    seen=$((seen + 1))
done
[ "$seen" -ge 8 ] || fail "only $seen inputs in corpus/complexity"

for target in $variants; do
    bed 0 replay --quiet --target "$target" "$source"/corpus/complexity/*.hbedt
    says out "$seen inputs on $target: 0 findings"
done
finish
