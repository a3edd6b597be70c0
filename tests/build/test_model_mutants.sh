#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tests of the models fail where a model is wrong: each change below breaks one rule.
set -euo pipefail

testbed=$HEAPBED_SOURCE/testbed
tests=$HEAPBED_SOURCE/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra compiler <<<"${CC:-cc}"

compile() {
    "${compiler[@]}" -std=c11 -O1 -D_GNU_SOURCE -I "$testbed" -I "$testbed/include" -I "$tests" \
        -I "$tests/testbed" -c "$1" -o "$2"
}

link() {
    "${compiler[@]}" "$work/$1.test.o" "$work"/model*.part.o -o "$work/$1"
}

# must_fail FILE CHANGE TEST...: a change of the model's file, in sed's words, that each test
# notices.
must_fail() {
    local file=$1 change=$2 test
    shift 2
    sed "$change" "$testbed/$file.c" >"$work/$file.c"
    if cmp -s "$work/$file.c" "$testbed/$file.c"; then
        echo "changes nothing: $change" >&2
        exit 1
    fi
    mv "$work/$file.part.o" "$work/$file.right"
    compile "$work/$file.c" "$work/$file.part.o"
    for test in "$@"; do
        link "$test"
        if timeout 60 "$work/$test" >"$work/said"; then
            echo "$test does not notice: $change" >&2
            exit 1
        fi
    done
    mv "$work/$file.right" "$work/$file.part.o"
}

for source in "$testbed"/model*.c; do
    compile "$source" "$work/$(basename "$source" .c).part.o"
done
for test in model model_bitmap model_bitmap_random; do
    compile "$tests/testbed/$test.c" "$work/$test.test.o"
    link $test
    "$work/$test" >/dev/null
done

both=(model_bitmap model_bitmap_random)
# a rest of 16 is split off; a rest of 32 is not
must_fail model_bitmap 's/stride + STRIDE_MIN)/stride + HB_UNIT)/' "${both[@]}"
must_fail model_bitmap 's/>= stride + STRIDE_MIN)/> stride + STRIDE_MIN)/' "${both[@]}"
# the smallest stride
must_fail model_bitmap 's/STRIDE_MIN = 32/STRIDE_MIN = 48/' "${both[@]}"
# the gap enters after the rest
must_fail model_bitmap '/^ *enter(model, front);/d; s/^\( *\)return number;/&/
    s/^ *trim(model, number, need(size));/&\n if (past != 0) enter(model, model->blocks[number].previous);/' "${both[@]}"
# size + align
must_fail model_bitmap 's/size + align - HB_UNIT/size + align/' "${both[@]}"
# the oldest of equals; of equal tails
must_fail model_bitmap 's/->entered > b->entered/->entered < b->entered/' "${both[@]}"
must_fail model_bitmap 's/block->entered = model->entry_count++/block->entered = 0/' "${both[@]}"
# tails: too small a stride for the alignment, a live block, the largest
must_fail model_bitmap 's/stride >= align \&\&/stride >= 1 \&\&/' "${both[@]}"
must_fail model_bitmap 's/a->capacity < b->capacity/a->capacity > b->capacity/' "${both[@]}"
must_fail model_bitmap 's/blocks\[number\].capacity >= size \&\&/blocks[number].capacity + 1 >= size \&\&/' "${both[@]}"
# realloc: alignment, the free block behind, the ragged tail
must_fail model_bitmap 's/(block->payload & (align - 1)) != 0/align == 0/' "${both[@]}"
must_fail model_bitmap 's/ && !is_free_behind) ||/) ||/' "${both[@]}"
must_fail model_bitmap 's/(needed > stride && size <= block->capacity)/(needed > stride \&\& size < block->capacity)/' "${both[@]}"
must_fail model_bitmap 's/size <= block->capacity + HEADER +/size < block->capacity + HEADER +/' "${both[@]}"
# the peak with a moving block counted twice
must_fail model 's/^ *take_back(model, number);/note_peak(model);&/' "${both[@]}"
# the ragged tail of the largest block
must_fail model_bitmap 's/blocks\[last\].capacity > largest/blocks[last].capacity > SIZE_MAX - 1/' "${both[@]}"
must_fail model 's/end - begin < model->rules->range_bytes_min/false/' model_bitmap
must_fail model_bitmap 's/size < hb_model_size_limit() ?/true ?/' model_bitmap
must_fail model_bitmap 's/^ *const uint64_t levels = .*/const uint64_t levels = free_blocks;/' model_bitmap

must_fail model_list 's/rounded(size) > HEADER/rounded(size) >= HEADER/' model
must_fail model_list 's/rounded(size) <= HEADER/rounded(size) < HEADER/' model
must_fail model_list 's/capacity < best_capacity/capacity <= best_capacity/' model
must_fail model_list 's/+= 2 \* (uint64_t)model/+= (uint64_t)model/' model
must_fail model_list 's/ && rounded(size) != size//' model
must_fail model_list 's/if (capacity == model->free_list_largest)/if (false)/' model
