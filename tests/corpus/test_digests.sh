#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_digests.sh BED: every input of the corpus decodes to the bytes and the text that it had when it
# was committed; and the comparison can fail.
. "$(dirname "$0")/../testbed/script.sh"
export HEAPBED_BED=$bed

# corpus STATUS TEXT ARGUMENTS...
corpus() {
    local expected=$1 text=$2 status=0
    shift 2
    "$source/corpus/corpus.sh" "$@" >"$work/out" 2>"$work/err" || status=$?
    checks=$((checks + 1))
    if [ $status != "$expected" ] || ! grep -qF -- "$text" "$work/out" "$work/err"; then
        fail "exit status $status, not $expected with '$text': corpus $*"
        head -n 5 "$work/out" "$work/err"
    fi
}

corpus 0 "$(find "$source/corpus" -name '*.hbedt' -o -name '*.hbed.zst' | wc -l) inputs verified, 0 wrong" verify

small=$work/small
mkdir -p "$small/seeds"
corpus 2 'there is no input' statistics --corpus "$small"
cp "$source"/corpus/seeds/alignments.hbedt "$small/seeds"
corpus 2 'cannot read' verify --corpus "$small"
corpus 0 '1 inputs are recorded' record --corpus "$small"
corpus 0 '1 inputs verified, 0 wrong' verify --corpus "$small"
corpus 0 '1 inputs: 0 migrated' migrate --corpus "$small"
corpus 0 'seeds               1 ' statistics --corpus "$small"

sed -i 's/^malloc 0 .*/malloc 0 4711/' "$small/seeds/alignments.hbedt"
corpus 1 'seeds/alignments.hbedt: is no longer the bytes that it was' verify --corpus "$small"
cp "$source"/corpus/seeds/alignments.hbedt "$small/seeds"
# As if the same bytes meant something else.
awk '!/^#/ { $2 = $1 } { print }' "$small/digests.txt" >"$work/digests" && mv "$work/digests" "$small/digests.txt"
corpus 1 'the same bytes decode to another text' verify --corpus "$small"
cp "$source"/corpus/seeds/calloc-clears-what-was-there.hbedt "$small/seeds"
corpus 1 'is not in digests.txt' verify --corpus "$small"
rm "$small"/seeds/alignments.hbedt
corpus 1 'is in digests.txt, and is not there' verify --corpus "$small"
printf 'heapbed 2 arena 16384 slots 16\ninit\n' >"$small/seeds/later.hbedt"
corpus 1 'seeds/later.hbedt: version 2, and this program knows up to 1' migrate --corpus "$small"
rm "$small/seeds/later.hbedt"

# The oldest version has no header: what it means is the program's to say until it is migrated.
printf '# by hand\n\nmallok 0 40\n' >"$small/seeds/not-one.hbedt"
cp "$small/seeds/not-one.hbedt" "$work/not-one"
corpus 1 'seeds/not-one.hbedt: names no version, and cannot be read' migrate --corpus "$small"
checks=$((checks + 1))
cmp -s "$small/seeds/not-one.hbedt" "$work/not-one" || fail "a text that cannot be read was changed"
rm "$small/seeds/not-one.hbedt"
printf '# by hand\n\nadd_range 0 4096 # all\nmalloc 0 40\n' >"$small/seeds/oldest.hbedt"
corpus 0 'inputs are recorded' record --corpus "$small"
corpus 1 'seeds/oldest.hbedt: names no version of the format' verify --corpus "$small"
corpus 0 '1 migrated, 0 that could not be' migrate --corpus "$small"
checks=$((checks + 1))
printf '# by hand\n\nheapbed 1 arena 16384 slots 16\nadd_range 0 4096 # all\nmalloc 0 40\n' |
    cmp -s - "$small/seeds/oldest.hbedt" || fail "the oldest version became $(cat "$small/seeds/oldest.hbedt")"
corpus 0 'inputs verified, 0 wrong' verify --corpus "$small"
corpus 2 "there is no command 'verfy'" verfy
finish
