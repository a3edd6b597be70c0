#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_traces.sh BED: the core is clean on all that was recorded from real programs. The list index,
# which takes some of them minutes where sanitizers watch: tests/testbed/test_corpus.sh, and
# ./bed replay --target bestfit-list corpus/traces.
set -euo pipefail
traces=("$HEAPBED_SOURCE"/corpus/traces/*.hbed.zst)
[ ${#traces[@]} -ge 5 ] || {
    echo 'at least five traces belong there' >&2
    exit 1
}
"$1" replay --quiet "${traces[@]}"
case $("$1" targets) in
*bestfit-annotated*) "$1" replay --quiet --target bestfit-annotated "${traces[@]}" ;;
esac
