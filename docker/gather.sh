#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# gather.sh FOLDER: what the image has beside Debian's, laid out as it will lie there: the programs,
# the tools that they start, the libraries that all these want, the corpus. A step of the Dockerfile.
set -euo pipefail
cd "$(dirname "$0")/.."
to=$1

# What a program names in its own folders or by its path.
files=(
    bed LICENSE corpus docker/tests.sh fuzz/lockstep.dict
    bench/code_size.sh build/code_size.txt
    tests/testbed/script.sh tests/testbed/test_regressions.sh tests/testbed/test_corpus.sh
    tests/testbed/stream.h
    build/release/{bed,bed-fuzz,bed-triage,heapbed-afl-mutator.so,libheapbed_record.so}
    build/asan-ubsan/bed
    build/fuzz/{lockstep,differential,corrupt,complexity,bed-triage}
    build/fuzz-plain/{lockstep,differential,corrupt,complexity}
    build/afl/{lockstep,differential,corrupt,complexity}
    build/bench/heapbed-bench{,-driver,-probe}
)
# Without their packages, which bring a compiler, Python's modules and all of valgrind's tools.
tools=(
    /usr/bin/afl-fuzz /usr/bin/addr2line /usr/bin/valgrind{,.bin}
    /usr/libexec/valgrind/{callgrind-amd64-linux,vgpreload_core-amd64-linux.so,default.supp}
)
libraries=(
    /usr/lib/*/lib{mimalloc,jemalloc}.so /usr/lib/*/libtcmalloc_minimal.so{,.4}
    /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.scudo_standalone-x86_64.so
)

# copy FILE...: to the same place, and what a link points at beside it.
copy() {
    local file
    for file in "$@"; do
        mkdir -p "$to$(dirname "$file")"
        cp -r --preserve=mode,links "$file" "$to$(dirname "$file")/"
        if [ -L "$file" ]; then copy "$(dirname "$file")/$(readlink "$file")"; fi
    done
}

# The tests that are a program alone. Those that call a compiler are none of the image's.
test_programs() {
    ctest --test-dir build/clang --show-only=json-v1 |
        jq -r '.tests[] | select(.command | length == 1) | .command[0]' |
        grep -vE '/(dropin_[a-z_]*|targets_(example|loading|reproducer))$'
}

# What the base image has is left out.
libraries_of() {
    find "$to" -type f -exec ldd {} + 2>/dev/null |
        sed -nE 's,.* => (/usr)?(/lib[^ ]*) .*,/usr\2,p' | sort -u |
        grep -vE '/(libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+)\.so' || true
}

mapfile -t tests < <(test_programs)
[ ${#tests[@]} -gt 0 ]
copy "${files[@]/#/$PWD/}" "${tests[@]}" "${tools[@]}" "${libraries[@]}"
mapfile -t wanted < <(libraries_of)
copy "${wanted[@]}"
# Where no sanitizer reports, nobody asks for lines.
find "$to/heapbed/build" -type f -not -path '*/fuzz/*' -not -path '*/asan-ubsan/*' -not -name '*.txt' \
    -exec strip --strip-debug {} +
mkdir -p "$to/work" "$to/heapbed/docker"
printf '%s\n' "${tests[@]}" >"$to/heapbed/docker/tests.txt"
# The versions of what it was built with.
dpkg-query --show >"$to/heapbed/docker/packages.txt"
