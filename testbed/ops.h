/* SPDX-License-Identifier: MIT
 *
 * The op stream: one format for fuzz inputs, recorded traces, benchmark workloads and findings.
 * Bytes <-> operations <-> text. The format is described in docs/op-stream.md.
 *
 * A stream is an optional 16-byte header and then records of 16 bytes. Every byte string decodes:
 * each record to exactly one operation, whatever its bytes; a last record that is not whole is
 * ignored. Decoding a record looks at nothing but that record and the header.
 */
#ifndef HB_OPS_H
#define HB_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HB_OPS_VERSION    1u
#define HB_RECORD_BYTES   ((size_t)16)
#define HB_ARENA_LOG2_MIN 12u /* 4 KiB */
#define HB_ARENA_LOG2_MAX 30u /* 1 GiB */
#define HB_SLOT_LOG2_MAX  24u

enum hb_op_kind {
    HB_OP_INIT,            /* init: an empty heap; all that was allocated is forgotten */
    HB_OP_ADD_RANGE,       /* add_range BEGIN END */
    HB_OP_MALLOC,          /* malloc SLOT SIZE [align A] */
    HB_OP_FREE,            /* free SLOT: the pointer and the size that was asked for */
    HB_OP_REALLOC,         /* realloc SLOT SIZE [align A] */
    HB_OP_CALLOC,          /* calloc SLOT COUNT SIZE [align A] */
    HB_OP_WRITE,           /* write SLOT: the user fills the block anew */
    HB_OP_CHECK,           /* check: every oracle looks at the whole heap */
    HB_OP_FREE_TWICE,      /* free SLOT twice: the pointer that the slot held before its free */
    HB_OP_FREE_INTERIOR,   /* free SLOT interior DELTA: the pointer moved by DELTA bytes */
    HB_OP_FREE_AT,         /* free at OFFSET size N: a pointer made up */
    HB_OP_FREE_FORGED,     /* free SLOT forged OFFSET as DONOR: the 16 bytes in front of DONOR's
                              payload, copied into SLOT's payload, and the pointer behind them */
    HB_OP_FREE_WRONG_SIZE, /* free SLOT size SIZE */
    HB_OP_FREE_ANY_SIZE,   /* free SLOT any */
    HB_OP_REMOVE_RANGE,    /* remove_range N: the range that is number N now, or another begin */
    HB_OP_USABLE,          /* usable SLOT [+DELTA]: asks for usable size and owner of a pointer */
    HB_OP_REALLOC_WRONG,   /* realloc SLOT twice | interior DELTA | size own+D, to SIZE: refused */
    HB_OP_SMASH,           /* smash SLOT header | behind | links | footer DELTA, or at OFFSET, with
                              ... N: overwrites what is the allocator's; for the harness corrupt */
    HB_OP_DAMAGE,          /* damage PLACE LIE: overwrites what is the allocator's, as somebody does
                              who knows the key of its checksums; for the harness corrupt */
    HB_OP_KIND_GIVEN       /* kinds from here to HB_OP_NOP are not given out yet */
};

/* nop: what records of a kind that is not given out yet are. */
#define HB_OP_NOP        31u
#define HB_OP_KIND_COUNT 32u

/* Kinds below HB_OP_KIND_COUNT and forms below this are given out or kept for later, and never
 * folded onto others: what is given out later leaves the meaning of all other bytes alone. */
#define HB_FORMS_RESERVED 16u

/* How the operands of one operation are written. Each kind has its own forms; 0 is the literal. */
enum hb_size_form {
    HB_SIZE_LITERAL,   /* value */
    HB_SIZE_MAX_MINUS, /* SIZE_MAX - value */
    HB_SIZE_LIMIT,     /* the contract's size limit + signed value */
    HB_SIZE_HOLE,      /* the best fit for (low 32 bits of value), + signed (high 32 bits); the
                          largest free block where nothing fits, 0 where nothing is free */
    HB_SIZE_OWN,       /* what the slot's block was asked for + signed value */
    HB_SIZE_FORM_COUNT
};

enum hb_calloc_form {
    HB_CALLOC_LITERAL,   /* count in the high 32 bits of value, size in the low */
    HB_CALLOC_MAX_MINUS, /* count in the high 32 bits, size SIZE_MAX - low */
    HB_CALLOC_FORM_COUNT
};

enum hb_range_form {
    HB_RANGE_ARENA, /* begin in the low 32 bits, end in the high: offsets in the arena */
    HB_RANGE_AFTER, /* begin at the end of the last range + signed low, length in the high */
    HB_RANGE_TOP,   /* begin UINTPTR_MAX - low, end UINTPTR_MAX - high */
    HB_RANGE_NULL,  /* begin 0, end at offset high of the arena */
    HB_RANGE_FORM_COUNT
};

enum hb_at_form {
    HB_AT_ARENA, /* signed low 32 bits: offset in the arena; high 32: size */
    HB_AT_TOP,   /* UINTPTR_MAX - low */
    HB_AT_NULL,
    HB_AT_FORM_COUNT
};

enum hb_remove_form {
    HB_REMOVE_NUMBER, /* range number (low 6 bits of value), as they are numbered now */
    HB_REMOVE_AT,     /* a begin made up: signed low 32 bits, an offset in the arena */
    HB_REMOVE_FORM_COUNT
};

/* Wrong calls of realloc. New size: the high 32 bits of value, literally. Low 32 bits, signed: */
enum hb_realloc_wrong_form {
    HB_REALLOC_TWICE,    /* of a freed slot: its old pointer and size; low is 0 */
    HB_REALLOC_INTERIOR, /* the slot's pointer moved by low bytes */
    HB_REALLOC_SIZE,     /* the slot's pointer, its own size moved by low bytes */
    HB_REALLOC_WRONG_FORM_COUNT
};

/* What smash overwrites. Low 32 bits of value: a place (signed); high: how (see docs/op-stream.md).
 * What is written is drawn by the bed, never by the engine. */
enum hb_smash_form {
    HB_SMASH_HEADER, /* the 8 or 16 bytes in front of the slot's block */
    HB_SMASH_BEHIND, /* from the end of the slot's block: slack, and the next header */
    HB_SMASH_LINKS,  /* the first bytes of what was a freed slot's payload */
    HB_SMASH_FOOTER, /* the last word in front of the header of the slot's block */
    HB_SMASH_AT,     /* at an offset in the arena, where it is in a range and in no live block */
    HB_SMASH_FORM_COUNT
};

/* What is written there: bits 0 to 2 of value's high 32 bits. The next six bits are the number of
 * bytes less 1; the rest is 0. */
enum hb_smash_with {
    HB_SMASH_RANDOM,
    HB_SMASH_BIT, /* one bit of the bytes, flipped */
    HB_SMASH_ZEROS,
    HB_SMASH_ONES,
    HB_SMASH_COPY,    /* of another block's header */
    HB_SMASH_FREE,    /* the address of a free block */
    HB_SMASH_LIVE,    /* of a live one */
    HB_SMASH_OUTSIDE, /* of what is in no range */
    HB_SMASH_WITH_COUNT
};
#define HB_SMASH_HOW_MASK 0x1ffu

/* An operation in canonical form: two operations are the same if and only if all fields are. */
struct hb_op {
    uint8_t kind; /* enum hb_op_kind */
    uint8_t form;
    uint16_t align_code; /* 0 to 63: 2^code; from 64 on: code - 64, no power of two */
    uint32_t slot;
    uint64_t value;
};

struct hb_ops_header {
    uint8_t version;
    uint8_t arena_log2; /* size of the arena */
    uint8_t slot_log2;  /* slots are taken modulo 2^slot_log2 */
    uint16_t swarm;     /* for who makes streams: which kinds of change are off. Says nothing about
                           what the operations mean */
};

/* A stream ready to be run: nothing is decoded in advance. */
struct hb_ops {
    struct hb_ops_header header;
    const uint8_t *records;
    size_t count;
};

/* The header of a stream without one: version 1, 16 KiB of arena, 16 slots, swarm 0. */
struct hb_ops_header hb_ops_default_header(void);

/* Views bytes as a stream; they must outlive it. Never fails: see hb_ops_version. */
struct hb_ops hb_ops_view(const uint8_t *bytes, size_t byte_count);

/* The version that the bytes say they have (0 where they have no header). A version above
 * HB_OPS_VERSION is decoded as HB_OPS_VERSION; programs should refuse it instead. */
unsigned hb_ops_version(const uint8_t *bytes, size_t byte_count);

/* Operation number index of the stream, in canonical form. */
struct hb_op hb_ops_get(const struct hb_ops *ops, size_t index);

/* Writes the header, one record: always HB_RECORD_BYTES. */
void hb_ops_encode_header(const struct hb_ops_header *header, uint8_t bytes[HB_RECORD_BYTES]);
void hb_ops_encode(const struct hb_op *op, uint8_t bytes[HB_RECORD_BYTES]);

/* The alignment that an operation asks for. */
size_t hb_op_align(const struct hb_op *op);
/* The code of an alignment; false where the format has none (above 16,319, no power of two). */
bool hb_align_encode(uint64_t align, uint16_t *code);

static inline uint32_t hb_low(uint64_t value)
{
    return (uint32_t)value;
}

static inline uint32_t hb_high(uint64_t value)
{
    return (uint32_t)(value >> 32);
}

static inline unsigned hb_smash_with(const struct hb_op *op)
{
    return hb_high(op->value) % HB_SMASH_WITH_COUNT;
}

static inline size_t hb_smash_bytes(const struct hb_op *op)
{
    return 1 + hb_high(op->value) / HB_SMASH_WITH_COUNT % 64;
}

static inline uint64_t hb_pair(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* Names as the text form has them ("add_range"); for wrong frees "free_twice" and so on. */
const char *hb_op_kind_name(unsigned kind);

#define HB_OP_TEXT_BYTES 160
/* One operation as one line of text, without a line end. */
void hb_op_print(const struct hb_op *op, char text[HB_OP_TEXT_BYTES]);
/* The whole stream as text: a header line, then one operation a line. */
void hb_ops_print(const struct hb_ops *ops, FILE *out);

/* Where and why a text does not parse; line and column count from 1. */
struct hb_text_error {
    size_t line;
    size_t column;
    char reason[120];
};

/* Bytes of a stream, owned. */
struct hb_bytes {
    uint8_t *data;
    size_t count;
};

/* Parses text into the bytes of a stream, header included. On false *error says why and *bytes is
 * untouched; on true the caller frees bytes->data. */
bool hb_ops_parse(const char *text, size_t text_bytes, struct hb_bytes *bytes,
                  struct hb_text_error *error);

#endif
