#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which commit brought a finding, on a small history of the core made here: a branch that brings the
# fault, a commit that does not build, one that does not touch the core. Then a target that a command
# builds, in a repository of its own. The user's work tree stays as it is, and nothing is left over.
. "$(dirname "$0")/script.sh"
cd "${work:?}" || exit 2

input=$source/corpus/regressions/alignment-three-is-accepted.hbedt
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null CFLAGS=-O0
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t

# The project as bisect sees it: adapter and interface from the source, its files in the work folder.
mkdir tree && ln -s "$source/testbed" tree/testbed
export HEAPBED_ROOT=$work/tree

is() {
    checks=$((checks + 1))
    [ "$1" = "$2" ] || fail "it is '$1', not '$2'"
}
commit() { git add -A && git commit -qm "$1"; }
found() { sed -n 's/^.*"commit":[[:space:]]*"\([0-9a-f]*\)".*/\1/p' "$1" | head -1; }

git init -q -b main core-history && cd core-history || exit 2
cp -r "$source/core" . && commit 'the core'
echo x >README && commit 'not the core'
git checkout -q -b side
sed -i 's/(align & (align - 1)) != 0 || align > BF_ALIGN_MAX/align > BF_ALIGN_MAX/' core/bestfit.c
checks=$((checks + 1))
git diff --quiet && fail "the fault was not planted: core/bestfit.c has changed"
commit 'the fault' && fault=$(git rev-parse HEAD)
git checkout -q main && echo '/* */' >>core/config.h && commit 'main goes on'
before=$(git rev-parse HEAD)
git merge -q side -m 'merged'
echo 'no C' >>core/bestfit.c && commit 'does not build' && broken=$(git rev-parse HEAD)
sed -i '$d' core/bestfit.c && commit 'builds again'
cd ..
echo unsaved >>core-history/core/bestfit.c
state() { (cd core-history && git status --porcelain && git worktree list && git rev-parse HEAD && git stash list); }
state >state.before

bed 0 bisect --repo core-history --json found.json "$input"
is "$(found found.json)" "$fault"
says out "the fault"
says out "oracle     status"
is "$(grep -c '"candidates":.*\["[0-9a-f]*"\]' found.json)" 1
state >state.after
is "$(cmp state.before state.after && echo same)" same
is "$(ls tree/build)" ""

# GOOD and BAD given; JSON on standard output alone.
bed 0 bisect --repo core-history --json - "$input" "$before" HEAD
is "$(found out)" "$fault"
is "$(head -c 1 out)" "{"
# No finding at BAD, and one at GOOD already: the canaries of the search.
bed 1 bisect --repo core-history "$input" HEAD~3 "$before"
says err "does not fail at"
bed 1 bisect --repo core-history "$input" "$fault" HEAD
says err "fails at $fault already"
bed 2 bisect --repo core-history "$input" HEAD "$broken"
says err "does not build"
bed 2 bisect --repo core-history "$input" "$before" no-such-commit
# What can be known is said before anything is built.
says err "there is no commit 'no-such-commit'"
bed 2 bisect --repo core-history "$input" no-such-commit
says err "there is no commit 'no-such-commit'"
says_not err "bad    "
bed 2 bisect --repo core-history --json no/such/folder.json "$input"
says err "no/such/folder.json: cannot write"
echo 'malloc 0' >damaged.hbedt
bed 2 bisect --repo core-history damaged.hbedt
says err "damaged.hbedt:1:"
bed 2 bisect --repo core-history --target seed "$input"
says err "say how it is built"
bed 2 bisect

# A target that a command builds. Its middle commits don't build: no one of them can be named.
git init -q -b main own && cd own || exit 2
cp "$source/tests/testbed/picture/deaths.c" deaths.c
# shellcheck disable=SC2016 # for the shell of --build
build='${CC:-cc} -shared -fPIC -I"$INTERFACE" deaths.c -o built/deaths.so'
export INTERFACE=$source/testbed/include
mkdir built && touch built/keep
sed -i 's/ABORTS,/ABORTS = 9999,/' deaths.c && commit 'never aborts'
echo '/* */' >>deaths.c && commit 'nothing of note'
sed -i 's/ABORTS = 9999,/ABORTS,/' deaths.c && commit 'aborts' && fault=$(git rev-parse HEAD)
echo '/* */' >>deaths.c && commit 'goes on'
cd ..
printf 'add_range 0 4096\nmalloc 1 102\n' >death.hbedt
bed 0 bisect --repo own --build "$build" --target built/deaths.so --json own.json death.hbedt
is "$(found own.json)" "$fault"
is "$(git -C own status --porcelain; git -C own worktree list | wc -l | tr -d ' ')" 1
bed 2 bisect --repo own --build "$build" death.hbedt
says err "--build needs --target PATH"
(cd own && git reset -q --hard "$fault~1" && echo "no C" >>deaths.c && commit "broken" &&
    sed -i "\$d; s/ABORTS = 9999,/ABORTS,/" deaths.c && commit "aborts, builds")
bed 0 bisect --repo own --build "$build" --target built/deaths.so --json own.json death.hbedt
says out "2 commits cannot be told apart"
is "$(sed -n 's/.*"found":[[:space:]]*\([a-z]*\).*/\1/p' own.json)" false

finish
