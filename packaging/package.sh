#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shellcheck disable=SC2317 # functions are named to logged, check and trap
#
# Makes what a release of the core consists of; `./bed package` installs what it takes and starts it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$root/build/package
with_autopkgtest=false
may_be_installed=false
child=0

say() { printf 'package: %s\n' "$*" >&2; }

explain() {
    cat <<'TEXT'
usage: ./bed package [--autopkgtest]

Makes in build/package/, and checks:
  bestfit-VERSION.tar.gz   the source: core/ and what its packages, tests and examples need
  bestfit_single.h         the core in one file
  bestfit.h, bestfit.c     the core in two
  manual/                  a page for each function and type
  *.dsc                    Debian's source package, with the archive as the original
  *.deb                    libbestfit1 and libbestfit-dev for this machine; lintian looks at all of them,
                           where it is installed, and debian/tests runs with the packages, unpacked into a
                           folder

  --autopkgtest            run debian/tests by autopkgtest as well (as root). Its null
                           backend installs the packages on this machine; they are removed again. Where
                           one of them is installed already, nothing is done.

Exit status: 0 all is well; 1 something that was made does not work; 2 it could not be made;
130 interrupted.
TEXT
}

# run LOG COMMAND...: sets status. To be called as it is: as a condition, the command would not end at the first thing
# that fails. It is a job of its own, so that an interrupt can end all of it.
run() {
    local log=$1
    shift
    set +e -m
    (
        set -e +m
        "$@"
    ) >"$log" 2>&1 </dev/null &
    child=$!
    set +m
    wait $child
    status=$?
    set -e
    child=0
}

remove_installed() { apt-get remove --yes libbestfit-dev libbestfit1 >>"$out/autopkgtest.log" 2>&1 </dev/null || true; }

interrupted() {
    trap '' INT TERM
    if [ "$child" != 0 ]; then
        kill -INT -- "-$child" 2>/dev/null || true
        wait "$child" || true
    fi
    if $may_be_installed; then remove_installed; fi
    say interrupted
    exit 130
}

# logged WHAT COMMAND...: ends with 2 where it fails, showing what it said.
logged() {
    local log=$out/$1.log
    say "$1"
    shift
    run "$log" "$@"
    if [ $status != 0 ]; then
        tail -n 40 "$log" >&2
        say "failed; all of it is in $log"
        exit 2
    fi
}

# The same archive from the same commit, byte for byte: what git does not know, such as a program that was compiled
# beside an example, is not in it.
make_source() {
    local list=$out/files
    cd "$root"
    git ls-files --cached -- core debian docs examples/bestfit tests/core \
        tests/packaging tests/check.h CHANGELOG.md LICENSE README.md | LC_ALL=C sort >"$list" || true
    [ -s "$list" ] || { say 'no files: is this a git checkout?' && exit 2; }
    tar -czf "$out/bestfit-$version.tar.gz" --owner=0 --group=0 --numeric-owner --sort=name \
        --mtime="@$(git log -1 --format=%ct)" --transform="s,^,bestfit-$version/," -T "$list"
    tar -xzf "$out/bestfit-$version.tar.gz" -C "$out"
    rm "$list"
}

amalgamate() {
    cmake "-DFORM=$1" "-DOUTPUT=$out/$2" -P "$out/bestfit-$version/core/cmake/amalgamate.cmake"
}

make_manual() {
    mkdir "$out/manual"
    awk -v folder="$out/manual" -f "$root/core/cmake/manual.awk" "$root/core/bestfit.h" \
        "$root/core/config.h"
}

# Source and all; without -b it wants what it is told is the original archive.
build_packages() {
    cp "$out/bestfit-$version.tar.gz" "$out/bestfit_$version.orig.tar.gz"
    (cd "$out/bestfit-$version" && dpkg-buildpackage -us -uc)
}

# check NAME COMMAND...: a check of what was made.
check() {
    local log=$out/$1.log
    say "$1"
    shift
    run "$log" "$@"
    if [ $status != 0 ]; then
        tail -n 40 "$log" >&2
        say "failed; all of it is in $log"
        failed=1
    fi
}

# The archive has debian/ in it already, so the package adds nothing to it.
run_lintian() {
    lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs,no-debian-changes "$out"/*.changes
}

# What pkg-config says of a folder is several words to the shell where its path has a space, as the project's may.
run_unpacked() {
    local package unpacked
    unpacked=$(mktemp -d)
    # shellcheck disable=SC2064 # of now
    trap "rm -rf '$unpacked'" EXIT
    for package in "$out"/lib*.deb; do
        dpkg-deb -x "$package" "$unpacked"
    done
    cd "$out/bestfit-$version"
    BESTFIT_ROOT=$unpacked debian/tests/consumer
}

run_autopkgtest() { autopkgtest "$out"/*.deb "$out/bestfit-$version" -- null; }

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' 'libbestfit*' 2>/dev/null | grep -qx installed; }

for argument in "$@"; do
    case $argument in
    --help | -h)
        explain
        exit 0
        ;;
    --autopkgtest) with_autopkgtest=true ;;
    *)
        say "there is no option '$argument'; --help lists them"
        exit 2
        ;;
    esac
done
if $with_autopkgtest && ! command -v autopkgtest >/dev/null; then
    say 'autopkgtest is not here; ./bed package installs it'
    exit 2
fi
if $with_autopkgtest && is_installed; then
    say 'libbestfit is installed here, and autopkgtest would replace it; to have it so: apt-get remove libbestfit1'
    exit 2
fi

failed=0
version=$(sed -n 's/^#define BF_VERSION_[A-Z]* //p' "$root/core/bestfit.h" | paste -sd.)
mkdir -p "$root/build"
exec 9>"$out.lock"
flock -n 9 || {
    say "another ./bed package is at work in $out"
    exit 2
}
trap interrupted INT TERM
rm -rf "$out"
mkdir -p "$out"
logged source make_source
logged single amalgamate single bestfit_single.h
logged header amalgamate header bestfit.h
logged two amalgamate source bestfit.c
logged manual make_manual
logged dpkg-buildpackage build_packages
if command -v lintian >/dev/null; then
    check lintian run_lintian
else
    say 'lintian is not here: not run'
fi
check consumer run_unpacked
if $with_autopkgtest; then
    may_be_installed=true
    check autopkgtest run_autopkgtest
    remove_installed
    may_be_installed=false
fi
rm -rf "${out:?}/bestfit-$version"
(cd "$out" && find . -maxdepth 1 -type f ! -name '*.log' -printf '%f\n' | sort)
exit $failed
