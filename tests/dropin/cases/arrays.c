/* SPDX-License-Identifier: MIT
 *
 * Arrays of several types: typed.h for each of them.
 */
#include "cases.h"

#include <string.h>
#include <wchar.h>

struct pair {
    int one;
    int two;
};

typedef int64_t long_long;
typedef struct pair pair;

/* What an element is made from. */
#define NUMBER(number) (number)
#define PAIR(number)   ((struct pair){.one = (number), .two = (number)})

#define TYPE  char
#define VALUE (char)NUMBER
#include "typed.h"

#define TYPE  short
#define VALUE (short)NUMBER
#include "typed.h"

#define TYPE  int
#define VALUE NUMBER
#include "typed.h"

#define TYPE  wchar_t
#define VALUE NUMBER
#include "typed.h"

#define TYPE  long_long
#define VALUE NUMBER
#include "typed.h"

#define TYPE  double
#define VALUE NUMBER
#include "typed.h"

#define TYPE  pair
#define VALUE PAIR
#include "typed.h"

#define TYPED(class, name, type) {#class, #type "." #name, class##_##name##_##type}

#define SHAPES_OF(type)                                                                            \
    TYPED(overflow, loop, type), TYPED(overflow, memcpy, type), TYPED(overflow, memmove, type),    \
        TYPED(overflow, memset, type), TYPED(overflow, index, type),                               \
        TYPED(overflow, one_more, type), TYPED(overread, loop, type),                              \
        TYPED(overread, memcpy, type), TYPED(overread, memmove, type),                             \
        TYPED(overread, memcmp, type), TYPED(overread, index, type),                               \
        TYPED(underwrite, loop, type), TYPED(underwrite, memcpy, type),                            \
        TYPED(underwrite, memmove, type), TYPED(underwrite, index, type),                          \
        TYPED(underwrite, far, type), TYPED(underread, loop, type),                                \
        TYPED(underread, memcpy, type), TYPED(underread, memmove, type),                           \
        TYPED(underread, index, type), TYPED(after_free, read, type),                              \
        TYPED(after_free, write, type), TYPED(after_free, memcpy, type),                           \
        TYPED(after_free, reused, type), TYPED(after_free, realloc, type),                         \
        TYPED(double_free, simple, type), TYPED(double_free, realloc, type),                       \
        TYPED(not_at_start, index, type), TYPED(not_at_start, moved, type),                        \
        TYPED(non_heap, stack, type), TYPED(non_heap, static, type)

const struct shape array_shapes[] = {
    SHAPES_OF(char),
    SHAPES_OF(short),
    SHAPES_OF(int),
    SHAPES_OF(wchar_t),
    SHAPES_OF(long_long),
    SHAPES_OF(double),
    SHAPES_OF(pair),
    TYPED(overflow, size_of, int),
    TYPED(overflow, size_of, long_long),
    TYPED(overflow, size_of, pair),
};
const size_t array_shape_count = sizeof array_shapes / sizeof *array_shapes;
