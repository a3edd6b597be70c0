/* SPDX-License-Identifier: MIT
 *
 * The flows and the sources, for the program that enumerates them.
 */
#ifndef FLOWS_H
#define FLOWS_H

#include "cases.h"

enum flow {
    FLOW_DIRECT,
    FLOW_STRUCT,
    FLOW_FLAG,
    FLOW_LOOP,
    FLOW_GLOBAL,
    FLOW_LIST,
    FLOW_OUT,
    FLOW_THREAD,
    FLOW_COUNT
};

enum source {
    SOURCE_MALLOC,
    SOURCE_CALLOC,
    SOURCE_REALLOC,
    SOURCE_ALIGNED,
    SOURCE_SHRUNK,
    SOURCE_COUNT
};

/* What the error is about. */
struct block {
    uintptr_t begin;
    size_t bytes;
};

/* For the case that runs next; obtain and about fill *block. */
void flows_set(enum flow flow, enum source source, struct block *block);

#endif
