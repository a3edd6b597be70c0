#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bestfit-malloc-compare says what is the same and what is not: test_compare.sh BUILD_FOLDER.
# shellcheck source=SCRIPTDIR/script.sh
. "$(dirname "$0")/script.sh"

# compare STATUS ARGUMENTS...: runs it and requires its exit status.
compare() {
    local expected=$1 status=0
    shift
    "$build/bestfit-malloc-compare" "$@" >out 2>err || status=$?
    check "exit status $status instead of $expected: $* $(head -n 3 err)" [ $status -eq "$expected" ]
}

# shellcheck disable=SC2016 # the shell that is compared expands it
differs='echo "$LD_PRELOAD"'

compare 0 --runs 3 -- sort "$source/README.md"
check 'no table' grep -q '^peak memory .* KiB .* KiB ' out
compare 0 --runs 2 --json - -- sh -c 'echo "a\b"; exit 3'
check 'the JSON is not as it must be' grep -qF '{"command": ["sh", "-c", "echo \"a\\b\"; exit 3"], "runs": 2, "is_same": true' out
check 'the JSON has no figures' grep -qE '"bestfit": \{"cpu_ms": [0-9.]+, "peak_kib": [1-9]' out
compare 1 --runs 3 --json figures.json -- sh -c "$differs"
check 'a difference is not in the JSON' grep -qF '"runs": 1, "is_same": false' figures.json
# shellcheck disable=SC2016
compare 1 --runs 3 -- sh -c '[ -z "$LD_PRELOAD" ] || exit 4'
# Another program in place of the preloaded one, with the same arguments.
compare 0 --runs 2 --linked /bin/echo -- echo the same
compare 1 --runs 2 --linked /bin/echo -- printf the same
compare 2 --linked missing -- true
compare 2 --linked /bin/echo --library "$library" -- true
compare 0 --help
compare 2
compare 2 --runs 0 -- true
compare 2 --runs 2x -- true
compare 2 --library missing.so -- true
compare 2 -- ./missing
compare 2 --json missing/file -- true
compare 2 --unknown -- true
finish
