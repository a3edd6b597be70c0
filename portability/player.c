/* SPDX-License-Identifier: MIT
 *
 * Plays what portability-offsets printed on the heap of a board, and prints the same lines with its
 * own answers, to be compared byte for byte. Freestanding; the arena is ARENA_BYTES of its memory.
 * Numbers are hexadecimal; an address is `a` and the distance from the arena's begin, `t` and that
 * below the last address, or `z` and a number:
 *
 *     # TARGET STREAM                     a stream begins
 *     i KEY                               bf_init
 *     r BEGIN END : STATUS                bf_add_range; d BEGIN is bf_remove_range
 *     m SIZE ALIGN : STATUS [PAYLOAD]     bf_malloc
 *     c COUNT SIZE ALIGN : ...            bf_calloc
 *     l POINTER OLD SIZE ALIGN : ...      bf_realloc
 *     f POINTER SIZE : STATUS             bf_free
 *     u POINTER : STATUS [SIZE]           bf_usable_size
 *     k FROM TO SIZE                      the user copies bytes within a block
 *     w POINTER SIZE                      the user fills a block
 *     . none                              bf_check finds nothing, no byte has changed
 *
 * Every block is filled when it is handed out; before it is given back (with its size), where it
 * has moved, and at the end of the stream its bytes must be what they were.
 */
#include "player.h"

#include <stdbool.h>

#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#ifndef ARENA_BYTES
#define ARENA_BYTES 65536
#endif

static _Alignas(ARENA_BYTES) unsigned char arena[ARENA_BYTES];
static struct bf_heap heap;

/* ---- text in and out ---- */

static char line[256];
static size_t line_bytes;
static const char *at; /* what is to be read of the line */
static bool has_failed;

static void print(const char *text)
{
    size_t byte_count = 0;
    while (text[byte_count] != '\0') {
        byte_count++;
    }
    machine_write(text, byte_count);
}

static void print_number(uint64_t number)
{
    char digits[17];
    size_t begin = sizeof digits - 1;
    digits[begin] = '\0';
    do {
        digits[--begin] = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number != 0);
    print(digits + begin);
}

/* False at the end of the input. */
static bool read_line(void)
{
    static char bytes[256];
    static size_t begin;
    static size_t end;
    for (line_bytes = 0; line_bytes < sizeof line - 1; line_bytes++) {
        if (begin == end) {
            begin = 0;
            end = machine_read(bytes, sizeof bytes);
        }
        if (begin == end || bytes[begin] == '\n') {
            line[line_bytes] = '\0';
            at = line + 1;
            return begin++ != end;
        }
        line[line_bytes] = bytes[begin++];
    }
    has_failed = true; /* no line is that long */
    return false;
}

static uint64_t read_number(void)
{
    uint64_t number = 0;
    while (*at == ' ') {
        at++;
    }
    has_failed |= *at == '\0';
    for (; *at != ' ' && *at != '\0'; at++) {
        const bool is_digit = *at >= '0' && *at <= '9';
        has_failed |= !is_digit && !(*at >= 'a' && *at <= 'f');
        number = number << 4 | (unsigned)(*at - (is_digit ? '0' : 'a' - 10));
    }
    return number;
}

static size_t read_size(void)
{
    return (size_t)read_number();
}

static void *read_address(void)
{
    while (*at == ' ') {
        at++;
    }
    const char base = *at == '\0' ? '\0' : *at++;
    const bool is_below = *at == '-';
    at += is_below ? 1 : 0;
    const uintptr_t distance = (uintptr_t)read_number();
    const uintptr_t offset = is_below ? 0 - distance : distance;
    has_failed |= base != 'a' && base != 't' && base != 'z';
    const uintptr_t from_arena = (uintptr_t)arena + offset;
    const uintptr_t elsewhere = base == 't' ? UINTPTR_MAX - offset : offset;
    return (void *)(base == 'a' ? from_arena : elsewhere); /* NOLINT(performance-no-int-to-ptr) */
}

/* ---- blocks ---- */

/* What belongs at offset number i of a block: another in each place of the arena. */
static unsigned char content(const unsigned char *payload, size_t i)
{
    const size_t place = (size_t)((uintptr_t)payload - (uintptr_t)arena) + i;
    return (unsigned char)(place * 7 + (place >> 8) + 1);
}

static void fill(unsigned char *payload, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        payload[i] = content(payload, i);
    }
}

/* `moved` from where it was filled. */
static void check_content(const unsigned char *payload, const unsigned char *filled, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (payload[i] != content(filled, i)) {
            print("! a byte of a block has changed\n");
            has_failed = true;
            return;
        }
    }
}

static bool check_block(void *context, const struct bf_block_info *block)
{
    (void)context;
    if (block->is_live) {
        check_content(block->payload, block->payload, block->request_bytes);
    }
    return true;
}

/* ---- answers ---- */

/* Behind the operands: what the line says that is answered. */
static bool is_expected_to_succeed(void)
{
    return at[0] == ' ' && at[1] == ':' && at[2] == ' ' && at[3] == 'o' && at[4] == 'k';
}

static const char *const status_names[BF_STATUS_COUNT] = {
    [BF_OK] = "ok",
    [BF_OUT_OF_MEMORY] = "out_of_memory",
    [BF_INVALID_ARGUMENT] = "invalid_argument",
    [BF_INVALID_ALIGN] = "invalid_align",
    [BF_INVALID_SIZE] = "invalid_size",
    [BF_INVALID_ADDRESS] = "invalid_address",
    [BF_OVERLAP] = "overlap",
    [BF_TOO_MANY_RANGES] = "too_many_ranges",
    [BF_DOUBLE_FREE] = "double_free",
    [BF_WRONG_SIZE] = "wrong_size",
    [BF_RANGE_IN_USE] = "range_in_use",
    [BF_CORRUPTED] = "corrupted",
};

/* The operands as they were read, and what this board answers. */
static void answer(enum bf_status status, const void *payload, const size_t *size)
{
    while (*at == ' ' || *at == ':') {
        at++;
    }
    line[at - line] = '\0'; /* what was expected */
    print(line);
    print(status_names[status]);
    if (status == BF_OK && payload != NULL) {
        print(" a");
        print_number((uintptr_t)payload - (uintptr_t)arena);
    } else if (status == BF_OK && size != NULL) {
        print(" ");
        print_number(*size);
    }
    print("\n");
}

static void play_malloc(void)
{
    void *payload = NULL;
    const size_t size = read_size();
    const size_t align = read_size();
    const enum bf_status status = bf_malloc(&heap, size, align, &payload);
    if (status == BF_OK) {
        fill(payload, size);
    }
    answer(status, payload, NULL);
}

static void play_calloc(void)
{
    void *payload = NULL;
    const size_t count = read_size();
    const size_t size = read_size();
    const size_t align = read_size();
    const enum bf_status status = bf_calloc(&heap, count, size, align, &payload);
    if (status == BF_OK) {
        const unsigned char *bytes = payload;
        for (size_t i = 0; i < count * size; i++) {
            has_failed |= bytes[i] != 0;
        }
        fill(payload, count * size);
    }
    answer(status, payload, NULL);
}

static void play_realloc(void)
{
    void *payload = NULL;
    unsigned char *const old = read_address();
    const size_t old_size = read_size();
    const size_t size = read_size();
    const size_t align = read_size();
    const enum bf_status status = bf_realloc(&heap, old, old_size, size, align, &payload);
    if (status == BF_OK) {
        const size_t kept = old_size < size ? old_size : size;
        check_content(payload, old, old == NULL || old_size == BF_ANY_SIZE ? 0 : kept);
        fill(payload, size);
    }
    answer(status, payload, NULL);
}

static void play_free(void)
{
    void *const payload = read_address();
    const size_t size = read_size();
    size_t usable = 0;
    if (is_expected_to_succeed() && size != BF_ANY_SIZE &&
        bf_usable_size(&heap, payload, &usable) == BF_OK && size <= usable) {
        check_content(payload, payload, size);
    }
    answer(bf_free(&heap, payload, size), NULL, NULL);
}

static void play_range(void)
{
    void *const begin = read_address();
    answer(bf_add_range(&heap, begin, read_address()), NULL, NULL);
}

static void play_usable(void)
{
    size_t size = 0;
    const enum bf_status status = bf_usable_size(&heap, read_address(), &size);
    answer(status, NULL, &size);
}

static void play_copy(void)
{
    const unsigned char *const from = read_address();
    unsigned char *const to = read_address();
    const size_t size = read_size();
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i];
    }
    print(line);
    print("\n");
}

static void play_fill(void)
{
    unsigned char *const payload = read_address();
    fill(payload, read_size());
    print(line);
    print("\n");
}

static void play_end(void)
{
    (void)bf_walk(&heap, check_block, NULL);
    print(bf_check(&heap, NULL) == BF_OK && !has_failed ? ". none\n" : ". damage\n");
}

static void play_line(void)
{
    switch (line[0]) {
    case '#':
        print(line);
        print("\n");
        break;
    case 'i':
        (void)bf_init(&heap, (uintptr_t)read_number());
        print(line);
        print("\n");
        break;
    case 'r':
        play_range();
        break;
    case 'd':
        answer(bf_remove_range(&heap, read_address()), NULL, NULL);
        break;
    case 'm':
        play_malloc();
        break;
    case 'c':
        play_calloc();
        break;
    case 'l':
        play_realloc();
        break;
    case 'f':
        play_free();
        break;
    case 'u':
        play_usable();
        break;
    case 'k':
        play_copy();
        break;
    case 'w':
        play_fill();
        break;
    case '.':
        play_end();
        break;
    default:
        has_failed = true;
    }
}

int player_run(void)
{
    bool has_lines = false;
    while (read_line()) {
        play_line();
        has_lines = true;
        if (has_failed) {
            print("! this line went wrong: ");
            print(line);
            print("\n");
            break;
        }
    }
    return has_lines && !has_failed ? 0 : 1;
}
