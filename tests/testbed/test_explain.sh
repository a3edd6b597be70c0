#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bed replay --explain: all of a finding, and what only a build with sanitizers sees. The bed of that
# build is played by a script.
. "$(dirname "$0")/script.sh"
cd "${work:?}" || exit 2

place=$source/corpus/regressions/free-shrinks-unaligned-block.hbedt
unset HEAPBED_SANITIZED

# is VALUE EXPECTED
is() {
    checks=$((checks + 1))
    [ "$1" = "$2" ] || fail "it is '$1', not '$2'"
}

# A finding in full, from standard input; the program shows it.
"$bed" replay --explain --target seed - <"$place" >explained
is "$?" 1
is "$(sed -n 's/^  oracle     //p' explained)" place
is "$(grep '^--- ' explained | tr '\n' ' ')" "--- operations --- C program "
is "$(grep -c '^heap as the model has it' explained)" 1
sed -n '/^--- C program$/,/^[0-9]* inputs on /p' explained | sed '1d;$d' >program.c
# shellcheck disable=SC2086 # CC may have options
${CC:-cc} -w -I"$source/core" program.c -o program && ./program >program.out
is "$?" 1
is "$(cut -d: -f1 program.out)" place

# Of a clean one nothing.
bed 0 replay --explain --target bestfit "$place"
says_not out '---'

grep -qs '^HEAPBED_SANITIZERS:.*=.' "${HEAPBED_BUILD:-}/CMakeCache.txt" && finish

# What only a sanitizer sees is a finding; process numbers and the lines of a replay are left out.
cat >sanitized <<'END'
#!/bin/sh
echo "called as: $*" >&2
cat <<'REPORT'
heap as the model has it
FINDING x
  oracle     sanitizer
  operation  1: malloc 0 32
==4711==ERROR: AddressSanitizer: played
REPORT
exit 1
END
chmod +x sanitized
export HEAPBED_SANITIZED=$work/sanitized
bed 1 replay --explain --target bestfit --without place "$place"
says out "FINDING $place: only a sanitizer sees it"
says out '  operation  1: malloc 0 32'
says out '==PID==ERROR: AddressSanitizer: played'
says out '--- operations'
says out ': 1 findings,'
says out '--target bestfit'
says out '--without place'
says_not out 'FINDING x'
says_not out '--- C program'

# Beside a finding it is one more word about it.
bed 1 replay --explain --target seed "$place"
says out ': 1 findings,'
says_not out 'only a sanitizer'
says out '==PID==ERROR'

# Without --explain it is not asked.
bed 0 replay --target bestfit "$place"
says_not out 'AddressSanitizer'

# One that reports nothing, and one that cannot be run.
printf '#!/bin/sh\necho ok\n' >sanitized
bed 0 replay --explain --target bestfit "$place"
says out 'nothing to report'
rm sanitized
bed 2 replay --explain --target bestfit "$place"
says err 'could not replay it'

finish
