#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The generator of mutants makes all of a small file, and none where there is none to make; a mutant
# keeps its name when the file changes elsewhere; the list of equivalents is checked; and a mutant that
# nobody notices is told of: the canary.
set -euo pipefail

mutate=$(dirname "$1")/bed-mutate
fixtures=${HEAPBED_SOURCE:?}/tests/sharpness/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$@" >&2
    exit 1
}

# expect STATUS COMMAND...: what it says is in $work/said.
expect() {
    local expected=$1 status=0
    shift
    "$@" >"$work/said" 2>&1 || status=$?
    if [ "$status" != "$expected" ]; then
        cat "$work/said" >&2
        fail "exit status $status, expected $expected: $*"
    fi
}

says() {
    grep -qF -- "$1" "$work/said" || {
        cat "$work/said" >&2
        fail "it does not say: $1"
    }
}

# --- the generator, on a small file ---------------------------------------------------------------

cp -r "$fixtures/small" "$work/small"
"$mutate" --root "$work/small" --list >"$work/mutants"
diff "$fixtures/small/mutants.txt" "$work/mutants" || fail 'not the mutants of the small file'

# Lines before it, another function, a comment: all keep their names. A changed line is new.
sed -i 's/^enum kind/int added(void) { return 7 + 1; }\n\n&/; s/a comment with < in it/one with >/' \
    "$work/small/core/small.c"
sed -i 's/sum % UNIT/sum % (UNIT)/' "$work/small/core/small.c"
"$mutate" --root "$work/small" --list >"$work/mutants"
gone=$(cut -d ' ' -f 2 "$fixtures/small/mutants.txt" | while read -r id; do
    grep -q " $id " "$work/mutants" || echo "$id"
done | wc -l)
[ "$gone" = 3 ] || fail "$gone mutants have other names, expected the 3 of the two changed lines"

expect 0 "$mutate" --root "$fixtures/small" --show fb854e5864
says '-    for (unsigned i = 0; i < count; i++) {'
says '+    for (unsigned i = 0; i <= count; i++) {'
expect 2 "$mutate" --root "$fixtures/small" --show 0000000000
expect 2 "$mutate" --root "$work" --list
expect 2 "$mutate" --sample many
expect 2 "$mutate" no_such_function
expect 2 "$mutate" --quick
says "unrecognized option"
expect 0 "$mutate" --help

# --- the list -------------------------------------------------------------------------------------

# A mutant of the core that is on no list, and its entry.
entry=$("$mutate" --list heap_count_dead | tail -n 1 | cut -d ' ' -f 2-)

# list_is_refused WORDS TEXT...: a list of these lines.
list_is_refused() {
    local words=$1
    shift
    printf '%s\n' "$@" >"$work/list"
    expect 2 "$mutate" --equivalent "$work/list" --work "$work/out" heap_count_dead
    says "$words"
}
list_is_refused 'no mutant has that id' 'reason same: it is' "same 0123456789 ${entry#* }"
list_is_refused 'no such reason' "same $entry"
list_is_refused 'is there twice' 'reason same: it is' "same $entry" "same $entry"
list_is_refused 'is not that mutant' 'reason same: it is' "same $entry more"
# The list of the tree itself: each entry is a mutant of the core as it is.
"$mutate" --list >"$work/mutants"
cut -d ' ' -f 2- "$work/mutants" >"$work/ids"
grep -vE '^(#|reason |$)' "$HEAPBED_SOURCE/sharpness/equivalent.txt" | cut -d ' ' -f 2- >"$work/entries"
[ "$(wc -l <"$work/entries")" -gt 0 ] || fail 'the list of equivalents is empty'
grep -vxFf "$work/ids" "$work/entries" && fail 'these entries of sharpness/equivalent.txt match no mutant'
list_is_refused "nothing has the reason 'other'" 'reason same: it is' 'reason other: it is' \
    "same $entry"
list_is_refused 'a reason is' 'reason same'

# --- the canary -----------------------------------------------------------------------------------

# With all but the corpus switched off, nobody looks at the hook that tells of mistakes.
: >"$work/list"
expect 2 "$mutate" --equivalent "$work/list" --work "$work/out" --steps no/such heap_tell
expect 2 "$mutate" --equivalent "$work/list" --work "$work/out" --json "$work/none/file" heap_tell
says 'cannot be written'
expect 1 "$mutate" --equivalent "$work/list" --work "$work/out" --steps small/corpus heap_tell
says 'survivor'
says 'BF_PANIC(heap, status, pointer); -> ;'
expect 0 "$mutate" --equivalent "$work/list" --work "$work/out" --steps small/corpus heap_count_dead
says ' 100.0% killed'

# An entry of the list that is killed all the same is told of.
printf '%s\n' 'reason same: it is' "same $entry" >"$work/list"
expect 1 "$mutate" --equivalent "$work/list" --work "$work/out" --steps small/corpus --all \
    heap_count_dead
says 'is on the list (same) and not equivalent'

# What could not be run is no kill: a player that fails on mutants only, and one that somebody kills.
mkdir "$work/bin"
cp "$mutate" "$work/bin/bed-mutate"
: >"$work/list"
for end in 'exit 2' 'kill -KILL $$'; do
    # shellcheck disable=SC2016 # it is the player's variable
    printf '#!/bin/sh\n[ "$HEAPBED_MUTANT" = 0 ] || %s\necho 1 operations\n' "$end" >"$work/bin/bed-mutant"
    chmod +x "$work/bin/bed-mutant"
    expect 2 "$work/bin/bed-mutate" --equivalent "$work/list" --work "$work/out" \
        --steps small/corpus heap_count_dead
    says 'no answer'
    says ' 0.0% killed'
done
# And an original that does not pass ends it, though a time is known of the step.
printf '#!/bin/sh\necho no\nexit 1\n' >"$work/bin/bed-mutant"
expect 2 "$work/bin/bed-mutate" --equivalent "$work/list" --work "$work/out" --steps small/corpus \
    heap_count_dead
says 'the original'

# --- the page -------------------------------------------------------------------------------------

printf '%s\n' above '<!-- mutants: written by ./bed mutate -->' old '<!-- end of mutants -->' below \
    >"$work/page"
expect 0 "$mutate" --equivalent "$work/list" --work "$work/out" --steps small/corpus \
    --markdown "$work/page" heap_count_dead
if [ "$(head -n 1 "$work/page")" != above ] || [ "$(tail -n 1 "$work/page")" != below ] ||
    grep -q '^old$' "$work/page" || ! grep -q '^| all ' "$work/page"; then
    fail 'the page was not kept around what is between the marks'
fi
