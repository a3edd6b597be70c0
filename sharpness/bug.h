/* SPDX-License-Identifier: MIT
 *
 * A planted bug: bugs/NAME.patch, a header of "Key: value" lines, an empty line and a unified diff
 * (bugs/README.md).
 */
#ifndef HB_SHARPNESS_BUG_H
#define HB_SHARPNESS_BUG_H

#include <stdbool.h>
#include <stddef.h>

#define BUG_PATH_BYTES 1024

struct bug {
    char name[64];
    char class_name[32];
    char source[256];
    char sees[512];
    char target[32];
    char hard[512];     /* the rare shape of heap that it needs; "": it needs none */
    bool is_corrupting; /* Harness: corrupt */
    bool is_32_bit;     /* Bits: 32 */
    bool is_sanitized;  /* Build: sanitized; only a sanitizer sees it */
    char patch[BUG_PATH_BYTES];
    char text[BUG_PATH_BYTES]; /* path of bugs/NAME.txt, which need not exist */
};

struct bug_list {
    struct bug *items;
    size_t count;
};

/* All of the folder, by name; or those that are named. False, with reasons on stderr, where one
 * cannot be read, has a header that is wrong, or is not there. */
bool bug_list_read(const char *folder, char *const *names, size_t name_count,
                   struct bug_list *list);

/* Puts the bug into a copy of the core (bestfit.c's folder is folder/core). False, with a reason in
 * error. */
bool bug_plant(const struct bug *bug, const char *root, const char *folder, char *error,
               size_t error_bytes);

#endif
