/* SPDX-License-Identifier: MIT
 *
 * What the operand SIZE of an operation comes to, where the heap is known.
 */
#ifndef HB_OPS_OPERAND_H
#define HB_OPS_OPERAND_H

#include "model.h"
#include "ops.h"

/* base + delta, held within 0 and SIZE_MAX. */
static inline size_t hb_moved(size_t base, int64_t delta)
{
    if (delta < 0) {
        const uint64_t down = 0 - (uint64_t)delta;
        return down > base ? 0 : base - (size_t)down;
    }
    return (uint64_t)delta > SIZE_MAX - base ? SIZE_MAX : base + (size_t)delta;
}

/* Of an operation whose forms are those of enum hb_size_form. model: where "hole" is looked up;
 * null where the target's holes are not known. own_size: of the slot's block. */
static inline size_t hb_op_size(const struct hb_op *op, const struct hb_model *model,
                                size_t own_size)
{
    const uint64_t value = op->value;
    switch (op->form) {
    case HB_SIZE_MAX_MINUS:
        return value > SIZE_MAX ? 0 : SIZE_MAX - (size_t)value;
    case HB_SIZE_LIMIT:
        return hb_moved(hb_model_size_limit(), (int64_t)value);
    case HB_SIZE_HOLE:
        return hb_moved(model != NULL ? hb_model_hole(model, hb_low(value)) : hb_low(value),
                        (int32_t)hb_high(value));
    case HB_SIZE_OWN:
        return hb_moved(own_size, (int64_t)value);
    default:
        return value > SIZE_MAX ? SIZE_MAX : (size_t)value;
    }
}

/* Of a whole calloc: SIZE_MAX where the product overflows. */
static inline size_t hb_op_calloc_size(const struct hb_op *op)
{
    const size_t count = hb_high(op->value);
    const size_t low = hb_low(op->value);
    const size_t size = op->form == HB_CALLOC_MAX_MINUS ? SIZE_MAX - low : low;
    return size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
}

#endif
