/* SPDX-License-Identifier: MIT
 *
 * The environment, and everything that the drop-in malloc says: to standard error by write, put
 * together on the stack, since nothing here may allocate.
 */
#include "dropin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- text ------------------------------------------------------------------------------------ */

struct text {
    char bytes[600];
    size_t length;
};

static void text_add(struct text *text, const char *words)
{
    for (; *words != '\0' && text->length < sizeof text->bytes; words++) {
        text->bytes[text->length++] = *words;
    }
}

static void text_add_number(struct text *text, uintmax_t number, unsigned base)
{
    char digits[3 * sizeof number + 1];
    size_t i = sizeof digits;

    digits[--i] = '\0';
    do {
        digits[--i] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    text_add(text, digits + i);
}

/* "words number" */
static void text_add_count(struct text *text, const char *words, size_t number)
{
    text_add(text, words);
    text_add_number(text, number, 10);
}

static void text_begin(struct text *text)
{
    text->length = 0;
    text_add(text, "bestfit_malloc: ");
}

static void text_write(const struct text *text, int descriptor)
{
    size_t written = 0;

    while (written < text->length) {
        const ssize_t count = write(descriptor, text->bytes + written, text->length - written);

        if (count <= 0 && errno != EINTR) {
            return;
        }
        written += count > 0 ? (size_t)count : 0;
    }
}

/* -- settings -------------------------------------------------------------------------------- */

static struct dropin_settings settings;

void dropin_refuse_setting(const char *setting, const char *reason)
{
    struct text text;

    text_begin(&text);
    text_add(&text, setting);
    text_add(&text, ": ");
    text_add(&text, reason);
    text_add(&text, "\n");
    text_write(&text, STDERR_FILENO);
    _exit(2);
}

/* The functions of string.h may not be there yet: random_key in heap.c says when. */
static bool is_word(const char *words, const char *word)
{
    while (*word != '\0' && *words == *word) {
        words++;
        word++;
    }
    return *words == *word;
}

/* What is behind the name and the sign of a setting; null where it is another one. What is set to
 * nothing counts as not set. */
static const char *behind(const char *name, const char *setting)
{
    while (*name != '\0' && *setting == *name) {
        setting++;
        name++;
    }
    return *name == '\0' && *setting != '\0' ? setting : NULL;
}

static unsigned unit_log2(char unit)
{
    switch (unit) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

/* Digits, and K, M or G behind them; 0 where that is not what it is, or too much. */
static size_t parse_bytes(const char *words)
{
    size_t bytes = 0;

    for (; *words >= '0' && *words <= '9'; words++) {
        if (bytes > SIZE_MAX / 16) {
            return 0;
        }
        bytes = 10 * bytes + (size_t)(*words - '0');
    }
    const unsigned shift = unit_log2(*words);

    words += shift != 0;
    return *words == '\0' && bytes <= SIZE_MAX >> shift ? bytes << shift : 0;
}

static void setting_read(const char *setting)
{
    const char *value = NULL;

    if ((value = behind("BESTFIT_MALLOC_BYTES=", setting)) != NULL) {
        settings.heap_bytes = parse_bytes(value);
        if (settings.heap_bytes < BF_RANGE_BYTES_MIN || settings.heap_bytes > PTRDIFF_MAX) {
            dropin_refuse_setting(setting, "not a size of a heap, such as 65536, 64K or 1G");
        }
    } else if ((value = behind("BESTFIT_MALLOC_ERRORS=", setting)) != NULL) {
        settings.goes_on = is_word(value, "report");
        if (!settings.goes_on && !is_word(value, "abort")) {
            dropin_refuse_setting(setting, "neither abort nor report");
        }
    } else if ((value = behind("BESTFIT_MALLOC_STATS=", setting)) != NULL) {
        settings.tells_stats = is_word(value, "1");
        if (!settings.tells_stats && !is_word(value, "0")) {
            dropin_refuse_setting(setting, "neither 0 nor 1");
        }
    } else if (DROPIN_ASAN && (value = behind("BESTFIT_MALLOC_LEAKS=", setting)) != NULL) {
        settings.tells_live = is_word(value, "1");
        if (!settings.tells_live && !is_word(value, "0")) {
            dropin_refuse_setting(setting, "neither 0 nor 1");
        }
    }
}

const struct dropin_settings *dropin_settings(void)
{
    return &settings;
}

/* -- wrong calls ----------------------------------------------------------------------------- */

static const char *words_of(enum bf_status status, const void *ptr)
{
    switch (status) {
    case BF_INVALID_ADDRESS:
        return "the pointer is to no block of this heap";
    case BF_DOUBLE_FREE:
        return "the block is free already (double free)";
    case BF_WRONG_SIZE:
        return "the block was asked for with another size";
    case BF_CORRUPTED:
        return ptr == NULL ? "the heap has been overwritten"
                           : "the heap has been overwritten, or the pointer is not one that was "
                             "handed out";
    default:
        return bf_status_name(status);
    }
}

void dropin_tell(const char *function, const void *ptr, enum bf_status status)
{
    struct text text;

    text_begin(&text);
    text_add(&text, function);
    if (ptr != NULL) {
        text_add(&text, "(0x");
        text_add_number(&text, (uintptr_t)ptr, 16);
        text_add(&text, ")");
    }
    text_add(&text, ": ");
    text_add(&text, words_of(status, ptr));
    text_add(&text, "\n");
    text_write(&text, STDERR_FILENO);
}

void dropin_complain(const char *function, const void *ptr, enum bf_status status)
{
    dropin_tell(function, ptr, status);
    if (!settings.goes_on) {
        abort();
    }
}

#if !DROPIN_ASAN
void dropin_reject_free(const char *function, void *ptr, enum bf_status status)
{
    dropin_complain(function, ptr, status);
}

void *dropin_reject_realloc(const char *function, void *ptr, size_t size, enum bf_status status)
{
    (void)size;
    dropin_complain(function, ptr, status);
    errno = ENOMEM;
    return NULL;
}

size_t dropin_reject_usable_size(void *ptr, enum bf_status status)
{
    dropin_complain("malloc_usable_size", ptr, status);
    return 0;
}
#endif

/* -- statistics ------------------------------------------------------------------------------ */

/* Standard error as it was at the start: many programs close theirs before they end. */
static int stats_descriptor = -1;
static struct stat stats_file;

static void stats_prepare(void)
{
    stats_descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
    if (stats_descriptor >= 0 && fstat(stats_descriptor, &stats_file) != 0) {
        stats_descriptor = -1;
    }
}

/* A program may have closed the descriptor, and opened another file in its place. */
static bool stats_descriptor_is_ours(void)
{
    struct stat file;

    return stats_descriptor >= 0 && fstat(stats_descriptor, &file) == 0 &&
           file.st_dev == stats_file.st_dev && file.st_ino == stats_file.st_ino;
}

static void stats_begin_line(struct text *text)
{
    text_add(text, "bestfit_malloc: ");
    text_add(text, program_invocation_short_name);
    text_add_count(text, "[", (size_t)getpid());
    text_add(text, "]: ");
}

static void stats_write(const struct dropin_stats *stats)
{
    const struct bf_stats *heap = &stats->heap;
    struct text text = {.length = 0};

    stats_begin_line(&text);
    text_add_count(&text, "calls: allocated ", stats->allocated_count);
    text_add_count(&text, ", resized ", stats->resized_count);
    text_add_count(&text, ", freed ", stats->released_count);
    text_add_count(&text, ", refused ", stats->refused_count);
    text_add(&text, "\n");
    stats_begin_line(&text);
    text_add_count(&text, "live: ", heap->live_block_count);
    text_add_count(&text, " blocks, ", heap->live_bytes);
    text_add_count(&text, " bytes, at most ", heap->peak_live_bytes);
    text_add(&text, "\n");
    stats_begin_line(&text);
    text_add_count(&text, "free: ", heap->free_block_count);
    text_add_count(&text, " blocks, ", heap->free_bytes);
    text_add_count(&text, " bytes, the largest ", heap->largest_free_bytes);
    text_add_count(&text, "; ranges: ", heap->range_count);
    text_add_count(&text, ", ", stats->reserved_bytes);
    text_add(&text, " bytes\n");
    text_write(&text, stats_descriptor);
}

/* The linker's initfirst makes it the last one to run. */
__attribute__((destructor(101))) static void stats_tell(void)
{
    struct dropin_stats stats;

    if (settings.tells_stats && stats_descriptor_is_ours() && dropin_read_stats(&stats)) {
        stats_write(&stats);
    }
}

/* -- start ----------------------------------------------------------------------------------- */

void dropin_read_environment(char **environment)
{
    static bool was_read;

    /* A program with more rights than its user takes no orders from the user's environment. */
    if (environment == NULL || was_read || getauxval(AT_SECURE) != 0) {
        return;
    }
    was_read = true;
    for (; *environment != NULL; environment++) {
        setting_read(*environment);
    }
    if (settings.tells_stats) {
        stats_prepare();
    }
}
