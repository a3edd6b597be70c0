/* SPDX-License-Identifier: MIT
 *
 * The mutator as afl-fuzz calls it: a shared object that AFL_CUSTOM_MUTATOR_LIBRARY names.
 * afl-fuzz's own havoc goes on beside it. What it takes off an input that it keeps are whole
 * records.
 *
 *   HEAPBED_PLACEMENT  list: streams are played on the model of the list index (default: bitmap)
 *   HEAPBED_HARNESS    corrupt: smashes are drawn too
 */
#include "mutator.h"

#include <stdlib.h>
#include <string.h>

/* As long as the harnesses' inputs are: 255 operations. */
#define BYTES_MAX        4096
#define CROSS_OVER_EVERY 6

/* Which records an input can do without: half of them at once, a quarter, ... one. */
struct trim {
    uint8_t kept[BYTES_MAX]; /* the shortest that does the same */
    size_t byte_count;
    uint8_t tried[BYTES_MAX];
    size_t tried_count;
    size_t chunk; /* records that are taken out at once; 0: no more to try */
    size_t at;    /* the first of them */
    int step;
    int step_max;
};

struct afl_mutator {
    struct hb_mutator *mutator;
    uint64_t seed;
    uint8_t bytes[BYTES_MAX];
    struct trim trim;
};

#define EXPORTED __attribute__((visibility("default")))

/* The interface of AFL++ 4.x; the first argument of init is its own state. */
EXPORTED struct afl_mutator *afl_custom_init(void *afl, unsigned seed);
EXPORTED void afl_custom_deinit(struct afl_mutator *afl);
EXPORTED size_t afl_custom_fuzz(struct afl_mutator *afl, uint8_t *bytes, size_t byte_count,
                                uint8_t **out, uint8_t *other, size_t other_count,
                                size_t byte_count_max);
EXPORTED int afl_custom_init_trim(struct afl_mutator *afl, uint8_t *bytes, size_t byte_count);
EXPORTED size_t afl_custom_trim(struct afl_mutator *afl, uint8_t **out);
EXPORTED int afl_custom_post_trim(struct afl_mutator *afl, unsigned char is_same);

static bool is_set_to(const char *variable, const char *value)
{
    const char *text = getenv(variable);
    return text != NULL && strcmp(text, value) == 0;
}

struct afl_mutator *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    struct afl_mutator *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    const bool is_list = is_set_to("HEAPBED_PLACEMENT", "list");
    made->seed = seed;
    made->mutator = hb_mutator_new(is_list ? HB_PLACEMENT_LIST : HB_PLACEMENT_BITMAP,
                                   is_set_to("HEAPBED_HARNESS", "corrupt"));
    if (made->mutator == NULL) {
        free(made);
        return NULL;
    }
    return made;
}

void afl_custom_deinit(struct afl_mutator *afl)
{
    hb_mutator_delete(afl->mutator);
    free(afl);
}

size_t afl_custom_fuzz(struct afl_mutator *afl, uint8_t *bytes, size_t byte_count, uint8_t **out,
                       uint8_t *other, size_t other_count, size_t byte_count_max)
{
    const size_t max = byte_count_max < BYTES_MAX ? byte_count_max : BYTES_MAX;
    const uint64_t seed = afl->seed++;
    *out = afl->bytes;
    if (other != NULL && other_count > 0 && byte_count > 0 && seed % CROSS_OVER_EVERY == 0) {
        return hb_cross_over(bytes, byte_count, other, other_count, afl->bytes, max, seed);
    }
    const size_t count = byte_count < max ? byte_count : max;
    memcpy(afl->bytes, bytes, count);
    return hb_mutate(afl->mutator, afl->bytes, count, max, seed, NULL);
}

/* Trimming. */

static size_t record_count(const struct trim *trim)
{
    return hb_ops_view(trim->kept, trim->byte_count).count;
}

/* Where the first record is: behind the header, if there is one. */
static size_t records_at(const struct trim *trim)
{
    return (size_t)(hb_ops_view(trim->kept, trim->byte_count).records - trim->kept);
}

int afl_custom_init_trim(struct afl_mutator *afl, uint8_t *bytes, size_t byte_count)
{
    struct trim *trim = &afl->trim;
    *trim = (struct trim){.byte_count = byte_count};
    if (byte_count > BYTES_MAX) {
        return 0;
    }
    memcpy(trim->kept, bytes, byte_count);
    for (size_t chunk = (record_count(trim) + 1) / 2; chunk > 0; chunk /= 2) {
        trim->chunk = trim->chunk == 0 ? chunk : trim->chunk;
        trim->step_max += (int)((record_count(trim) + chunk - 1) / chunk);
    }
    return record_count(trim) > 1 ? trim->step_max : 0;
}

size_t afl_custom_trim(struct afl_mutator *afl, uint8_t **out)
{
    struct trim *trim = &afl->trim;
    const size_t left = record_count(trim) - trim->at;
    const size_t count = trim->chunk < left ? trim->chunk : left;
    const size_t begin = records_at(trim) + trim->at * HB_RECORD_BYTES;
    const size_t end = begin + count * HB_RECORD_BYTES;
    memcpy(trim->tried, trim->kept, begin);
    memcpy(trim->tried + begin, trim->kept + end, trim->byte_count - end);
    trim->tried_count = trim->byte_count - (end - begin);
    *out = trim->tried;
    return trim->tried_count;
}

/* Returns the number of the next step; the last one means that it is done. */
int afl_custom_post_trim(struct afl_mutator *afl, unsigned char is_same)
{
    struct trim *trim = &afl->trim;
    if (is_same != 0) {
        memcpy(trim->kept, trim->tried, trim->tried_count);
        trim->byte_count = trim->tried_count;
    } else {
        trim->at += trim->chunk;
    }
    while (trim->chunk > 0 && trim->at >= record_count(trim)) {
        trim->chunk /= 2;
        trim->at = 0;
    }
    const bool is_done = trim->chunk == 0 || ++trim->step >= trim->step_max;
    return is_done ? trim->step_max : trim->step;
}
