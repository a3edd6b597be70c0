#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bed compare --record: measures the cores of several commits with this tree's bench, and appends a
# record of each to the history. The commits take turns, pass by pass, so that what changes on the
# machine while it lasts changes for all of them.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
history=$root/out/history.jsonl
passes=5
subjects='^(list|(small|default|large)-(off|on))$'
timed='^(select/(16|256|4096|65536)-log|select/4096-(small|large)|(pair|mixed|realloc)/.*)$'
once='^(instructions|worst|memory|resident|code)/'

say() { printf 'compare: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 2
}

explain() {
    cat <<END
usage: bed compare --record [OPTIONS] COMMIT...

Measures the core of each commit with this tree's bench, and appends a record of each to the history.
The commits take turns. A commit may be a range (A..B: those that changed core/, oldest first).

  --history FILE  where to (default out/history.jsonl)
  --passes N      launches of each row (default $passes)
  --subject RE    default $subjects
  --filter RE     the rows that take time; default
                  $timed

Exit status: 0 all are recorded, 2 usage, or one could not be measured. With Ctrl-C nothing is recorded.
END
}

commits=()
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        explain
        exit 0
        ;;
    --history | --passes | --subject | --filter)
        [ $# -gt 1 ] || die "$1: its value is missing"
        case $1 in
        --history) history=$2 ;;
        --passes) passes=$2 ;;
        --subject) subjects=$2 ;;
        --filter) timed=$2 ;;
        esac
        shift
        ;;
    -*) die "$1: no such option; --help lists them" ;;
    *..*)
        range=$(git -C "$root" log --reverse --no-merges --format=%H "$1" -- core) ||
            die "$1: no range of commits"
        mapfile -t -O ${#commits[@]} commits <<<"$range"
        ;;
    *)
        commit=$(git -C "$root" rev-parse --verify --quiet "$1^{commit}") ||
            die "there is no commit '$1' in this repository"
        commits+=("$commit")
        ;;
    esac
    shift
done
[[ $passes =~ ^[1-9][0-9]?$ ]] || die "--passes $passes: from 1 to 99"
[ -n "${commits[0]:-}" ] || die 'which commits? --help says more'
mkdir -p "$(dirname "$history")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM

# Before anything is measured: that all can be.
for commit in "${commits[@]}"; do
    "$root/bench/compare/build.sh" "$commit" >/dev/null
done

# measure PASS COMMIT
measure() {
    local filter=$timed
    [ "$1" != 1 ] || filter="$timed|$once"
    "$root/bed" bench --core "$2" --quick --launches 1 --subject "$subjects" --filter "$filter" \
        --no-history --json "$scratch/$2-$(printf %02d "$1").json" >"$scratch/said" 2>&1 || {
        cat "$scratch/said" >&2
        die "$2 cannot be measured"
    }
}

order=("${commits[@]}")
for ((pass = 1; pass <= passes; pass++)); do
    for commit in "${order[@]}"; do
        say "pass $pass of $passes: $(git -C "$root" log -1 --format='%h %s' "$commit")"
        measure "$pass" "$commit"
    done
    mapfile -t order < <(printf '%s\n' "${order[@]}" | tac)
done
for commit in "${commits[@]}"; do
    "$root/build/bench/heapbed-record-merge" "$history" "$scratch/$commit"-*.json
done
say "${#commits[@]} commits recorded in $history"
