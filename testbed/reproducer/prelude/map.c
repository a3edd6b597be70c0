/* SPDX-License-Identifier: MIT
 *
 * In front of the dialect of a target that annotates: a poison map as AddressSanitizer keeps it,
 * for each eight bytes how many of them, from the first, can be touched. So the program needs no
 * sanitizer, which would report what this program itself reads and writes as the memory's owner.
 */
#if defined(__SANITIZE_ADDRESS__)
#error "compile it without -fsanitize=address: it has a poison map of its own"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#error "compile it without -fsanitize=address: it has a poison map of its own"
#endif
#endif
#define __SANITIZE_ADDRESS__ 1 /* for bestfit_annotate.h */

unsigned char bed_map[WATCHED_BYTES / 8];
#define BED_MAP bed_map

/* What is to be done to the bytes [begin, end) of a granule. */
void bed_map_change(const volatile void *address, size_t size, bool is_poisoned)
{
    uintptr_t at = (uintptr_t)address - (uintptr_t)bed_watched();
    uintptr_t end = at + size;
    while (at < end && at / 8 < sizeof(bed_map)) {
        uintptr_t next = at / 8 * 8 + 8;
        unsigned char first = (unsigned char)(at % 8);
        unsigned char behind = (unsigned char)(next <= end ? 8 : end % 8);
        unsigned char *open = &bed_map[at / 8];
        if (is_poisoned && *open <= behind) {
            *open = *open < first ? *open : first; /* bytes behind that can be touched stay so */
        } else if (!is_poisoned) {
            *open = *open > behind ? *open : behind;
        }
        at = next;
    }
}

void __asan_poison_memory_region(const volatile void *address, size_t size)
{
    bed_map_change(address, size, true);
}

void __asan_unpoison_memory_region(const volatile void *address, size_t size)
{
    bed_map_change(address, size, false);
}

#define BF_ANNOTATE_HEADER "bestfit_annotate.h"
#define BF_NO_ROOT_REGIONS
