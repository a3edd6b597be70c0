#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed package says so where something goes wrong, ends all that it has started where it is interrupted,
# and is alone in its folder. It is run in a copy of what it needs, with stand-ins for the programs that fail, or take long, or
# install.
set -euo pipefail
# shellcheck source=tests/packaging/prefix.sh
. "$(dirname "${BASH_SOURCE[0]}")/prefix.sh"
copy=$work/copy
stand_ins=$work/stand_ins
told=$work/told # by the stand-ins

stand_in() { # NAME TEXT
    printf '#!/bin/sh\n%s\n' "$2" >"$stand_ins/$1"
    chmod +x "$stand_ins/$1"
}

exec_package() {
    PATH=$stand_ins:$PATH
    exec "$copy/packaging/package.sh" "$@"
}
package() { (exec_package "$@"); }

# ends STATUS TEXT OPTION...
ends() {
    local expected=$1 text=$2 status=0
    shift 2
    package "$@" >"$work/log" 2>&1 || status=$?
    if [ $status != "$expected" ] || ! grep -qE -- "$text" "$work/log"; then
        cat "$work/log"
        fail "exit status $status, not $expected with '$text': package $*"
    fi
    checks=$((checks + 1))
}

holds() { # TEXT COMMAND...
    local text=$1
    shift
    "$@" || fail "$text"
    checks=$((checks + 1))
}

make_copy() {
    mkdir -p "$copy" "$stand_ins"
    cp -R "$source/core" "$source/packaging" "$source/debian" "$copy"
    printf '#!/bin/sh\nexit 0\n' >"$copy/debian/tests/consumer" # what it is of is not there
    stand_in dpkg-buildpackage 'touch ../bestfit_0_any.changes'
    stand_in lintian 'echo lintian-has-looked'
    stand_in dpkg-query 'exit 1'
    stand_in apt-get "echo \"\$*\" >>'$told'"
    stand_in autopkgtest 'exit 0'
}

commit_copy() {
    git -C "$copy" init -q
    git -C "$copy" add -A
    git -C "$copy" -c user.name=test -c user.email=test@test.invalid -c commit.gpgsign=false commit -q -m copy
}

check_source() {
    GIT_CEILING_DIRECTORIES=$work ends 2 'no files: is this a git checkout\?'
    commit_copy
    # As tar is where a file has gone: what it had packed until then is an archive all the same.
    # shellcheck disable=SC2016 # for the stand-in
    stand_in tar '/usr/bin/env PATH="${PATH#*:}" tar "$@" || exit
case $1 in -c*) echo no-such-file && exit 2 ;; esac'
    ends 2 'no-such-file'
    holds 'it went on behind tar' [ ! -e "$copy/build/package/single.log" ]
    rm "$stand_ins/tar"
}

# There is no package in the copy, so what uses it fails, and is told to.
check_checks() {
    ends 1 'failed; .*/consumer\.log$'
    holds 'lintian was not run' grep -qx lintian-has-looked "$copy/build/package/lintian.log"
    holds 'the archive is not there' compgen -G "$copy/build/package/bestfit-*.tar.gz" >/dev/null
    ends 2 'no option' --autopkgtests
    # Of the three checks one that fails is enough.
    stand_in dpkg-deb 'exit 0'
    ends 0 '^bestfit_single\.h$'
    stand_in lintian 'exit 1'
    ends 1 'failed; .*/lintian\.log$'
    stand_in lintian 'exit 0'
}

check_lock() {
    exec 8>"$copy/build/package.lock"
    flock 8
    ends 2 'another ./bed package is at work'
    holds 'what the other makes was removed' compgen -G "$copy/build/package/bestfit-*.tar.gz" >/dev/null
    exec 8>&-
}

check_installed() {
    stand_in dpkg-query 'echo installed'
    ends 2 'libbestfit is installed here' --autopkgtest
    holds 'it removed what was installed' [ ! -e "$told" ]
    stand_in dpkg-query 'echo not-installed'
    ends 0 '^bestfit_single\.h$' --autopkgtest
    stand_in autopkgtest 'exit 1'
    ends 1 'failed; .*/autopkgtest\.log$' --autopkgtest
    holds 'what it installed is there still' grep -q 'remove.*libbestfit1' "$told"
}

# interrupt SIGNAL GROUP-SIGN
interrupt() {
    local process status=0 _
    rm -f "$told" "$work/slow"
    stand_in autopkgtest "echo \$\$ >'$work/slow'; sleep 300"
    set -m
    exec_package --autopkgtest >"$work/log" 2>&1 &
    process=$!
    set +m
    for _ in {1..300}; do
        if [ -s "$work/slow" ]; then break; fi
        sleep 0.1
    done
    kill "-$1" -- "$2$process"
    wait $process || status=$?
    holds "$1: exit status $status" [ $status = 130 ]
    holds "$1: what it installed is there still" grep -q 'remove.*libbestfit1' "$told"
    if kill -0 "$(<"$work/slow")" 2>/dev/null; then fail "$1: what it had started goes on"; fi
}

make_copy
check_source
check_checks
check_lock
check_installed
interrupt INT -
interrupt TERM ''
echo "$checks checks of ./bed package"
