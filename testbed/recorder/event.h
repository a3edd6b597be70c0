/* SPDX-License-Identifier: MIT
 *
 * The event file: what the preload library writes while the program runs, and the converter reads
 * afterwards.
 *
 * One header, then events of a fixed size in windows of a fixed size. The file is shared memory of
 * the recorded process, mapped window by window, so an event is kept from the moment it is written,
 * however the process ends. event_count grows after its event is complete. The file never leaves
 * the machine: fields are in native byte order.
 */
#ifndef HB_EVENT_H
#define HB_EVENT_H

#include <stdint.h>

#define HB_EVENTS_MAGIC   UINT64_C(0x3173746e65766568) /* "hevents1", little-endian */
#define HB_EVENTS_VERSION 1u

/* Where the library finds the event file. */
#define HB_EVENTS_VARIABLE "HEAPBED_RECORD_EVENTS"

/* Multiples of every page size in use (4 to 64 KiB). */
#define HB_EVENTS_HEADER_BYTES ((uint64_t)64 * 1024)
#define HB_EVENTS_PER_WINDOW   ((uint64_t)64 * 1024)

enum hb_event_kind {
    HB_EVENT_MALLOC = 1, /* size, align_log2 -> result */
    HB_EVENT_CALLOC,     /* count, size -> result */
    HB_EVENT_REALLOC,    /* pointer, size -> result */
    HB_EVENT_FREE        /* pointer */
};

struct hb_event {
    uint64_t pointer; /* given */
    uint64_t result;  /* returned; 0 where the call failed */
    uint64_t size;
    uint64_t count;
    uint32_t kind; /* enum hb_event_kind */
    uint32_t align_log2;
};

#define HB_EVENTS_WINDOW_BYTES (HB_EVENTS_PER_WINDOW * sizeof(struct hb_event))

#define HB_EVENTS_NAME_BYTES 256

enum hb_events_end {
    HB_EVENTS_OPEN,     /* the program ended while recording */
    HB_EVENTS_AT_LIMIT, /* event_limit was reached */
    HB_EVENTS_NO_SPACE  /* the file could not grow */
};

struct hb_events_header {
    uint64_t magic;
    uint32_t version;
    uint32_t event_bytes; /* sizeof(struct hb_event) */

    /* Written by `bed record`. */
    uint64_t event_limit;
    char follow[HB_EVENTS_NAME_BYTES]; /* record the first program of this name; "": the first */

    /* Written by the library. */
    uint32_t process; /* the one that records; taken by compare and exchange from 0 */
    uint32_t end;     /* enum hb_events_end */
    uint32_t thread_count;
    uint32_t reserved;
    uint64_t event_count;
    char program[HB_EVENTS_NAME_BYTES]; /* path of the recorded program */
};

#endif
