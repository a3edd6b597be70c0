/* SPDX-License-Identifier: MIT
 *
 * The mutator as AFL++ calls it: mutants are whole records, trimming takes whole records, keeps
 * what is needed, and ends.
 */
/* Its functions no header declares: afl-fuzz finds them by name. */
#include "mutator_afl.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "afl_mutator"
#include "../testbed/stream.h"
#include "check.h"
#include "generate.h"

static struct afl_mutator *opened(void)
{
    struct afl_mutator *afl = afl_custom_init(NULL, 7);
    if (afl == NULL) {
        exit(2);
    }
    return afl;
}

static struct hb_bytes generated(uint64_t number, size_t op_count)
{
    struct hb_bytes bytes;
    if (!hb_generate(number, HB_STREAM_MIXED, op_count, 0, &bytes)) {
        exit(2);
    }
    return bytes;
}

TEST(fuzz, gives_whole_records_and_leaves_its_input_alone)
{
    struct afl_mutator *afl = opened();
    struct hb_bytes stream = generated(1, 40);
    struct hb_bytes same = generated(1, 40);
    struct hb_bytes other = generated(2, 30);
    for (unsigned i = 0; i < 500; i++) {
        uint8_t *out = NULL;
        const size_t max = i % 5 == 0 ? 160 : 1 << 20;
        const size_t count = afl_custom_fuzz(afl, stream.data, stream.count, &out,
                                             i % 3 == 0 ? NULL : other.data, other.count, max);
        CHECK(out != NULL && count % HB_RECORD_BYTES == 0 && count >= HB_RECORD_BYTES);
        CHECK(count <= max && count <= BYTES_MAX);
        CHECK(memcmp(stream.data, same.data, same.count) == 0);
    }
    free(stream.data);
    free(same.data);
    free(other.data);
    afl_custom_deinit(afl);
}

/* As afl-fuzz does it; an input does the same while it has all mallocs of slot 3. Returns how many
 * steps were taken. */
static size_t trim_all(struct afl_mutator *afl, struct hb_bytes *stream, size_t needed)
{
    const int step_max = afl_custom_init_trim(afl, stream->data, stream->count);
    size_t steps = 0;
    for (int step = 0; step < step_max; steps++) {
        uint8_t *out = NULL;
        const size_t count = afl_custom_trim(afl, &out);
        const struct hb_ops ops = hb_ops_view(out, count);
        size_t seen = 0;
        CHECK(out != NULL && count < stream->count);
        CHECK_EQ(count % HB_RECORD_BYTES, 0);
        for (size_t i = 0; i < ops.count; i++) {
            seen += hb_ops_get(&ops, i).slot == 3;
        }
        if (seen == needed) {
            memcpy(stream->data, out, count);
            stream->count = count;
        }
        step = afl_custom_post_trim(afl, seen == needed);
        if (!CHECK(steps < 10000)) {
            break;
        }
    }
    return steps;
}

TEST(trim, keeps_what_is_needed_and_ends)
{
    struct afl_mutator *afl = opened();
    for (uint64_t number = 0; number < 20; number++) {
        struct hb_bytes stream = generated(number, 200);
        const struct hb_ops before = hb_ops_view(stream.data, stream.count);
        size_t needed = 0;
        for (size_t i = 0; i < before.count; i++) {
            needed += hb_ops_get(&before, i).slot == 3;
        }
        CHECK(trim_all(afl, &stream, needed) > 0);
        const struct hb_ops after = hb_ops_view(stream.data, stream.count);
        CHECK_EQ(after.count, needed); /* each record that is not needed was left out */
        CHECK_EQ(after.header.arena_log2, before.header.arena_log2);
        free(stream.data);
    }
    afl_custom_deinit(afl);
}

TEST(trim, has_nothing_to_do_for_one_record_or_none)
{
    struct afl_mutator *afl = opened();
    uint8_t bytes[2 * HB_RECORD_BYTES + 5] = "hbed\1\14\4";
    for (size_t count = 0; count <= sizeof bytes; count++) {
        CHECK_EQ(afl_custom_init_trim(afl, bytes, count), 0);
    }
    afl_custom_deinit(afl);
}

TESTS_BEGIN
ENTRY(fuzz, gives_whole_records_and_leaves_its_input_alone)
ENTRY(trim, keeps_what_is_needed_and_ends)
ENTRY(trim, has_nothing_to_do_for_one_record_or_none)
TESTS_END
