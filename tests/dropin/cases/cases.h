/* SPDX-License-Identifier: MIT
 *
 * Memory errors as programs have them, each with a twin that is right. A case is a shape (what is
 * done, with which element type, by which means), a flow (how the pointer gets from where it was
 * made to where it is used) and a source (which function made the block). Bad and good are the same
 * code with another number.
 */
#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct shape {
    const char *class;
    const char *name;
    void (*run)(bool is_bad);
};

#define SHAPE(class, name) {#class, #name, class##_##name}

/* One table a file. */
extern const struct shape array_shapes[];
extern const struct shape string_shapes[];
extern const size_t array_shape_count;
extern const size_t string_shape_count;

/* A block of so many bytes from the source of the case, with a live block on either side; it is the
 * one that the error is about. */
void *obtain(size_t bytes);

/* The same of memory that is no heap's. */
void *about(void *memory, size_t bytes);

/* The pointer, by the flow of the case. */
void *carry(void *data);

/* Frees by the flow of the case. */
void release(void *data);

/* Uses bytes of a result, so that none is computed in vain. */
void use(const void *data, size_t bytes);

/* So that what is free would be used again. */
void allocate_others(size_t bytes);

#endif
