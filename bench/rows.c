/* SPDX-License-Identifier: MIT
 *
 * The rows of the table. A row more is an entry more here; those of select_block come from a table
 * of their own, one for each length of the free list.
 */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#define STEADY(kind, sizes, count, cold)                                                           \
    {BENCH_CALLS_##kind, BENCH_SIZES_##sizes, count, 0, 0, NULL, cold}
#define SELECT(sizes, count) STEADY(SELECT, sizes, count, false)
#define PAIR(sizes, count)   STEADY(PAIR, sizes, count, false)
#define COLD(kind, sizes)    STEADY(kind, sizes, 4096, true)
#define MIXED(sizes, count, calls)                                                                 \
    {BENCH_CALLS_MIXED, BENCH_SIZES_##sizes, count, calls, calls, NULL, false}
#define AFTER_MIXING(kind, measured)                                                               \
    {BENCH_CALLS_##kind, BENCH_SIZES_SMALL, 4096, 8192, measured, NULL, false}
#define INPUT(kind, file) {BENCH_CALLS_##kind, BENCH_SIZES_SMALL, 0, 0, 0, file, false}
#define NO_WORKLOAD       SELECT(SMALL, 0)

/* -- select_block, by the length of the free list --------------------------------------------- */

struct family {
    const char *name; /* the end of the row's name */
    enum bench_sizes sizes;
    size_t length_max;
    const char *text;
};

static const struct family families[] = {
    {"small", BENCH_SIZES_SMALL, SIZE_MAX, "sizes uniform from 16 to 1,024"},
    {"log", BENCH_SIZES_LOG, SIZE_MAX, "sizes log-uniform from 16 to 64 KiB"},
    {"same", BENCH_SIZES_SAME, SIZE_MAX, "all of 256 bytes"},
    {"large", BENCH_SIZES_DISTINCT, 65536, "all of different sizes, 64 KiB and more"},
    {"last", BENCH_SIZES_FALLING, SIZE_MAX,
     "against the list: sizes from 16 to 1,024, each a better fit than the one before in the list; "
     "the one asked for is the last"},
    {"deep", BENCH_SIZES_DEEP, 65536,
     "against the bitmap: all in one bin, half of the requests on the longest way in its trie"},
};

#define LENGTH_MIN  ((size_t)16)
#define LENGTH_MAX  ((size_t)1048576)
#define LENGTH_STEP 4
/* Setting up a million blocks takes a second: in a quick run for one family alone. */
#define QUICK_LENGTH_MAX ((size_t)65536)
#define FAMILY_COUNT     (sizeof families / sizeof families[0])
#define LENGTHS_MAX      ((size_t)9)
#define TEXT_BYTES       200

/* A quick run takes every other length. */
static struct bench_row select_rows[FAMILY_COUNT * LENGTHS_MAX];
static size_t select_row_count;

/* 4096 as "4,096". */
static void print_length(char *text, size_t text_bytes, size_t length)
{
    if (length >= 1000000) {
        (void)snprintf(text, text_bytes, "%zu,%03zu,%03zu", length / 1000000, length / 1000 % 1000,
                       length % 1000);
    } else if (length >= 1000) {
        (void)snprintf(text, text_bytes, "%zu,%03zu", length / 1000, length % 1000);
    } else {
        (void)snprintf(text, text_bytes, "%zu", length);
    }
}

static void add_select_row(const struct family *family, size_t length, bool is_full_only)
{
    static char names[FAMILY_COUNT * LENGTHS_MAX][40];
    static char titles[FAMILY_COUNT * LENGTHS_MAX][16];
    static char texts[FAMILY_COUNT * LENGTHS_MAX][TEXT_BYTES];
    static char family_names[FAMILY_COUNT * LENGTHS_MAX][20];
    const size_t i = select_row_count++;

    print_length(titles[i], sizeof titles[i], length);
    (void)snprintf(names[i], sizeof names[i], "select/%zu-%s", length, family->name);
    (void)snprintf(texts[i], sizeof texts[i], "select_block; %s free blocks, %s", titles[i],
                   family->text);
    (void)snprintf(family_names[i], sizeof family_names[i], "select/%s", family->name);
    select_rows[i] = (struct bench_row){
        .name = names[i],
        .title = titles[i],
        .kind = BENCH_TIMED,
        .workload = {BENCH_CALLS_SELECT, family->sizes, length, 0, 0, NULL, false},
        .peer = "list",
        .description = texts[i],
        .family = family_names[i],
        .is_full_only = is_full_only,
    };
}

static void add_select_rows(void)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        bool is_between = false;

        for (size_t length = LENGTH_MIN; length <= LENGTH_MAX && length <= families[i].length_max;
             length *= LENGTH_STEP) {
            const bool is_costly =
                length > QUICK_LENGTH_MAX && families[i].sizes != BENCH_SIZES_LOG;

            add_select_row(&families[i], length, is_between || is_costly);
            is_between = !is_between;
        }
    }
}

/* -- the others ------------------------------------------------------------------------------- */

#define MEMORY_TEXT                                                                                \
    "the smallest arena in which the recorded program is served to its end, by bisection to 256 "  \
    "bytes, over the peak of the bytes that it had asked for at once"
#define RESIDENT_TEXT                                                                              \
    "the most anonymous memory that the process had while the recorded program ran, every "        \
    "payload "                                                                                     \
    "written to, above what it had before, over that peak"
#define CODE_TEXT "-Os, .text and .rodata of bf_init, bf_malloc, bf_free and all that they reach"
#define API_TEXT  "as above, of every public function"

#define TIMED(row_name, row_title, of, row_peer, text)                                             \
    {.name = (row_name),                                                                           \
     .title = (row_title),                                                                         \
     .kind = BENCH_TIMED,                                                                          \
     .workload = of,                                                                               \
     .peer = (row_peer),                                                                           \
     .description = (text)}
#define FOUND(input_name, row_title)                                                               \
    TIMED("select/found-" input_name, row_title, INPUT(SELECT, "complexity/" input_name ".hbedt"), \
          "list",                                                                                  \
          "select_block; the heap in front of the most expensive call of "                         \
          "corpus/complexity/" input_name ".hbedt, and what that call asks for")
#define COUNTED(row_name, row_title, of, row_peer, text)                                           \
    {.name = (row_name),                                                                           \
     .title = (row_title),                                                                         \
     .kind = BENCH_INSTRUCTIONS,                                                                   \
     .workload = of,                                                                               \
     .peer = (row_peer),                                                                           \
     .description = (text)}
/* Left to full runs: pair and mixed tell of both. */
#define COUNTED_APART(row_name, row_title, of, text)                                               \
    {.name = (row_name),                                                                           \
     .title = (row_title),                                                                         \
     .kind = BENCH_INSTRUCTIONS,                                                                   \
     .workload = of,                                                                               \
     .peer = "glibc",                                                                              \
     .description = (text),                                                                        \
     .is_full_only = true}
#define WORST(of, text)                                                                            \
    {.name = "worst/" of,                                                                          \
     .title = (of),                                                                                \
     .kind = BENCH_WORST,                                                                          \
     .workload = MIXED(LOG_LARGE, 512, 4096),                                                      \
     .operand = (of),                                                                              \
     .description = (text)}
#define CODE(row_name, row_title, of, text)                                                        \
    {.name = "code/" row_name,                                                                     \
     .title = (row_title),                                                                         \
     .kind = BENCH_CODE,                                                                           \
     .workload = NO_WORKLOAD,                                                                      \
     .operand = (of),                                                                              \
     .description = (text)}
#define TRACE(file, row_title, program)                                                            \
    TIMED("trace/" file, row_title, INPUT(TRACE, "traces/" file ".hbed.zst"), "glibc",             \
          program ": all calls of the recorded program, time a call")
#define MEMORY(file, row_title, program)                                                           \
    {.name = "memory/" file,                                                                       \
     .title = (row_title),                                                                         \
     .kind = BENCH_MEMORY,                                                                         \
     .workload = NO_WORKLOAD,                                                                      \
     .operand = (file),                                                                            \
     .description = program ": " MEMORY_TEXT}
#define RESIDENT(file, row_title, program)                                                         \
    {.name = "resident/" file,                                                                     \
     .title = (row_title),                                                                         \
     .kind = BENCH_RESIDENT,                                                                       \
     .workload = NO_WORKLOAD,                                                                      \
     .operand = (file),                                                                            \
     .description = program ": " RESIDENT_TEXT}

/* Of each recorded program one row of a kind. Those with the largest peaks come first. */
#define LARGE_TRACES(row)                                                                          \
    row("cc1-compile", "cc1", "gcc's cc1"),                                                        \
        row("python3-objects", "py objects", "python3, each object a block of its own"),           \
        row("python3-words", "py words", "python3"), row("git-log", "git log", "git log"),         \
        row("perl-words", "perl", "perl")
#define SMALL_TRACES(row)                                                                          \
    row("sqlite3-towns", "sqlite", "sqlite3"), row("git-pack", "git pack", "git pack-objects"),    \
        row("jq-group", "jq", "jq"), row("mawk-lists", "mawk", "mawk"),                            \
        row("bash-strings", "bash", "bash")

static const struct bench_row other_rows[] = {
    FOUND("bestfit-malloc-steps", "bitmap malloc"),
    FOUND("bestfit-realloc-steps", "bitmap realloc"),
    FOUND("bestfit-list-malloc-steps", "list malloc"),
    FOUND("bestfit-list-realloc-steps", "list realloc"),
    TIMED("pair/4096-small", "pair", PAIR(SMALL, 4096), "glibc",
          "malloc and free of it at once (one call here is both); 4,096 free blocks, sizes uniform "
          "from 16 to 1,024"),
    TIMED("mixed/4096-small", "mixed", MIXED(SMALL, 4096, 8192), "glibc",
          "8,192 slots, every other one live to begin with; each call draws a slot and frees it or "
          "fills it anew, sizes uniform from 16 to 1,024; calls 8,193 to 16,384 are measured"),
    TIMED("malloc/4096-small", "malloc", AFTER_MIXING(MALLOC, 524288), "glibc",
          "the heap of mixed/4096-small, mixed; then 16 mallocs, 16 frees and so on; the middle of "
          "the times of 16 mallocs, by the clock"),
    TIMED("free/4096-small", "free", AFTER_MIXING(FREE, 524288), "glibc",
          "the same calls: the middle of the times of 16 frees"),
    TIMED("realloc/4096-small", "realloc", AFTER_MIXING(REALLOC, 8192), "glibc",
          "the same heap, mixed; each call gives a live block a new size from 16 to 1,024, and "
          "copies it where it moves"),
    TIMED("cold/select-4096-log", "select log", COLD(SELECT, LOG), "list",
          "as select/4096-log; in front of each call every line of the caches is given to "
          "something else; the middle of the times, by the clock, its reading taken off"),
    TIMED("cold/select-4096-large", "select large", COLD(SELECT, DISTINCT), "list",
          "as select/4096-large, cold as above"),
    TIMED("cold/pair-4096-small", "pair", COLD(PAIR, SMALL), "glibc",
          "as pair/4096-small, cold as above"),
    LARGE_TRACES(TRACE),
    SMALL_TRACES(TRACE),
    COUNTED("instructions/select", "select", SELECT(LOG, 4096), "list",
            "as select/4096-log, instructions a call"),
    COUNTED("instructions/pair", "pair", PAIR(SMALL, 4096), "glibc",
            "as pair/4096-small, instructions a pair"),
    COUNTED("instructions/mixed", "mixed", MIXED(SMALL, 4096, 8192), "glibc",
            "as mixed/4096-small, instructions a call"),
    COUNTED("instructions/realloc", "realloc", AFTER_MIXING(REALLOC, 1024), "glibc",
            "as realloc/4096-small, instructions a call, those of copying included; 1,024 calls"),
    COUNTED_APART("instructions/malloc", "malloc", AFTER_MIXING(MALLOC, 2048),
                  "as malloc/4096-small, instructions a malloc; 1,024 of them"),
    COUNTED_APART("instructions/free", "free", AFTER_MIXING(FREE, 2048),
                  "as free/4096-small, instructions a free; 1,024 of them"),
    WORST("malloc", "1,024 slots, otherwise as mixed, sizes log-uniform from 16 to 1 MiB: the most "
                    "instructions that one malloc took (a system call counts as one)"),
    WORST("free", "the same trace: the most instructions that one free took"),
    LARGE_TRACES(MEMORY),
    SMALL_TRACES(MEMORY),
    LARGE_TRACES(RESIDENT),
    SMALL_TRACES(RESIDENT),
    CODE("x86-64", "x86-64", "x86-64 calls", "x86-64, gcc " CODE_TEXT),
    CODE("x86-64-api", "all", "x86-64 api", API_TEXT),
    CODE("cortex-m4", "Cortex-M4", "cortex-m4 calls", "Cortex-M4 (Thumb-2), clang " CODE_TEXT),
    CODE("cortex-m4-api", "all", "cortex-m4 api", API_TEXT),
    {.name = "checked/corpus",
     .title = "corpus",
     .kind = BENCH_CHECKED,
     .workload = NO_WORKLOAD,
     .description = "the bed itself: operations a second that reach the target with every oracle "
                    "on, mean over corpus/seeds and corpus/regressions (./bed throughput)"},
};

#define OTHER_COUNT (sizeof other_rows / sizeof other_rows[0])

const struct bench_row *bench_row_at(size_t index)
{
    if (select_row_count == 0) {
        add_select_rows();
    }
    if (index < select_row_count) {
        return &select_rows[index];
    }
    index -= select_row_count;
    return index < OTHER_COUNT ? &other_rows[index] : NULL;
}

const struct bench_row *bench_row_find(const char *name)
{
    for (size_t i = 0; bench_row_at(i) != NULL; i++) {
        if (strcmp(bench_row_at(i)->name, name) == 0) {
            return bench_row_at(i);
        }
    }
    return NULL;
}
