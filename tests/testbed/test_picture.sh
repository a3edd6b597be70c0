#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Pictures of the heap: that they are well-formed and say what the run said, also of a target that
# takes its process down; that text from a target is text; that the same input gives the same bytes.
# The last check is the canary: a picture of a clean run has none of a finding's marks.
. "$(dirname "$0")/script.sh"
cd "${work:?}" || exit 2

regressions=$source/corpus/regressions
place=$regressions/free-shrinks-unaligned-block.hbedt

# well_formed FILE: every element that is opened is closed, in order. (The page's void elements are
# few and known.)
well_formed() {
    checks=$((checks + 1))
    perl -0777 -ne '
        s{<script>.*?</script>|<style>.*?</style>|<!DOCTYPE[^>]*>}{}gs;
        my @open;
        while (m{<(/?)([a-zA-Z0-9]+)((?:[^<>"]|"[^"]*")*)>|([<>])}g) {
            die "a stray $4\n" if defined $4;
            my ($end, $name, $rest) = ($1, $2, $3);
            next if $rest =~ m{/$} || $name =~ /^(meta|input)$/;
            if (!$end) { push @open, $name; next }
            my $last = pop @open // "nothing";
            die "</$name> ends $last\n" if $last ne $name;
        }
        die "not closed: @open\n" if @open;
        exit 0' "$1" || fail "$1 is not well-formed"
}
command -v perl >/dev/null || well_formed() { checks=$((checks + 1)); }

# holds FILE TEXT; lacks FILE TEXT
holds() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$1" || fail "$1 does not have: $2"
}
lacks() {
    checks=$((checks + 1))
    ! grep -qF -- "$2" "$1" || fail "$1 has: $2"
}

# The canary of the checks themselves.
echo '<a><b></a></b>' >crooked.svg
(well_formed crooked.svg >/dev/null 2>&1; [ "$failures" != 0 ]) || ! command -v perl >/dev/null ||
    fail "a crooked file passes for well-formed"

# A finding, before and after.
bed 0 show --target seed --format svg -o place.svg "$place"
well_formed place.svg
holds place.svg 'Oracle place objected. Expected: arena+16. Actual: 32 bytes at arena+64'
holds place.svg 'malloc answered +64 for 32 bytes'
holds place.svg 'the model expected +16'
holds place.svg 'guilty leader'
holds place.svg 'class="guilty outline hatched"'
holds place.svg 'prefers-color-scheme: dark'
holds place.svg 'role="img"'
bed 2 show --target seed --format svg -o place.svg "$place"
says err "--force replaces it"
bed 0 show --target seed --format svg "$place"
checks=$((checks + 1))
cmp -s out place.svg || fail "the same input gave another drawing"

# The one in the docs is what is drawn now; anew:
# ./bed show --target seed --format svg --force -o docs/heap.svg FILE
checks=$((checks + 1))
cmp -s place.svg "$source/docs/heap.svg" || fail "docs/heap.svg is not what is drawn"

# Step by step: the heap before all, and after each operation up to the one at fault.
bed 0 show --target seed --format html -o place.html "$place"
well_formed place.html
checks=$((checks + 1))
[ "$(grep -c '<section class="step' place.html)" = 5 ] || fail "place.html has not 5 steps"
holds place.html 'class="at-fault"'
holds place.html 'oracle place objects'
lacks place.html 'http://'
lacks place.html 'https://'
lacks place.html ' src='

# Every regression on the target that fails on it, and on one that does not.
for input in "$regressions"/*.hbedt; do
    bed 0 show --target seed --format svg "$input" && well_formed out
    says out 'objected'
    bed 0 show --format html "$input" && well_formed out
    says out 'no oracle objected'
done

# Whatever kills the process.
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -shared -fPIC -I"$source/testbed/include" "$source/tests/testbed/picture/deaths.c" \
    -o deaths.so || fail "deaths.c does not build"
for death in 101 102 103 104 105; do
    printf 'add_range 0 4096\nmalloc 0 40\nmalloc 1 %s\nmalloc 2 20\n' $death >death.hbedt
    bed 0 show --target ./deaths.so --timeout 2 --format html death.hbedt && well_formed out
    says out 'did not come back'
    says out 'class="at-fault"'
    says out 'live: 1,'
    [ $death != 101 ] || cp out panic.html
done
holds panic.html '&lt;b&gt;asked &amp; &quot;told&quot;&lt;/b&gt;'
lacks panic.html '<b>asked'
# One that dies of being asked for its blocks is shown without them.
printf 'add_range 0 4096\nmalloc 0 106\nmalloc 1 20\n' >death.hbedt
bed 0 show --target ./deaths.so --format svg death.hbedt && well_formed out
says out 'it does not tell its free blocks'

# A long input: the end of it, and a word about that.
bed 0 show --format html "$source/corpus/traces/git-log.hbed.zst" && well_formed out
says out 'The input has 34283 operations. The last'

# Nothing of a finding where there is none.
bed 0 show --format svg "$place"
says out 'No oracle objected.'
says_not out 'guilty leader'
says_not out 'did not come back'
bed 2 show --format svg --target no-such-target "$place"
bed 2 show --format png "$place"
says err "there are text, c, json, svg, html"

finish
