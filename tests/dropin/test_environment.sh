#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the environment changes, how the libraries are linked, and what is visible of them:
# test_environment.sh BUILD_FOLDER.
# shellcheck source=SCRIPTDIR/script.sh
. "$(dirname "$0")/script.sh"

# under PRELOADED-SETTINGS... -- COMMAND...: its status in $status; what it said in out and err.
under() {
    local settings=()
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    status=0
    { env "${settings[@]}" LD_PRELOAD="$library" "$@" >out 2>err </dev/null; } 2>/dev/null || status=$?
}

# says FILE TEXT, says_not FILE TEXT
says() { check "std$1 does not say '$2' but: $(head -n 5 "$1")" grep -qF -- "$2" "$1"; }
says_not() { check "std$1 says '$2'" eval "! grep -qF -- '$2' '$1'"; }
has_status() { check "exit status $status instead of $1" [ "$status" -eq "$1" ]; }

cat >calls.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *volatile block;
int main(int argc, char **argv)
{
    const char *call = argc > 1 ? argv[1] : "";
    if (strcmp(call, "twice") == 0) {
        block = malloc(100);
        free(block);
        free(block);
        block = malloc(100);
        puts("went on");
    } else if (strcmp(call, "fill") == 0) {
        size_t count = 0;
        while (malloc(1000) != NULL) {
            count++;
        }
        printf("%zu\n", count);
    } else if (strcmp(call, "close") == 0) {
        block = malloc(100);
        close(2);
    } else {
        return 3;
    }
    return 0;
}
END
compile -fno-builtin calls.c -o calls

# The heap of a device of 64 KiB: the blocks of 1,008 bytes that fit, but for what the C library's
# own output takes, and never one more range.
under BESTFIT_MALLOC_BYTES=64K -- ./calls fill
has_status 0
check "$(cat out) blocks of 1,000 bytes in 64 KiB" [ "$(cat out)" -ge 60 ]
check "$(cat out) blocks of 1,000 bytes in 64 KiB" [ "$(cat out)" -le 65 ]
under BESTFIT_MALLOC_BYTES=1000000 BESTFIT_MALLOC_STATS=1 -- ./calls fill
check "$(cat out) blocks of 1,000 bytes in 1,000,000" [ "$(cat out)" -ge 985 ]
says err 'ranges: 1, 1000000 bytes'
says err 'calls: allocated '
says_not err 'refused 0'

for setting in BYTES=12 BYTES=a BYTES=10KB BYTES=-5 BYTES=99999999999999999999999 BYTES=9999999G \
    ERRORS=yes STATS=2; do
    under "BESTFIT_MALLOC_$setting" -- ./calls twice
    has_status 2
    says err "bestfit_malloc: BESTFIT_MALLOC_${setting%%=*}"
done
under BESTFIT_MALLOC_BYTES= BESTFIT_MALLOC_STATS= BESTFIT_MALLOC_ERRORS= -- ./calls fill-not
has_status 3

under -- ./calls twice
has_status 134
says err 'bestfit_malloc: free(0x'
says_not out 'went on'
under BESTFIT_MALLOC_ERRORS=abort -- ./calls twice
has_status 134
under BESTFIT_MALLOC_ERRORS=report -- ./calls twice
has_status 0
says err 'double free'
says out 'went on'

under BESTFIT_MALLOC_STATS=0 -- ./calls close
check 'statistics that nobody asked for' [ ! -s err ]
under BESTFIT_MALLOC_STATS=1 -- ./calls close
has_status 0
says err 'live: '

# Linked statically, with the C library shared and without.
compile -fno-builtin calls.c -o linked "$archive"
compile -fno-builtin -static calls.c -o all_static "$archive"
for program in linked all_static; do
    BESTFIT_MALLOC_BYTES=64K BESTFIT_MALLOC_STATS=1 "./$program" fill >out 2>err
    check "$program: $(cat out) blocks of 1,000 bytes in 64 KiB" [ "$(cat out)" -le 65 ]
    says err "${program}["
done

# Into a program with AddressSanitizer, whose runtime allocates before it has put its functions in the
# place of the C library's.
case ${compiler[0]} in
*clang*)
    compile -fno-builtin -fsanitize=address -Wl,--whole-archive "$archive" -Wl,--no-whole-archive \
        calls.c -o with_asan
    BESTFIT_MALLOC_STATS=1 ./with_asan close >out 2>err
    check "a program with AddressSanitizer: $(head -n 5 err)" grep -qF 'calls: allocated' err
    ;;
esac

nm -D --defined-only "$library" | awk '{ print $3 }' | sort >symbols
printf '%s\n' aligned_alloc calloc free free_aligned_sized free_sized malloc malloc_usable_size \
    memalign posix_memalign pvalloc realloc reallocarray valloc >expected
check "the library shows: $(diff expected symbols)" cmp -s expected symbols
check 'it uses thread-local storage' eval "! readelf -lW '$library' | grep -qw TLS"
finish
