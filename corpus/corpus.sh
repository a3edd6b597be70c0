#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed corpus: what is in corpus/, whether it still means what it meant, and what joins it. ./bed has
# built the programs; HEAPBED_BED is the command line one.
set -euo pipefail

command_name=corpus
root=$(cd "$(dirname "$0")/.." && pwd)
bed=${HEAPBED_BED:-$root/build/release/bed}
# shellcheck source=reach/reach.sh
. "$root/corpus/reach/reach.sh"

explain() {
    cat <<'END'
usage: ./bed corpus COMMAND [options]

  statistics           files, operations and kinds of operations of each folder of corpus/
  verify               every input decodes to the bytes and the text that it had when it was committed
                       (corpus/digests.txt), in the version of the format that is current
  record               write corpus/digests.txt anew: after inputs were added, or a format was
                       changed on purpose; git shows which ones differ
  merge DIR...         of the inputs there (other files are passed over), those that reach lines or
                       branches of core/ that the corpus does not: shortened, named for what they
                       reach, into corpus/reached/. One that an oracle objects to is a finding and
                       no part of a corpus: it is named and left out, and the exit status is 1
  minimise             inputs of corpus/reached/ that reach nothing that the others do not;
                       --remove removes them
  migrate              writes inputs of an older version of the format anew in the current one, by which
                       their bytes do not change; refuses later ones. There are two: 0, a text that
                       names no version, and 1

  --corpus DIR         another corpus than corpus/
  --play HARNESS:TARGET   merge: only on this one, as corrupt:bestfit-list
  --whole              merge: inputs are not shortened, which takes most of the time
  --json FILE          statistics, verify: the result, - for standard output

Exit status: 0 good, 1 an input is not what it was, 2 it could not run.
END
}

command=${1:-}
case $command in
--help | -h | help)
    explain
    exit 0
    ;;
'') fail 'which command? --help lists them' ;;
esac
shift
corpus=$root/corpus play='' is_remove=0 is_whole=0
take_options '--corpus --json --play' '--remove --whole' "$@"
if [ "$command" != merge ] && [ ${#folders[@]} -gt 0 ]; then fail "$command takes no folders: '${folders[0]}'"; fi
[ -d "$corpus" ] || fail "$corpus is no folder"
all_plays=$plays
plays=${play:-$plays}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

inputs() { (cd "$corpus" && find . \( -name '*.hbedt' -o -name '*.hbed.zst' \) -printf '%P\n' | LC_ALL=C sort); }

# digests_of NAME: of the bytes that it is, and of the text that these decode to.
digests_of() {
    local bytes
    "$bed" encode --force -o "$scratch/bytes" "$corpus/$1" || return 1
    "$bed" show "$scratch/bytes" >"$scratch/text" || return 1
    bytes=$(sha256sum <"$scratch/bytes")
    printf '%s %s %s\n' "${bytes%% *}" "$(sha256sum <"$scratch/text" | cut -d' ' -f1)" "$1"
}

write_digests() {
    printf '# SPDX-License-Identifier: MIT\n#\n'
    printf '# SHA-256 of each input of the corpus as bytes, and of the text that these decode to: what it means.\n'
    printf '# ./bed corpus verify compares, ./bed corpus record writes it anew.\n'
    local name
    while read -r name; do
        digests_of "$name" || return 1
    done < <(inputs)
}

record() {
    write_digests >"$scratch/digests" || fail 'an input does not decode: nothing is recorded'
    grep -qv '^#' "$scratch/digests" || fail "there is no input in $corpus"
    mv "$scratch/digests" "$corpus/digests.txt"
    printf '%s inputs are recorded in %s\n' "$(grep -vc '^#' "$corpus/digests.txt")" "$corpus/digests.txt"
}

verify() {
    local checked=0 wrong=0 name found expected
    [ -r "$corpus/digests.txt" ] || fail "cannot read $corpus/digests.txt; ./bed corpus record writes it"
    while read -r name; do
        checked=$((checked + 1))
        expected=$(awk -v name="$name" '$3 == name' "$corpus/digests.txt")
        found=$(digests_of "$name") || found='it does not decode'
        # What was recorded is bytes, and was written with a header.
        if [ "$found" = "$expected" ] && { [[ $name != *.hbedt ]] || [ "$(version_of "$name")" != 0 ]; }; then
            continue
        fi
        wrong=$((wrong + 1))
        case $expected in
        "$found") printf '%s: names no version of the format; ./bed corpus migrate\n' "$name" ;;
        '') printf '%s: is not in digests.txt\n' "$name" ;;
        "${found%% *} "*) printf '%s: the same bytes decode to another text\n' "$name" ;;
        *) printf '%s: is no longer the bytes that it was\n' "$name" ;;
        esac
    done < <(inputs)
    while read -r _ _ name; do
        if [ -e "$corpus/$name" ]; then continue; fi
        wrong=$((wrong + 1))
        printf '%s: is in digests.txt, and is not there\n' "$name"
    done < <(grep -v '^#' "$corpus/digests.txt")
    [ $checked -gt 0 ] || fail "there is no input in $corpus"
    printf '%d inputs verified, %d wrong\n' $checked $wrong
    if [ -n "$json" ]; then
        printf '{"schema":"heapbed-corpus/1","inputs":%d,"wrong":%d}\n' $checked $wrong >"$json"
    fi
    [ $wrong = 0 ]
}

statistics() {
    local name
    while read -r name; do
        "$bed" show "$corpus/$name" | awk -v name="$name" '
            NR > 1 { count[$1]++; all++ }
            END {
                folder = name
                sub(/\/[^\/]*$/, "", folder)
                printf "%s %d", folder, all
                for (kind in count) printf " %s=%d", kind, count[kind]
                print ""
            }'
    done < <(inputs) >"$scratch/counts"
    [ -s "$scratch/counts" ] || fail "there is no input in $corpus"
    awk '{
            files[$1]++
            operations[$1] += $2
            if ($2 > longest[$1]) longest[$1] = $2
            for (i = 3; i <= NF; i++) { split($i, pair, "="); if (!seen[$1, pair[1]]++) kinds[$1]++ }
        }
        END { for (f in files) print f, files[f], operations[f], longest[f], kinds[f] }' "$scratch/counts" |
        LC_ALL=C sort >"$scratch/sums"
    printf '%-14s %6s %11s %8s %6s\n' folder inputs operations longest kinds
    awk '{ printf "%-14s %6d %11d %8d %6d\n", $1, $2, $3, $4, $5 }' "$scratch/sums"
    if [ -n "$json" ]; then
        jq -R 'split(" ") | {folder: .[0], inputs: (.[1] | tonumber), operations: (.[2] | tonumber),
                             longest: (.[3] | tonumber), kinds: (.[4] | tonumber)}' "$scratch/sums" |
            jq -s '{schema: "heapbed-corpus/1", folders: .}' >"$json"
    fi
}

# reached_by PLAY < names of files: what they reach, "FILE AT SIDE" a line, sorted.
reached_by() {
    rm -rf "$scratch/run"
    mkdir "$scratch/run"
    play "$1" "$scratch/run" || fail "a run of ${1/:/ on } did not come to its end"
    sides "$scratch/run" "$1" | awk '$4 > 0 { print $1, $2, $3 }' | LC_ALL=C sort
}

# What the corpus itself reaches, on all variants.
reached_by_corpus() {
    local a_play
    find "$corpus" -name '*.hbedt' | sort >"$scratch/committed"
    rm -rf "$scratch/run"
    mkdir "$scratch/run"
    for a_play in $all_plays; do
        play "$a_play" "$scratch/run" <"$scratch/committed" || fail 'the corpus does not play to its end'
    done
    sides "$scratch/run" | awk '$4 > 0 { print $1, $2, $3 }' | LC_ALL=C sort
}

# reaches FILE PLAY SIDES: whether the file still reaches all of these.
reaches() { [ -z "$(reached_by "$2" <<<"$1" | LC_ALL=C comm -13 - "$3")" ]; }

# shorten TEXT PLAY SIDES: leaves out operations, in ever smaller pieces, as long as all is reached.
shorten() {
    local size count at
    count=$(($(wc -l <"$1") - 1))
    for ((size = (count + 1) / 2; size >= 1 && size * 16 >= count; size /= 2)); do
        for ((at = count - size + 2; at >= 2; at -= size)); do
            sed "${at},$((at + size - 1))d" "$1" >"$scratch/shorter.hbedt"
            if reaches "$scratch/shorter.hbedt" "$2" "$3"; then cp "$scratch/shorter.hbedt" "$1"; fi
        done
        count=$(($(wc -l <"$1") - 1))
    done
}

# name_for SIDES: the function that the first of them is in, and a number.
name_for() {
    local file at name number=1
    read -r file at _ <"$1"
    name=$(sed -n "1,${at%%:*}p" "$root/core/$file" |
        sed -nE 's/^[A-Za-z].*[ *]([a-z][a-z0-9_]*)\(.*/\1/p' | tail -n 1)
    name=$(printf '%s-%s' "$(dirname "$file" | sed 's/^\.$/core/')" "${name:-top}" | tr '_' '-')
    while [ -e "$corpus/reached/$name-$number.hbedt" ]; do number=$((number + 1)); done
    printf '%s-%d' "$name" $number
}

# keep FILE PLAY SIDES
keep() {
    local name file at side
    "$bed" show "$1" >"$scratch/kept.hbedt"
    if [ $is_whole = 0 ]; then shorten "$scratch/kept.hbedt" "$2" "$3"; fi
    name=$(name_for "$3")
    read -r file at side <"$3"
    {
        printf '# %s on %s: reaches ' "${2%:*}" "${2#*:}"
        if [ "$side" = - ]; then printf 'a line of %s' "$file"; else printf '%s (%s) of %s' \
            "$(sed -n "${at%%:*}p" "$root/core/$file" | sed 's/^ *//')" "$side" "$file"; fi
        printf '%s\n' "$([ "$(wc -l <"$3")" = 1 ] || printf ', and %d more' $(($(wc -l <"$3") - 1)))"
        cat "$scratch/kept.hbedt"
    } >"$corpus/reached/$name.hbedt"
    printf 'corpus/reached/%s.hbedt: %d operations, %d lines and branches\n' "$name" \
        $(($(wc -l <"$scratch/kept.hbedt") - 1)) "$(wc -l <"$3")"
}

# Which file to keep: ever the one that reaches most of what is open, the shorter of two. The names of
# those kept, in that order, each with how much it brought.
choose() { # OPEN < "FILE-NUMBER SIDE" lines, shorter files first
    awk -v open="$1" '
        BEGIN { while ((getline side < open) > 0) wanted[side] }
        {
            side = substr($0, length($1) + 2)
            if (side in wanted) { has[$1, side]; left[$1]++; if (!($1 in rank)) rank[$1] = ++files }
        }
        END {
            for (;;) {
                best = ""
                for (file in left)
                    if (best == "" || left[file] > left[best] || (left[file] == left[best] && rank[file] < rank[best]))
                        best = file
                if (best == "" || left[best] == 0) exit
                print best, left[best]
                for (side in wanted)
                    if ((best, side) in has) {
                        for (file in left) if ((file, side) in has) left[file]--
                        delete wanted[side]
                    }
                delete left[best]
            }
        }'
}

# What each candidate reaches alone, several at a time: NUMBER SIDE lines.
reached_each() { # PLAY
    mkdir -p "$scratch/each"
    # shellcheck disable=SC2016 # for the shell that is started
    nl -ba -w1 "$scratch/candidates" | xargs -P "${HEAPBED_JOBS:-$(nproc)}" -d '\n' -n 1 bash -c '
        root=$0 scratch=$1 number=${3%%	*} file=${3#*	}
        . "$root/corpus/reach/reach.sh"
        mkdir "$scratch/each/$number"
        play "$2" "$scratch/each/$number" <<<"$file" || exit 0
        sides "$scratch/each/$number" "$2" | awk -v n="$number" "\$4 > 0 { print n, \$1, \$2, \$3 }" >"$scratch/each/$number.sides"
        rm -rf "$scratch/each/$number"' "$root" "$scratch" "$1"
    find "$scratch/each" -name '*.sides' -printf '%f\t%p\n' | sort -n | cut -f2 | xargs -r cat
    rm -rf "$scratch/each"
}

# leave_out_findings PLAY: of the candidates. Each is played alone only where all together say that there
# is one.
leave_out_findings() {
    local file
    rm -rf "$scratch/run"
    play "$1" "$scratch/run" <"$scratch/candidates" || fail "a run of ${1/:/ on } did not come to its end"
    touch "$scratch/findings"
    if [ "$(objections_in "$scratch/run")" = 0 ]; then return; fi
    while IFS= read -r file; do
        rm -rf "$scratch/run"
        play "$1" "$scratch/run" <<<"$file" || fail "$file on ${1/:/ on } did not come to its end"
        if [ "$(objections_in "$scratch/run")" = 0 ]; then
            printf '%s\n' "$file" >&3
        else
            printf '%s: is objected to by %s\n' "$file" "${1/:/ on }" >&2
            printf '%s\n' "$file" >>"$scratch/findings"
        fi
    done <"$scratch/candidates" 3>"$scratch/sound"
    mv "$scratch/sound" "$scratch/candidates"
}

merge() {
    local a_play number count=0
    [ ${#folders[@]} -gt 0 ] || fail 'merge needs a folder'
    inputs_in "$scratch/others" "${folders[@]}" >"$scratch/found"
    printf 'bed corpus: %d inputs; %d other files are passed over\n' "$(wc -l <"$scratch/found")" \
        "$(cat "$scratch/others")" >&2
    [ -s "$scratch/found" ] || fail "there is no input in ${folders[*]}"
    tr '\n' '\0' <"$scratch/found" | xargs -0 stat -c '%s	%n' | sort -n | cut -f2 >"$scratch/candidates"
    for a_play in $plays; do leave_out_findings "$a_play"; done
    if [ ! -s "$scratch/candidates" ]; then plays=''; fi
    mkdir -p "$corpus/reached"
    reached_by_corpus >"$scratch/known"
    for a_play in $plays; do
        reached_by "$a_play" <"$scratch/candidates" | LC_ALL=C comm -13 "$scratch/known" - >"$scratch/open"
        printf '%s: %s new lines and branches\n' "${a_play/:/ on }" "$(wc -l <"$scratch/open")" >&2
        if [ ! -s "$scratch/open" ]; then continue; fi
        reached_each "$a_play" >"$scratch/each.sides"
        choose "$scratch/open" <"$scratch/each.sides" >"$scratch/chosen"
        while read -r number _ <&3; do
            awk -v n="$number" '$1 == n { print $2, $3, $4 }' "$scratch/each.sides" | LC_ALL=C sort |
                LC_ALL=C comm -12 "$scratch/open" - >"$scratch/own"
            keep "$(sed -n "${number}p" "$scratch/candidates")" "$a_play" "$scratch/own"
            count=$((count + 1))
            LC_ALL=C comm -23 "$scratch/open" "$scratch/own" >"$scratch/left"
            mv "$scratch/left" "$scratch/open"
            LC_ALL=C sort -u -o "$scratch/known" "$scratch/known" "$scratch/own"
        done 3<"$scratch/chosen"
    done
    if [ $count = 0 ]; then
        echo 'nothing reaches what the corpus does not; it is as it was'
    else
        printf '%d inputs joined the corpus; look at them, then ./bed corpus record\n' $count
    fi
    if [ -s "$scratch/findings" ]; then
        printf '%d inputs are objected to and were left out; ./bed replay says more\n' "$(wc -l <"$scratch/findings")"
        return 1
    fi
}

# From the longest to the shortest: does anything go without it?
minimise() {
    local file count=0
    reached_by_corpus >"$scratch/all"
    cp "$scratch/committed" "$scratch/left"
    while read -r file; do
        grep -vxF "$file" "$scratch/left" >"$scratch/fewer"
        rm -rf "$scratch/run"
        mkdir "$scratch/run"
        for a_play in $all_plays; do play "$a_play" "$scratch/run" <"$scratch/fewer" || fail 'a run did not come to its end'; done
        if sides "$scratch/run" | awk '$4 > 0 { print $1, $2, $3 }' | LC_ALL=C sort | cmp -s - "$scratch/all"; then
            mv "$scratch/fewer" "$scratch/left"
            printf '%s reaches nothing of its own\n' "${file#"$corpus/"}"
            if [ $is_remove = 1 ]; then rm "$file"; fi
            count=$((count + 1))
        fi
    done < <(find "$corpus/reached" -name '*.hbedt' -printf '%s\t%p\n' | sort -rn | cut -f2)
    printf '%d of them\n' $count
}

# version_of NAME: of the format; 0 where it says none.
version_of() {
    local version
    case $1 in
    *.hbedt) version=$(sed -n 's/^heapbed \([0-9]*\).*/\1/p' "$corpus/$1" | head -n 1) ;;
    *) version=$("$bed" show "$corpus/$1" | sed -n '1s/^heapbed \([0-9]*\) .*/\1/p') ;;
    esac
    printf '%s' "${version:-0}"
}

# name_version NAME: puts the header that a text without one is read with in front of its first operation.
# The bytes have to stay what they were.
name_version() {
    "$bed" encode --force -o "$scratch/before" "$corpus/$1" || return 1
    awk -v header="$("$bed" show "$scratch/before" | head -n 1)" '
        !is_there && !/^[ \t]*(#|$)/ { print header; is_there = 1 }
        { print }' "$corpus/$1" >"$scratch/named.hbedt"
    "$bed" encode --force -o "$scratch/after" "$scratch/named.hbedt" && cmp -s "$scratch/before" "$scratch/after" &&
        cp "$scratch/named.hbedt" "$corpus/$1.new" && mv "$corpus/$1.new" "$corpus/$1"
}

# Version 0 is a text that names none, as the format allows in what is written by hand: its arena and its
# slots are what the program takes them for. From version 1 on an input says it itself.
migrate() {
    local name version all=0 migrated=0 wrong=0
    while read -r name; do
        all=$((all + 1))
        version=$(version_of "$name")
        if [ "$version" = 0 ]; then
            if name_version "$name"; then
                migrated=$((migrated + 1))
                printf '%s: named no version, and is of version 1 now\n' "$name"
                continue
            fi
            printf '%s: names no version, and cannot be read\n' "$name"
        elif [ "$version" -gt 1 ]; then
            printf '%s: version %s, and this program knows up to 1\n' "$name" "$version"
        else
            continue
        fi
        wrong=$((wrong + 1))
    done < <(inputs)
    [ $all -gt 0 ] || fail "there is no input in $corpus"
    printf '%d inputs: %d migrated, %d that could not be and were left alone\n' $all $migrated $wrong
    [ $wrong = 0 ]
}

case $command in
statistics | verify | record | merge | minimise | migrate) "$command" ;;
*) fail "there is no command '$command'; --help lists them" ;;
esac
