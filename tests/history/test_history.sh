#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bed history: what its commands say, write, refuse and leave alone.
. "$(dirname "$0")/../testbed/script.sh"
cd "${work:?}" || exit 2

program=$(dirname "$bed")/heapbed-history
[ -x "$program" ] || {
    echo "$program is not there"
    exit 2
}
export HEAPBED_ROOT=$work/project
mkdir -p "$HEAPBED_ROOT"

# history STATUS ARGUMENTS...: runs it and requires its exit status; output in out, err.
history() {
    local expected=$1
    shift
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null
    local status=$?
    checks=$((checks + 1))
    if [ $status -ne "$expected" ]; then
        fail "exit status $status instead of $expected: history $*"
        sed 's/^/    /' "$work/out" "$work/err" | head -20
    fi
}

# is TEXT EXPECTED
is() {
    checks=$((checks + 1))
    [ "$1" = "$2" ] || fail "'$1' instead of '$2'"
}

# ask SQL: the one figure that the history a.jsonl has as an answer.
ask() { "$program" query "$1" a.jsonl 2>/dev/null | sed -n 2p; }

# --- help, usage ---
history 0 --help
says out "usage: bed history COMMAND"
history 2
history 2 nothing
says err "there is no command 'nothing'"
history 2 list --nothing
history 2 list
says err "there is no history yet"
history 2 list nowhere.jsonl
says err "nowhere.jsonl: No such file"
history 2 generate --commits many
says err "no number"

# --- generate: the same from the same seed ---
history 0 generate --commits 15 --seed 7 -o a.jsonl
says err "shift: x1.12 from commit 14"
history 0 generate --commits 15 --seed 7 -o b.jsonl
is "$(cksum <a.jsonl)" "$(cksum <b.jsonl)"
history 0 generate --commits 15 --seed 8 -o b.jsonl
checks=$((checks + 1))
! cmp -s a.jsonl b.jsonl || fail "seed 7 and seed 8 say the same"
is "$(wc -l <a.jsonl)" 18 # every fifth on two machines

# --- list, check ---
history 0 list a.jsonl
is "$(wc -l <out)" 18
history 0 check a.jsonl
says out "18 records, 0 annotations, 0 damaged"
{
    head -n 3 a.jsonl
    echo '{"schema":"heapbed-history/9"}'
    sed -n 4p a.jsonl | head -c 200
} >damaged.jsonl
history 1 check damaged.jsonl
says out "damaged.jsonl:4: its schema is heapbed-history/9"
says out "damaged.jsonl:5: no JSON"
says out "3 records, 0 annotations, 2 damaged"
history 0 list damaged.jsonl
is "$(wc -l <out)" 3
says err "damaged.jsonl:4: "
history 2 check a.jsonl nowhere.jsonl

# --- append ---
"$program" append appended.jsonl <a.jsonl || fail "append failed"
is "$(cksum <a.jsonl)" "$(cksum <appended.jsonl)"
(sed -n 1p a.jsonl; echo '{"a":1}') | "$program" append appended.jsonl 2>err
is $? 1
says err 'standard input:2: "schema" is missing; not appended'
is "$(wc -l <appended.jsonl)" 19
history 2 append appended.jsonl
says err "there is no record"
history 0 list appended.jsonl # the repeated record once
is "$(wc -l <out)" 18

# --- page ---
mkdir -p campaign/findings
{
    for hour in 0 1 2; do
        echo "{\"schema\":\"heapbed-campaign/1\",\"time\":\"2026-01-01T0$hour:00:00Z\",\"seconds\":$((hour * 3600)),\"executions\":$((hour * 10)),\"roles\":[]}"
    done
    echo '{"schema":"another"}'
    printf '{"schema":"heapbed-campaign/1","seco'
} >campaign/timeline.jsonl
echo '{"oracle":"place","operation":"malloc 1","operations":3}' >campaign/findings/place-1.json
echo torn >campaign/findings/torn.json
history 0 page --campaign campaign -o page.json a.jsonl
says err "campaign/timeline.jsonl:4: no line of a campaign; passed over"
says err "campaign/timeline.jsonl:5: no JSON; passed over"
says err "campaign/findings/torn.json: no finding; passed over"
is "$(jq -c '.campaigns[] | [.folder, [.moments[].seconds], .newest.executions, [.findings[].name]]' page.json)" \
    '["campaign",[0,3600,7200],20,["place-1"]]'
for line in $(seq 0 2500); do
    echo "{\"schema\":\"heapbed-campaign/1\",\"seconds\":$line}"
done >campaign/timeline.jsonl
history 0 page --campaign campaign -o page.json a.jsonl
is "$(jq -c '.campaigns[0].moments | map(.seconds) | [length, .[0], .[-1], (. == sort)]' page.json)" '[626,0,2500,true]'
history 2 page --campaign nowhere a.jsonl
says err "nowhere/timeline.jsonl: No such file or directory"

history 0 page -o page.json a.jsonl b.jsonl
checks=$((checks + 1))
jq -e '.schema == "heapbed-page/1" and (.records | length) == 36 and
    all(.records[]; (.fingerprint | test("^[0-9a-f]{16}$")) and .schema == "heapbed-history/1") and
    ([.records[].commit_date] | . == sort) and (.verdicts | length) > 300 and
    all(.verdicts[]; .low <= .change and .change <= .high and .noise > 0)' page.json >/dev/null ||
    fail "page.json is not as documented"
history 0 page b.jsonl a.jsonl
is "$(jq -c '[.records[].commit]' out | cksum)" "$(jq -c '[.records[].commit]' page.json | cksum)"
history 0 changes --json - a.jsonl
is "$(jq '[.verdicts[] | select(.verdict == "slower") | .row + "/" + .subject] | unique | .[]' out)" \
    '"trace/git-log/default-on"'

# --- annotate: accepted ends the baseline of what it names ---
last=$("$program" list a.jsonl 2>/dev/null | tail -n 1 | cut -c1-12)
history 0 annotate "$last" --kind accepted --rows '^trace/' --subjects '^default-on$' \
    --text 'it now checks more' --annotations annotations.jsonl a.jsonl
history 0 changes --json - a.jsonl
is "$(jq '[.verdicts[] | select(.row == "trace/git-log" and .subject == "default-on")] | length' out)" 0
is "$(jq '[.verdicts[] | select(.row == "trace/git-log")] | length > 10' out)" true
history 2 annotate "$last" --kind wished --text x --annotations annotations.jsonl a.jsonl
says err '"kind" is none of'
history 2 annotate "$last" --kind cause --rows '(' --text x --annotations annotations.jsonl a.jsonl
says err '"rows" is no extended regular expression'
history 2 annotate 0000000 --kind cause --text x --annotations annotations.jsonl a.jsonl
says err "no record has such a commit"
is "$(wc -l <annotations.jsonl)" 1
history 0 check annotations.jsonl
says out "0 records, 1 annotations, 0 damaged"

# --- sqlite, query: the same figures as in the records, nothing of others overwritten ---
is "$(ask 'select count(*) from records')" 18
is "$(ask 'select count(*) from samples')" "$(jq -s '[.[].rows[].cells[].samples[]] | length' a.jsonl)"
is "$(ask 'select total(value) from samples where unit is null' 2>&1)" ""
is "$(ask "select count(*) from cells where p99 is not null")" \
    "$(jq -s '[.[].rows[].cells[] | select(.percentiles)] | length' a.jsonl)"
is "$(ask "select sum(value) from figures where section = 'bugs' and name = 'oracles.place'")" 44.0
is "$(ask 'select kind from annotations')" accepted
history 2 query 'select no_such_thing' a.jsonl
says err "no such column"
history 2 query 'select 1; select 2' a.jsonl
history 0 query 'select count(*) as n from versions' --json - a.jsonl
is "$(jq -c . out)" '[{"n":72}]'
history 0 sqlite -o a.db a.jsonl
history 0 sqlite -o a.db a.jsonl
history 2 sqlite -o a.jsonl a.jsonl
says err "not from here: not replaced"
is "$(wc -l <a.jsonl)" 18
history 2 sqlite -o nowhere/a.db a.jsonl
is "$(find . -name '*.new' | wc -l)" 0

# --- add: what other programs of the bed write ---
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a \
    GIT_COMMITTER_EMAIL=a GIT_COMMITTER_DATE='2026-03-01T10:00:00+02:00'
git -C "$HEAPBED_ROOT" init -q
git -C "$HEAPBED_ROOT" commit -q --allow-empty -m first
git -C "$HEAPBED_ROOT" commit -q --allow-empty -m 'second "one"'
cat >fuzz.json <<'END'
{"target": "bestfit", "engines": ["libfuzzer", "afl"], "seconds": 10, "executions": 410000,
 "operations_per_second": 125.5, "coverage": {"libfuzzer": 3400, "afl": 2000},
 "corpus": {"libfuzzer": 900, "afl": 300}, "findings": []}
END
cat >bugs.json <<'END'
{"bugs": [{"detected": true, "oracle": "place", "class": "index", "seconds": 3},
          {"detected": true, "oracle": "place", "seconds": 1},
          {"detected": true, "oracle": "content", "seconds": 2},
          {"detected": false, "oracle": "", "class": "index", "seconds": 9}],
 "detected": 3, "false_alarms": 0}
END
cat >mutation.json <<'END'
{"mutants": 100, "killed": 80, "listed": 12, "survivors": 3, "raw_percent": 84.2, "corrected_percent": 96.4}
END
cat >matrix.json <<'END'
{"cells": [{"twin": false, "got": "report", "backend": "asan"},
           {"twin": true, "got": "silent", "backend": "asan"},
           {"twin": false, "got": "silent", "backend": "nothing"}], "failures": 0}
END
history 0 add --fuzz fuzz.json --bugs bugs.json --mutation mutation.json --matrix matrix.json
history 0 check "$HEAPBED_ROOT/out/history.jsonl"
says out "1 records, 0 annotations, 0 damaged"
is "$(jq -c '[.title, .commit_date, .is_dirty, (.parent | length)]' "$HEAPBED_ROOT/out/history.jsonl")" \
    '["second \"one\"","2026-03-01T08:00:00Z",false,40]'
is "$(jq -c '[.fuzz.executions_per_second, .fuzz.coverage_edges, .fuzz.corpus_files, .fuzz.engine]' \
    "$HEAPBED_ROOT/out/history.jsonl")" '[41000,3400,900,"libfuzzer, afl"]'
is "$(jq -c '[.bugs.planted, .bugs.detected, .bugs.median_seconds, .bugs.oracles]' \
    "$HEAPBED_ROOT/out/history.jsonl")" '[4,3,2,{"place":2,"content":1}]'
is "$(jq -c .bugs.classes "$HEAPBED_ROOT/out/history.jsonl")" '{"index / place":1,"index / ":1}'
is "$(jq -c '[.mutation.score_raw, .mutation.survivors, .matrix.cells, .matrix.reported.asan]' \
    "$HEAPBED_ROOT/out/history.jsonl")" '[84.2,3,2,1]'
history 0 list # what is there without being named
is "$(wc -l <out)" 1
history 2 add --commit HEAD
says err "none of them is given"
history 2 add --commit nothing --fuzz fuzz.json
says err "git knows no such commit"
history 2 add --fuzz mutation.json --history other.jsonl
says err 'mutation.json: it has no "seconds"'
history 2 add --bugs nowhere.json --history other.jsonl
history 2 add --mutation a.jsonl --history other.jsonl
checks=$((checks + 1))
[ ! -e other.jsonl ] || fail "a record without its figures was appended"

# --- export ---
for format in google-benchmark github-action-benchmark bencher; do
    history 0 export --format $format -o "$format.json" a.jsonl
    checks=$((checks + 1))
    jq -e 'length > 0' "$format.json" >/dev/null || fail "$format.json is no JSON"
done
first=$("$program" list a.jsonl 2>/dev/null | sed -n 1p | cut -c1-12)
history 0 export --format bencher --commit "$first" a.jsonl
says err "commit $first"
history 2 export --format bencher --commit 0000000 a.jsonl
history 2 export --format xml a.jsonl
history 2 export --format otava a.jsonl
says err "-o DIR"
history 0 export --format otava -o otava a.jsonl
is "$(find otava -name '*.csv' | wc -l)" "$(grep -c 'type: csv' otava/otava.yaml)"

finish
