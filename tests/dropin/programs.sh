# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Real programs doing real work: each function run_NAME runs the program NAME in a fresh folder and
# writes all that it computed to standard output. Nothing in it may depend on time, place or chance.
# Sourced after script.sh.
# shellcheck disable=SC2154 # source, work and compiler are those of script.sh

export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONMALLOC=malloc
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2001-01-01T00:00:00Z'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'

# shellcheck disable=SC2034 # for those who source this
program_names="sqlite3 python3 git cc perl jq awk sort tar bash node cpp"

# A version manager may put a script in the place of the program.
if command -v python3 >/dev/null; then
    python=$(python3 -c 'import sys; print(sys.executable)')
fi
# The process that must have allocated, where it goes by another name; nothing where it has many.
declare -A process=([python3]=${python:-} [cc]='' [cpp]=containers [awk]='')

run_sqlite3() {
    sqlite3 data.db '
        create table items (id integer primary key, name text, amount real);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 15000)
            insert into items select i, hex(i * 7919 % 10007), i * 0.5 from n;
        create index by_name on items (name);
        select count(*), sum(amount), min(name), max(name) from items;
        select substr(name, 1, 3) as k, count(*), group_concat(id, "+") from items
            group by k having count(*) > 100 order by k limit 20;
        select a.id, b.id from items a join items b on a.name = b.name and a.id < b.id limit 50;
        delete from items where id % 3 = 0; vacuum; pragma integrity_check;
        select json_group_array(name) from (select name from items order by name limit 2000);'
}

run_python3() {
    "$python" -c '
import collections, json, re, zlib
rows = [{"id": i, "name": "n%d" % (i * 7919 % 10007), "tags": ["t%d" % (i % k) for k in (3, 5)]}
        for i in range(3000)]
text = json.dumps(rows)
again = json.loads(text)
assert again == rows
print(len(text), zlib.crc32(text.encode()), zlib.crc32(zlib.compress(text.encode())))
words = collections.Counter(re.findall(r"[a-z]+\d", text))
print(sorted(words.items())[:30])
print(sorted(again, key=lambda row: (row["name"], row["id"]))[::500])
print(pow(7, 20000) % 10**40, len(str(3**9000)))
print(sum(len(bytearray(size)) for size in range(0, 3000000, 100000)))
'
}

run_git() {
    git init -q -b main repository && cd repository || return
    cp -r "$source/core" . && git add core && git commit -q -m one
    cp -r "$source/testbed" . && rm core/config.h && git add -A && git commit -q -m two
    git mv core kernel && git commit -q -m three
    git --no-pager log -p --stat -M
    git repack -q -a -d && git fsck --full --no-progress
    git blame kernel/bestfit.c | cksum && git archive HEAD | cksum && git rev-parse HEAD
}

run_cc() {
    "${compiler[@]}" -std=c11 -O1 -g0 -S -DBF_INDEX_LIST -I"$source/core" "$source/core/bestfit.c" -o -
}

run_perl() {
    perl -e '
        my %count; my $seed = 1; my @rows;
        for my $i (1 .. 60000) {
            $seed = ($seed * 1103515245 + 12345) % 2147483648;
            my $word = "w" . ($seed % 5000);
            $count{$word}++; push @rows, $word if $i % 3;
        }
        my $text = join ",", @rows; $text =~ s/w(\d)(\d*)/$2$1/g;
        my @sorted = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
        print "$_ $count{$_}\n" for @sorted[0 .. 200];
        print length($text), " ", unpack("%32C*", $text), "\n";'
}

run_jq() {
    jq -n -c '[range(6000) | {id: ., name: "n\(. * 7919 % 10007)", parts: [., . * 2, "x"]}]
        | (map(.id) | add), (group_by(.id % 17) | map(length)), (sort_by(.name) | .[0:40]),
          (map(.parts | join("-")) | join(",") | length), ([.[] | tojson] | unique | length)'
}

run_awk() {
    awk 'BEGIN {
        for (i = 0; i < 60000; i++) { word = "w" (i * 7919 % 4001); count[word]++; text = text substr(word, 2, 1) }
        for (i = 0; i < 4001; i += 13) print i, count["w" i]
        n = split(text, digits, "3"); print n, length(text)
        gsub(/1+/, "<&>", text); print length(text) }'
}

run_sort() {
    cat "$source"/core/*.[ch] "$source"/core/*/*.h "$source"/testbed/*.[ch] >once
    cat once once once >text
    sort --parallel=2 -S 300k -T . text | cksum
    sort -k2,2 -k1,1r -s -u text >sorted && head -n 500 sorted
}

run_tar() {
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf all.tar -C "$source" core testbed
    cksum <all.tar && mkdir out && tar -xf all.tar -C out && tar -tvf all.tar
    diff -r "$source/testbed" out/testbed
}

run_bash() {
    bash -c '
        declare -A count; text=
        for ((i = 0; i < 2500; i++)); do word=w$((i * 7919 % 1009)); count[$word]=$((${count[$word]:-0} + 1)); text+=$word; done
        printf "%s\n" "${#text}" "${text//w1/<>}" | cksum
        for word in "${!count[@]}"; do echo "$word ${count[$word]}"; done | sort'
}

run_node() {
    node -e '
        const rows = Array.from({length: 20000}, (_, i) => ({id: i, name: "n" + i * 7919 % 10007}));
        const text = JSON.stringify(rows);
        console.log(text.length, require("crypto").createHash("sha256").update(text).digest("hex"));
        console.log(require("zlib").gzipSync(text).length, JSON.parse(text).sort((a, b) => a.name < b.name ? -1 : 1)[99]);'
}

# Compiled once, in the folder above, by test_programs.sh.
run_cpp() { ../containers; }

# can_run NAME
can_run() {
    case $1 in
    cc) true ;;
    cpp) [ -x "$work/containers" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# outcome NAME WAY [PRELOAD]: what run_NAME wrote and returned, in the folder WAY; what the processes
# said of their heaps is in WAY.err.
outcome() {
    local folder=$work/$1-$2
    mkdir -p "$folder"
    (
        cd "$folder" || exit 2
        if [ $# -gt 2 ]; then export LD_PRELOAD=$3 BESTFIT_MALLOC_STATS=1; fi
        "run_$1" </dev/null
        echo "exit status $?"
    ) >"$folder.out" 2>"$folder.err"
}

# blocks_handed_out NAME WAY: by the processes of that program, as they said at their end.
blocks_handed_out() {
    local name=${process[$1]-$1}
    grep -F "$(basename "$name")" "$work/$1-$2.err" |
        sed -n 's/^bestfit_malloc: .*calls: allocated \([0-9]*\),.*/\1/p' |
        awk '{ sum += $1 } END { print sum + 0 }'
}
