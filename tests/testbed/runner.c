/* SPDX-License-Identifier: MIT
 *
 * The runner: the same stream gives the same trace on every machine and run, counts and verdicts
 * are those worked out by hand, and a run leaves nothing behind for the next, whatever became of
 * it.
 */
#define SUITE "runner"
#include "check.h"

#include "run_state.h"
#include "stream.h"
#include "targets.h"

static const struct hb_run_options plain = {.catch_signals = true};
static const struct hb_run_options thorough = {.thorough = true, .catch_signals = true};

static const struct hb_target *target_called(const char *name)
{
    char error[256];
    const struct hb_target *target = hb_target_find(name, error, sizeof error);
    if (target == NULL) {
        printf("%s\n", error);
        exit(2);
    }
    return target;
}

static struct hb_run_result run_with(const char *text, const char *target,
                                     const struct hb_run_options *options)
{
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_run_result result = {0};
    CHECK(hb_run(&ops, target_called(target), options, &result));
    free(bytes.data);
    return result;
}

static struct hb_run_result run(const char *text)
{
    return run_with(text, "bestfit", &thorough);
}

/* Every variant of the core. */
static const char *const variants[] = {
    "bestfit",     "bestfit-list",     "bestfit-small",      "bestfit-large",
    "bestfit-off", "bestfit-paranoid", "bestfit-quarantine", "bestfit-list-quarantine",
};
#define VARIANT_COUNT (sizeof variants / sizeof variants[0])

TEST(trace, is_the_same_each_time_and_with_any_options)
{
    static const char text[] = "add_range 0 999\nmalloc 0 5\nmalloc 1 50\nfree 0\nmalloc 2 9999\n"
                               "realloc 1 80\nfree 0 twice\nfree 1 size 3";
    struct hb_run_options twice = thorough;
    twice.run_twice = true;
    const uint64_t hash = run(text).trace_hash;
    CHECK(hash != 0);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(run(text).trace_hash, hash);
        CHECK_EQ(run_with(text, "bestfit", &plain).trace_hash, hash);
        CHECK_EQ(run_with(text, "bestfit", &twice).trace_hash, hash);
    }
}

TEST(trace, of_other_answers_is_another)
{
    static const char *const texts[] = {
        "add_range 0 256\nmalloc 0 5",
        "add_range 0 256\nmalloc 0 5\nmalloc 1 5",
        "add_range 16 256\nmalloc 0 5",
        "add_range 0 256\nmalloc 0 500",
        "add_range 0 256\nmalloc 0 0",
        "add_range 0 256\nmalloc 0 5\nfree 0 interior +1",
        "add_range 0 256\nmalloc 0 5\nfree 0 size 4",
        "add_range 0 256\ninit\nmalloc 0 5",
        "add_range 0 0\nmalloc 0 5",
        "",
    };
    enum { COUNT = sizeof texts / sizeof texts[0] };
    uint64_t hashes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "heapbed 1\n%s", texts[i]);
        hashes[i] = run(text).trace_hash;
        for (size_t before = 0; before < i; before++) {
            CHECK(hashes[i] != hashes[before]);
        }
    }
}

TEST(counts, are_those_worked_out_by_hand)
{
    const struct hb_run_result result = run("add_range 0 1024\n"
                                            "malloc 0 100\n"      /* live 1, 100 */
                                            "malloc 1 200\n"      /* live 2, 300 */
                                            "malloc 1 1\n"        /* no-op: the slot is taken */
                                            "malloc 2 2000\n"     /* refused: out of memory */
                                            "malloc 2 0\n"        /* refused */
                                            "free 2\n"            /* no-op: empty */
                                            "free 0\n"            /* live 1; free 2 */
                                            "free 0 twice\n"      /* refused */
                                            "free 1 size own+1\n" /* refused */
                                            "write 0\n"           /* no-op: freed */
                                            "write 1\n"           /* not a call */
                                            "check\n"             /* not a call */
                                            "remove_range 0\n"    /* refused: in use */
                                            "remove_range 1\n"    /* no-op: there is none */
                                            "usable 1\n"          /* live 1 */
                                            "usable 3\n"          /* no-op: empty */
                                            "smash at 16 with zeros 4\n" /* no-op */
                                            "malloc 3 20\n" /* live 2, 220; of 112: splits */
                                            "free 3 any\n"  /* free 2 */
                                            "add_range 2048 2048\n"); /* refused */
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    /* init, 2 add_range, 5 mallocs, 4 frees, remove_range, usable, and slot 1 drained at the end */
    CHECK_EQ(result.counts.operations, 15);
    CHECK_EQ(result.counts.no_ops, 6);
    CHECK_EQ(result.counts.refused, 6);
    CHECK_EQ(result.counts.out_of_memory, 1);
    CHECK_EQ(result.counts.peak_live_blocks, 2);
    CHECK_EQ(result.counts.peak_live_bytes, 300);
    /* once slot 0 is free: it and the rest of the range; its neighbour is live */
    CHECK_EQ(result.counts.peak_free_blocks, 2);
    CHECK(result.counts.peak_work > 0 && result.counts.peak_work < 20);
}

TEST(counts, an_empty_stream_is_an_init)
{
    const struct hb_run_result result = run("heapbed 1\n");
    CHECK_EQ(result.counts.operations, 1);
    CHECK_EQ(result.counts.no_ops, 0);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
}

/* With the table of ranges full, every place but the arena: in one of them lies the heap. (On 64
 * bits it is out of reach.) */
TEST(counts, a_range_that_meets_the_heap_itself_is_not_played)
{
    static char text[1 << 18];
    size_t length = 0;
    for (unsigned i = 0; i < 32; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "add_range %u %u\n", 64 * i,
                                   64 * i + 64);
    }
    for (unsigned i = 0; i < 4096; i++) {
        const unsigned low = (i << 20) - 1;
        length += (size_t)snprintf(text + length, sizeof text - length, "add_range top-%u top-%u\n",
                                   low + (1u << 20), low + 1);
    }
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        const struct hb_run_result result = run_with(text, variants[i], &plain);
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        CHECK_EQ(result.counts.operations + result.counts.no_ops, 1 + 32 + 4096);
    }
}

static const char realloc_text[] = "add_range 0 1024\nmalloc 0 10\nrealloc 0 100\n"
                                   "realloc 0 5000\nrealloc 1 5\nfree 1\nrealloc 1 6";

TEST(counts, a_realloc_is_one_call_where_the_target_has_it)
{
    const struct hb_run_result result = run(realloc_text);
    /* init, add_range, malloc, four reallocs, a free, two at the end */
    CHECK_EQ(result.counts.operations, 10);
    CHECK_EQ(result.counts.no_ops, 0);
    CHECK_EQ(result.counts.out_of_memory, 1);
    CHECK_EQ(result.counts.peak_live_bytes, 106);
    CHECK_EQ(result.counts.peak_live_blocks, 2);
}

/* The core, as far as a target must have it. */
static struct hb_target bare_target(void)
{
    struct hb_target bare = *target_called("bestfit-list");
    bare.realloc = NULL;
    bare.calloc = NULL;
    bare.remove_range = NULL;
    bare.usable_size = NULL;
    bare.owns = NULL;
    return bare;
}

static struct hb_run_result run_on(const char *text, const struct hb_target *target,
                                   const struct hb_run_options *options)
{
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_run_result result = {0};
    CHECK(hb_run(&ops, target, options, &result));
    free(bytes.data);
    return result;
}

TEST(counts, without_it_a_realloc_is_a_malloc_and_a_free)
{
    const struct hb_target bare = bare_target();
    const struct hb_run_result result = run_on(realloc_text, &bare, &thorough);
    CHECK_EQ(result.counts.operations, 11);
    CHECK_EQ(result.counts.no_ops, 0);
    CHECK_EQ(result.counts.out_of_memory, 1);
    CHECK_EQ(result.counts.peak_live_bytes, 110);
    CHECK_EQ(result.counts.peak_live_blocks, 2);
}

/* Neither functions nor promises: what cannot be asked is passed over. */
TEST(counts, what_a_target_does_not_have_is_passed_over)
{
    const struct hb_target bare = bare_target();
    const struct hb_run_result result =
        run_on("add_range 0 1024\nmalloc 0 10\nusable 0\nremove_range 0\n"
               "realloc 0 size own+1 to 9\ncalloc 1 2 5",
               &bare, &thorough);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.no_ops, 3);
    CHECK_EQ(result.counts.operations, 6);
}

/* Hardening off trusts pointers: a wrong one is not passed, whatever the call. */
TEST(counts, a_target_that_trusts_is_passed_no_wrong_pointer)
{
    const struct hb_run_result result =
        run_with("add_range 0 1024\nmalloc 0 10\nmalloc 1 10\nfree 1\nusable 0 +16\nusable 1\n"
                 "realloc 0 interior +16 to 9\nrealloc 0 size own+1 to 9\nrealloc 1 twice to 9\n"
                 "free 0 size 9\nfree 0 interior +16\nfree 1 twice\nrealloc 0 0\nusable 0",
                 "bestfit-off", &thorough);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.no_ops, 8);
    /* init, add_range, 2 mallocs, free, the realloc to 0, usable, and the free at the end */
    CHECK_EQ(result.counts.operations, 8);
    CHECK_EQ(result.counts.refused, 1);
}

/* The canary accepts a wrong pointer. Where its contract says that to find one is a matter of odds,
 * that is no verdict, and the run is over. */
static struct hb_run_result run_on_odds(const char *text, const struct hb_run_options *options)
{
    struct hb_target odd = *target_called("canary-wrong-pointer");
    odd.contract |= HB_REFUSES_BY_ODDS;
    return run_on(text, &odd, options);
}

TEST(odds, a_miss_ends_the_run_without_a_verdict)
{
    struct hb_run_options twice = thorough;
    twice.run_twice = true;
    const struct hb_run_options *const sets[] = {&plain, &thorough, &twice};
    for (size_t i = 0; i < 3; i++) {
        const struct hb_run_result result =
            run_on_odds("add_range 0 256\nmalloc 0 70\nfree 0 interior +16\nmalloc 1 77\n"
                        "free 0 interior +16\nmalloc 2 16 align 3",
                        sets[i]);
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        CHECK(result.is_inconclusive);
        CHECK_EQ(result.counts.odds_checks, 2);
        CHECK_EQ(result.counts.odds_misses, 1);
        CHECK_EQ(result.counts.operations, 6); /* nothing more, and no drain */
    }
}

TEST(odds, what_is_certain_stays_a_verdict)
{
    static const char *const texts[] = {
        "add_range 0 256\nmalloc 1 77\nfree 1 interior +8\n", /* misaligned */
        "add_range 0 256\nmalloc 1 77\nfree at 512 size 9\n", /* outside */
        "add_range 0 256\nmalloc 1 77\nfree at -16 size 9\n", /* before it */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct hb_run_result result = run_on_odds(texts[i], &thorough);
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_STATUS);
        CHECK(!result.is_inconclusive);
        CHECK_EQ(result.counts.odds_checks, 0);
    }
}

/* A checksum that is right once in 1,024 for a made-up header: of a thousand of them about one, or
 * none, as they are drawn (on a machine of another byte order, others are). */
TEST(odds, a_hardened_heap_misses_hardly_any_of_a_thousand_wrong_pointers)
{
    uint64_t checks = 0;
    uint64_t misses = 0;
    for (unsigned i = 0; i < 40; i++) {
        char text[2048];
        size_t used = (size_t)snprintf(text, sizeof text,
                                       "add_range 0 4096\nmalloc 0 %u\nmalloc 1 900\n", 16 + i);
        for (unsigned n = 1; n <= 14; n++) {
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "free 1 forged %u as 0\nfree 1 interior +%u\n", 16 * n,
                                     16 * (n + i));
        }
        const struct hb_run_result result = run(text);
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        checks += result.counts.odds_checks;
        misses += result.counts.odds_misses;
    }
    CHECK(checks > 1000);
    CHECK(hb_is_within_odds(checks, HB_POINTERS_FOR_A_MISS, misses));
}

static uint64_t keys_seen[8];
static size_t key_count;

static void see_key(void *context, const struct hb_call *call)
{
    (void)context;
    if (call->kind == HB_CALL_INIT && key_count < 8) {
        keys_seen[key_count++] = call->size;
    }
}

TEST(key, is_another_for_each_init_and_stream_and_the_same_again)
{
    struct hb_run_options options = thorough;
    options.observe = see_key;
    key_count = 0;
    for (unsigned turn = 0; turn < 2; turn++) {
        (void)run_with("add_range 0 256\ninit\nmalloc 0 5", "bestfit", &options);
        (void)run_with("add_range 0 256\ninit\nmalloc 0 6", "bestfit", &options);
    }
    CHECK_EQ(key_count, 8);
    for (size_t a = 0; a < 4; a++) {
        CHECK_EQ(keys_seen[a], keys_seen[a + 4]);
        for (size_t b = 0; b < a; b++) {
            CHECK(keys_seen[a] != keys_seen[b]);
        }
    }
}

/* What a target that promises nothing is spared. */
TEST(counts, what_a_target_has_not_promised_is_not_played)
{
    const struct hb_run_result result = run_with("add_range 0 1024\nmalloc 0 10\nmalloc 1 0\n"
                                                 "malloc 1 10 align 3\nmalloc 1 10 align 64\n"
                                                 "free 0 interior +1\nfree 0 size 3\nfree 0\n"
                                                 "free 0 twice\nfree at 16 size 1\nmalloc 2 max-0",
                                                 "libc", &thorough);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    /* init, malloc 0, malloc 1 align 64, free 0 (its size is not looked at), the drain of 1 */
    CHECK_EQ(result.counts.operations, 5);
    /* add_range, malloc of 0, align 3, interior, free of the freed, twice, at, max-0 */
    CHECK_EQ(result.counts.no_ops, 8);
    CHECK_EQ(result.counts.refused, 0);
}

TEST(verdict, names_operation_and_both_values)
{
    const struct hb_verdict verdict =
        run_with("add_range 0 256\ncheck\nmalloc 3 16 align 3\nmalloc 1 16", "seed", &thorough)
            .verdict;
    CHECK_EQ(verdict.oracle, HB_ORACLE_STATUS);
    CHECK_EQ(verdict.op_index, 2);
    CHECK_EQ(verdict.op.kind, HB_OP_MALLOC);
    CHECK_EQ(verdict.op.slot, 3);
    CHECK_EQ(verdict.expected_status, HB_INVALID_ALIGN);
    CHECK_EQ(verdict.actual_status, HB_OK);
    CHECK(strcmp(verdict.expected, "invalid_align") == 0);
    CHECK(strcmp(verdict.actual, "ok") == 0);
}

TEST(verdict, of_a_wrong_address_tells_both_as_offsets)
{
    const struct hb_verdict verdict =
        run_with("add_range 64 320\nmalloc 0 77", "canary-place", &thorough).verdict;
    CHECK_EQ(verdict.oracle, HB_ORACLE_PLACE);
    CHECK(strcmp(verdict.expected, "arena+80") == 0);
    CHECK(strcmp(verdict.actual, "77 bytes at arena+96, alignment 16") == 0);
}

TEST(verdict, of_a_panic_has_no_answer)
{
    const struct hb_verdict verdict =
        run_with("add_range 0 64\nmalloc 0 32\nfree 0", "seed", &thorough).verdict;
    CHECK_EQ(verdict.oracle, HB_ORACLE_PANIC);
    CHECK_EQ(verdict.op_index, 2);
    CHECK_EQ(verdict.expected_status, HB_OK);
    CHECK_EQ(verdict.actual_status, HB_STATUS_COUNT);
    CHECK(strncmp(verdict.actual, "panic: ", 7) == 0);
}

TEST(verdict, at_the_end_names_the_streams_count)
{
    const struct hb_verdict verdict =
        run_with("add_range 0 256\nmalloc 0 77", "canary-drain", &plain).verdict;
    CHECK_EQ(verdict.oracle, HB_ORACLE_DRAIN);
    CHECK_EQ(verdict.op_index, 2);
    CHECK_EQ(verdict.op.kind, HB_OP_CHECK);
    CHECK(strcmp(verdict.expected, "one free block a range") == 0);
    CHECK(strcmp(verdict.actual, "2 free blocks in 1 ranges") == 0);
}

TEST(verdict, comes_with_a_picture_where_one_is_wanted)
{
    char *picture = NULL;
    size_t picture_bytes = 0;
    FILE *out = open_memstream(&picture, &picture_bytes);
    struct hb_run_options options = thorough;
    options.picture = out;
    (void)run_with("add_range 0 256\nmalloc 0 77", "bestfit", &options);
    (void)fflush(out);
    CHECK_EQ(picture_bytes, 0);
    (void)run_with("add_range 0 256\nmalloc 0 77", "canary-place", &options);
    (void)fclose(out);
    CHECK(picture_bytes > 0);
    free(picture);
}

struct seen_calls {
    unsigned kinds[HB_CALL_FILL + 1];
    uint64_t last_result;
};

static void see_call(void *context, const struct hb_call *call)
{
    struct seen_calls *seen = context;
    seen->kinds[call->kind]++;
    if (call->kind == HB_CALL_MALLOC && call->actual_status == HB_OK) {
        seen->last_result = (uint64_t)call->actual.offset;
        CHECK(call->actual.base == HB_IN_ARENA && call->actual.offset == call->expected.offset);
    }
}

TEST(observe, is_told_of_every_call)
{
    struct seen_calls seen = {0};
    struct hb_run_options options = thorough;
    options.observe = see_call;
    options.observe_context = &seen;
    options.run_twice = true;
    (void)run_with("add_range 0 1024\nmalloc 0 100\nrealloc 0 200\ncalloc 1 2 8\nusable 0\n"
                   "remove_range 0\nwrite 0",
                   "bestfit", &options);
    for (unsigned kind = HB_CALL_INIT; kind <= HB_CALL_FILL; kind++) {
        if (kind != HB_CALL_FREE && kind != HB_CALL_COPY) {
            CHECK_EQ(seen.kinds[kind], 1);
        }
    }
    CHECK_EQ(seen.kinds[HB_CALL_FREE], 2); /* at the end */
    CHECK_EQ(seen.kinds[HB_CALL_COPY], 0);
}

TEST(observe, is_told_of_what_the_user_does_for_a_realloc)
{
    struct seen_calls seen = {0};
    struct hb_run_options options = thorough;
    options.observe = see_call;
    options.observe_context = &seen;
    options.run_twice = true;
    const struct hb_target bare = bare_target();
    (void)run_on("add_range 0 1024\nmalloc 0 100\nrealloc 0 200\nwrite 0\nmalloc 1 9999", &bare,
                 &options);
    CHECK_EQ(seen.kinds[HB_CALL_INIT], 1);
    CHECK_EQ(seen.kinds[HB_CALL_ADD_RANGE], 1);
    CHECK_EQ(seen.kinds[HB_CALL_MALLOC], 3);
    CHECK_EQ(seen.kinds[HB_CALL_FREE], 2);
    CHECK_EQ(seen.kinds[HB_CALL_COPY], 1);
    CHECK_EQ(seen.kinds[HB_CALL_FILL], 2);
    CHECK_EQ(seen.last_result, 144);
}

/* Streams that end in every way there is; each must come out the same whatever ran before it. */
static const struct {
    const char *target;
    const char *text;
    enum hb_oracle oracle;
} ends[] = {
    {"bestfit", "add_range 0 4096\nmalloc 0 100\nmalloc 1 200\nfree 0\nmalloc 2 50\nfree 2 twice",
     HB_ORACLE_NONE},
    {"bestfit",
     "heapbed 1 arena 4096 slots 2\nadd_range 16 4000\nmalloc 0 9\ninit\nmalloc 0 9\n"
     "add_range 0 4096\nmalloc 0 4080\nmalloc 1 1",
     HB_ORACLE_NONE},
    {"bestfit",
     "heapbed 1 arena 65536 slots 64\nadd_range 0 64\nadd_range 64 129\nmalloc 60 33\n"
     "malloc 61 17\nmalloc 62 17\nfree 60 interior +16\nfree 61 forged 0 as 60",
     HB_ORACLE_NONE},
    {"libc", "malloc 0 100\nmalloc 1 5000 align 4096\nfree 0\nrealloc 1 10", HB_ORACLE_NONE},
    {"seed", "add_range 0 256\nmalloc 0 32\nfree 0\nmalloc 1 32", HB_ORACLE_NONE},
    {"seed", "add_range 0 256\nmalloc 0 17\nfree 0\nmalloc 0 32", HB_ORACLE_PLACE},
    {"seed", "add_range 0 256\nmalloc 0 32\nfree 0\nfree 0 twice\nmalloc 1 200", HB_ORACLE_STATUS},
    {"seed", "add_range 0 256\nfree at 4096 size 16", HB_ORACLE_PANIC},
    {"seed", "add_range 4096 0", HB_ORACLE_STATUS},
    {"seed", "add_range 0 64\nmalloc 0 32\nfree 0", HB_ORACLE_PANIC},
    {"canary-guard", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_GUARD},
    {"canary-content", "add_range 0 256\nmalloc 0 16\nmalloc 1 77\nfree 0", HB_ORACLE_CONTENT},
    {"canary-unchanged", "add_range 0 256\nmalloc 0 77\nfree 0 interior +16", HB_ORACLE_UNCHANGED},
    /* too large for its snapshot to be paid for, unless by credit of another run */
    {"canary-unchanged",
     "heapbed 1 arena 16384 slots 16\nadd_range 0 16384\nmalloc 0 77\nfree 0 interior +16",
     HB_ORACLE_UNCHANGED},
    {"canary-check", "heapbed 1 arena 4096 slots 4\nadd_range 0 256\nmalloc 0 77\nmalloc 1 16",
     HB_ORACLE_CHECK},
    {"canary-inside", "add_range 0 256\nmalloc 0 77", HB_ORACLE_INSIDE},
    {"canary-overlap", "add_range 0 256\nmalloc 0 16\nmalloc 1 77", HB_ORACLE_OVERLAP},
    {"canary-panic", "add_range 0 256\nmalloc 9 5\nmalloc 0 77", HB_ORACLE_PANIC},
    {"canary-crash", "add_range 0 256\nmalloc 9 5\nmalloc 0 77", HB_ORACLE_CRASH},
    {"canary-hang", "add_range 0 256\nmalloc 9 5\nmalloc 0 77", HB_ORACLE_HANG},
    {"canary-bound", "add_range 0 256\nmalloc 9 5\nmalloc 0 77", HB_ORACLE_BOUND},
    {"canary-drain", "add_range 0 256\nmalloc 0 77", HB_ORACLE_DRAIN},
};
#define END_COUNT (sizeof ends / sizeof ends[0])

static const struct hb_run_options *const option_sets[2] = {&plain, &thorough};

/* Earns credit for looks at the whole heap, and leaves it behind. */
static struct hb_bytes credit_stream(void)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "heapbed 1 arena 65536 slots 16\n");
    for (unsigned i = 0; i < 300; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "free 0\n");
    }
    return stream_parse(text);
}

static void check_same_result(const struct hb_run_result *result, const struct hb_run_result *alone,
                              const char *target, unsigned round)
{
    bool ok = CHECK_EQ(result->trace_hash, alone->trace_hash);
    ok &= CHECK_EQ(result->verdict.oracle, alone->verdict.oracle);
    ok &= CHECK_EQ(result->verdict.op_index, alone->verdict.op_index);
    ok &= CHECK(strcmp(result->verdict.actual, alone->verdict.actual) == 0);
    ok &= CHECK(memcmp(&result->counts, &alone->counts, sizeof result->counts) == 0);
    if (!ok) {
        printf("    %s, round %u\n", target, round);
    }
}

/* Runs each stream in a process of its own first, which nothing has run in before. */
TEST(isolation, nothing_of_one_run_is_left_in_the_next)
{
    struct hb_bytes bytes[END_COUNT];
    struct hb_run_result alone[END_COUNT][2];
    unsigned ran[END_COUNT][2] = {{0}};
    struct hb_bytes credit = credit_stream();
    const struct hb_ops credit_ops = stream_view(&credit);
    for (size_t i = 0; i < END_COUNT; i++) {
        bytes[i] = stream_parse(ends[i].text);
        const struct hb_ops ops = stream_view(&bytes[i]);
        for (size_t set = 0; set < 2; set++) {
            struct hb_run_options quiet = *option_sets[set];
            quiet.is_quiet = true;
            CHECK(hb_run_isolated(&ops, target_called(ends[i].target), &quiet, 60, &alone[i][set]));
        }
        if (!CHECK_EQ(alone[i][1].verdict.oracle, ends[i].oracle)) {
            printf("    %s: %s\n", ends[i].target, ends[i].text);
        }
    }
    uint64_t random = 1;
    for (unsigned round = 0; round < 1500; round++) {
        const size_t i = random_below(&random, END_COUNT);
        const size_t set = random_below(&random, 2);
        const struct hb_ops ops = stream_view(&bytes[i]);
        struct hb_run_result result;
        if (round % 3 == 0) {
            CHECK(hb_run(&credit_ops, &hb_target_bestfit, &plain, &result));
            CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        }
        CHECK(hb_run(&ops, target_called(ends[i].target), option_sets[set], &result));
        check_same_result(&result, &alone[i][set], ends[i].target, round);
        ran[i][set]++;
    }
    for (size_t i = 0; i < END_COUNT; i++) {
        CHECK(ran[i][0] > 10 && ran[i][1] > 10);
        free(bytes[i].data);
    }
    free(credit.data);
}

/* Answers no more than twice in its life, and its init forgets to begin a new one. */
static void forgetful_init(void *state, struct hb_host *host)
{
    (void)state;
    (void)host;
}

static enum hb_status forgetful_malloc(void *state, size_t size, size_t align, void **out)
{
    static _Alignas(16) uint8_t blocks[2][256];
    unsigned *count = state;
    (void)align;
    if (*count == 2 || size > sizeof blocks[0]) {
        return HB_OUT_OF_MEMORY;
    }
    *out = blocks[(*count)++];
    return HB_OK;
}

static enum hb_status forgetful_free(void *state, void *pointer, size_t size)
{
    (void)state;
    (void)pointer;
    (void)size;
    return HB_OK;
}

TEST(isolation, a_targets_state_begins_as_zeros)
{
    static const struct hb_target forgetful = {HB_TARGET_HEAD,
                                               .name = "forgetful",
                                               .summary = "does not begin anew",
                                               .align_max = 16,
                                               .state_bytes = sizeof(unsigned),
                                               .init = forgetful_init,
                                               .malloc = forgetful_malloc,
                                               .free = forgetful_free};
    struct hb_bytes bytes = stream_parse("malloc 0 5\nmalloc 1 5\nmalloc 2 5\n");
    const struct hb_ops ops = stream_view(&bytes);
    for (unsigned i = 0; i < 3; i++) {
        struct hb_run_result result;
        CHECK(hb_run(&ops, &forgetful, &thorough, &result));
        CHECK_EQ(result.counts.peak_live_blocks, 2);
        CHECK_EQ(result.counts.out_of_memory, 1);
    }
    free(bytes.data);
}

TEST(isolation, a_child_gives_what_a_run_in_the_process_gives)
{
    for (size_t i = 0; i < END_COUNT; i++) {
        struct hb_bytes bytes = stream_parse(ends[i].text);
        const struct hb_ops ops = stream_view(&bytes);
        struct hb_run_result child;
        CHECK(hb_run_isolated(&ops, target_called(ends[i].target), &plain, 60, &child));
        const struct hb_run_result own = run_with(ends[i].text, ends[i].target, &plain);
        CHECK_EQ(child.trace_hash, own.trace_hash);
        CHECK_EQ(child.verdict.oracle, own.verdict.oracle);
        CHECK_EQ(child.counts.operations, own.counts.operations);
        free(bytes.data);
    }
}

/* Random bytes are clean on the core, and come out the same in whatever order they run. */
TEST(isolation, random_streams_are_clean_and_the_same_again)
{
    enum { COUNT = 60, RECORDS = 200 };
    static uint8_t bytes[COUNT][RECORDS * HB_RECORD_BYTES];
    uint64_t hashes[COUNT];
    uint64_t random = 1;
    for (unsigned turn = 0; turn < 2; turn++) {
        for (size_t n = 0; n < COUNT; n++) {
            const size_t i = turn == 0 ? n : COUNT - 1 - n;
            if (turn == 0) {
                random_fill(&random, bytes[i], sizeof bytes[i]);
                memcpy(bytes[i], "hbed\1\x0d\3", 7); /* 8 KiB */
            }
            const struct hb_ops ops = hb_ops_view(bytes[i], sizeof bytes[i]);
            struct hb_run_result result;
            const char *variant = variants[i % VARIANT_COUNT];
            CHECK(hb_run(&ops, target_called(variant), &thorough, &result));
            if (!CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE)) {
                printf("    %s: %s\n", variant, hb_oracle_name(result.verdict.oracle));
            }
            CHECK(result.counts.operations > RECORDS / 4);
            hashes[i] = turn == 0 ? result.trace_hash : hashes[i];
            CHECK_EQ(result.trace_hash, hashes[i]);
        }
    }
}

/* Traces are told in offsets, so they are the same on every machine, of 32 bits or 64: all but
 * those that speak of the largest sizes. If the op stream or a seed changes on purpose, these do.
 */
static const struct {
    const char *name;
    uint64_t list;
    uint64_t bitmap;
} golden[] = {
    {"best-fit-among-holes", 0x92fc0bf944b0936b, 0x92fc0bf944b0936b},
    {"churn-of-many-sizes", 0xb74d4af77cdc6feb, 0x9b12da25741fc0d0},
    {"churn-of-small-blocks", 0xc18a98060d4725b8, 0x5e2b765a0b0ea310},
    {"init-forgets-everything", 0xc224dc98ad82d806, 0x4d776ed1b75e0a27},
    {"ragged-tail-just-fits", 0xcec0e83385ebf5ae, 0xe3f2fe44da21143a},
    {"ranges-that-are-refused", 0xb07f1a4adc18ffe2, 0xb54b0e2988bc035f},
    {"realloc-grows-and-shrinks", 0xed8ec919906652ca, 0x6209e63576854651},
    {"thirty-two-ranges", 0x1c38c396ebfa1db0, 0xbab02f29548131b3},
    {"top-of-the-address-space", 0x251cce5f11b92e35, 0x251cce5f11b92e35},
    {"wrong-frees-are-refused", 0x4eec007065f625cc, 0xad418c083ae7d483},
};
#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static char *golden_text(size_t index)
{
    char path[128];
    (void)snprintf(path, sizeof path, "corpus/seeds/%s.hbedt", golden[index].name);
    char *text = stream_source_file(path);
    CHECK(text != NULL);
    return text;
}

TEST(golden, traces_of_the_corpus_are_the_same_on_every_machine)
{
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        char *text = golden_text(i);
        const struct hb_run_result list = run_with(text, "bestfit-list", &thorough);
        const struct hb_run_result bitmap = run_with(text, "bestfit-paranoid", &thorough);
        CHECK_EQ(list.verdict.oracle, HB_ORACLE_NONE);
        CHECK_EQ(bitmap.verdict.oracle, HB_ORACLE_NONE);
        bool ok = CHECK_EQ(list.trace_hash, golden[i].list);
        ok &= CHECK_EQ(bitmap.trace_hash, golden[i].bitmap);
        if (!ok) {
            printf("    {\"%s\", 0x%016llx, 0x%016llx},\n", golden[i].name,
                   (unsigned long long)list.trace_hash, (unsigned long long)bitmap.trace_hash);
        }
        free(text);
    }
}

/* Placement is the same in every profile; and so are statuses, but for those at odds. */
TEST(golden, traces_are_the_same_in_every_profile)
{
    static const char *const profiles[] = {"bestfit", "bestfit-small", "bestfit-large"};
    unsigned compared = 0;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        char *text = golden_text(i);
        for (size_t at = 0; at < 3; at++) {
            const struct hb_run_result result = run_with(text, profiles[at], &thorough);
            CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
            if (result.counts.odds_checks == 0) {
                CHECK_EQ(result.trace_hash, golden[i].bitmap);
                compared++;
            }
        }
        free(text);
    }
    CHECK(compared >= 20);
}

static void check_address(struct hb_address address, const char *expected)
{
    char text[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&address, text);
    if (!CHECK(strcmp(text, expected) == 0)) {
        printf("    %s, expected %s\n", text, expected);
    }
}

TEST(print, an_address_is_told_from_where_it_is_near)
{
    check_address((struct hb_address){HB_IN_ARENA, 0}, "arena+0");
    check_address((struct hb_address){HB_IN_ARENA, 4096}, "arena+4096");
    check_address((struct hb_address){HB_IN_ARENA, -16}, "arena-16");
    check_address((struct hb_address){HB_FROM_TOP, 0}, "top-0");
    check_address((struct hb_address){HB_FROM_TOP, 31}, "top-31");
    check_address((struct hb_address){HB_FROM_ZERO, 0}, "zero+0");
    check_address((struct hb_address){HB_FROM_ZERO, INT64_MAX}, "zero+9223372036854775807");
}

static void check_shape(const char *text, const char *target, const char *expected)
{
    char shape[HB_SHAPE_TEXT_BYTES];
    const struct hb_run_result result = run_with(text, target, &thorough);
    hb_shape_print(&result, shape);
    const char *digest = strstr(shape, " (");
    const size_t length = digest == NULL ? strlen(shape) : (size_t)(digest - shape);
    if (!CHECK(length == strlen(expected) && memcmp(shape, expected, length) == 0)) {
        printf("    %s, expected %s\n", shape, expected);
    }
    const bool has_reason = result.verdict.oracle != HB_ORACLE_STATUS;
    CHECK_EQ(digest != NULL, has_reason);
    CHECK(digest == NULL || strlen(digest) == strlen(" (01234567)"));
}

TEST(print, a_shape_has_oracle_calls_and_statuses)
{
    check_shape("add_range 0 256\nmalloc 7 16 align 3", "seed",
                "status: init ok, add_range ok, malloc invalid_align -> accepted");
    check_shape("add_range 0 64\nmalloc 0 32\nfree 0", "seed",
                "panic: init ok, add_range ok, malloc ok, free ok -> no answer");
}

TEST(print, a_shape_counts_a_repetition_once)
{
    check_shape("add_range 0 256\nadd_range 512 1024\nmalloc 0 16\nmalloc 1 16\ncalloc 2 1 16\n"
                "malloc 3 16 align 3",
                "seed",
                "status: init ok, add_range ok, malloc ok, malloc invalid_align -> accepted");
}

static struct hb_run_result content_finding(const char *text)
{
    const struct hb_run_result result = run_with(text, "canary-content", &thorough);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_CONTENT);
    return result;
}

/* What names a finding: the same fault elsewhere has the same name, another fault has another. */
TEST(print, a_reason_is_the_same_whatever_its_numbers)
{
    const struct hb_run_result one = content_finding("add_range 0 256\nmalloc 0 16\nmalloc 1 77");
    const struct hb_run_result other = content_finding("add_range 0 512\nmalloc 3 99\nmalloc 9 77");
    const struct hb_run_result unlike =
        run_with("add_range 0 256\nmalloc 0 77", "canary-check", &thorough);
    CHECK(strcmp(one.verdict.actual, other.verdict.actual) != 0);
    CHECK_EQ(one.verdict.reason_digest, other.verdict.reason_digest);
    CHECK(one.verdict.reason_digest != unlike.verdict.reason_digest);
}

TEST(print, a_long_shape_ends_within_its_room)
{
    struct hb_run_result result = {.verdict.oracle = HB_ORACLE_UNCHANGED,
                                   .shape.call_count = HB_SHAPE_CALLS + 7};
    memset(result.shape.kinds, HB_CALL_ADD_RANGE, sizeof result.shape.kinds);
    memset(result.shape.expected, HB_TOO_MANY_RANGES, sizeof result.shape.expected);
    char text[HB_SHAPE_TEXT_BYTES];
    memset(text, 'x', sizeof text);
    hb_shape_print(&result, text);
    CHECK(memchr(text, '\0', sizeof text) != NULL);
    CHECK(strstr(text, ", 7 more -> ") != NULL);
}

TEST(print, every_status_has_a_name)
{
    for (unsigned a = 0; a <= HB_STATUS_COUNT; a++) {
        CHECK(hb_status_name(a)[0] != '\0');
        for (unsigned b = 0; b < a; b++) {
            CHECK(strcmp(hb_status_name(a), hb_status_name(b)) != 0);
        }
    }
}

TESTS_BEGIN
ENTRY(trace, is_the_same_each_time_and_with_any_options)
ENTRY(trace, of_other_answers_is_another)
ENTRY(counts, are_those_worked_out_by_hand)
ENTRY(counts, an_empty_stream_is_an_init)
ENTRY(counts, a_range_that_meets_the_heap_itself_is_not_played)
ENTRY(counts, a_realloc_is_one_call_where_the_target_has_it)
ENTRY(counts, without_it_a_realloc_is_a_malloc_and_a_free)
ENTRY(counts, what_a_target_does_not_have_is_passed_over)
ENTRY(counts, a_target_that_trusts_is_passed_no_wrong_pointer)
ENTRY(odds, a_miss_ends_the_run_without_a_verdict)
ENTRY(odds, what_is_certain_stays_a_verdict)
ENTRY(odds, a_hardened_heap_misses_hardly_any_of_a_thousand_wrong_pointers)
ENTRY(key, is_another_for_each_init_and_stream_and_the_same_again)
ENTRY(counts, what_a_target_has_not_promised_is_not_played)
ENTRY(verdict, names_operation_and_both_values)
ENTRY(verdict, of_a_wrong_address_tells_both_as_offsets)
ENTRY(verdict, of_a_panic_has_no_answer)
ENTRY(verdict, at_the_end_names_the_streams_count)
ENTRY(verdict, comes_with_a_picture_where_one_is_wanted)
ENTRY(observe, is_told_of_every_call)
ENTRY(observe, is_told_of_what_the_user_does_for_a_realloc)
ENTRY(isolation, nothing_of_one_run_is_left_in_the_next)
ENTRY(isolation, a_targets_state_begins_as_zeros)
ENTRY(isolation, a_child_gives_what_a_run_in_the_process_gives)
ENTRY(isolation, random_streams_are_clean_and_the_same_again)
ENTRY(golden, traces_of_the_corpus_are_the_same_on_every_machine)
ENTRY(golden, traces_are_the_same_in_every_profile)
ENTRY(print, an_address_is_told_from_where_it_is_near)
ENTRY(print, a_shape_has_oracle_calls_and_statuses)
ENTRY(print, a_shape_counts_a_repetition_once)
ENTRY(print, a_reason_is_the_same_whatever_its_numbers)
ENTRY(print, a_long_shape_ends_within_its_room)
ENTRY(print, every_status_has_a_name)
TESTS_END
