/* SPDX-License-Identifier: MIT
 *
 * The shapes with arrays, for one element type: included by arrays.c with TYPE, and VALUE, which
 * makes an element of a small number. Elements are 100; too few are 50.
 */
/* NOLINTBEGIN(clang-analyzer-*,bugprone-suspicious-memory-comparison,cert-*) the errors are meant
 */

#define NAMED__(what, type) what##_##type
#define NAMED_(what, type)  NAMED__(what, type)
#define NAMED(what)         NAMED_(what, TYPE)

static TYPE NAMED(source)[100];

static TYPE *NAMED(array)(size_t count)
{
    TYPE *data = obtain(count * sizeof(TYPE));

    for (size_t i = 0; i < count; i++) {
        data[i] = VALUE((int)(i % 7) + 1);
    }
    return carry(data);
}

/* An array of 100, or where its front would be if it had 8 more. */
static TYPE *NAMED(array_or_front)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    return is_bad ? data - 8 : data;
}

static void NAMED(overflow_loop)(bool is_bad)
{
    TYPE *data = NAMED(array)(is_bad ? 50 : 100);

    for (size_t i = 0; i < 100; i++) {
        data[i] = NAMED(source)[i];
    }
}

static void NAMED(overflow_memcpy)(bool is_bad)
{
    memcpy(NAMED(array)(is_bad ? 50 : 100), NAMED(source), 100 * sizeof(TYPE));
}

static void NAMED(overflow_memmove)(bool is_bad)
{
    memmove(NAMED(array)(is_bad ? 50 : 100), NAMED(source), 100 * sizeof(TYPE));
}

static void NAMED(overflow_memset)(bool is_bad)
{
    memset(NAMED(array)(is_bad ? 50 : 100), 0, 100 * sizeof(TYPE));
}

static void NAMED(overflow_index)(bool is_bad)
{
    NAMED(array)(10)[is_bad ? 10 : 9] = VALUE(3);
}

static void NAMED(overflow_one_more)(bool is_bad)
{
    NAMED(array)(10)[is_bad ? 11 : 9] = VALUE(3);
}

/* The size of a pointer where that of what it points to is meant. */
__attribute__((unused)) static void NAMED(overflow_size_of)(bool is_bad)
{
    TYPE *data = obtain(is_bad ? sizeof(TYPE) - 1 : sizeof(TYPE));

    *data = VALUE(5);
}

static void NAMED(overread_loop)(bool is_bad)
{
    const TYPE *data = NAMED(array)(is_bad ? 50 : 100);

    for (size_t i = 0; i < 100; i++) {
        NAMED(source)[i] = data[i];
    }
}

static void NAMED(overread_memcpy)(bool is_bad)
{
    memcpy(NAMED(source), NAMED(array)(is_bad ? 50 : 100), 100 * sizeof(TYPE));
}

static void NAMED(overread_memmove)(bool is_bad)
{
    memmove(NAMED(source), NAMED(array)(is_bad ? 50 : 100), 100 * sizeof(TYPE));
}

static void NAMED(overread_memcmp)(bool is_bad)
{
    TYPE *same = NAMED(source);
    const TYPE *data = NAMED(array)(is_bad ? 50 : 100);

    memcpy(same, data, 50 * sizeof(TYPE));
    use(&(int){memcmp(same, data, 100 * sizeof(TYPE))}, sizeof(int));
}

static void NAMED(overread_index)(bool is_bad)
{
    const TYPE element = NAMED(array)(10)[is_bad ? 10 : 9];

    use(&element, sizeof element);
}

static void NAMED(underwrite_loop)(bool is_bad)
{
    TYPE *data = NAMED(array_or_front)(is_bad);

    for (size_t i = 0; i < 100; i++) {
        data[i] = NAMED(source)[i];
    }
}

static void NAMED(underwrite_memcpy)(bool is_bad)
{
    memcpy(NAMED(array_or_front)(is_bad), NAMED(source), 100 * sizeof(TYPE));
}

static void NAMED(underwrite_memmove)(bool is_bad)
{
    memmove(NAMED(array_or_front)(is_bad), NAMED(source), 100 * sizeof(TYPE));
}

static void NAMED(underwrite_index)(bool is_bad)
{
    NAMED(array)(10)[is_bad ? -1 : 0] = VALUE(3);
}

static void NAMED(underwrite_far)(bool is_bad)
{
    *NAMED(array_or_front)(is_bad) = VALUE(3);
}

static void NAMED(underread_loop)(bool is_bad)
{
    const TYPE *data = NAMED(array_or_front)(is_bad);

    for (size_t i = 0; i < 100; i++) {
        NAMED(source)[i] = data[i];
    }
}

static void NAMED(underread_memcpy)(bool is_bad)
{
    memcpy(NAMED(source), NAMED(array_or_front)(is_bad), 100 * sizeof(TYPE));
}

static void NAMED(underread_memmove)(bool is_bad)
{
    memmove(NAMED(source), NAMED(array_or_front)(is_bad), 100 * sizeof(TYPE));
}

static void NAMED(underread_index)(bool is_bad)
{
    const TYPE element = NAMED(array)(10)[is_bad ? -1 : 0];

    use(&element, sizeof element);
}

static void NAMED(after_free_read)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    if (is_bad) {
        release(data);
    }
    use(&data[42], sizeof *data);
}

static void NAMED(after_free_write)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    if (is_bad) {
        release(data);
    }
    data[0] = VALUE(1);
}

static void NAMED(after_free_memcpy)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    if (is_bad) {
        release(data);
    }
    memcpy(NAMED(source), data, 100 * sizeof *data);
}

static void NAMED(after_free_reused)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    if (is_bad) {
        release(data);
    }
    allocate_others(100 * sizeof *data);
    data[7] = VALUE(1);
}

static void NAMED(after_free_realloc)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);
    TYPE *moved = realloc(data, 101 * sizeof *data);

    if (moved != NULL) {
        use(is_bad ? &data[3] : &moved[3], sizeof *data);
    }
}

static void NAMED(double_free_simple)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    release(data);
    if (is_bad) {
        release(data);
    }
}

static void NAMED(double_free_realloc)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);
    TYPE *moved = realloc(data, 200 * sizeof *data);

    release(is_bad ? data : moved);
}

static void NAMED(not_at_start_index)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    release(is_bad ? data + 1 : data);
}

static void NAMED(not_at_start_moved)(bool is_bad)
{
    TYPE *data = NAMED(array)(100);

    for (size_t i = 0; i < 50; i++) {
        use(data, 1);
        if (is_bad) {
            data++;
        }
    }
    release(data);
}

static void NAMED(non_heap_stack)(bool is_bad)
{
    TYPE local[100] = {NAMED(source)[0]};
    TYPE *data = is_bad ? about(local, sizeof local) : NAMED(array)(100);

    release(carry(data));
}

static void NAMED(non_heap_static)(bool is_bad)
{
    release(carry(is_bad ? about(NAMED(source), sizeof NAMED(source)) : NAMED(array)(100)));
}
/* NOLINTEND(clang-analyzer-*,bugprone-suspicious-memory-comparison,cert-*) */

#undef NAMED
#undef NAMED_
#undef NAMED__
#undef TYPE
#undef VALUE
