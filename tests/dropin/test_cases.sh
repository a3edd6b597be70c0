#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Programs with AddressSanitizer on the annotated drop-in malloc: memory errors are reported as they
# are with the sanitizer's own, and right programs do what they do: test_cases.sh BUILD_FOLDER.
# shellcheck source=SCRIPTDIR/script.sh
. "$(dirname "$0")/script.sh"

cases=$build/tests/dropin_cases
compare=$build/tests/dropin_compare_cases

# has STATUS COMMAND...: ends with it; what it said is in out and err.
has() {
    local expected=$1 status=0
    shift
    { "$@" >out 2>err </dev/null; } 2>/dev/null || status=$?
    check "exit status $status instead of $expected: $* $(head -n 5 err)" [ $status -eq "$expected" ]
}
says() { check "not said: '$1' but: $(head -n 8 err)" grep -qE -- "$1" err; }
says_nothing() { check "said: $(head -n 8 err)" [ ! -s err ]; }

# asan OUTPUT ARGUMENTS...: compiled with AddressSanitizer and linked as a user would.
asan() {
    local output=$1
    shift
    compile -O1 -g -fsanitize=address "$@" -L"$build" -lbestfit_malloc_asan -o "$output"
}

# -- memory errors, one by one ----------------------------------------------------------------------

has 0 "$compare" --json table.json "${cases}_native" "${cases}_annotated"
cat out
check 'too few cases' [ "$(awk '$1 == "all" { print $2 }' out)" -ge 150 ]
check 'a class is missing' [ "$(grep -o '"class"' table.json | wc -l)" -eq 8 ]
# The canaries: where the heap is not annotated, or the sanitizer told not to listen, nearly all are
# missed, and that is found.
if [ -e "${cases}_plain" ]; then
    has 1 "$compare" --every 9 "${cases}_native" "${cases}_plain"
    check 'the canary is not missed' [ "$(awk '$1 == "all" { print $5 }' out)" -ge 50 ]
fi
has 1 env ASAN_OPTIONS=allow_user_poisoning=0 "$compare" --every 9 "${cases}_native" "${cases}_annotated"
check 'the canary is not missed' [ "$(awk '$1 == "all" { print $5 }' out)" -ge 30 ]
has 2 "$compare" true true
has 2 "$compare" "${cases}_native"
has 2 "$compare" --every 0 "${cases}_native" "${cases}_annotated"
has 0 "$compare" --help
has 0 "${cases}_native" --help
has 2 "${cases}_native" overflow none bad

# The whole report: who had the bytes, both stacks with names, and the status of the sanitizer's own.
export ASAN_OPTIONS=detect_leaks=0:symbolize=1
has 1 "${cases}_annotated" after_free int.read/malloc/list bad
says '^bestfit: 0x[0-9a-f]* is use-after-free: 168 bytes inside a block of 400 bytes'
says '^  allocated at$'
says '^  freed at$'
check 'the stacks have no names' [ "$(grep -c ' in after_free_read_int ' err)" -ge 3 ]
has 1 "${cases}_annotated" double_free string/calloc/global bad
says '^bestfit: 0x[0-9a-f]* is double-free: 0 bytes inside a block of 21 bytes'
says '^==[0-9]*==ERROR: AddressSanitizer: use-after-poison on address'
has 1 "${cases}_annotated" non_heap int.stack/realloc/out bad
says "'local'"
has 0 "${cases}_annotated" after_free int.read/malloc/list good
says_nothing

# What looks like a header of the core, or of the sanitizer, in front of a pointer that is wrong: told
# and reported all the same, and nothing goes on; the sanitizer's own free would take it for its own.
cat >inside.c <<'END'
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
__attribute__((no_sanitize("address"))) static void smash(volatile char *header)
{
    for (int i = 0; i < 8; i++) header[i] = 'x';
}
int main(int argc, char **argv)
{
    const char *function = argc > 1 ? argv[1] : "";
    short *block = malloc(64);
    char *inside = (char *)block + 16;
    for (int i = 0; i < 32; i++) block[i] = 258;
    if (strcmp(function, "realloc") == 0) return realloc(inside, 5) != NULL;
    if (strcmp(function, "usable") == 0) return malloc_usable_size(inside) != 0;
    if (strcmp(function, "header") == 0) {
        smash((char *)block - 8);
        inside = (char *)block;
    }
    free(inside);
    return 0;
}
END
asan inside -w -fno-builtin inside.c
for function in free realloc usable; do
    has 1 ./inside $function
    says '^bestfit: 0x[0-9a-f]* is invalid-free: 16 bytes inside a block of 64 bytes'
    says '^==[0-9]*==ERROR: AddressSanitizer: unknown-crash on address'
    has 7 env ASAN_OPTIONS=exitcode=7:log_path=log ./inside $function
    check 'no report where reports go' grep -q 'is invalid-free: 16 bytes' log.*
    rm -f log.*
    has 134 env ASAN_OPTIONS=halt_on_error=0 ./inside $function
    has 0 env BESTFIT_HALT=0 ./inside $function
    says 'is invalid-free: 16 bytes'
done
has 1 ./inside header
says '^bestfit: 0x[0-9a-f]* is corrupted-header: 0 bytes inside a block of 64 bytes'

# -- right programs --------------------------------------------------------------------------------

cat >right.c <<'END'
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *kept;
static void *churn(void *argument)
{
    for (size_t i = 0; i < 2000; i++) {
        char *block = malloc(i % 700 + 1);
        block = realloc(block, i % 900 + 1);
        memset(block, (int)i, i % 900 + 1);
        free(block);
    }
    return argument;
}
static void aligned(void)
{
    void *block = NULL;
    if (posix_memalign(&block, 4096, 100) != 0 || malloc_usable_size(block) != 100) abort();
    free(block);
    block = aligned_alloc(256, 1000);
    free(reallocarray(block, 10, 10));
    free(memalign(64, 10));
    free(valloc(10));
    free(pvalloc(10));
}
/* A pool in a block, as the program's own allocators have it. */
static void pool(void)
{
    char *block = malloc(100);
    memset(block, 7, 100);
    __asan_poison_memory_region(block + 32, 32);
    char *larger = realloc(block, 200);
    for (size_t i = 0; i < 100; i++) if (larger[i] != 7) abort();
    if (!__asan_address_is_poisoned(block) || !__asan_address_is_poisoned(block + 99)) abort();
    __asan_poison_memory_region(larger + 100, 100);
    free(realloc(larger, 50));
}
int main(int argc, char **argv)
{
    pthread_t threads[3];
    char *line = NULL;
    size_t bytes = 0;
    if (argc > 1) {
        kept = malloc(333);
        kept = NULL; /* a leak */
    }
    for (size_t i = 0; i < 3; i++) if (pthread_create(&threads[i], NULL, churn, NULL) != 0) abort();
    aligned();
    pool();
    for (size_t i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    if (calloc((size_t)1 << 40, (size_t)1 << 40) != NULL || errno != ENOMEM) abort();
    FILE *file = fopen(argv[0], "r");
    if (file == NULL || getline(&line, &bytes, file) < 0) abort();
    fclose(file);
    free(line);
    char *large = calloc(1, 10000000);
    large[9999999] = 1;
    large = realloc(large, 20000000);
    free(large);
    if (asprintf(&line, "%s %d", strdup("text"), 7) != 6) abort();
    const pid_t process = fork();
    if (process == 0) {
        churn(NULL);
        _exit(0);
    }
    int status = 1;
    if (waitpid(process, &status, 0) != process || status != 0) abort();
    puts(line);
    free(line);
    return 0;
}
END
# The runtime as an archive and as a shared library.
if "${compiler[@]}" --version | grep -q clang; then
    runtime=$("${compiler[@]}" -print-runtime-dir)
    other="-shared-libasan -Wl,-rpath,$runtime -Wl,-rpath,$(dirname "$runtime")/linux"
else
    other=-static-libasan
fi
for options in '' "$other"; do
    # shellcheck disable=SC2086 # several options
    asan right -fno-builtin right.c $options
    for leak in '' leak; do
        # A leak is not seen, but it is no reason to fall over.
        has 0 env ASAN_OPTIONS=detect_leaks=1 ./right $leak
        says_nothing
        check "said '$(cat out)'" [ "$(cat out)" = 'text 7' ]
    done
    has 0 env ASAN_OPTIONS=detect_leaks=1 BESTFIT_MALLOC_LEAKS=1 ./right leak
    says 'is live: 0 bytes inside a block of 333 bytes'
    has 0 env BESTFIT_MALLOC_STATS=1 ./right
    says 'calls: allocated [0-9]{4,}'
done

# What the plain drop-in is tested with, but for what is to differ: wrong calls, and freed blocks that
# are not used again.
for program in api threads forks; do
    asan $program -fno-builtin -rdynamic "$source/tests/dropin/$program.c" -ldl
done
for group in malloc free.null calloc realloc.of realloc.keeps realloc.failing reallocarray posix_memalign \
    aligned_alloc memalign valloc usable_size free_sized.takes; do
    has 0 ./api dropin.$group
    check "no test of $group" grep -q "^ok   dropin.$group" out
done
has 0 ./threads 15000
has 0 ./forks

# C++ keeps the sanitizer's new and delete, and its blocks may lie in ours and the other way round.
# (gcc's new ends the program where it is asked for too much, as this one does.)
if command -v clang++-19 >/dev/null; then
    containers=$source/tests/dropin/programs/containers.cc
    check 'the C++ program compiles' clang++-19 -std=c++17 -O1 -pthread "$containers" -o plain
    check 'the C++ program links' clang++-19 -std=c++17 -O1 -pthread -fsanitize=address \
        "$containers" -L"$build" -lbestfit_malloc_asan -o sanitized
    ./plain >expected
    has 0 env ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:symbolize=0 ./sanitized
    check "it reported: $(head -n 3 err)" [ "$(grep -c 'ERROR: ' err)" -eq 0 ]
    check 'the C++ program writes something else' cmp -s out expected
fi
finish
