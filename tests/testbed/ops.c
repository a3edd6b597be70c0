/* SPDX-License-Identifier: MIT
 *
 * The op stream: every byte string is a program, bytes and text say the same, and what is not a
 * text is refused with its place. The golden table holds the format itself: were a byte to change
 * its meaning, recorded traces and findings would too.
 */
#define SUITE "ops"
#include "check.h"

#include "stream.h"

/* Forms that each kind has, as bits. */
static const unsigned forms_of[HB_OP_KIND_COUNT] = {
    [HB_OP_INIT] = 0x01,
    [HB_OP_ADD_RANGE] = 0x0f,
    [HB_OP_MALLOC] = 0x0f,
    [HB_OP_FREE] = 0x01,
    [HB_OP_REALLOC] = 0x1f,
    [HB_OP_CALLOC] = 0x03,
    [HB_OP_WRITE] = 0x01,
    [HB_OP_CHECK] = 0x01,
    [HB_OP_FREE_TWICE] = 0x01,
    [HB_OP_FREE_INTERIOR] = 0x01,
    [HB_OP_FREE_AT] = 0x07,
    [HB_OP_FREE_FORGED] = 0x01,
    [HB_OP_FREE_WRONG_SIZE] = 0x1f,
    [HB_OP_FREE_ANY_SIZE] = 0x01,
    [HB_OP_REMOVE_RANGE] = 0x03,
    [HB_OP_USABLE] = 0x01,
    [HB_OP_REALLOC_WRONG] = 0x07,
    [HB_OP_SMASH] = 0x1f,
    [HB_OP_DAMAGE] = 0x01,
    [HB_OP_NOP] = 0x01,
};

static void check_same_op(const struct hb_op *actual, const struct hb_op *expected)
{
    CHECK_EQ(actual->kind, expected->kind);
    CHECK_EQ(actual->form, expected->form);
    CHECK_EQ(actual->align_code, expected->align_code);
    CHECK_EQ(actual->slot, expected->slot);
    CHECK_EQ(actual->value, expected->value);
}

/* Bytes on the heap and no longer than they are, so that AddressSanitizer sees a read past them. */
static uint8_t *copy_of(const uint8_t *bytes, size_t count)
{
    uint8_t *copy = malloc(count == 0 ? 1 : count);
    if (copy == NULL) {
        exit(2);
    }
    memcpy(copy, bytes, count);
    return copy;
}

/* decode -> encode -> decode. */
static void check_encodes_back(const struct hb_ops *ops, size_t index)
{
    uint8_t bytes[2 * HB_RECORD_BYTES];
    const struct hb_op op = hb_ops_get(ops, index);
    hb_ops_encode_header(&ops->header, bytes);
    hb_ops_encode(&op, bytes + HB_RECORD_BYTES);
    const struct hb_ops again = hb_ops_view(bytes, sizeof bytes);
    CHECK_EQ(again.count, 1);
    const struct hb_op second = hb_ops_get(&again, 0);
    check_same_op(&second, &op);
}

TEST(decode, any_bytes_of_any_length)
{
    uint64_t random = 1;
    for (size_t length = 0; length <= 64; length++) {
        for (unsigned round = 0; round < 400; round++) {
            uint8_t bytes[64] = {0};
            random_fill(&random, bytes, length);
            const bool has_header = round % 2 == 0 && length >= HB_RECORD_BYTES;
            if (round % 2 == 0) {
                memcpy(bytes, "hbed", 4);
            }
            uint8_t *copy = copy_of(bytes, length);
            const struct hb_ops ops = hb_ops_view(copy, length);
            CHECK_EQ(ops.count, (length - (has_header ? HB_RECORD_BYTES : 0)) / HB_RECORD_BYTES);
            for (size_t i = 0; i < ops.count; i++) {
                check_encodes_back(&ops, i);
            }
            free(copy);
        }
    }
}

TEST(decode, random_bytes_reach_every_kind_and_form_and_no_other)
{
    unsigned reached[HB_OP_KIND_COUNT] = {0};
    uint64_t random = 2;
    uint8_t record[HB_RECORD_BYTES];
    for (unsigned round = 0; round < 200000; round++) {
        random_fill(&random, record, sizeof record);
        const struct hb_ops ops = hb_ops_view(record, sizeof record);
        const struct hb_op op = hb_ops_get(&ops, 0);
        if (!CHECK(op.kind < HB_OP_KIND_COUNT) || !CHECK(op.form < 8)) {
            return;
        }
        reached[op.kind] |= 1u << op.form;
        CHECK(op.slot < 16);
        check_encodes_back(&ops, 0);
    }
    for (unsigned kind = 0; kind < HB_OP_KIND_COUNT; kind++) {
        CHECK_EQ(reached[kind], forms_of[kind]);
    }
}

/* Rare operands that matter: they must not need a lucky hit in 64 bits. */
TEST(decode, random_bytes_reach_the_whole_domain)
{
    enum {
        ZERO,
        ONE,
        HUGE_SIZE,
        WRAPS,
        AT_LIMIT,
        BELOW_LIMIT,
        EXACT_HOLE,
        HOLE_AND_ONE,
        ALIGN_0,
        ALIGN_3,
        ALIGN_16,
        ALIGN_32,
        ALIGN_4096,
        ALIGN_HUGE,
        GAP_0,
        GAP_1,
        REACHED_COUNT
    };
    unsigned reached[REACHED_COUNT] = {0};
    uint64_t random = 3;
    uint8_t record[HB_RECORD_BYTES];
    for (unsigned round = 0; round < 3000000; round++) {
        random_fill(&random, record, sizeof record);
        const struct hb_ops ops = hb_ops_view(record, sizeof record);
        const struct hb_op op = hb_ops_get(&ops, 0);
        if (op.kind == HB_OP_ADD_RANGE && op.form == HB_RANGE_AFTER) {
            reached[GAP_0] += hb_low(op.value) == 0;
            reached[GAP_1] += hb_low(op.value) == 1;
        }
        if (op.kind != HB_OP_MALLOC) {
            continue;
        }
        reached[ZERO] += op.form == HB_SIZE_LITERAL && op.value == 0;
        reached[ONE] += op.form == HB_SIZE_LITERAL && op.value == 1;
        reached[HUGE_SIZE] += op.form == HB_SIZE_LITERAL && op.value > UINT32_MAX;
        reached[WRAPS] += op.form == HB_SIZE_MAX_MINUS && op.value < 16;
        reached[AT_LIMIT] += op.form == HB_SIZE_LIMIT && op.value == 0;
        reached[BELOW_LIMIT] += op.form == HB_SIZE_LIMIT && op.value == UINT64_MAX;
        reached[EXACT_HOLE] += op.form == HB_SIZE_HOLE && hb_high(op.value) == 0;
        reached[HOLE_AND_ONE] += op.form == HB_SIZE_HOLE && hb_high(op.value) == 1;
        reached[ALIGN_0] += op.align_code == 64;
        reached[ALIGN_3] += op.align_code == 64 + 3;
        reached[ALIGN_16] += op.align_code == 4;
        reached[ALIGN_32] += op.align_code == 5 && record[3] >= 0x40;
        reached[ALIGN_4096] += op.align_code == 12 && record[3] >= 0x40;
        reached[ALIGN_HUGE] += op.align_code > 32 && op.align_code < 64;
    }
    for (unsigned i = 0; i < REACHED_COUNT; i++) {
        if (!CHECK(reached[i] > 0)) {
            printf("    number %u of the list\n", i);
        }
    }
}

TEST(decode, cutting_a_record_out_leaves_the_others)
{
    enum { COUNT = 24 };
    uint64_t random = 4;
    for (unsigned round = 0; round < 200; round++) {
        uint8_t bytes[COUNT * HB_RECORD_BYTES];
        uint8_t cut[sizeof bytes];
        random_fill(&random, bytes, sizeof bytes);
        const size_t at = round % COUNT;
        memcpy(cut, bytes, at * HB_RECORD_BYTES);
        memcpy(cut + at * HB_RECORD_BYTES, bytes + (at + 1) * HB_RECORD_BYTES,
               (COUNT - at - 1) * HB_RECORD_BYTES);
        const struct hb_ops whole = hb_ops_view(bytes, sizeof bytes);
        const struct hb_ops rest = hb_ops_view(cut, sizeof bytes - HB_RECORD_BYTES);
        CHECK_EQ(rest.count, COUNT - 1);
        for (size_t i = 0; i < rest.count; i++) {
            const struct hb_op expected = hb_ops_get(&whole, i < at ? i : i + 1);
            const struct hb_op actual = hb_ops_get(&rest, i);
            check_same_op(&actual, &expected);
        }
    }
}

TEST(decode, splicing_two_streams_keeps_both_halves)
{
    enum { COUNT = 16 };
    uint64_t random = 5;
    uint8_t a[COUNT * HB_RECORD_BYTES];
    uint8_t b[sizeof a];
    for (size_t at = 0; at <= COUNT; at++) {
        random_fill(&random, a, sizeof a);
        random_fill(&random, b, sizeof b);
        uint8_t spliced[sizeof a];
        memcpy(spliced, a, at * HB_RECORD_BYTES);
        memcpy(spliced + at * HB_RECORD_BYTES, b + at * HB_RECORD_BYTES,
               (COUNT - at) * HB_RECORD_BYTES);
        const struct hb_ops ops = hb_ops_view(spliced, sizeof spliced);
        const struct hb_ops parts[2] = {hb_ops_view(a, sizeof a), hb_ops_view(b, sizeof b)};
        for (size_t i = 0; i < COUNT; i++) {
            const struct hb_op expected = hb_ops_get(&parts[i >= at], i);
            const struct hb_op actual = hb_ops_get(&ops, i);
            check_same_op(&actual, &expected);
        }
    }
}

TEST(decode, a_changed_byte_changes_no_other_record)
{
    enum { COUNT = 8 };
    uint64_t random = 6;
    uint8_t bytes[COUNT * HB_RECORD_BYTES];
    random_fill(&random, bytes, sizeof bytes);
    struct hb_op before[COUNT];
    const struct hb_ops ops = hb_ops_view(bytes, sizeof bytes);
    for (size_t i = 0; i < COUNT; i++) {
        before[i] = hb_ops_get(&ops, i);
    }
    for (size_t at = 0; at < sizeof bytes; at++) {
        bytes[at] ^= 0x5a;
        for (size_t i = 0; i < COUNT; i++) {
            const struct hb_op after = hb_ops_get(&ops, i);
            CHECK(i == at / HB_RECORD_BYTES || is_same_op(&after, &before[i]));
        }
        bytes[at] ^= 0x5a;
    }
}

TEST(decode, the_last_record_counts_only_when_whole)
{
    uint8_t bytes[3 * HB_RECORD_BYTES] = {HB_OP_CHECK};
    CHECK_EQ(hb_ops_view(bytes, 0).count, 0);
    CHECK_EQ(hb_ops_view(bytes, 15).count, 0);
    CHECK_EQ(hb_ops_view(bytes, 16).count, 1);
    CHECK_EQ(hb_ops_view(bytes, 31).count, 1);
    CHECK_EQ(hb_ops_view(bytes, 32).count, 2);
    memcpy(bytes, "hbed\1\x0f\4", 7);
    CHECK_EQ(hb_ops_view(bytes, 15).count, 0);
    CHECK_EQ(hb_ops_view(bytes, 16).count, 0);
    CHECK_EQ(hb_ops_view(bytes, 31).count, 0);
    CHECK_EQ(hb_ops_view(bytes, 47).count, 1);
}

TEST(header, without_one_the_defaults_hold)
{
    const uint8_t bytes[HB_RECORD_BYTES] = {HB_OP_MALLOC, 0, 4, 0, 17, 0, 0, 0, 99};
    const struct hb_ops ops = hb_ops_view(bytes, sizeof bytes);
    CHECK_EQ(ops.header.version, 1);
    CHECK_EQ(ops.header.arena_log2, 14);
    CHECK_EQ(ops.header.slot_log2, 4);
    CHECK_EQ(ops.count, 1);
    const struct hb_op op = hb_ops_get(&ops, 0);
    CHECK_EQ(op.kind, HB_OP_MALLOC);
    CHECK_EQ(op.slot, 1);
    CHECK_EQ(op.value, 99);
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes), 0);
}

TEST(header, odd_values_fold_into_the_allowed)
{
    uint8_t bytes[HB_RECORD_BYTES] = "hbed\1";
    for (unsigned arena = 0; arena < 256; arena++) {
        for (unsigned slots = 0; slots < 256; slots += arena == 0 ? 1 : 51) {
            bytes[5] = (uint8_t)arena;
            bytes[6] = (uint8_t)slots;
            const struct hb_ops_header header = hb_ops_view(bytes, sizeof bytes).header;
            CHECK(header.arena_log2 >= HB_ARENA_LOG2_MIN && header.arena_log2 <= HB_ARENA_LOG2_MAX);
            CHECK(header.slot_log2 <= HB_SLOT_LOG2_MAX);
            CHECK(arena < HB_ARENA_LOG2_MIN || arena > HB_ARENA_LOG2_MAX ||
                  header.arena_log2 == arena);
            CHECK(slots > HB_SLOT_LOG2_MAX || header.slot_log2 == slots);
        }
    }
}

TEST(header, its_reserved_bytes_mean_nothing)
{
    uint8_t bytes[2 * HB_RECORD_BYTES] = "hbed\1\x0c\2";
    memset(bytes + 7, 0xee, 9);
    const struct hb_ops ops = hb_ops_view(bytes, sizeof bytes);
    CHECK_EQ(ops.count, 1);
    CHECK_EQ(ops.header.arena_log2, 12);
    CHECK_EQ(ops.header.slot_log2, 2);
}

TEST(header, the_swarm_is_kept_and_changes_no_operation)
{
    struct hb_bytes bytes =
        stream_parse("heapbed 1 arena 4096 slots 8 swarm 51966\nmalloc 1 5\nfree 1\n");
    const struct hb_ops ops = stream_view(&bytes);
    CHECK_EQ(bytes.data[7], 0xfe);
    CHECK_EQ(bytes.data[8], 0xca);
    CHECK_EQ(ops.header.swarm, 0xcafe);
    const struct hb_op first = hb_ops_get(&ops, 0);
    char *text = stream_text(&ops);
    CHECK(strcmp(text, "heapbed 1 arena 4096 slots 8 swarm 51966\nmalloc 1 5\nfree 1\n") == 0);
    bytes.data[7] = 0;
    bytes.data[8] = 0;
    const struct hb_ops without = stream_view(&bytes);
    const struct hb_op same = hb_ops_get(&without, 0);
    CHECK(is_same_op(&first, &same));
    CHECK_EQ(without.header.swarm, 0);
    free(text);
    free(bytes.data);
}

TEST(header, a_newer_version_is_told)
{
    uint8_t bytes[HB_RECORD_BYTES] = "hbed\2\x0f\4";
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes), 2);
    CHECK_EQ(hb_ops_view(bytes, sizeof bytes).header.version, HB_OPS_VERSION);
    bytes[4] = 255;
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes), 255);
    bytes[4] = 1;
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes), 1);
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes - 1), 0);
    bytes[3] = 'D';
    CHECK_EQ(hb_ops_version(bytes, sizeof bytes), 0);
}

TEST(header, encodes_to_these_bytes)
{
    static const uint8_t expected[HB_RECORD_BYTES] = {'h', 'b', 'e', 'd', 1, 20, 9};
    uint8_t bytes[HB_RECORD_BYTES];
    memset(bytes, 0xff, sizeof bytes);
    hb_ops_encode_header(&(struct hb_ops_header){.version = 1, .arena_log2 = 20, .slot_log2 = 9},
                         bytes);
    CHECK(memcmp(bytes, expected, sizeof expected) == 0);
}

TEST(align, codes_say_what_they_are)
{
    for (uint64_t align = 0; align < 20000; align++) {
        uint16_t code = 0xffff;
        const bool is_power = align != 0 && (align & (align - 1)) == 0;
        CHECK_EQ(hb_align_encode(align, &code), is_power || align <= 16319);
        if (code != 0xffff) {
            CHECK_EQ(hb_op_align(&(struct hb_op){.align_code = code}), align);
            CHECK_EQ(code < 64, is_power);
        }
    }
    CHECK_EQ(hb_op_align(&(struct hb_op){.align_code = 63}), SIZE_MAX / 2 + 1);
    CHECK_EQ(hb_op_align(&(struct hb_op){.align_code = 31}), (size_t)1 << 31);
}

static const struct {
    uint8_t bytes[HB_RECORD_BYTES];
    const char *text;
} golden[] = {
    {{0}, "init"},
    {{1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 1}, "add_range 16 256"},
    {{1, 1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 32}, "add_range after-1 32"},
    {{1, 2, 0, 0, 0, 0, 0, 0, 15}, "add_range top-15 top-0"},
    {{1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16}, "add_range null 4096"},
    {{2, 0, 4, 0, 3, 0, 0, 0, 100}, "malloc 3 100"},
    {{2, 0, 0, 0, 3, 0, 0, 0, 100}, "malloc 3 100 align 1"},
    {{2, 0, 4, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255},
     "malloc 0 18446744073709551615"},
    {{2, 1, 64, 0, 0, 0, 0, 0, 0}, "malloc 0 max-0 align 0"},
    {{2, 2, 67, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255}, "malloc 0 limit-1 align 3"},
    {{2, 3, 63, 0, 0, 0, 0, 0, 90, 0, 0, 0, 240, 255, 255, 255},
     "malloc 0 hole(90)-16 align 9223372036854775808"},
    {{3, 0, 0, 0, 2}, "free 2"},
    {{4, 4, 4, 0, 15, 0, 0, 0, 5}, "realloc 15 own+5"},
    {{5, 0, 4, 0, 1, 0, 0, 0, 7, 0, 0, 0, 3}, "calloc 1 3 7"},
    {{5, 1, 12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}, "calloc 1 2 max-0 align 4096"},
    {{6, 0, 0, 0, 2}, "write 2"},
    {{7}, "check"},
    {{8, 0, 0, 0, 2}, "free 2 twice"},
    {{9, 0, 0, 0, 2, 0, 0, 0, 240, 255, 255, 255, 255, 255, 255, 255}, "free 2 interior -16"},
    {{10, 0, 0, 0, 0, 0, 0, 0, 240, 255, 255, 255, 16}, "free at -16 size 16"},
    {{10, 1, 0, 0, 0, 0, 0, 0, 31, 0, 0, 0, 100}, "free at top-31 size 100"},
    {{10, 2}, "free at null size 0"},
    {{11, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 80}, "free 1 forged 80 as 2"},
    {{12, 0, 0, 0, 1, 0, 0, 0, 99}, "free 1 size 99"},
    {{12, 4, 0, 0, 1, 0, 0, 0, 1}, "free 1 size own+1"},
    {{13, 0, 0, 0, 1}, "free 1 any"},
    {{14, 0, 0, 0, 0, 0, 0, 0, 3}, "remove_range 3"},
    {{14, 1, 0, 0, 0, 0, 0, 0, 240, 255, 255, 255, 255, 255, 255, 255}, "remove_range at -16"},
    {{15, 0, 0, 0, 2}, "usable 2"},
    {{15, 0, 0, 0, 2, 0, 0, 0, 16}, "usable 2 +16"},
    {{16, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 100}, "realloc 2 twice to 100"},
    {{16, 1, 0, 0, 2, 0, 0, 0, 240, 255, 255, 255, 100}, "realloc 2 interior -16 to 100"},
    {{16, 2, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 100}, "realloc 2 size own+1 to 100"},
    {{17, 0, 0, 0, 2, 0, 0, 0, 248, 255, 255, 255, 0x38}, "smash 2 header -8 with random 8"},
    {{17, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x01}, "smash 2 behind +0 with bit 1"},
    {{17, 2, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 0x3f}, "smash 2 links +8 with outside 8"},
    {{17, 3, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0xfc, 1}, "smash 2 footer +0 with copy 64"},
    {{17, 4, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0x7a}, "smash at 32 with zeros 16"},
    {{18, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 19, 1}, "damage 7 275"},
    {{31}, "nop"},
    /* kept for later */
    {{19, 3, 4, 0, 1, 0, 0, 0, 1}, "nop"},
    {{18, 3, 4, 0, 1, 0, 0, 0, 1}, "damage 1 0"},
    {{30}, "nop"},
    {{2, 15, 4, 0, 0, 0, 0, 0, 9}, "malloc 0 9"},
    {{1, 4, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 32}, "add_range 16 32"},
    /* and beyond the canonical codes */
    {{0x20, 16, 0x44, 0, 0x13, 0, 0, 0, 0x7f}, "malloc 3 63 align 4"},
    {{0x21, 25, 9, 9, 0xff, 9, 9, 9, 9}, "free 15"},
    {{0x30, 24, 0, 0, 0, 0, 0, 0, 0x35, 0x12, 0, 0, 1, 0x10}, "add_range 4656 4657"},
    {{0x30, 27, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 100}, "add_range after+1 100"},
    {{0x30, 30, 0, 0, 0, 0, 0, 0, 15, 1, 0, 0, 31, 1}, "add_range top-15 top-31"},
    {{0x34, 0x1d, 4, 0, 0, 0, 0, 0, 5, 0x10, 0, 0, 33}, "realloc 0 hole(5)+1"},
    {{0x35, 31, 0xf5, 0xff, 0, 0, 0, 0, 2, 0, 0, 0, 9}, "calloc 0 1 max-2 align 1"},
    {{0x37, 19, 0, 0, 0, 0, 0, 0, 15}, "free 0 interior -16"},
    {{0x38, 29, 0, 0, 0, 0, 0, 0, 3, 0x80, 0, 0, 16, 1}, "free at 3 size 16"},
    {{0x39, 17, 0, 0, 0, 0, 0, 0, 0x12, 0, 0, 0, 0x25}, "free 0 forged 80 as 2"},
    {{0x3b, 21, 0, 0, 0, 0, 0, 0, 33}, "free 0 size own+1"},
    {{0x3d, 17, 0, 0, 0, 0, 0, 0, 3, 1}, "remove_range 3"},
    {{0x3d, 19, 0, 0, 0, 0, 0, 0, 3, 1}, "remove_range at 4144"},
    {{0x3d, 0, 0, 0, 0, 0, 0, 0, 0x43}, "remove_range 3"},
    {{0x3f, 16, 0, 0, 0, 0, 0, 0, 99}, "usable 0"},
    {{0x3f, 20, 0, 0, 0, 0, 0, 0, 1}, "usable 0 +32"},
    {{0x3a, 16, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 2}, "realloc 0 twice to 1"},
    {{0x3a, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9}, "realloc 0 interior +32 to 9"},
    {{0x3a, 22, 0, 0, 0, 0, 0, 0, 33, 0, 0, 0, 9}, "realloc 0 size own+1 to 9"},
    {{17, 21, 0, 0, 2, 0, 0, 0, 33, 0, 0, 0, 0x01, 0xfe}, "smash 2 behind +1 with bit 1"},
    {{18, 16, 4, 0, 1, 0, 0, 0, 7, 1, 0, 0, 65, 1}, "damage 7 1"},
    {{0x20, 16, 0x4f, 0x40, 0, 0, 0, 0, 5}, "malloc 0 5 align 512"},
    {{0xfe, 0xff, 4, 0, 0, 0, 0, 0, 0}, "write 0"},
};
#define GOLDEN_COUNT     (sizeof golden / sizeof golden[0])
#define GOLDEN_CANONICAL ((size_t)40)

TEST(golden, these_bytes_mean_these_operations)
{
    unsigned kinds[HB_OP_KIND_COUNT] = {0};
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        char text[HB_OP_TEXT_BYTES];
        const struct hb_ops ops = hb_ops_view(golden[i].bytes, HB_RECORD_BYTES);
        const struct hb_op op = hb_ops_get(&ops, 0);
        hb_op_print(&op, text);
        kinds[op.kind] |= 1u << op.form;
        if (!CHECK(strcmp(text, golden[i].text) == 0)) {
            printf("    %s, expected %s\n", text, golden[i].text);
        }
    }
    for (unsigned kind = 0; kind < HB_OP_KIND_COUNT; kind++) {
        CHECK_EQ(kinds[kind] != 0, kind < HB_OP_KIND_GIVEN || kind == HB_OP_NOP);
    }
}

/* Bytes beyond the kinds there are: half of them allocate and free rightly, which makes heaps that
 * are worth looking at. */
TEST(golden, random_kinds_are_weighted_so)
{
    static const uint8_t weighted[32] = {
        2, 3, 2, 3, 2, 3, 2, 3, 2,  3,  2,  3,  2,  3,  2, 3,
        1, 1, 1, 4, 4, 5, 8, 9, 10, 11, 16, 12, 13, 14, 6, 15,
    };
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t bytes[HB_RECORD_BYTES] = {(uint8_t)byte};
        const struct hb_ops ops = hb_ops_view(bytes, sizeof bytes);
        CHECK_EQ(hb_ops_get(&ops, 0).kind, byte < 19 ? byte : byte < 32 ? 31 : weighted[byte % 32]);
    }
}

TEST(golden, this_text_means_these_bytes)
{
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hb_bytes bytes = stream_parse(golden[i].text);
        CHECK_EQ(bytes.count, 2 * HB_RECORD_BYTES);
        CHECK(memcmp(bytes.data, "hbed\1\x0e\4\0\0\0\0\0\0\0\0", HB_RECORD_BYTES) == 0);
        const bool is_canonical = i < GOLDEN_CANONICAL;
        if (is_canonical &&
            !CHECK(memcmp(bytes.data + HB_RECORD_BYTES, golden[i].bytes, HB_RECORD_BYTES) == 0)) {
            printf("    %s\n", golden[i].text);
        }
        free(bytes.data);
    }
}

/* ops -> text -> bytes -> text: the same operations, header and text. */
static void check_text_round_trip(const struct hb_ops *ops)
{
    char *text = stream_text(ops);
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops again = stream_view(&bytes);
    CHECK_EQ(again.header.arena_log2, ops->header.arena_log2);
    CHECK_EQ(again.header.slot_log2, ops->header.slot_log2);
    if (CHECK_EQ(again.count, ops->count)) {
        for (size_t i = 0; i < ops->count; i++) {
            const struct hb_op expected = hb_ops_get(ops, i);
            const struct hb_op actual = hb_ops_get(&again, i);
            uint8_t record[HB_RECORD_BYTES];
            check_same_op(&actual, &expected);
            hb_ops_encode(&expected, record);
            CHECK(memcmp(record, again.records + i * HB_RECORD_BYTES, sizeof record) == 0);
        }
    }
    char *second = stream_text(&again);
    CHECK(strcmp(second, text) == 0);
    free(second);
    free(bytes.data);
    free(text);
}

TEST(text, random_bytes_become_text_and_the_same_operations_again)
{
    enum { COUNT = 64 };
    uint64_t random = 7;
    for (unsigned round = 0; round < 600; round++) {
        uint8_t bytes[COUNT * HB_RECORD_BYTES];
        random_fill(&random, bytes, sizeof bytes);
        if (round % 2 == 0) {
            memcpy(bytes, "hbed\1", 5);
        }
        const struct hb_ops ops = hb_ops_view(bytes, sizeof bytes);
        check_text_round_trip(&ops);
    }
}

TEST(text, comes_back_from_bytes_as_it_was)
{
    size_t used = 0;
    char text[GOLDEN_COUNT * 64 + 64];
    used += (size_t)snprintf(text, sizeof text, "heapbed 1 arena 4096 slots 16777216\n");
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", golden[i].text);
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "free 16777215\n");
    CHECK(used < sizeof text);
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    char *again = stream_text(&ops);
    CHECK(strcmp(again, text) == 0);
    free(again);
    free(bytes.data);
}

TEST(text, comments_blank_lines_and_spaces_mean_nothing)
{
    struct hb_bytes plain =
        stream_parse("heapbed 1 arena 4096 slots 8\nmalloc 1 5 align 8\nfree 1");
    struct hb_bytes spaced =
        stream_parse("# one\n\n\r\n \t heapbed 1  slots 8\tarena 4096 # two\r\n"
                     "#malloc 9 9\n malloc 1 5\talign  8\r\n\n\n"
                     "free 1#\n   # three\n\n");
    CHECK_EQ(spaced.count, plain.count);
    CHECK(spaced.count == plain.count && memcmp(spaced.data, plain.data, plain.count) == 0);
    free(plain.data);
    free(spaced.data);
}

TEST(text, a_header_alone_is_a_stream_without_operations)
{
    struct hb_bytes bytes = stream_parse("heapbed 1\n");
    const struct hb_ops ops = stream_view(&bytes);
    CHECK_EQ(bytes.count, HB_RECORD_BYTES);
    CHECK_EQ(ops.count, 0);
    CHECK_EQ(ops.header.arena_log2, 14);
    free(bytes.data);
}

static const struct {
    const char *text;
    size_t line;
    size_t column;
    const char *reason; /* a part of it */
} bad_texts[] = {
    {"", 1, 1, "no operation"},
    {"# only this\n\n", 2, 1, "no operation"},
    {"malloc", 1, 7, "a slot"},
    {"malloc 16 1", 1, 8, "a slot is 16; the largest is 15"},
    {"mallocx 0 1", 1, 1, "no such operation"},
    {"init\n\n  malloc 0 x", 3, 12, "expected the size, a number"},
    {"malloc 0 -1", 1, 10, "expected the size, a number"},
    {"malloc 0 18446744073709551616", 1, 10, "does not fit into 64 bits"},
    {"malloc 0 5 align", 1, 17, "the alignment"},
    {"malloc 0 5 aligned 8", 1, 12, "end of the line"},
    {"malloc 0 5 align 16321", 1, 18, "powers of two"},
    {"malloc 0 own+1", 1, 10, "malloc has none"},
    {"malloc 0 max+1", 1, 13, "expected max-N"},
    {"malloc 0 limit5", 1, 15, "with its sign"},
    {"malloc 0 hole(5+0", 1, 16, "expected )"},
    {"malloc 0 hole(5)3", 1, 17, "with its sign"},
    {"realloc 0 own+2147483648", 1, 15, "the largest is 2147483647"},
    {"realloc 0 own-2147483649", 1, 15, "the largest is 2147483648"},
    {"add_range 0", 1, 12, "the end"},
    {"add_range 4294967296 0", 1, 11, "the begin is 4294967296; the largest is 4294967295"},
    {"add_range top-1 5", 1, 17, "top-N"},
    {"add_range after 5 6", 1, 17, "the gap"},
    {"free at 16", 1, 11, "size N"},
    {"free at null size", 1, 18, "the size"},
    {"free 0 sise 3", 1, 8, "after the slot"},
    {"free 0 interior 16", 1, 17, "with its sign"},
    {"free 0 forged 0 0", 1, 17, "as SLOT"},
    {"free 0 forged 0 as 99", 1, 20, "the slot whose header is forged is 99"},
    {"free_twice 0", 1, 1, "no such operation"},
    {"calloc 0 1", 1, 11, "the size"},
    {"write", 1, 6, "a slot"},
    {"remove_range 64", 1, 14, "the largest is 63"},
    {"remove_range at x", 1, 17, "an offset in the arena"},
    {"usable 0 16", 1, 10, "with its sign"},
    {"realloc 0 twice", 1, 16, "to SIZE"},
    {"realloc 0 twice to max-0", 1, 20, "the new size"},
    {"realloc 0 interior 16 to 5", 1, 20, "with its sign"},
    {"realloc 0 size 5 to 5", 1, 16, "own+N"},
    {"realloc 0 size own+2147483648 to 5", 1, 20, "the largest is 2147483647"},
    {"realloc_wrong 0", 1, 1, "no such operation"},
    {"smash 0 heder +0 with bit 1", 1, 9, "header, behind, links and footer"},
    {"smash 0 header 0 with bit 1", 1, 16, "with its sign"},
    {"smash 0 header +0 bit 1", 1, 19, "with random"},
    {"smash 0 header +0 with nil 1", 1, 24, "random, bit, zeros"},
    {"smash at 0 with zeros 0", 1, 23, "at least one byte"},
    {"smash at 0 with zeros 65", 1, 23, "the largest is 64"},
    {"damage", 1, 7, "the place"},
    {"damage 3", 1, 9, "the lie"},
    {"damage 3 4294967296", 1, 10, "the largest is 4294967295"},
    {"check 1", 1, 7, "end of the line"},
    {"heapbed 2", 1, 9, "version 2 is not known"},
    {"heapbed 1 arena 5000", 1, 17, "power of two from 4096 to 1073741824"},
    {"heapbed 1 arena 2147483648", 1, 17, "power of two"},
    {"heapbed 1 slots 33554432", 1, 17, "power of two from 1 to 16777216"},
    {"heapbed 1 slots 0", 1, 17, "power of two"},
    {"heapbed 1 swarm 65536", 1, 17, "the largest is 65535"},
    {"heapbed 1 rooms 3", 1, 11, "arena BYTES, slots COUNT or swarm N"},
    {"heapbed 1 slots 4\nfree 4", 2, 6, "the largest is 3"},
    {"init\nheapbed 1", 2, 1, "no such operation"},
};

TEST(text, is_refused_with_line_column_and_reason)
{
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        uint8_t mark = 0;
        struct hb_bytes bytes = {&mark, 1};
        struct hb_text_error error = {0};
        const char *text = bad_texts[i].text;
        bool ok = CHECK(!hb_ops_parse(text, strlen(text), &bytes, &error));
        ok &= CHECK_EQ(error.line, bad_texts[i].line);
        ok &= CHECK_EQ(error.column, bad_texts[i].column);
        ok &= CHECK(strstr(error.reason, bad_texts[i].reason) != NULL);
        ok &= CHECK(bytes.data == &mark && bytes.count == 1);
        if (!ok) {
            printf("    %s\n    said: %zu:%zu: %s\n", text, error.line, error.column, error.reason);
        }
    }
}

TEST(text, a_null_byte_is_no_end)
{
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    static const char text[] = "init\0\ninit";
    CHECK(!hb_ops_parse(text, sizeof text - 1, &bytes, &error));
    CHECK_EQ(error.line, 1);
    CHECK_EQ(error.column, 5);
    free(bytes.data);
}

/* Any bytes at all, and texts with one byte changed, parse or are refused; nothing else. */
TEST(text, any_bytes_are_parsed_or_refused)
{
    static const char pieces[] = "malloc 0 hole(90)-16 align 64\nfree at top-1 size 3\n"
                                 "add_range after+0 9\nrealloc 1 own-1\nheapbed 1 arena 4096\n"
                                 "realloc 1 size own-1 to 5\nsmash 0 links +0 with copy 16\n"
                                 "usable 1 -16\nremove_range at 16\ndamage 3 4\n";
    uint64_t random = 8;
    unsigned parsed = 0;
    unsigned refused = 0;
    for (unsigned round = 0; round < 20000; round++) {
        char text[sizeof pieces];
        memcpy(text, pieces, sizeof text);
        const size_t begin = random_below(&random, sizeof text - 1);
        const size_t length = random_below(&random, sizeof text - 1 - begin);
        text[random_below(&random, sizeof text - 1)] = (char)(random_next(&random) >> 8);
        uint8_t *copy = copy_of((const uint8_t *)text + begin, length);
        struct hb_bytes bytes = {0};
        struct hb_text_error error = {0};
        if (hb_ops_parse((const char *)copy, length, &bytes, &error)) {
            parsed++;
            const struct hb_ops ops = stream_view(&bytes);
            check_text_round_trip(&ops);
            free(bytes.data);
        } else {
            refused++;
            CHECK(error.line >= 1 && error.line <= 11);
            CHECK(error.column >= 1 && error.column <= length + 1);
            CHECK(error.reason[0] != '\0');
        }
        free(copy);
    }
    CHECK(parsed > 100);
    CHECK(refused > 1000);
}

TEST(names, every_kind_has_its_own)
{
    for (unsigned a = 0; a < HB_OP_KIND_GIVEN; a++) {
        CHECK(strcmp(hb_op_kind_name(a), "nop") != 0);
        for (unsigned b = 0; b < a; b++) {
            CHECK(strcmp(hb_op_kind_name(a), hb_op_kind_name(b)) != 0);
        }
    }
    CHECK(strcmp(hb_op_kind_name(HB_OP_NOP), "nop") == 0);
}

TESTS_BEGIN
ENTRY(decode, any_bytes_of_any_length)
ENTRY(decode, random_bytes_reach_every_kind_and_form_and_no_other)
ENTRY(decode, random_bytes_reach_the_whole_domain)
ENTRY(decode, cutting_a_record_out_leaves_the_others)
ENTRY(decode, splicing_two_streams_keeps_both_halves)
ENTRY(decode, a_changed_byte_changes_no_other_record)
ENTRY(decode, the_last_record_counts_only_when_whole)
ENTRY(header, without_one_the_defaults_hold)
ENTRY(header, odd_values_fold_into_the_allowed)
ENTRY(header, its_reserved_bytes_mean_nothing)
ENTRY(header, the_swarm_is_kept_and_changes_no_operation)
ENTRY(header, a_newer_version_is_told)
ENTRY(header, encodes_to_these_bytes)
ENTRY(align, codes_say_what_they_are)
ENTRY(golden, these_bytes_mean_these_operations)
ENTRY(golden, random_kinds_are_weighted_so)
ENTRY(golden, this_text_means_these_bytes)
ENTRY(text, random_bytes_become_text_and_the_same_operations_again)
ENTRY(text, comes_back_from_bytes_as_it_was)
ENTRY(text, comments_blank_lines_and_spaces_mean_nothing)
ENTRY(text, a_header_alone_is_a_stream_without_operations)
ENTRY(text, is_refused_with_line_column_and_reason)
ENTRY(text, a_null_byte_is_no_end)
ENTRY(text, any_bytes_are_parsed_or_refused)
ENTRY(names, every_kind_has_its_own)
TESTS_END
