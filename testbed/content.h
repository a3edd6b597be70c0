/* SPDX-License-Identifier: MIT
 *
 * What a user keeps in its blocks: a pattern keyed by the allocation's ordinal, never its address,
 * so that the bytes of one block are never right in another.
 */
#ifndef HB_CONTENT_H
#define HB_CONTENT_H

#include <stddef.h>
#include <stdint.h>

void hb_content_fill(void *payload, size_t byte_count, uint64_t key);

/* Offset of the first byte that differs from the pattern; SIZE_MAX if none does. */
size_t hb_content_damage(const void *payload, size_t byte_count, uint64_t key);

#endif
