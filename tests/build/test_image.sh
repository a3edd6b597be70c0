#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What can be said of the image without building it: it installs what ./bed would, what is gathered
# for it exists in the tree, and the launcher in it builds and installs nothing. ./bed docker-test
# builds and tries it.
. "$(dirname "$0")/../testbed/script.sh"
cd "${work:?}" || exit 2

# holds WHAT COMMAND...
holds() {
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$what"
}

# --- what is installed and gathered ---------------------------------------------------------------

eval "$(sed -nE '/^for_(builds|engines|bench|history)=\(/,/\)$/p' "$source/bed")"
# shellcheck disable=SC2154 # by eval
for package in "${for_builds[@]}" "${for_engines[@]}" "${for_bench[@]}" "${for_history[@]}"; do
    holds "the Dockerfile does not install $package, which ./bed does" \
        grep -qE "(^| )${package//+/\\+}( |\$)" "$source/Dockerfile"
done
[ ${#for_builds[@]} -gt 3 ] || fail 'the arrays of ./bed were not found'

mapfile -t gathered < <(sed -n '/^files=(/,/^)/p' "$source/docker/gather.sh" | grep -oE '[a-zA-Z0-9_./-]+\.(sh|h|dict)\b')
[ ${#gathered[@]} -gt 3 ] || fail 'what gather.sh copies was not found'
for file in "${gathered[@]}"; do
    holds "docker/gather.sh copies $file, which is not there" test -e "$source/$file"
done

# --- the launcher ---------------------------------------------------------------------------------

mkdir -p image/build/{release,asan-ubsan,bench} image/docker bin here
cp "$source/bed" image/bed
for program in release/bed release/bed-fuzz bench/heapbed-bench; do
    # shellcheck disable=SC2016 # for the script that is written
    printf '#!/bin/sh\n[ "$1" != --list-builds ] || exit 0\necho "${0##*/build/} $* sanitized=${HEAPBED_SANITIZED##*/build/} commit=$HEAPBED_COMMIT"\n' \
        >image/build/$program
    chmod +x image/build/$program
done
printf '#!/bin/sh\necho tests\n' >image/docker/tests.sh
chmod +x image/docker/tests.sh
for tool in apt-get cmake ninja git; do
    printf '#!/bin/sh\necho %s was called >>%s/called\nexit 1\n' "$tool" "$work" >bin/$tool
    chmod +x bin/$tool
done

# image STATUS ARGUMENTS...: as bed, of the launcher.
image() {
    local expected=$1 status=0
    shift
    (cd here && PATH=$work/bin:$PATH HEAPBED_PREBUILT=1 HEAPBED_COMMIT=1234 "$work/image/bed" "$@") \
        >out 2>err </dev/null || status=$?
    holds "exit status $status instead of $expected: $*" [ "$status" = "$expected" ]
}

image 0 replay --target seed -
says out 'release/bed replay --explain --target seed - sanitized=asan-ubsan/bed'
image 0 replay --target seed file
says_not out '--explain'
image 0 bundle file
says out 'release/bed bundle file sanitized= commit=1234'
image 0 fuzz --seconds 3
says out 'release/bed-fuzz'
image 0 bench --quick
says out 'bench/heapbed-bench --no-history --quick'
image 0 test
says out 'tests'
image 0
says out 'This image has: replay'
image 2 test now
image 2 campaign
says err "the image has no 'campaign'"
image 2 nonsense
rm -r image/build/asan-ubsan
image 2 replay -
says err 'the image has no build asan-ubsan'
[ ! -e called ] || fail "$(sort -u called)"

# A folder that cannot be written to. (Root writes everywhere.)
if [ "$(id -u)" != 0 ]; then
    chmod a-w here
    image 2 fuzz --seconds 3
    says err ':/work'
    chmod u+w here
fi

finish
