#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A campaign that is killed goes on where it stopped, and nothing is lost that was there before: no
# finding, no input that waits to be looked at, no input that an engine had queued. At random moments
# (the seed is printed) SIGKILL ends the supervisor, one engine, or all processes; or the power is
# cut: the disk, a file, gets nothing more of what was written. Then Ctrl-C, and a full disk. Power
# cut and full disk need root, and are left out without.
#
#   tests/fuzz/campaign.sh ROOT [KILLS]
#
# KILLS is 20 where it is not given. Needs the builds release, fuzz and afl; the others of
# `./bed campaign` take part where they are built. `./bed test` runs it with two.
set -uo pipefail
unset ASAN_OPTIONS UBSAN_OPTIONS

root=$(cd "${1:?the root of the project}" && pwd)
kills=${2:-20}
seed=${SEED:-$(date +%s)}
RANDOM=$seed
work=$(mktemp -d)
disk=$work/disk
dir=$disk/campaign
save=2             # seconds between two moments at which all is on the disk
window=$((6 * save)) # for so long it keeps what an engine replaces
patience=300       # seconds for what must happen at last, on any machine
cd "${work:?}" || exit 2
mkdir disk

# Every process of the campaign has this in its environment.
processes() {
    grep -lsF "CAMPAIGN_MARK=$work" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

kill_all() {
    local left tries
    for tries in $(seq 100); do
        left=$(processes)
        [ -n "$left" ] || return 0
        # shellcheck disable=SC2086 # one word a process
        kill -9 $left 2>/dev/null
        sleep "0.$((tries % 3 + 1))"
    done
    return 1
}

unplug() {
    if mountpoint -q disk; then umount disk || umount -l disk; fi
}

clean_up() {
    kill_all
    unplug
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    echo "FAILED (SEED=$seed): $*" >&2
    tail -n 15 err >&2
    exit 1
}

# --- a disk ---------------------------------------------------------------------------------------

# Its journal is written when it is asked for, and not by itself.
plug() { mount -o loop,commit=3600 image disk; }

# A process that is just ending still holds it; or another's mount namespace, which began meanwhile (a
# container): then the dead disk would be there again.
replug() {
    local tries
    for tries in $(seq 300); do
        if ! mountpoint -q disk || umount disk 2>/dev/null; then
            if plug && touch disk/usable 2>/dev/null && rm disk/usable; then return; fi
        fi
        sleep "0.$((tries % 5 + 1))"
    done
    fail 'the disk cannot be used any more'
}

has_disk() {
    [ "$(id -u)" = 0 ] || return 1
    truncate -s 2G image && mkfs.ext4 -qF image >/dev/null 2>&1 && plug 2>/dev/null || return 1
    cc -o power_cut "$root/tests/fuzz/fixtures/power_cut.c" && ./power_cut disk 2>/dev/null
    local status=$?
    umount disk
    [ "$status" = 0 ] && mkfs.ext4 -qF image >/dev/null 2>&1 && plug
}

# --- the campaign ---------------------------------------------------------------------------------

supervisor=
start() {
    env CAMPAIGN_MARK="$work" "$root/build/release/bed-campaign" --target seed --turn 10 --minimise 1000 \
        --save "$save" --jobs 2 --dir "$dir" "$@" >out 2>err &
    supervisor=$!
}

# last KEY: of the last line of its timeline
last() { tail -n 1 "$dir/timeline.jsonl" 2>/dev/null | jq -r ".$1 // 0" 2>/dev/null || echo 0; }
lines() { grep -c "" "$dir/timeline.jsonl" 2>/dev/null || true; }

# wait_for WHAT COMMAND...: until the command is true
wait_for() {
    local what=$1 end=$((SECONDS + patience))
    shift
    until "$@"; do
        kill -0 "$supervisor" 2>/dev/null || fail "the campaign has ended by itself; awaited: $what"
        [ $SECONDS -lt $end ] || fail "in $patience seconds: no $what"
        sleep 0.1
    done
}
has_more_lines() { [ "$(lines)" -ge "$1" ]; }
has_run_more() { [ "$(last executions)" -gt "$1" ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
nothing_waits() { [ "$(last waiting)" = 0 ] && [ "$(last findings)" -ge 3 ]; }
is_paused() { [ "$(last state)" = paused ]; }
has_candidates() { [ "$(find "$dir/candidates" -type f -not -name '.*' 2>/dev/null | wc -l)" -ge "$1" ]; }

# The contents of files, a hash a line; what is empty is no input.
contents() {
    (cd "$dir" && find "$@" -type f -size +0 -not -path '*/.*' -not -name '*.unfinished' -exec md5sum {} +) \
        2>/dev/null | cut -c1-32 | grep -v d41d8cd98f00b204e9800998ecf8427e | sort -u
}
queues() { (cd "$dir" && find engines -type d \( -name queue -o -name _resume \)) 2>/dev/null; }
crashes() { (cd "$dir" && find engines -type d \( -name 'crashes*' -o -name 'hangs*' \)) 2>/dev/null; }

# What must never be lost, and what must not be but for a better one in its place: inputs of the
# engines that are old enough to have been saved once.
# shellcheck disable=SC2046 # one word a folder
found() { contents findings candidates artifacts unreproduced $(crashes); }
# shellcheck disable=SC2046
queued() { comm -12 <(contents corpus $(queues)) <(contents kept); }
has_queued() { [ -n "$(queued)" ]; }
# shellcheck disable=SC2046
everything() { contents findings candidates artifacts unreproduced $(crashes) corpus kept $(queues); }

lost() { comm -23 "$1" "$2"; }

# --- ends -----------------------------------------------------------------------------------------

end_supervisor() { kill -9 "$supervisor"; }
# shellcheck disable=SC2046 # one word a process
end_all() { kill -9 $(processes) 2>/dev/null; }
# One engine alone: the campaign must go on, before it is ended too.
end_engine() {
    local engine executions
    engine=$(processes | grep -vxF "$supervisor" | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [ -z "$engine" ] || kill -9 "$engine" 2>/dev/null
    executions=$(last executions)
    wait_for 'more executions after an engine was killed' has_run_more "$executions"
    end_all
}
end_power() {
    ./power_cut disk || fail 'the power cannot be cut'
    end_all
}

# run_and_end HOW: from its start to its end, at a random moment; before and after are what was there
run_and_end() {
    local executions begun saves
    executions=$(last executions)
    start
    wait_for 'something run' has_run_more "$executions"
    while :; do
        wait_for 'saved inputs' has_queued
        begun=$SECONDS
        { found; queued; } | sort -u >before
        found >>known
        saves=$(lines)
        wait_for 'two saves' has_more_lines $((saves + 2))
        sleep "$((RANDOM % save)).$((RANDOM % 10))"
        [ $((SECONDS - begun + 2)) -ge $window ] || break # else this machine was too slow; again
    done
    "$1"
    { wait "$supervisor"; } 2>/dev/null
    for _ in $(seq 100); do
        [ -n "$(processes)" ] || break
        sleep 0.1
    done
    [ -z "$(processes)" ] || fail "processes outlive the supervisor: $(processes)"
    if [ "$1" = end_power ]; then replug; fi
    everything >after
}

# --- canaries: this test sees a loss --------------------------------------------------------------

powered=no
if has_disk; then powered=yes; else echo 'no power cut, no full disk: they need root, and a loop device' >&2; fi

: >known
forget() {
    {
        end_all
        rm -rf "${dir:?}/corpus" "$dir/kept" "$dir/candidates"
    } 2>/dev/null
}
run_and_end forget
[ -n "$(lost before after)" ] || fail 'canary: a campaign that forgets looks like one that does not'
kill_all
rm -rf "${dir:?}"

if [ $powered = yes ]; then
    : >known
    save=100000 start
    wait_for candidates has_candidates 5
    found >before
    sleep 1
    end_power
    { wait "$supervisor"; } 2>/dev/null
    kill_all || fail 'processes outlive the power'
    replug
    everything >after
    [ -n "$(lost before after)" ] ||
        fail 'canary: a campaign that brings nothing to the disk looks like one that does'
    rm -rf "${dir:?}"
fi

# --- killed and gone on ---------------------------------------------------------------------------

: >known
ends=(end_supervisor end_all end_engine)
if [ $powered = yes ]; then ends=(end_power end_supervisor end_all end_engine); fi
for number in $(seq "$kills"); do
    how=${ends[$(((number - 1) % ${#ends[@]}))]}
    run_and_end "$how"
    [ -s before ] || fail 'nothing was found or kept at all'
    [ -z "$(lost before after)" ] ||
        fail "lost by kill $number, $how: $(lost before after | wc -l) of $(wc -l <before): $(cd "$dir" && lost "$work/before" "$work/after" | head -n 3)"
    sort -u -o known known
    echo "kill $number, $how: $(wc -l <before) inputs and files were there, and are" >&2
done

# --- everything that waited is looked at; Ctrl-C --------------------------------------------------

for _ in 1 2 3 4 5; do
    executions=$(last executions)
    start --json summary.json
    wait_for 'something run' has_run_more "$executions"
    wait_for 'findings, and nothing that waits' nothing_waits
    kill -INT "$supervisor"
    end=$((SECONDS + patience))
    until is_gone "$supervisor" || [ $SECONDS -ge $end ]; do sleep 0.1; done
    is_gone "$supervisor" || fail 'Ctrl-C does not end it'
    wait "$supervisor"
    status=$?
    [ $status = 1 ] || fail "after Ctrl-C the campaign on the seed ends with status $status instead of 1"
    [ "$(last state)" = stopped ] || fail "after Ctrl-C its state is $(last state)"
    [ "$(last waiting)" != 0 ] || break
done
[ -z "$(processes)" ] || fail 'processes outlive Ctrl-C'
[ "$(last waiting)" = 0 ] || fail "$(last waiting) inputs still wait"
everything >after
[ -z "$(lost known after)" ] || fail "lost at the end: $(lost known after | head -n 5)"
find "$dir/candidates" "$dir/artifacts" -type f -not -name '.*' | sed "s|^$dir/||" |
    grep -E '^candidates/|/(crash|timeout|oom|leak)-' | grep -v unfinished | sort >waiting
sort "$dir/triaged" >triaged
[ -s waiting ] || fail 'there were no candidates'
[ -z "$(lost waiting triaged)" ] || fail "not looked at: $(lost waiting triaged | head -n 5)"

status=0
"$root/build/release/bed-status" --json status.json "$dir" >status || status=$?
[ $status = 1 ] || fail "bed status ends with $status instead of 1"
findings=$(find "$dir/findings" -name '*.json' | wc -l)
[ "$findings" -ge 3 ] || fail "only $findings findings on the seed"
[ "$(jq '.findings | length' summary.json)" = "$findings" ] || fail 'the summary has other findings'
[ "$(jq '.found | length' status.json)" = "$findings" ] || fail 'bed status has other findings'
for file in "$dir"/findings/*.json; do
    jq -e .oracle "$file" >/dev/null || fail "$file is damaged"
    status=0
    # shellcheck disable=SC2094 # two files
    "$root/build/release/bed" replay --target seed "${file%.json}.hbed" >replayed 2>&1 || status=$?
    [ $status = 1 ] || fail "${file%.json}.hbed does not fail again: status $status"
done
jq -es 'map(.seconds) | length > 0 and . == sort' "$dir/timeline.jsonl" >/dev/null ||
    fail 'time runs backwards in the timeline'
jq -es 'map(.executions) | length > 0 and . == sort' "$dir/timeline.jsonl" >/dev/null ||
    fail 'executions are forgotten in the timeline'

# --- a full disk ----------------------------------------------------------------------------------

if [ $powered = yes ]; then
    replug && umount disk
    mount -t tmpfs -o size=200m none disk || fail 'no tmpfs'
    start
    wait_for 'something run' has_run_more 0
    wait_for candidates has_candidates 3
    fallocate -l $(($(df --output=avail -B1 disk | tail -n 1) - (30 << 20))) disk/filler || fail 'no filler'
    wait_for pause is_paused
    grep -q 'paused until there are more' err || fail 'it does not say that the disk is full'
    [ -z "$(last running)" ] || fail "$(last running) run on a full disk"
    found >before
    dd if=/dev/zero of=disk/rest bs=1M status=none 2>/dev/null
    sleep $((2 * save))
    kill -0 "$supervisor" || fail 'it ends when the disk is full'
    everything >after
    [ -z "$(lost before after)" ] || fail "lost on a full disk: $(lost before after | head -n 3)"
    executions=$(last executions)
    rm disk/filler disk/rest
    wait_for 'more executions when there is room again' has_run_more "$executions"
    kill -INT "$supervisor"
    wait "$supervisor"
    status=$?
    [ $status = 1 ] || fail "after a full disk it ends with status $status instead of 1"
    everything >after
    [ -z "$(lost before after)" ] || fail "lost after a full disk: $(lost before after | head -n 3)"
fi
echo "all as expected: $kills kills, $findings findings, $(wc -l <known) files kept (SEED=$seed)"
