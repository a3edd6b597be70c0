#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed oss-fuzz: builds the programs of fuzz/oss-fuzz as OSS-Fuzz would, with the contract's
# environment and in folders of its own, and looks at what the official check does not look at.
# docs/continuous.md says what and why.
set -euo pipefail

check=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=environment.sh
. "$check/environment.sh"
# shellcheck source=programs.sh
. "$check/programs.sh"

explain() {
    cat <<'END'
usage: ./bed oss-fuzz [options]

Builds the programs of fuzz/oss-fuzz as OSS-Fuzz does and checks what lies in $OUT.

  --engine NAME         libfuzzer, afl, honggfuzz, centipede (all)
  --sanitizer NAME      address, undefined, memory, coverage (all)
  --architecture NAME   x86_64, i386 (all)
  --honggfuzz DIR       where honggfuzz was built (honggfuzz and honggfuzz.a); Debian 12 has none
  --no-planted          without the planted bugs
  --no-tests            without run_tests.sh
  --source DIR          another source tree than this one
  --keep DIR            leave $OUT, $WORK and all there (a folder that is not there yet)
  --json FILE           the results, - for standard output

What this machine cannot build is told and skipped. Exit status: 0 all that was built is good, 1 a
build or a check failed, 2 it could not run, or nothing was built at all.
END
}

fail() {
    printf 'bed oss-fuzz: %s\n' "$*" >&2
    exit 2
}

engines='libfuzzer afl honggfuzz centipede'
sanitizers='address undefined memory coverage'
architectures='x86_64 i386'
source=$(cd "$check/../../.." && pwd)
keep='' json='' is_planting=1 is_testing=1 test_count=0

among() { # OPTION VALUE CHOICES
    case " $3 " in
    *" $2 "*) ;;
    *) fail "$1 is one of: $3; not '$2'" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        explain
        exit 0
        ;;
    --no-planted)
        is_planting=0
        shift
        continue
        ;;
    --no-tests)
        is_testing=0
        shift
        continue
        ;;
    --engine | --sanitizer | --architecture | --honggfuzz | --source | --keep | --json)
        [ $# -ge 2 ] || fail "$1 needs a value"
        ;;
    *) fail "there is no option '$1'; --help lists them" ;;
    esac
    case $1 in
    --engine) among "$1" "$2" "$engines" && engines=$2 ;;
    --sanitizer) among "$1" "$2" "$sanitizers" && sanitizers=$2 ;;
    --architecture) among "$1" "$2" "$architectures" && architectures=$2 ;;
    --honggfuzz) honggfuzz=$(cd "$2" && pwd) || fail "there is no folder $2" ;;
    --source) source=$(cd "$2" && pwd) || fail "there is no folder $2" ;;
    --keep) keep=$2 ;;
    --json) json=$2 ;;
    esac
    shift 2
done

[ -z "$honggfuzz" ] || { [ -x "$honggfuzz/honggfuzz" ] && [ -s "$honggfuzz/honggfuzz.a" ]; } ||
    fail "$honggfuzz has not both honggfuzz and honggfuzz.a; how they are built, precompile_honggfuzz of OSS-Fuzz says"
# can_write FILE: said before the work rather than after it.
can_write() {
    if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -w "$(dirname "$1")" ]; fi
}
[ -z "$json" ] || [ "$json" = - ] || can_write "$json" || fail "cannot write $json"
if [ -n "$keep" ]; then
    [ ! -e "$keep" ] || fail "$keep is there already"
    mkdir -p "$keep"
    scratch=$(cd "$keep" && pwd)
else
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
fi
"$check/room.sh" "$check" "$scratch" /bin/true 2>/dev/null || [ $? = 127 ] ||
    fail 'a bare room cannot be made: neither root nor user namespaces (unshare) are allowed here'
chmod 755 "$scratch"

say() { printf '%s\n' "$*" >&2; }

# The tree as an image would have it: build.sh in $SRC, the project beside it.
lay_out() { # SRC
    mkdir -p "$1/heapbed"
    tar -C "$source" -c --exclude=./build --exclude=./out --exclude=./.git . | tar -C "$1/heapbed" -x
    cp "$1/heapbed/fuzz/oss-fuzz/build.sh" "$1/heapbed/fuzz/oss-fuzz/run_tests.sh" "$1"
}

# Builds as `compile` does; the log is beside $OUT. In a shell of its own: the contract's variables
# are nobody else's.
build_out() { # SRC OUT
    mkdir -p "$2" "$work"
    if [ "$FUZZING_ENGINE" = afl ]; then
        cp "$(command -v afl-fuzz)" "$(command -v afl-showmap)" "$2"
    elif [ "$FUZZING_ENGINE" = honggfuzz ]; then
        cp "$honggfuzz/honggfuzz" "$2"
    fi
    (
        cd "$1/heapbed"
        SRC=$1 OUT=$2 WORK=$work bash -eux "$1/build.sh"
    ) >"$2.log" 2>&1 || {
        tail -n 15 "$2.log" >&2
        refuse 'build.sh failed'
    }
}

# Everything about one $OUT that was built. Sets the figures of the report.
check_out() { # OUT
    local program is_first=1
    mapfile -t programs < <(programs_of "$1")
    [ ${#programs[@]} -gt 0 ] || refuse "there is no program in $1" || return 1
    OUT_MOVED=$1.moved
    mv "$1" "$OUT_MOVED"
    for program in "${programs[@]}"; do
        check_program "$OUT_MOVED" "$program" $is_first || return 1
        is_first=0
    done
}

# replayed COMMAND...: as replay_build.sh of OSS-Fuzz builds a source that has changed since, with a
# cmake that builds but configures nothing (make_build_replayable.py).
replayed() {
    mkdir -p "$scratch/replay"
    cat >"$scratch/replay/cmake" <<END
#!/bin/bash
for argument in "\$@"; do
    case \$argument in
    --build | --install | -E | -P | --version) exec $(command -v cmake) "\$@" ;;
    esac
done
END
    chmod +x "$scratch/replay/cmake"
    PATH=$scratch/replay:$PATH "$@"
}

# The same source with the bugs, in the same $WORK, so that only the core is compiled again.
check_both_planted() { # SRC OUT
    local planted=$2.planted program is_built=1
    if [ "$is_planting" = 0 ] || [ "$SANITIZER" = coverage ]; then return 0; fi
    patch -s --dry-run -d "$1/heapbed" -p1 --fuzz=0 <"$check/planted.patch" ||
        refuse 'planted.patch does not fit the core any more' || return 1
    patch -s -d "$1/heapbed" -p1 --fuzz=0 <"$check/planted.patch" || return 1
    replayed build_out "$1" "$2" || is_built=0
    # The next configuration is built of the same tree.
    patch -s -R -d "$1/heapbed" -p1 --fuzz=0 <"$check/planted.patch" || fail 'the planted bugs cannot be taken out'
    [ $is_built = 1 ] || return 1
    mv "$2" "$planted"
    for program in lockstep lockstep_list; do
        check_planted "$2.moved" "$planted" "$program" || return 1
        found+="${found:+ }$program:$oracle"
    done
}

results=()
passed=0 failed=0 skipped=0

report() { # VERDICT REASON
    results+=("$(printf '{"engine":"%s","sanitizer":"%s","architecture":"%s","verdict":"%s","reason":"%s",' \
        "$engine" "$sanitizer" "$architecture" "$1" "$2")$(printf \
            '"programs":%d,"seeds":%d,"counters_min":%d,"planted_found":"%s"}' \
            "${#programs[@]}" "$seed_count" "$counters_min" "$found")")
}

one_configuration() { # ENGINE SANITIZER ARCHITECTURE
    local out=$scratch/out-$1-$2-$3 reason
    programs=() seed_count=0 counters_min=0 found=''
    reason=$(contract_why_not "$1" "$2" "$3" | head -n 1)
    if [ -n "$reason" ]; then
        say "skipped  $1 $2 $3: $reason"
        report skipped "$reason"
        skipped=$((skipped + 1))
        return
    fi
    contract_environment "$1" "$2" "$3"
    say "building $1 $2 $3"
    room=$scratch/room-$1-$2-$3
    mkdir -p "$room/tmp"
    if build_out "$src" "$out" && check_out "$out" && check_both_planted "$src" "$out"; then
        say "passed   $1 $2 $3: ${#programs[@]} programs, $seed_count seeds each, at least $counters_min edges${found:+, planted bugs found by $found}"
        report passed ''
        passed=$((passed + 1))
    else
        say "FAILED   $1 $2 $3"
        report failed "see standard error"
        failed=$((failed + 1))
    fi
}

if grep -q 'example\.invalid' "$source/fuzz/oss-fuzz/project.yaml"; then
    say 'note: the repository and contact in fuzz/oss-fuzz/project.yaml are to be set before it is handed in'
fi
src=$scratch/src
work=$scratch/work # what OSS-Fuzz calls $WORK
lay_out "$src"
for engine in $engines; do
    for architecture in $architectures; do
        for sanitizer in $sanitizers; do
            one_configuration "$engine" "$sanitizer" "$architecture"
            unset AFL_QUIET AFL_IGNORE_PROBLEMS AFL_IGNORE_UNKNOWN_ENVS CFLAGS CXXFLAGS
        done
    done
done
if [ $is_testing = 1 ] && [ -e "$work/heapbed-tests/build.ninja" ]; then
    say 'run_tests.sh'
    contract_environment libfuzzer address x86_64
    if replayed check_tests "$src" "$work" "$scratch/tests.log"; then
        say "passed   run_tests.sh: $test_count tests, without network"
        passed=$((passed + 1))
    else
        say 'FAILED   run_tests.sh'
        failed=$((failed + 1))
    fi
fi
printf '%s checks passed, %s failed, %s skipped\n' $passed $failed $skipped >&2

if [ -n "$json" ]; then
    if [ "$json" = - ]; then json=/dev/stdout; fi
    {
        printf '{"schema":"heapbed-oss-fuzz/1","configurations":[\n'
        (IFS=$'\x1f' && printf '%s' "${results[*]}" | sed $'s/\x1f/,\\\n/g')
        printf '\n],"tests":%d}\n' "$test_count"
    } >"$json"
fi
if [ $failed != 0 ]; then exit 1; fi
[ $passed != 0 ] || fail 'nothing was built'
