#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_oss_fuzz_checks.sh BED: the preset oss-fuzz links whatever $LIB_FUZZING_ENGINE brings, by the names
# of the engines that Debian has not (honggfuzz, centipede), with a main in their place that runs the
# files given, and takes every answer but 0 for a fault, as honggfuzz does; and the checks of
# ./bed oss-fuzz can each say no, to small programs made for it.
. "$(dirname "$0")/../testbed/script.sh"

cat >"$work/engine.c" <<'END'
#include <stdint.h>
#include <stdio.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            return 1;
        }
        if (LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof bytes, file)) != 0) {
            printf("stand-in: %s is not answered with 0\n", argv[i]);
            return 1;
        }
        fclose(file);
    }
    printf("stand-in: %d inputs\n", argc - 1);
    return 0;
}
END
clang-19 -O1 -c "$work/engine.c" -o "$work/engine.o" && ar rc "$work/libstandin.a" "$work/engine.o"

# configure ENGINE LIB_FUZZING_ENGINE
configure() {
    checks=$((checks + 1))
    env -C "$source" FUZZING_ENGINE="$1" LIB_FUZZING_ENGINE="$2" SANITIZER=address ARCHITECTURE=x86_64 \
        CC=clang-19 CXX=clang++-19 CFLAGS='-O1 -DOF_THE_CONTRACT' CXXFLAGS='-O1 -DOF_THE_CONTRACT' \
        SRC="$source" WORK="$work" OUT="$work/out-$1" \
        cmake --fresh --preset oss-fuzz >"$work/log" 2>&1 || fail "$1: it is not configured: $(tail -n 5 "$work/log")"
    folder=$work/heapbed-$1-address-x86_64
    grep -qF -- "${2##* }" "$folder/build.ninja" || fail "$1: \$LIB_FUZZING_ENGINE is not linked"
    grep -q -- -DOF_THE_CONTRACT "$folder/build.ninja" || fail "$1: \$CFLAGS are not used"
}

configure centipede "-L$work -lstandin"
configure honggfuzz "$work/libstandin.a"
checks=$((checks + 1))
if ! cmake --build "$folder" --target lockstep heapbed-seeds-zip >"$work/log" 2>&1; then
    fail "honggfuzz: it is not built: $(tail -n 5 "$work/log")"
else
    mapfile -t seeds < <(find "$folder/fuzz/oss-fuzz/seeds" -type f)
    printf 'hbed\377%011d' 0 >"$work/later" # of a version that there is not
    program=$(find "$folder" -name lockstep -type f -perm -u+x)
    "$program" "${seeds[@]}" "$work/later" >"$work/log" 2>&1 || fail "honggfuzz: the seeds fail: $(tail -n 3 "$work/log")"
    # Centipede runs no program that has more guards than edges, and here no edge is counted.
    ! readelf -SW "$program" | grep -q __sancov_guards || fail 'guards of AFL++ are in the build for another engine'
    grep -q "^stand-in: [1-9][0-9][0-9]* inputs" "$work/log" || fail 'the stand-in has run nothing'
fi

# -- the checks -------------------------------------------------------------------------------------

check=$source/fuzz/oss-fuzz/check
# shellcheck source=../../fuzz/oss-fuzz/check/programs.sh
. "$check/programs.sh"
export ARCHITECTURE=x86_64 FUZZING_ENGINE=libfuzzer SANITIZER=address
room=$work/room
OUT_MOVED=$work/of
mkdir -p "$room/tmp/seeds" "$OUT_MOVED"
chmod 755 "$work"
echo seed >"$room/tmp/seeds/seed"

cat >"$work/p.c" <<'END'
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    const char *path = getenv("WRITES");
    if (path != NULL && fopen(path, "w") == NULL) {
        abort();
    }
    return byte_count > 100 && bytes[0] == 7;
}
END
echo 'int other(void) { return 1; }' | clang-19 -shared -fPIC -x c - -o "$work/libother.so"

# program OPTIONS...: p anew, with all that belongs to it.
program() {
    clang-19 -O1 -fsanitize=fuzzer "$work/p.c" "$@" -o "$OUT_MOVED/p" 2>"$work/log" || fail "p: $(cat "$work/log")"
    printf '"word"\n' >"$OUT_MOVED/p.dict"
    printf '[libfuzzer]\nmax_len = 64\n' >"$OUT_MOVED/p.options"
    (cd "$room/tmp/seeds" && cmake -E tar cf "$OUT_MOVED/p_seed_corpus.zip" --format=zip .)
}

adds() { echo "$1" >>"$OUT_MOVED/$2"; }

# says TEXT COMMAND...: it refuses, with TEXT.
says() {
    local text=$1
    shift
    checks=$((checks + 1))
    if "$@" 2>"$work/said"; then
        fail "$*: it is not refused with '$text'"
    elif ! grep -qF -- "$text" "$work/said"; then
        fail "$*: not refused with '$text', but: $(grep refused "$work/said")"
    fi
}

program
checks=$((checks + 1))
check_files "$OUT_MOVED" p || fail 'a good program is refused'
for missing in p.dict p.options p_seed_corpus.zip; do
    mv "$OUT_MOVED/$missing" "$work/missing"
    says "$missing is missing" check_files "$OUT_MOVED" p
    mv "$work/missing" "$OUT_MOVED/$missing"
done
ARCHITECTURE=i386 says 'p is not ELF32' check_files "$OUT_MOVED" p
program -L"$work" -lother -Wl,--no-as-needed
says 'needs libother.so' check_files "$OUT_MOVED" p
program -Wl,-rpath,"$work"
says 'a path to libraries' check_files "$OUT_MOVED" p
says 'not all eight variants' check_core "$OUT_MOVED" p
# What the stand-in runs was built without a sanitizer, and no edge of it is counted.
says 'no call of the sanitizer in the core' check_core "$folder" lockstep
SANITIZER=none says 'no edge is counted in the core' check_core "$folder" lockstep

program
if ! in_room /out/p /tmp/seeds/seed; then
    echo "no bare room can be made here (unshare): what runs in it is left out"
    finish
fi
adds 'nonsense = 1' p.options
says 'has a flag that libFuzzer lacks' check_libfuzzer "$OUT_MOVED" p 1
program
: >"$OUT_MOVED/p.options"
adds '[other]' p.options
says 'p.options says nothing' check_libfuzzer "$OUT_MOVED" p 1
program
adds 'no entry' p.dict
says 'fails on its seeds' check_libfuzzer "$OUT_MOVED" p 1
program
says 'did not run its 2 seeds' check_libfuzzer "$OUT_MOVED" p 2
says 'counters, not hundreds' check_libfuzzer "$OUT_MOVED" p 1
export WRITES=/out/written
says 'fails on its seeds' check_libfuzzer "$OUT_MOVED" p 1
export WRITES=/tmp/written
says 'counters, not hundreds' check_libfuzzer "$OUT_MOVED" p 1

# -- run_tests.sh -----------------------------------------------------------------------------------

# tests LINE...: run_tests.sh of these lines.
tests() { printf '%s\n' "$@" >"$work/tree/run_tests.sh"; }

mkdir "$work/tree"
passes='echo "100% tests passed, 0 tests failed out of 30"'
# shellcheck disable=SC2016 # for run_tests.sh
tests "$passes" '[ "$(grep -c : /proc/net/dev)" = 1 ] # the loopback alone' 'echo x >"$WORK/written"'
checks=$((checks + 1))
check_tests "$work/tree" "$work" "$work/log" || fail 'good tests are refused'
tests "$passes" false
says 'run_tests.sh fails' check_tests "$work/tree" "$work" "$work/log"
# shellcheck disable=SC2016
tests "$passes" 'echo x >"$SRC/written"'
says 'run_tests.sh changes the tree' check_tests "$work/tree" "$work" "$work/log"
tests 'echo "No tests were found!!!"'
says 'run_tests.sh has run 0 tests' check_tests "$work/tree" "$work" "$work/log"
finish
