/* SPDX-License-Identifier: MIT
 *
 * A program with one mistake, by its name, for test_provenance.sh; or one that keeps what it has
 * allocated in a block of the heap alone ("keep"), or loses it ("lose").
 */
#include "bestfit.h"
#include "bestfit_describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RANGE_BYTES ((size_t)65536)

static struct bf_heap heap;

static char *take(size_t size)
{
    void *payload = NULL;

    if (bf_malloc(&heap, size, 1, &payload) != BF_OK) {
        exit(2);
    }
    return payload;
}

static void touch(volatile char *byte)
{
    *byte = 1;
}

/* Written by a function that is gone, so that no register or stack slot has the pointer. */
__attribute__((noinline)) static void keep(char *block)
{
    void *kept = malloc(123);

    memcpy(block, &kept, sizeof kept);
}

int main(int argc, char **argv)
{
    const char *mistake = argc > 1 ? argv[1] : "";
    char *begin =
        mmap(NULL, RANGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (begin == MAP_FAILED || bf_init(&heap, 1) != BF_OK ||
        bf_add_range(&heap, begin, begin + RANGE_BYTES) != BF_OK) {
        return 2;
    }
    char *first = take(24);
    char *second = take(20);
    char *freed = take(5000);
    (void)take(40);
    (void)bf_free(&heap, freed, 5000);

    if (strcmp(mistake, "overflow") == 0) {
        touch(second + 20);
    } else if (strcmp(mistake, "underflow") == 0) {
        touch(second - 1);
    } else if (strcmp(mistake, "stale") == 0) {
        touch(freed + 4321);
    } else if (strcmp(mistake, "double") == 0) {
        printf("%s\n", bf_status_name(bf_free(&heap, freed, 5000)));
    } else if (strcmp(mistake, "interior") == 0) {
        (void)bf_free(&heap, first + 16, BF_ANY_SIZE);
    } else if (strcmp(mistake, "size") == 0) {
        (void)bf_free(&heap, first, 25);
    } else if (strcmp(mistake, "header") == 0) {
        memset(second - BF_HEADER_BYTES, 0x55, BF_HEADER_BYTES);
        (void)bf_free(&heap, second, 20);
    } else if (strcmp(mistake, "behind") == 0) {
        memset(freed - BF_HEADER_BYTES, 0xaa, BF_HEADER_BYTES);
        (void)bf_free(&heap, second, 20);
    } else if (strcmp(mistake, "held") == 0) {
        (void)bf_free(&heap, first, 24);
        memset(first - BF_HEADER_BYTES, 0x55, BF_HEADER_BYTES);
        (void)bf_free(&heap, second, 20);
    } else if (strcmp(mistake, "range") == 0) {
        (void)bf_remove_range(&heap, second);
    } else if (strcmp(mistake, "foreign") == 0) {
        (void)bf_free(&heap, &heap, BF_ANY_SIZE);
    } else if (strcmp(mistake, "live") == 0) {
        printf("%zu live\n", bf_describe_live(&heap));
    } else if (strcmp(mistake, "keep") == 0) {
        keep(second);
    } else if (strcmp(mistake, "lose") == 0) {
        keep(second);
        (void)bf_free(&heap, second, 20);
    }
    printf("the end\n");
    return 0;
}
