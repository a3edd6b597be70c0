#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The table of docs/portability.md, for a Cortex-M3, by gcc at -Os: of each profile and level of
# hardening the bytes of code and constants, of a heap without its table of ranges, of stack (at most,
# by the compiler's own notes, along the longest way through the calls), and instructions an operation.
# `./bed portability --table` prints it; `--record` appends the same figures to the history (docs/history.md),
# where the dashboard finds them: a Cortex-M3 is a machine there like any other.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=(arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -std=c11 -Os -ffreestanding "-I$root/core")

# What the core is to blame for.
fail() {
    echo "sizes: $*" >&2
    exit 1
}

# What the machine is.
die() {
    echo "sizes: $*" >&2
    exit 2
}

# stack_of FUNCTION...: the deepest that any of them goes, in bytes.
stack_of() {
    awk -v wanted="$*" '
        function depth(name,   i, deepest, below) {
            if (name in known) return known[name]
            for (i = 1; i <= callees[name]; i++) {
                below = depth(callee[name, i])
                if (below > deepest) deepest = below
            }
            return known[name] = own[name] + deepest
        }
        { gsub(/"[^"]*\.c:/, "\"") }
        /^node:/ {
            split($0, part, "\"")
            if (match($0, /[0-9]+ bytes/)) own[part[2]] = substr($0, RSTART) + 0
        }
        /^edge:/ { split($0, part, "\""); callee[part[2], ++callees[part[2]]] = part[4] }
        END {
            count = split(wanted, names, " ")
            for (n = 1; n <= count; n++) {
                if (!(names[n] in own)) exit 1
                if (depth(names[n]) > most) most = depth(names[n])
            }
            print most
        }' "$work/bestfit.ci"
}

# tenths NUMBER: as a number with one place.
tenths() { printf '%d.%d' $(($1 / 10)) $(($1 % 10)); }

instructions() {
    local counts
    "${compiler[@]}" -nostdlib -ffunction-sections -fdata-sections "$@" "$root/core/bestfit.c" \
        "$here/board/cost.c" "$here/board/board.c" -Wl,--gc-sections "-Wl,-T,$here/board/board.ld" \
        -Wl,--defsym=ram_bytes=0x80000 -lgcc -o "$work/cost.elf"
    counts=$(timeout 300 qemu-system-arm -M mps2-an385 -icount shift=0 -display none -serial none \
        -monitor none -semihosting -kernel "$work/cost.elf" </dev/null 2>"$work/log") ||
        fail "counting instructions went wrong: $(cat "$work/log")"
    mapfile -t counts <<<"$counts"
    [ ${#counts[@]} = 3 ] || fail 'a count is missing'
    printf '%s | %s | %s' "$(tenths "${counts[0]}")" "$(tenths "${counts[1]}")" "$(tenths "${counts[2]}")"
}

row() {
    local index=$1 level=$2 code heap calls all
    shift 2
    "${compiler[@]}" -fcallgraph-info=su "$@" -c "$root/core/bestfit.c" -o "$work/bestfit.o"
    code=$(arm-none-eabi-size "$work/bestfit.o" | awk 'NR == 2 && $2 == 0 && $3 == 0 { print $1 }')
    [ -n "$code" ] || fail 'the core has data'
    printf '#include "bestfit.h"\nextern char heap_bytes[];\nchar heap_bytes[offsetof(struct bf_heap, ranges)];\n' |
        "${compiler[@]}" "$@" -x c -c - -o "$work/heap.o"
    heap=$((16#$(arm-none-eabi-nm -S "$work/heap.o" | awk '{ print $2 }')))
    calls=$(stack_of bf_malloc bf_free bf_realloc bf_calloc)
    all=$(stack_of bf_init bf_add_range bf_remove_range bf_malloc bf_calloc bf_realloc bf_free bf_usable_size \
        bf_owns bf_check bf_walk bf_stats bf_status_name)
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$index" "$level" "$code" "$heap" "$calls" "$all" \
        "$(instructions "$@")"
}

table() {
    local profile level macro
    echo '| index | hardening | code | heap | stack, malloc to realloc | stack, any | pair | mixed | realloc |'
    echo '|---|---|---|---|---|---|---|---|---|'
    row list 'always walks' -DBF_INDEX_LIST
    for profile in small default large; do
        macro=-DBF_PROFILE_${profile^^}
        if [ $profile = default ]; then macro=-DBF_RANGES_MAX=32; fi
        for level in off on paranoid; do
            row "$profile" "$level" "$macro" "-DBF_HARDENING=BF_HARDENING_${level^^}"
        done
    done
}

# The record of a table. What is named code, heap and stack is in bytes, all else is instructions.
record() {
    local version
    version=$(arm-none-eabi-gcc -dumpfullversion)
    jq -R -s -c --arg commit "$HEAPBED_COMMIT" --arg parent "$HEAPBED_PARENT" --arg title "$HEAPBED_TITLE" \
        --arg commit_date "$HEAPBED_COMMIT_DATE" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson is_dirty "$([ "$HEAPBED_IS_DIRTY" = 0 ] && echo false || echo true)" --arg gcc "$version" \
        --arg qemu "$(qemu-system-arm --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')" '
        ["code/core", "heap/without ranges", "stack/malloc to realloc", "stack/any",
            "instructions/pair", "instructions/mixed", "instructions/realloc"] as $names
        | [split("\n")[2:][] | select(. != "") | split(" *\\| *"; "")[1:-1]] as $lines
        | {schema: "heapbed-history/1", $commit, $parent, $commit_date, $title, $is_dirty, $date, is_quick: false,
            machine: {cpu: "Cortex-M3 (qemu)", cores: 1, system: "none", kernel: "none",
                compiler: "arm-none-eabi-gcc \($gcc)", flags: "-Os -mthumb -mcpu=cortex-m3", load: 0,
                versions: {qemu: $qemu}},
            rows: [range($names | length) as $i | {name: $names[$i],
                unit: (if $i < 4 then "bytes" else "instructions" end), direction: "lower", peer: "list",
                cells: [$lines[] | (.[$i + 2] | tonumber) as $value
                    | {subject: (if .[0] == "list" then "list" else "\(.[0])-\(.[1])" end),
                        median: $value, samples: [$value]}]}]}'
}

for program in arm-none-eabi-gcc qemu-system-arm; do
    command -v $program >/dev/null || die "there is no $program"
done
if [ "${1:-}" != --record ]; then
    table
    exit
fi
[ -n "${HEAPBED_COMMIT:-}" ] || die 'no commit is known to record it of: is this a git checkout?'
table >"$work/table"
record <"$work/table" >"$work/record"
mkdir -p "$root/out"
"$root/build/release/heapbed-history" append "${2:-$root/out/history.jsonl}" <"$work/record" ||
    die 'the history could not be written'
echo "portability: a record more in ${2:-$root/out/history.jsonl}" >&2
