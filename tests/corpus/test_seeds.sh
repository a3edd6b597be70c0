#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# test_seeds.sh BED: the core is clean on every seed.
set -euo pipefail
"$1" replay --quiet "$HEAPBED_SOURCE/corpus/seeds"
