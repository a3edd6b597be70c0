#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Records the traces of this folder anew: make-traces.sh BED [FOLDER]
# BED is the bed executable; FOLDER (default: this one) gets the traces, each replaced. Prints the
# table of README.md.
#
# Every job is made here and is the same each time; the traces are not, byte for byte: they change
# with the versions of the programs, and a threaded program interleaves as it likes.
# Needs: sqlite3 python3 gcc perl jq git mawk bash (Debian's packages of these names).
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: $0 BED [FOLDER]" >&2
    exit 2
fi
bed=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
project=$(realpath "$here/../..")
folder=$(realpath "${2:-$here}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The environment is part of what a program allocates.
export LC_ALL=C HOME="$work" TZ=UTC0 GIT_CONFIG_NOSYSTEM=1
unset "${!PYTHON@}" "${!PERL@}" 2>/dev/null || true

# record NAME VERSION-COMMAND ARGUMENTS...: one trace and its row.
record() {
    local name=$1 version=$2
    shift 2
    if ! "$bed" record -o "$folder/$name.hbed.zst" --force --json "$name.json" "$@" \
        >"$name.out" 2>"$name.err" </dev/null; then
        cat "$name.err" >&2
        exit 2
    fi
    if [ "$(jq .exit_status "$name.json")" != 0 ]; then
        echo "$name: the recorded program failed:" >&2
        cat "$name.err" >&2
        exit 2
    fi
    jq -r --arg name "$name" --arg version "$version" '"| \($name) | \($version) | \(.operations) |" +
        " \(.peak_live_bytes) | \(.peak_live_blocks) | \(.threads) | \(.arena_log2) |"' "$name.json"
}

make_sql() {
    cat >towns.sql <<'END'
CREATE TABLE town(id INTEGER PRIMARY KEY, name TEXT, country INTEGER, people INTEGER);
CREATE TABLE trip(id INTEGER PRIMARY KEY, origin INTEGER, target INTEGER, cost REAL, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO town SELECT i, printf('town %d', i * 7919 % 1009), i % 17, i * 104729 % 50000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
    INSERT INTO trip SELECT i, i * 31 % 400 + 1, i * 17 % 400 + 1, i * 7919 % 10007 / 7.0,
        printf('%.*c', i % 90, 'x') FROM n;
CREATE INDEX trip_origin ON trip(origin, cost);
SELECT a.country, count(*), round(sum(cost), 2) FROM trip JOIN town a ON a.id = origin
    GROUP BY a.country ORDER BY 3 DESC;
SELECT country, group_concat(name, ', ') FROM town GROUP BY country;
SELECT upper(note), length(note) FROM trip WHERE note LIKE '%xxxx%'
    ORDER BY length(note) DESC, id LIMIT 500;
UPDATE trip SET note = note || origin WHERE id % 3 = 0;
DELETE FROM trip WHERE cost > 1000;
VACUUM;
SELECT json_group_array(json_object('name', name, 'people', people)) FROM town;
END
}

make_python() {
    cat >words.py <<'END'
import base64, collections, csv, io, json, re, sys, zlib

text = open(sys.argv[1]).read()
words = re.findall(r"[a-z]+", text.lower())
places = collections.defaultdict(list)
for place, word in enumerate(words):
    places[word[:2]].append(place)
records = [{"word": word, "at": at, "first": words[at[0]]} for word, at in places.items()]
table = {record["word"]: record for record in json.loads(json.dumps(records))}
print(len(table), len(json.dumps(records, indent=1)))

rows = io.StringIO()
writer = csv.writer(rows)
lines = text.splitlines()
for number, line in enumerate(lines):
    near = " ".join(lines[max(0, number - number % 29):number + 1])
    packed = base64.b64encode(zlib.compress(near.encode(), 1 + number % 9)).decode()
    writer.writerow([number, len(packed), near[:60].title(), packed[:number]])
    places[words[number]] = sorted(near.replace(line[:2], "<>").split(), key=len)[:number]
print(len(rows.getvalue()), sum(len(line) for line in csv.reader(io.StringIO(rows.getvalue()))))
print(zlib.crc32("".join(map(str, sorted(places))).encode()))
END
}

make_perl() {
    cat >words.pl <<'END'
while (<>) {
    $count{lc $_}++ for split /\W+/;
    s/(\w+) (\w+)/$2 $1/g;
    push @lines, $_;
}
print "$_ $count{$_}\n" for sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print reverse @lines;
END
}

make_awk() {
    cat >lists.awk <<'AWK'
{
    list[$1 % 61] = list[$1 % 61] " " $1
    if (NR % 500 == 0) delete list[NR / 500 % 61]
}
END { for (key in list) print key, split(list[key], parts), length(list[key]) }
AWK
    seq 1 16000 >numbers.txt
}

# A text of the size of a chapter, the same everywhere.
make_text() {
    awk 'BEGIN {
        state = 1
        for (line = 1; line <= 300; line++) {
            for (word = 1; word <= 11; word++) {
                state = (state * 1103 + 12345) % 65536
                printf "%c%s%c%d ", 97 + state % 26, substr("esstonringand", state % 9, 2 + state % 5),
                    97 + state % 23, state % 7
            }
            print ""
        }
    }' | tr -d 0-4 >text.txt
    head -n 20 text.txt >start.txt
}

make_repository() {
    git init -q -b main repository
    (
        cd repository
        git config user.name somebody
        git config user.email somebody@example.org
        git config gc.auto 0
        for change in $(seq 60); do
            for file in a b c; do
                seq $((change * 3)) $((change * 3 + 200)) |
                    awk -v file=$file '{ print file, $1 * 7919 % 1000 }' >$file.txt
            done
            git add .
            date="$((1577836800 + change)) +0000"
            GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date git commit -q -m "change $change"
        done
    )
}

make_json() {
    jq -n '[range(400) | {id: ., name: "item \(.)", tags: [range(. % 7) | tostring],
        price: (. * 7919 % 1000 / 10)}]' >items.json
}

make_bash() {
    cat >strings.sh <<'END'
for i in {1..160}; do
    list[i % 50]="${list[i % 50]} $i"
    text=${text//5/}x$((i * i))
done
echo ${#text} "${list[@]}"
END
}

make_sql
make_python
make_perl
make_awk
make_text
make_repository
make_json
make_bash

first_line() { head -n 1 <<<"$1"; }

echo "| trace | version | operations | peak bytes | peak blocks | threads | arena, log2 |"
echo "|---|---|---:|---:|---:|---:|---:|"
record sqlite3-towns "SQLite $(sqlite3 --version | cut -d' ' -f1)" \
    -- sqlite3 -batch -init /dev/null towns.db ".read towns.sql"
record python3-words "$(/usr/bin/python3 --version)" -- /usr/bin/python3 -I words.py text.txt
PYTHONMALLOC=malloc record python3-objects "$(/usr/bin/python3 --version)" \
    -- /usr/bin/python3 -S -s words.py start.txt
record cc1-compile "$(first_line "$(gcc --version)")" --follow cc1 -- gcc -std=c11 -O2 -D_GNU_SOURCE \
    -I"$project/testbed" -c -o /dev/null "$project/testbed/cli/record_blocks.c"
record perl-words "Perl $(perl -e 'print $^V')" -- perl words.pl text.txt
record jq-group "$(jq --version)" -- jq 'group_by(.tags | length) |
    map({n: length, sum: (map(.price) | add), names: (map(.name) | join(","))})' items.json
record git-log "$(git --version)" -- git -C repository log -p --stat
record git-pack "$(git --version)" \
    -- git -C repository pack-objects --all --threads=4 --window=50 -q ../pack
record mawk-lists "$(first_line "$(mawk -W version 2>&1)")" -- mawk -f lists.awk numbers.txt
record bash-strings "$(first_line "$(bash --version)")" -- bash strings.sh
