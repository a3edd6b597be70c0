#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command line: exit status 0 for fine, 1 for a finding, 2 for wrong usage or environment, and
# messages that name what is wrong, where, and what to do.
. "$(dirname "$0")/script.sh"
cd "${work:?}" || exit 2

seed=$source/corpus/seeds/simple-malloc-and-free.hbedt
regression=$source/corpus/regressions/alignment-three-is-accepted.hbedt
trace=$source/corpus/traces/git-log.hbed.zst

# absent FILE: the last run has not written it.
absent() {
    checks=$((checks + 1))
    [ ! -e "$1" ] || fail "$1 was written"
}

# same FILE FILE
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

# silent out|err: the last run had nothing to say there.
silent() {
    checks=$((checks + 1))
    [ ! -s "$work/$1" ] || fail "std$1 is not empty: $(head -3 "$work/$1")"
}

valid_json() {
    checks=$((checks + 1))
    if command -v python3 >/dev/null; then
        python3 -m json.tool "$1" >/dev/null || fail "$1 is not JSON"
    elif command -v jq >/dev/null; then
        jq . "$1" >/dev/null || fail "$1 is not JSON"
    fi
}
command -v python3 >/dev/null || command -v jq >/dev/null ||
    echo "note: neither python3 nor jq is there: whether JSON is valid was not checked"

# usage
bed 2
says err "usage: bed COMMAND"
silent out
bed 0 --help
says out "usage: bed COMMAND"
silent err
bed 2 frobnicate
says err "there is no command 'frobnicate'"
says err "usage: bed COMMAND"
for command in replay show encode shrink record targets throughput; do
    bed 0 $command --help
    says out "usage: bed $command"
    says out "Exit status"
    bed 2 $command --no-such-option
    says err "bed $command --help"
done

# replay: what it can't read is named; nothing to do is no success
bed 2 replay
says err "nothing to replay"
mkdir empty
bed 2 replay empty
says err "nothing to replay"
bed 2 replay no-such-file
says err "no-such-file: cannot open"
bed 2 replay "$seed" no-such-file
says err "no-such-file"
bed 2 replay --target no-such-target "$seed"
says err "no target is called 'no-such-target'"
says err "bed targets"
bed 2 replay --target ./no-such.so "$seed"
says err "no-such.so"
head -c 2000 "$trace" >cut.zst
bed 2 replay cut.zst
says err "cut.zst: cannot decompress: at byte"
printf '\050\265\057\375 and no more of zstd' >bad.zst
bed 2 replay bad.zst
says err "bad.zst: cannot decompress"
printf 'hbed\002\017\004\000\000\000\000\000\000\000\000\000' >newer
for command in "replay" "show" "encode -o out.hbed" "shrink -o out.hbed"; do
    # shellcheck disable=SC2086 # a command and its options
    bed 2 $command newer
    says err "newer: offset 4: version 2"
    says err "this program reads up to 1"
    absent out.hbed
done
bed 2 replay newer "$seed"

bed 0 replay "$seed"
says out "1 inputs on bestfit: 0 findings"
silent err
bed 0 replay - <"$seed"
says out "1 inputs on bestfit: 0 findings"
bed 0 replay --target libc "$seed" "$source/corpus/regressions"
says out "18 inputs on libc: 0 findings"
bed 2 replay --trace --complexity "$seed"
says err "--complexity is not for --trace"
bed 0 replay --trace "$seed"
says out "0 init      -> ok"
says out "malloc    slot"
bed 0 replay --quiet "$seed"
checks=$((checks + 1))
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "--quiet prints more than a line"
: >nothing
bed 0 replay nothing # no bytes are a stream without operations
says out "1 operations"

bed 1 replay --target seed "$regression"
says out "FINDING"
says out "  oracle     status"
says out "  operation  1: malloc 0 16 align 3"
says out "  expected   invalid_align"
says out "  actual     ok"
says out "bed shrink --target seed"
bed 1 replay --target seed "$seed" "$regression"
says out "2 inputs on seed:"
bed 1 replay --target canary-hang-uncounted --timeout 1 - <<<$'#\nadd_range 0 256\nmalloc 0 77'
says out "  oracle     hang"

# encode
bed 0 encode -o a.hbed "$seed"
bed 0 show a.hbed
cp out a.txt
bed 0 encode -o b.hbed a.txt
same a.hbed b.hbed
bed 0 encode -o - "$seed"
same out a.hbed
bed 0 encode -o a.hbed.zst a.hbed
bed 0 show a.hbed.zst
same out a.txt
bed 0 encode -o c.hbed - <"$seed"
same c.hbed a.hbed
cp a.hbed kept
bed 2 encode -o a.hbed "$regression"
says err "a.hbed exists; --force replaces it"
same a.hbed kept
bed 0 encode --force -o a.hbed "$regression"
checks=$((checks + 1))
! cmp -s a.hbed kept || fail "--force did not replace the file"
printf '# two lines\nadd_range 0 64\n  malloc 0 16 aligned 3\n' >bad.hbedt
for command in "encode -o out.hbed" "replay" "show" "shrink -o out.hbed"; do
    # shellcheck disable=SC2086 # a command and its options
    bed 2 $command bad.hbedt
    says err "bad.hbedt:3:15: "
    absent out.hbed
done
bed 2 encode "$seed"
says err "needs -o FILE"
bed 2 encode -o out.hbed
bed 2 encode -o out.hbed "$seed" "$seed"
bed 2 encode -o out.hbed no-such-file
absent out.hbed
bed 2 encode -o no-such-folder/out.hbed "$seed"
says err "no-such-folder/out.hbed: cannot write"

# show
bed 0 show "$seed"
says out "heapbed 1 arena"
bed 0 show --format json "$seed"
says out '"operations"'
cp out shown.json
valid_json shown.json
bed 0 show --format c "$seed"
says out "Oracle:   none"
says out "int main("
bed 0 show --format c --target seed "$regression"
says out "int main("
cp out shown.c
bed 0 show --format c --target seed -o finding.c "$regression"
silent out
same finding.c shown.c
bed 2 show --format pdf "$seed"
says err "no format 'pdf'; there are text, c, json"
bed 2 show
says err "needs one input"
bed 2 show -o finding.c "$seed"
says err "finding.c: File exists; --force replaces it"
bed 2 show --format c --target no-such-target -o out.c "$seed"
says err "no target is called 'no-such-target'"
absent out.c

# Where the result cannot go is said before the work.
bed 2 replay --json nowhere/result.json "$seed"
says err "nowhere/result.json: cannot write: No such file or directory"
silent out
bed 2 shrink --target seed -o nowhere/short.hbed "$regression"
says err "nowhere/short.hbed: cannot write: No such file or directory"
silent out

# shrink
cat >long.hbedt <<'END'
# Something else around it.
heapbed 1 arena 65536 slots 32
add_range 64 2048
malloc 1 100
malloc 2 17 align 8
write 1
malloc 20 999 align 3
free 1
check
END
bed 1 shrink --target seed -o short.hbed long.hbedt
says out "7 operations shrunk to 2"
says out "  oracle     status"
bed 1 replay --target seed short.hbed
says out "  oracle     status"
cp short.hbed kept
bed 2 shrink --target seed -o short.hbed long.hbedt
says err "short.hbed exists; --force replaces it"
same short.hbed kept
bed 1 shrink --force --target seed -o short.hbed long.hbedt
same short.hbed kept
bed 0 shrink -o out.hbed long.hbedt
says out "clean on bestfit, nothing to shrink"
absent out.hbed
bed 2 shrink long.hbedt
says err "needs -o FILE"
bed 2 shrink --target no-such-target -o out.hbed long.hbedt
absent out.hbed

# targets
bed 0 targets
for target in $variants seed libc; do
    checks=$((checks + 1))
    grep -q "^$target  *[a-zA-Z]" out || fail "bed targets does not list $target"
done
checks=$((checks + 1))
! grep -q canary out || fail "bed targets lists the canaries"
for flag in places-as-bitmap refuses-by-odds counts-more walks-ranges; do
    says out "$flag"
done
bed 0 targets --all
says out "canary-place"
case $variants in
*annotated*) says out "annotates" ;;
*)
    bed 2 replay --target bestfit-annotated long.hbedt
    says err "only in builds with AddressSanitizer"
    ;;
esac
bed 2 targets ./no-such.so
says err "no-such.so"
bed 0 targets --json -
cp out targets.json
valid_json targets.json

# JSON of a replay: to a file, and alone on standard output
bed 1 replay --target seed --json report.json "$seed" "$regression"
valid_json report.json
bed 1 replay --target seed --json - "$seed" "$regression"
same out report.json
says out '"target":	"seed"'
says out '"findings":	1'
says out '"oracle":	"status"'
says out '"trace_hash"'
says err "FINDING"
bed 2 replay --json no-such-folder/report.json "$seed"
says err "no-such-folder/report.json"

# A wrong pointer that is refused by odds, and is not: no finding, but told and counted.
sed 's/= HB_TAKES_RANGES,/= HB_TAKES_RANGES | HB_REFUSES_WRONG_FREES | HB_REFUSES_BY_ODDS,/' \
    "$source/examples/bump_target.c" >odd.c
${CC:-cc} -shared -fPIC -I"$source/testbed/include" -o odd.so odd.c || exit 2
printf 'add_range 0 256\nmalloc 0 64\nfree 0 interior +16\nmalloc 1 16\n' >odd.hbedt
bed 0 replay --target ./odd.so --json odd.json odd.hbedt
says out "inconclusive: a wrong pointer was taken for a right one"
says out "0 findings"
says out "1 inconclusive: 1 of 1 wrong pointers"
for field in '"inconclusive":	true' '"odds_checks":	1' '"odds_misses":	1'; do
    checks=$((checks + 1))
    grep -qF "$field" odd.json || fail "odd.json does not say $field"
done

# throughput
bed 0 throughput --seconds 0.05 "$seed"
says out "checked operations/s on bestfit, mean of 1 inputs"
bed 2 throughput
says err "nothing to run"
bed 2 throughput empty
says err "nothing to run"
bed 1 throughput --target seed --seconds 0.05 "$regression"
says out "FINDING"

# corrupt: what has no headers that the bed knows of is refused, and not passed over
for target in libc ./odd.so; do
    bed 2 corrupt --target $target --operations 1K --out overwritten
    says err "nothing would be overwritten"
    bed 2 replay --corrupt --target $target "$seed"
    says err "nothing would be overwritten"
    bed 2 shrink --corrupt --target $target -o overwritten.hbed "$seed"
    says err "nothing would be overwritten"
done
bed 0 corrupt --target bestfit-small --operations 20K --jobs 1 --out overwritten
says_not out "smashes             0"

finish
