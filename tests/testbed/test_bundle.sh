#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A finding as a package: what is in it, that it is the same each time, that replay, shrink and show
# take it, that a damaged one is refused with its reason, and that nothing of the user's is
# overwritten.
. "$(dirname "$0")/script.sh"
cd "${work:?}" || exit 2

place=$source/corpus/regressions/free-shrinks-unaligned-block.hbedt
name=free-shrinks-unaligned-block-bundle

# text_of FILE NAME: the first value of that name in a JSON file.
text_of() { sed -n "s/^.*\"$2\":[[:space:]]*\"\\{0,1\\}\\([^\",]*\\)\"\\{0,1\\},\\{0,1\\}\$/\\1/p" "$1" | head -1; }

# is VALUE EXPECTED
is() {
    checks=$((checks + 1))
    [ "$1" = "$2" ] || fail "it is '$1', not '$2'"
}

# A folder, named for the input.
bed 0 bundle --target seed "$place"
says out "bundle     $name"
is "$(cd $name && echo *)" "README.md heap.html heap.svg heap.txt input.hbed input.hbedt manifest.json program.c"
is "$(text_of $name/manifest.json schema)" heapbed-bundle/1
is "$(text_of $name/manifest.json oracle)" place
is "$(text_of $name/manifest.json target)" seed
checks=$((checks + 1))
grep -q 'docker run --rm -i --network none heapbed replay --target seed - < input.hbed' $name/README.md ||
    fail "README.md has no command for Docker"
# Its files are as the manifest has them.
for file in input.hbed program.c heap.html; do
    is "$(grep -A1 "\"$file\",\$" $name/manifest.json | sed -n 's/.*"bytes":[^0-9]*\([0-9]*\).*/\1/p' | tail -1)" \
        "$(wc -c <$name/$file | tr -d ' ')"
done
# The C program shows it.
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -w -I"$source/core" $name/program.c -o program && ./program >program.out
is "$?" 1
is "$(cut -d: -f1 program.out)" place

# What is there is kept.
cp $name/README.md readme.before
bed 2 bundle --target seed "$place"
says err "$name is there already"
is "$(cmp $name/README.md readme.before && echo same)" same

# The same bytes, whatever the archive is called.
bed 0 bundle --target seed -o one.tar "$place"
bed 0 bundle --target seed -o other.tar "$place"
is "$(cmp one.tar other.tar && echo same)" same
mkdir unpacked && tar -xf one.tar -C unpacked
is "$(diff -r unpacked/$name $name && echo same)" same
is "$(echo ./*partial*)" './*partial*'
# The archive itself would be a stream as all bytes are, and clean.
bed 2 replay one.tar
says err "one.tar: offset 257: it is a tar archive; unpack it"

# What it says to do next is one word an argument, whatever the names hold.
mkdir "it's a folder" && cp "$place" "it's a folder/finding.hbedt"
bed 1 replay --target seed "it's a folder/finding.hbedt"
eval "set -- $(sed -n 's/^  next       //p' out)"
is "$7" "it's a folder/finding.hbedt"

# What a search says beside its finding is believed by all that run it, unless told otherwise.
cp "$place" beside.hbedt
echo '{"target": "seed", "harness": "lockstep"}' >beside.json
bed 1 replay beside.hbedt
says out "1 inputs on seed: 1 findings"
bed 0 replay --target bestfit beside.hbedt
bed 1 shrink --seconds 1 -o beside-short.hbed beside.hbedt
bed 0 show --format svg -o beside.svg beside.hbedt
checks=$((checks + 1))
grep -q 'the model expected' beside.svg || fail "beside.svg is of another target"
# ... but a folder's neighbour of that name is none of it.
mkdir several && cp "$place" several/ && cp beside.json several.json
bed 0 replay several
echo '{' >beside.json
bed 2 replay beside.hbedt
says err "beside.json: offset"

# The folder stands for the finding.
bed 1 replay $name
says out "1 inputs on seed: 1 findings"
is "$(oracle)" place
bed 0 replay --target bestfit $name
bed 1 shrink -o short.hbed $name
says out "operations shrunk to"
bed 0 show --format svg $name
says out "Oracle place objected"
bed 2 replay $name "$place"
says err "give it alone"

# What is clean is no finding.
bed 1 bundle -o clean "$place"
says err "nothing to bundle"
is "$(test -e clean && echo there)" ""

# What a search left beside the input says how it is run.
mkdir found && cp "$place" found/f.hbedt
echo '{"target": "seed", "harness": "lockstep", "seed": "1"}' >found/f.json
printf 'noise\n==4711==ERROR: AddressSanitizer: heap-use-after-free\n' >found/f.log
bed 0 bundle -o with-log found/f.hbedt
is "$(text_of with-log/manifest.json sanitizer_log)" "came with the finding"
is "$(grep -c '^==PID==ERROR: AddressSanitizer' with-log/sanitizer.log)" 1
echo '{"harness": "differential"}' >found/f.json
bed 2 bundle -o two found/f.hbedt
says err "--against B"
echo '{"target"' >found/f.json
bed 2 bundle -o two found/f.hbedt
says err "found/f.json: offset"

# A shared object is not loaded on a bundle's word.
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -shared -fPIC -I"$source/testbed/include" "$source/tests/testbed/picture/deaths.c" \
    -o deaths.so || fail "deaths.c does not build"
printf 'add_range 0 4096\nmalloc 1 102\n' >death.hbedt
bed 0 bundle --target ./deaths.so death.hbedt
bed 2 replay death-bundle
says err "name it yourself, --target ./deaths.so"
bed 1 replay --target ./deaths.so death-bundle

# Of a heap that is overwritten: what is written depends on the draws, which the bundle keeps.
planted=unlink-checks-only-the-span
mkdir tree && cp -r "$source/core" tree/
patch -d tree -p1 --fuzz=0 --quiet <"$source/sharpness/bugs/$planted.patch" ||
    fail "$planted.patch does not apply"
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -w -std=c11 -O1 -fPIC -shared -DHB_VARIANT_SYMBOL=heapbed_target -DBF_PREFIX=bf_planted_ \
    -include "$source/sharpness/probe.h" -Itree/core -I"$source/testbed" -I"$source/testbed/include" \
    "$source/testbed/targets/bestfit.c" -o planted.so || fail "the planted bug does not build"
cp "$source/sharpness/bugs/$planted.txt" smash.hbedt
draws=$(sed -n 's/^# draws //p' smash.hbedt)
bed 1 replay --corrupt --seed "$draws" --target ./planted.so smash.hbedt
objected=$(oracle)
next=$(sed -n 's/^  next       bed shrink //p' "$work/out")
# shellcheck disable=SC2086 # as it is to be typed
bed 1 shrink --seconds 1 ${next:-no next command}
bed 0 bundle --corrupt --seed "$draws" --target ./planted.so smash.hbedt
is "$(text_of smash-bundle/manifest.json seed)" "$draws"
checks=$((checks + 1))
grep -q "^    docker run .* --target /target/planted.so --corrupt --seed $draws - < input.hbed\$" \
    smash-bundle/README.md || fail "README.md has no command with the draws"
bed 1 replay --target ./planted.so smash-bundle
is "$(oracle)" "$objected"
bed 0 replay --target bestfit smash-bundle

# Damage.
cp -r $name hurt && printf 'x' | dd of=hurt/input.hbed bs=1 seek=40 conv=notrunc 2>/dev/null
bed 2 replay hurt
says err "hurt/input.hbed: its hash is"
cp -r $name later && sed -i 's|heapbed-bundle/1|heapbed-bundle/9|' later/manifest.json
bed 2 replay later
says err "later/manifest.json: its schema is 'heapbed-bundle/9'"
cp -r $name torn && head -c 300 $name/manifest.json >torn/manifest.json
bed 2 replay torn
says err "torn/manifest.json: offset"

# A report is made by the bed that has a sanitizer, here one that plays it; it bundles what only it
# sees.
cat >sanitized <<'END'
#!/bin/sh
case $1 in
replay) printf 'FINDING x\n==%s==ERROR: AddressSanitizer: played\n    #0 in here\nheap as the model\n' $$ ;;
*) echo "called as: $*" ;;
esac
exit 1
END
chmod +x sanitized
export HEAPBED_SANITIZED=$work/sanitized
bed 0 bundle --sanitize --target seed -o reported "$place"
is "$(cat reported/sanitizer.log)" '==PID==ERROR: AddressSanitizer: played
    #0 in here'
is "$(text_of reported/manifest.json sanitizer_log)" 'replayed in a build with sanitizers'
if ! grep -qs '^HEAPBED_SANITIZERS:.*=.' "${HEAPBED_BUILD:-}/CMakeCache.txt"; then
    bed 1 bundle --sanitize -o only-there "$place"
    says out "called as: bundle --sanitize -o only-there $place"
fi
unset HEAPBED_SANITIZED

bed 2 bundle
bed 2 bundle --target no-such-target -o none "$place"
bed 2 bundle --target seed -o no/such/folder "$place"
says err "no/such/folder: cannot write: No such file or directory"
bed 2 bundle --sanitize --target seed -o none "$place"

finish
