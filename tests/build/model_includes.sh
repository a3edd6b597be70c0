#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# model_includes.sh FOLDER: exits 1 where the model in FOLDER/testbed knows the core in FOLDER/core:
# includes one of its files, by whatever way, or speaks of one of its names. CC is the compiler.
set -euo pipefail

folder=$1
read -ra compiler <<<"${CC:-cc}"
status=0
shopt -s nullglob
sources=("$folder"/testbed/model*.c)
if [ ${#sources[@]} = 0 ]; then
    echo "no model in $folder/testbed" >&2
    exit 2
fi
for source in "${sources[@]}"; do
    # The compiler itself says what it reads.
    read_files=$("${compiler[@]}" -std=c11 -MM -I "$folder/testbed" -I "$folder/testbed/include" \
        "$source" | sed 's/\\$//') || status=1
    for file in $read_files; do
        case $file in
        *:) continue ;;
        esac
        case $(realpath "$file") in
        "$(realpath "$folder")"/core/*)
            echo "$source includes $file" >&2
            status=1
            ;;
        esac
    done
done
if grep -nEw '(bf|BF)_[A-Za-z0-9_]+' "$folder"/testbed/model*.[ch] >&2; then
    echo 'the model speaks of the core by name' >&2
    status=1
fi
exit $status
