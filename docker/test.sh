#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed docker-test: builds the image from nothing in an engine of its own and tries all that
# docs/continuous.md says of it.
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$folder")
. "$folder/engine.sh"

image=heapbed
owner=4242:4343 # nobody here has these numbers
# MiB that the image may have beside its base.
size_max=130

say() { printf 'bed docker-test: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 2
}

explain() {
    cat <<'END'
usage: ./bed docker-test [options]

Makes a Debian 13 base image from Debian's mirrors, builds the project's Dockerfile on it, and tries
what docs/continuous.md says of the image: each command, with the flags given there, the same
verdicts as on this machine, whose the files are. Then a planted bug, once with each engine: found,
bundled, reproduced inside the image by the command that the bundle names, shrunk there, clean on the
right core. All in a Docker engine of its own, which is ended and removed, also after Ctrl-C. Needs
root, the network (for Debian's mirrors) and 8 GB. Takes 15 to 35 minutes, most of it for builds.

  --keep DIR     work in DIR and leave it: the next run with it builds what has changed only
  --seconds N    how long each engine searches for the planted bug (default 120)
  --json FILE    what was checked, as JSON; - for standard output
  --help         this

Exit status: 0 all passed; 1 something failed; 2 usage, or the image could not be built.
END
}

keep=
seconds=120
json=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        explain
        exit 0
        ;;
    --keep | --seconds | --json)
        [ $# -gt 1 ] || die "$1 takes a value; --help says more"
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
    *) die "there is no option '$1'; --help lists them" ;;
    esac
    shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "--seconds takes a number from 1, not '$seconds'"
# can_write FILE: said before the work rather than after it.
can_write() {
    if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -w "$(dirname "$1")" ]; fi
}
[ -z "$json" ] || [ "$json" = - ] || can_write "$json" || die "cannot write $json"
[ "$(id -u)" = 0 ] || die 'an engine of its own needs root: sudo ./bed docker-test'

if [ -n "$keep" ]; then
    # Folders in it are removed and written to, so it must be no other's.
    if [ -e "$keep" ] && [ ! -e "$keep/.heapbed-docker-test" ] && [ -n "$(ls -A "$keep")" ]; then
        die "$keep is there already, and not of this command; --keep takes a new or an empty folder"
    fi
    { mkdir -p "$keep" && touch "$keep/.heapbed-docker-test"; } || die "$keep cannot be made"
    work=$(realpath "$keep")
    [[ $work/ != "$root"/* ]] || die "$keep is part of the tree that the image is built of; --keep takes a folder elsewhere"
else
    work=$(mktemp -d "${TMPDIR:-/tmp}/bed-docker-XXXXXX") || die 'no temporary folder can be made'
fi
scratch=$work/scratch

clean_up() {
    local status=$?
    trap '' INT TERM HUP
    [ "$status" -lt 128 ] || say "interrupted: the engine is ended$([ -n "$keep" ] || echo ', and what it made removed')"
    ticks_end
    if [ -n "${watched:-}" ]; then
        kill -- "-$watched" 2>/dev/null
        wait "$watched" 2>/dev/null
    fi
    engine_stop
    if [ -n "$keep" ]; then
        rm -rf "$scratch"
    else
        rm -rf "$work" || say "$work could not be removed altogether"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- checks ---------------------------------------------------------------------------------------

passed=0
failed=0
records=()

# A dot every ten seconds, until ticks_end.
ticks_begin() {
    set -m # a process group of its own, so that the sleep ends with it
    while sleep 10; do printf .; done >&2 &
    ticker=$!
    set +m
}

ticks_end() {
    [ -z "${ticker:-}" ] || kill -- "-$ticker" 2>/dev/null
    wait "${ticker:-}" 2>/dev/null
    ticker=
}

# check NAME COMMAND...: one check; what it printed is shown where it failed.
check() {
    local name=$1 begun=$SECONDS status=0 log=$scratch/check.log
    shift
    printf 'bed docker-test: %-66s ' "$name" >&2
    ticks_begin
    "$@" >"$log" 2>&1 </dev/null || status=$?
    ticks_end
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        printf 'ok %4d s\n' $((SECONDS - begun)) >&2
    else
        failed=$((failed + 1))
        printf 'FAILED\n' >&2
        tail -n 40 "$log" | cut -c 1-400 | sed 's/^/    /' >&2
    fi
    records+=("$(printf '%s\t%s\t%d' "$name" "$status" $((SECONDS - begun)))")
}

# expect STATUS COMMAND...: what it printed is in $scratch/out, and on the way of all output.
expect() {
    local expected=$1 status=0
    shift
    "$@" >"$scratch/out" 2>&1 || status=$?
    cat "$scratch/out"
    [ "$status" = "$expected" ] || {
        echo "exit status $status instead of $expected: $*"
        return 1
    }
}

says() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" "$scratch/out" || {
            echo "it does not say: $text"
            return 1
        }
    done
}

says_not() {
    ! grep -qF -- "$1" "$scratch/out" || {
        echo "it says: $1"
        return 1
    }
}

# The flags of docs/continuous.md, and no capability at all.
strictly=(--network none --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges)
inside() { docker run --rm -i "${strictly[@]}" "$@"; }

# With a folder mounted that is the caller's.
inside_folder() {
    local mounted=$1
    shift
    inside --user "$owner" -v "$mounted":/work "$@"
}

new_folder() {
    mkdir -p "$1" && chown "$owner" "$1"
}

# --- the image ------------------------------------------------------------------------------------

# watch LOG WHAT COMMAND...: a line now and then of how far it is.
watch() {
    local log=$1 what=$2 begun=$SECONDS status=0 tick=0
    shift 2
    say "$what"
    set -m # a process group of its own, so that all of it can be ended
    "$@" >"$log" 2>&1 </dev/null &
    watched=$!
    set +m
    while kill -0 "$watched" 2>/dev/null; do
        sleep 1
        tick=$((tick + 1))
        [ $((tick % 30)) != 0 ] ||
            say "$what: $((SECONDS - begun)) s, $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-70)"
    done
    wait "$watched" || status=$?
    watched=
    [ "$status" = 0 ] || {
        tail -n 40 "$log" >&2
        die "$what: failed; if a mirror could not be reached, try again"
    }
}

build_image() {
    local commit
    commit=$(git -C "$root" describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown)
    # The host's network, as the engine has none of its own; a user's engine has one.
    docker build --network host -t "$image" --build-arg COMMIT="$commit" "$root"
}

# make_variant NAME COMMAND: an image that lacks something, for the canaries.
make_variant() {
    printf 'FROM %s\nUSER 0\nRUN %s\nUSER 65534:65534\n' "$image" "$2" |
        docker build --network none -t "$1" - >"$scratch/variant.log" 2>&1 ||
        { tail "$scratch/variant.log" >&2 && die "no image could be made for a canary"; }
}

image_bytes() { docker image inspect --format '{{.Size}}' "$1"; }

is_small() {
    local own=$((($(image_bytes "$image") - $(image_bytes debian:trixie-slim)) / 1048576))
    echo "$own MiB beside the base, of which there may be $size_max"
    [ "$own" -gt 10 ] && [ "$own" -le "$size_max" ]
}

is_not_root() {
    [ "$(docker image inspect --format '{{.Config.User}}' "$image")" = 65534:65534 ] &&
        [ "$(inside --entrypoint id "$image" -u)" = 65534 ]
}

# Not even its owner can change what is run, also where the container is not read-only.
writes_nothing() {
    expect 1 docker run --rm --network none --entrypoint touch "$image" /heapbed/x &&
        expect 1 docker run --rm --network none --entrypoint touch "$image" /heapbed/build/release/bed &&
        expect 1 inside --entrypoint touch "$image" /var/tmp/x
}

# --- commands -------------------------------------------------------------------------------------

fault=$root/corpus/regressions/free-shrinks-unaligned-block.hbedt

explains_a_finding() {
    expect 1 inside "$image" replay --target seed - <"$fault" &&
        says 'oracle     place' 'operation  3: ' 'expected ' 'actual ' 'heap as the model has it' \
            '--- operations' '--- sanitizers' '--- C program' || return 1
    # The program shows it on this machine, without the bed.
    sed -n '/^--- C program$/,/^[0-9]* inputs on /p' "$scratch/out" | sed '1d;$d' >"$scratch/program.c"
    clang-19 -w -I"$root/core" "$scratch/program.c" -o "$scratch/program" &&
        expect 1 "$scratch/program" && says 'place: operation'
}

# A target that writes to what it has freed, which nothing sees but a sanitizer.
make_freed_target() {
    mkdir -p "$scratch/freed"
    printf 'malloc 1 50\nmalloc 2 99\n' >"$scratch/freed/input.hbedt"
    clang-19 -shared -fPIC -g -O1 -fno-builtin -I"$root/testbed/include" "$folder/freed_target.c" \
        -o "$scratch/freed/freed.so"
}

# symbolizes IMAGE: functions and lines, of the target and of the bed.
symbolizes() {
    expect 1 inside -v "$scratch/freed":/target:ro "$1" replay --target /target/freed.so - \
        <"$scratch/freed/input.hbedt" &&
        says 'only a sanitizer sees it' 'oracle     sanitizer' 'heap-use-after-free' \
            'in write_to_freed ' 'freed_target.c:' 'in hb_run ' 'testbed/run.c:'
}

# It still reports, and names no line.
notices_a_mute_image() {
    not symbolizes "$image-mute" && says 'heap-use-after-free' && says_not 'freed_target.c:'
}

# verdicts CORPUS TARGET COMMAND...: of the whole corpus but the traces, as lines of JSON.
verdicts() {
    local corpus=$1 target=$2
    shift 2
    "$@" replay --json - --target "$target" "$corpus"/{seeds,regressions,complexity,reached} 2>/dev/null |
        jq -c '.inputs[] | .input |= sub(".*/corpus/"; "")'
}

verdicts_here() { verdicts "$root/corpus" "$1" "$root/build/release/bed"; }
verdicts_inside() {
    verdicts /corpus-of-this-machine/corpus "$1" \
        inside -v "$root/corpus":/corpus-of-this-machine/corpus:ro "$image"
}

# agree HERE INSIDE: the same lines, and enough of them.
agree() {
    local count
    count=$(wc -l <"$1")
    echo "$count inputs"
    [ "$count" = "$(find "$root"/corpus/{seeds,regressions,complexity,reached} -name '*.hbedt' | wc -l)" ] &&
        diff "$1" "$2"
}

has_same_verdicts() {
    verdicts_here "$1" >"$scratch/here" && [ -s "$scratch/here" ]
    verdicts_inside "$1" >"$scratch/inside"
    agree "$scratch/here" "$scratch/inside"
}

# not COMMAND...: for canaries; what it would have complained of is no complaint.
not() {
    if "$@"; then
        echo "this was to be noticed: $*"
        return 1
    fi
}

notices_another_verdict() {
    verdicts_here seed >"$scratch/here"
    verdicts_inside bestfit-list >"$scratch/inside"
    agree "$scratch/here" "$scratch/here" && [ -s "$scratch/inside" ] &&
        not agree "$scratch/here" "$scratch/inside"
}

# By standard output, and in a folder.
shrinks_alike() {
    "$root/build/release/bed" shrink --target seed -o - "$fault" >"$scratch/short.here" 2>/dev/null
    inside "$image" shrink --target seed -o - - <"$fault" >"$scratch/short.inside" 2>/dev/null
    [ -s "$scratch/short.here" ] && cmp "$scratch/short.here" "$scratch/short.inside" || return 1
    new_folder "$scratch/short"
    expect 1 inside_folder "$scratch/short" "$image" shrink --target seed -o short.hbed - <"$fault" &&
        is_the_callers "$scratch/short" 1 && cmp "$scratch/short.here" "$scratch/short/short.hbed"
}

shows() {
    expect 0 inside --user "$owner" "$image" show - <"$fault" && says 'malloc 0 17' &&
        expect 0 inside "$image" show --target seed --format svg - <"$fault" && says '<svg ' &&
        expect 0 inside "$image" show --target seed --format html - <"$fault" && says '<!DOCTYPE html>'
}

# All that came out is the caller's, and there is something.
is_the_callers() {
    local foreign
    foreign=$(find "$1" ! \( -uid "${owner%:*}" -gid "${owner#*:}" \))
    if [ -n "$foreign" ] || [ "$(find "$1" -type f | wc -l)" -lt "$2" ]; then
        echo "not the caller's, or less than $2 files: $foreign"
        return 1
    fi
}

bundles() {
    new_folder "$scratch/bundles"
    expect 0 inside --user "$owner" -v "$scratch/bundles":/work -v "$root/corpus":/corpus:ro \
        "$image" bundle --target seed "/corpus/regressions/$(basename "$fault")" &&
        is_the_callers "$scratch/bundles" 8 &&
        expect 1 inside_folder "$scratch/bundles" "$image" replay free-shrinks-unaligned-block-bundle &&
        expect 0 inside_folder "$scratch/bundles" "$image" bundle --target seed -o one.tar \
            free-shrinks-unaligned-block-bundle/input.hbed &&
        is_the_callers "$scratch/bundles" 9 &&
        tar -tf "$scratch/bundles/one.tar" >"$scratch/out" && says README.md input.hbed manifest.json
}

fuzzes() {
    new_folder "$scratch/fuzz"
    expect 1 inside_folder "$scratch/fuzz" "$image" fuzz --target seed --seconds 20 --jobs 2 --out found \
        --json summary.json &&
        is_the_callers "$scratch/fuzz" 20 &&
        jq -e '.findings | length > 0' "$scratch/fuzz/summary.json" &&
        [ -n "$(find "$scratch/fuzz/found/findings" -name '*.c')" ]
}

says_what_to_mount() {
    expect 2 inside "$image" fuzz --seconds 5 && says ':/work ...' &&
        expect 2 inside "$image" lint && says 'the image has no'
}

benches() {
    # Whether it works, not how fast it is: a timed row, a counted one, and the size of code.
    expect 0 inside --user "$owner" --shm-size 256m "$image" bench --quick --launches 1 --json - \
        --filter '^(pair/4096-small|instructions/select|code/x86-64)$' --subject '^(default-on|list|mimalloc)$' \
        >"$scratch/bench.log" || {
        tail -n 5 "$scratch/bench.log"
        return 1
    }
    sed -n '/^{/,/^}/p' "$scratch/out" >"$scratch/bench.json"
    [ "$(jq -r '[.rows[].name] | unique | join(" ")' "$scratch/bench.json")" = \
        'code/x86-64 instructions/select pair/4096-small' ]
}

tests_pass() {
    expect 0 inside --user "$owner" "$image" test && says ' passed, 0 failed'
}

# --- from a planted bug to the right core ---------------------------------------------------------

bug=leaf-bit-not-cleared
engine= # with which it is found

# make_core NAME [PATCH]: the core behind the bed's adapter, as a target.
make_core() {
    local name=$1 tree=$scratch/cores/$1.tree
    mkdir -p "$tree"
    cp -r "$root/core" "$tree/"
    [ $# -lt 2 ] || patch -d "$tree" -p1 --fuzz=0 --quiet <"$2" || return 1
    clang-19 -std=c11 -O2 -g -fPIC -shared -w -DHB_VARIANT_SYMBOL=heapbed_target \
        -Wl,-Bsymbolic -DBF_PREFIX="bf_in_${name}_" -include "$root/sharpness/probe.h" -I"$tree/core" \
        -I"$root/testbed" -I"$root/testbed/include" "$root/testbed/targets/bestfit.c" \
        -o "$scratch/cores/$name.so" && chmod 755 "$scratch/cores/$name.so"
}

plants_a_bug() {
    make_core planted "$root/sharpness/bugs/$bug.patch" && make_core right
}

# search COMMAND...: a campaign with one engine.
search() {
    local status=0
    "$@" --engine "$engine" --jobs 2 --dir "$scratch/$engine" --json "$scratch/$engine.json" \
        --hours "$(awk -v seconds="$seconds" 'BEGIN { print seconds / 3600 }')" >"$scratch/out" 2>&1 || status=$?
    tail -n 20 "$scratch/out"
    [ "$status" = 1 ] && [ -n "$(first_finding)" ] && has_run_alone
}

# All that ran is of that engine.
has_run_alone() {
    tail -n 1 "$scratch/$engine/timeline.jsonl" |
        jq -e --arg engine "-$engine-" '.executions > 0 and
            (.roles | map(select(.turns > 0) | .name) | length > 0 and all(contains($engine)))'
}

first_finding() {
    grep -l '"harness":.*"lockstep"' "$scratch/$engine"/findings/*.json | sort | sed -n '1s/json$/hbed/p'
}

# As a shared object, which the engines do not see into.
finds_it_loaded() {
    engine=libfuzzer
    search "$root/bed" campaign --target "$scratch/cores/planted.so"
}

# in_changed_tree COMMAND...: with the bug in the core itself, in a layer over this tree that nobody else
# sees. Only what depends on the core is built again, and what was built goes with the layer. The
# sources are copied to it first, as nobody may change what lies under a layer.
in_changed_tree() {
    local layer=$scratch/layer
    mkdir -p "$layer/upper" "$layer/work"
    tar -C "$root" -c --exclude=./build --exclude=./out --exclude=./.git . | tar -C "$layer/upper" -x || return 1
    # shellcheck disable=SC2016 # for the shell of the layer
    unshare --mount --propagation private bash -euc '
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$1"
        patch -d "$1" -p1 --fuzz=0 --quiet <"$1/sharpness/bugs/$3.patch"
        sed -i "/^ *BUG_[A-Z]*(.*);$/d" "$1"/core/*/*.h # its probes
        shift 3
        exec "$@"' - "$root" "$layer" "$bug" "$@"
}

finds_it_compiled_in() {
    engine=afl
    search in_changed_tree "$root/bed" campaign
}

bundles_it() {
    expect 0 "$root/bed" bundle --target "$scratch/cores/planted.so" -o "$scratch/$engine.bundle" "$(first_finding)" &&
        [ "$(grep -c '^    docker run ' "$scratch/$engine.bundle/README.md")" = 1 ]
}

# The one command, as it stands there. The verdict is the bundle's.
reproduces_it() {
    sed -n 's/^    \(docker run .*\)$/\1/p' "$scratch/$engine.bundle/README.md" >"$scratch/command"
    cat "$scratch/command"
    (cd "$scratch/$engine.bundle" && export TARGET_FOLDER=$scratch/cores &&
        expect 1 bash "$scratch/command") || return 1
    sed -n '/^  oracle /,/^  actual /p' "$scratch/$engine.bundle/heap.txt" >"$scratch/verdict"
    [ "$(wc -l <"$scratch/verdict")" = 4 ] || return 1
    while read -r line; do
        says "$line" || return 1
    done <"$scratch/verdict"
}

shrinks_it() {
    inside -v "$scratch/cores":/target:ro "$image" shrink --target /target/planted.so -o - - \
        <"$scratch/$engine.bundle/input.hbed" >"$scratch/short.hbed" 2>"$scratch/out"
    local status=$?
    cat "$scratch/out"
    [ "$status" = 1 ] && [ -s "$scratch/short.hbed" ] && says 'operations shrunk to'
}

passes_on_the_right_core() {
    expect 0 inside -v "$scratch/cores":/target:ro "$image" replay --target /target/right.so - \
        <"$scratch/short.hbed" && says ': 0 findings' &&
        expect 0 inside "$image" replay - <"$scratch/short.hbed" &&
        expect 1 inside -v "$scratch/cores":/target:ro "$image" replay --target /target/planted.so - \
            <"$scratch/short.hbed"
}

# --------------------------------------------------------------------------------------------------

write_json() {
    [ -n "$json" ] || return 0
    printf '%s\n' "${records[@]}" |
        jq -R -n --argjson bytes "$(image_bytes "$image")" \
            '{schema: "heapbed-docker-test/1", image_bytes: $bytes, checks: [inputs / "\t" |
             {name: .[0], passed: (.[1] == "0"), seconds: (.[2] | tonumber)}]}' >"${json/#-/\/dev\/stdout}"
}

run_all() {
    rm -rf "$scratch"
    mkdir -p "$scratch" || die "$scratch cannot be made"
    engine_start "$work/engine" ||
        die "the engine does not start in $work; is it on a filesystem that overlays work on? --keep names another"
    watch "$work/base.log" 'Debian 13, the base image' engine_import debian:trixie-slim "$work/base.tar"
    watch "$work/build.log" 'docker build' build_image
    make_freed_target || die 'the target for the sanitizer does not build'

    check "it is small" is_small
    check 'it is not root' is_not_root
    check 'nothing of it can be written to' writes_nothing
    check 'replay -: a finding in full; its C program shows it here' explains_a_finding
    check "replay -: a sanitizer's report, with functions and lines" symbolizes "$image"
    make_variant "$image-mute" 'rm /usr/bin/*addr2line'
    check '... canary: an image without its symbolizer is noticed' notices_a_mute_image
    local target
    for target in seed bestfit bestfit-list libc; do
        check "the verdicts of the corpus are those of this machine: $target" has_same_verdicts "$target"
    done
    check '... canary: another verdict is noticed' notices_another_verdict
    check 'shrink: the same bytes as on this machine' shrinks_alike
    check 'show: text, drawing, page' shows
    check 'bundle: in a mounted folder, the files are the caller'"'"'s' bundles
    check 'fuzz: both engines; the findings are the caller'"'"'s' fuzzes
    check 'without a folder, or a command that it lacks, it says what to do' says_what_to_mount
    check 'bench' benches
    check 'test' tests_pass
    check "a bug is planted: $bug" plants_a_bug
    for target in loaded compiled_in; do
        check "... a campaign finds it: $target" "finds_it_$target"
        check '... bundled' bundles_it
        check '... reproduced by the one command that the bundle names' reproduces_it
        check '... shrunk in the image' shrinks_it
        check '... clean on the right core' passes_on_the_right_core
    done
    write_json
    say "the image has $(($(image_bytes "$image") / 1048576)) MiB"
    echo "$passed passed, $failed failed" >&2
}

run_all
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
