#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tests of the drop-in malloc can fail: each fault, put into a copy of it, must be found by the
# test that is there for it. test_canaries.sh BUILD_FOLDER.
# shellcheck source=SCRIPTDIR/script.sh
. "$(dirname "$0")/script.sh"
# shellcheck source=SCRIPTDIR/programs.sh
. "$source/tests/dropin/programs.sh"

# The parts that a fault does not touch are those of the library.
ar x "$archive" || exit 2

# broken FILE EXPRESSION...: the library with FILE changed by sed, as broken.so.
broken() {
    local file=$1 parts=(heap malloc report) part objects=()
    shift
    cp "$source"/dropin/*.[ch] .
    sed "${@/#/-e}" "$source/dropin/$file.c" >"$file.c"
    if cmp -s "$source/dropin/$file.c" "$file.c"; then
        fail "the fault is not in $file.c any more: $*"
    fi
    for part in "${parts[@]}"; do
        if [ "$part" = "$file" ]; then objects+=("$part.c"); else objects+=("$part.c.o"); fi
    done
    compile -O1 -fPIC -shared -fvisibility=hidden -fno-builtin "${objects[@]}" \
        -Wl,-z,initfirst -o broken.so
}

# found FAULT TESTS: one of the tests of api.c that begin with TESTS objects.
found() {
    local status=0
    { LD_PRELOAD=$work/broken.so timeout 60 "$build/tests/dropin_api" "dropin.$2" >out 2>&1; } 2>/dev/null || status=$?
    checks=$((checks + 1))
    if [ $status -eq 0 ] || [ $status -eq 2 ]; then
        fail "not found by dropin.$2: $1"
    fi
}

# compared FAULT PROGRAM: it fails, or computes something else.
compared() {
    outcome "$2" glibc
    outcome "$2" broken "$work/broken.so"
    check "not found by $2: $1" eval "! cmp -s '$2-glibc.out' '$2-broken.out'"
}

broken malloc 's/return size == 0 ? 1 : size;/return 1 + size - size \/ 4;/'
found 'blocks overlap' malloc
compared 'blocks overlap' awk
compared 'blocks overlap' sort

broken malloc 's/dropin_allocate_zeroed(request_of(bytes), /dropin_allocate(request_of(bytes), 16, /'
found 'calloc does not clear' calloc

broken malloc 's/align < DROPIN_ALIGN ? DROPIN_ALIGN : align/DROPIN_ALIGN/'
found 'the alignment is ignored' posix_memalign
found 'the alignment is ignored' aligned_alloc

broken malloc 's/BF_OK ? bytes :/BF_OK ? bytes + 32 :/'
found 'the usable size is too large' usable_size

broken malloc 's/dropin_resize(ptr, size, &block)/(dropin_release(ptr, BF_ANY_SIZE), dropin_allocate(size, 16, \&block))/'
found 'realloc forgets the content' realloc
compared 'realloc forgets the content' bash

broken malloc 's/^    errno = error;$/    errno = 0;/'
found 'errno is not kept' free

broken malloc 's/__builtin_mul_overflow(count, size, &bytes)/((bytes = count * size), 0)/'
found 'a product wraps' calloc
found 'a product wraps' realloc

broken malloc 's/ptr != NULL ? dropin_release(ptr, size) : BF_OK/BF_OK/'
found 'free does nothing' wrong

broken report 's/^        abort();/        _exit(0);/'
found 'a wrong call ends the program well' wrong

broken heap 's/^#include "dropin.h"/#define BF_HARDENING 0\n&/'
found 'the core does not check' wrong

# hangs STATUS FAULT: within three tries, as it takes two threads at the wrong places. 1: a child,
# 142: the program itself.
hangs() {
    local try status
    checks=$((checks + 1))
    for try in 1 2 3; do
        status=0
        { LD_PRELOAD=$work/broken.so "$build/tests/dropin_forks" 2 >out 2>&1; } 2>/dev/null ||
            status=$?
        [ $status -ne "$1" ] || return
    done
    fail "not found by forks, $try times, but status $status: $2"
}

broken heap 's/(void)pthread_atfork.*//'
hangs 1 'the lock is not held across a fork'

broken heap 's/CALL_IF_THERE(_IO_list_.*lock);//'
hangs 142 'the lock is taken before that of the list of files'

broken heap 's/(void)pthread_mutex_\(un\)*lock(&mutex);//'
if [ -x "$build/tests/dropin_threads_tsan" ]; then
    compile -O1 -g -fsanitize=thread -DDROPIN_PREFIX=own_ heap.c malloc.c report.c \
        "$source/tests/dropin/threads.c" -o unlocked
    # It may damage its heap and end before that is told.
    for _ in 1 2 3 4 5 6; do
        { TSAN_OPTIONS=halt_on_error=1 timeout 20 ./unlocked 2000 >out 2>&1; } 2>/dev/null
        if grep -q 'ThreadSanitizer: data race' out; then break; fi
    done
    check 'not found by threads: there is no lock' grep -q 'ThreadSanitizer: data race' out
fi
finish
