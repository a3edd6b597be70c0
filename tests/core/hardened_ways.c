/* SPDX-License-Identifier: MIT
 *
 * Every link of a trie, bent to everything that it must not lead to, one at a time, before one
 * call. What docs/core.md promises of a damaged heap is then told by where the link lies: on the
 * way that the call has to go, the call is refused and changes nothing; anywhere else, it does what
 * it would have done, and the link stays as it was. Which links are on the way follows from the set
 * of sizes in the trie and from nothing else, and is computed so here: a trie is the set, its
 * smallest member at the root, the others below by their bits.
 */
#include <stdint.h>

static uintptr_t *word_at(uintptr_t address);
static void count_step(void);

#undef BF_EXACT_BINS_LOG2
#undef BF_OCTAVE_BINS_LOG2
#define BF_EXACT_BINS_LOG2  1
#define BF_OCTAVE_BINS_LOG2 0
#define BF_PREFIX           ways_
#define BF_STEP()           count_step()
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "hardened_ways"
#include "check.h"

#define ARENA_POOL_BYTES ((size_t)16 * 1024)
#include "arena.h"
#include "bound.h"
#include "random.h"

#include <stdlib.h>

static struct bf_heap heap;
static unsigned long step_count;
static unsigned long steps_max = 10000;

static void count_step(void)
{
    if (++step_count > steps_max) {
        printf("FAIL: a call goes beyond the bound\n");
        exit(1);
    }
}

static uintptr_t *word_at(uintptr_t address)
{
    uintptr_t *word = (uintptr_t *)address; /* NOLINT(performance-no-int-to-ptr) */

    if (address % sizeof *word != 0 || !arena_holds(word, sizeof *word)) {
        printf("FAIL: an access outside the range\n");
        exit(1);
    }
    return word;
}

/* -- the trie under test: the sizes 16 to 31, told apart by 4 bits --------------------------- */

#define FIRST_CLASS 16u
#define KEY_BITS    4u
#define KEY_COUNT   16u
#define PIECES_MAX  24u
#define POSITIONS   64u /* 1 is the root, 2 p and 2 p + 1 are below p; from 32 on there is none */

/* A block, in the order in which they were freed, and the live block behind it. */
struct piece {
    unsigned key;
    uintptr_t block;
    void *joint;
};

static struct piece pieces[PIECES_MAX];
static unsigned piece_count;
static void *spare;            /* live, to be inserted */
static uintptr_t live_block;   /* of a size of the trie */
static uintptr_t exact_block;  /* free, but in no trie */
static uintptr_t lower_block;  /* free, in the trie of smaller sizes */
static uintptr_t higher_block; /* free, in the trie of larger sizes, or 0 */

static size_t size_of_class(size_t size_class)
{
    return size_class * 16 + 24;
}

static uintptr_t block_at(const void *payload)
{
    return (uintptr_t)payload - BF_HEADER_BYTES;
}

static void *take(size_t size_class)
{
    void *out = NULL;

    CHECK_EQ(bf_malloc(&heap, size_of_class(size_class), 1, &out), BF_OK);
    return out;
}

/* A block between live ones. */
static void *take_apart(size_t size_class)
{
    void *out = take(size_class);

    take(0);
    return out;
}

static void give(void *payload)
{
    CHECK_EQ(bf_free(&heap, payload, BF_ANY_SIZE), BF_OK);
}

/* A heap with these sizes in the trie, the spare live, and of other sizes one free block each: one
 * in a bin of one size, one in the trie below and, if asked for, one in the trie above. */
static void heap_build(const unsigned *keys, unsigned count, unsigned spare_key, bool has_higher)
{
    void *payloads[PIECES_MAX];
    struct bf_stats stats = {0};
    void *rest = NULL;

    arena_reset();
    steps_max = 10000;
    step_count = 0;
    CHECK_EQ(bf_init(&heap, 4711), BF_OK);
    const struct arena *arena = arena_take(ARENA_POOL_BYTES - 2 * ARENA_GAP_BYTES);
    memset(arena->begin, 0, (size_t)(arena->end - arena->begin));
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    for (piece_count = 0; piece_count < count; piece_count++) {
        struct piece *piece = &pieces[piece_count];

        payloads[piece_count] = take(FIRST_CLASS + keys[piece_count]);
        piece->key = keys[piece_count];
        piece->block = block_at(payloads[piece_count]);
        piece->joint = take_apart(14);
    }
    spare = take_apart(FIRST_CLASS + spare_key);
    live_block = block_at(take_apart(FIRST_CLASS + KEY_COUNT - 1));
    void *const others[] = {take_apart(1), take_apart(9), take_apart(40)};
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(bf_malloc(&heap, stats.largest_free_bytes, 1, &rest), BF_OK);
    for (unsigned i = 0; i < count; i++) {
        give(payloads[i]);
    }
    for (unsigned i = 0; i < (has_higher ? 3u : 2u); i++) {
        give(others[i]);
    }
    exact_block = block_at(others[0]);
    lower_block = block_at(others[1]);
    higher_block = has_higher ? block_at(others[2]) : 0;
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* -- the shape, from the set ----------------------------------------------------------------- */

struct shape {
    unsigned key_at[POSITIONS]; /* and one more; 0: nobody is there */
    unsigned position[KEY_COUNT];
};

/* As deep as a key has bits. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void shape_plant(struct shape *shape, unsigned keys, unsigned position, unsigned bits)
{
    unsigned least = 0;
    unsigned upper = 0;

    if (keys == 0) {
        return;
    }
    while ((keys >> least & 1) == 0) {
        least++;
    }
    shape->key_at[position] = least + 1;
    shape->position[least] = position;
    keys &= ~(1u << least);
    for (unsigned key = 0; bits > 0 && key < KEY_COUNT; key++) {
        upper |= (key >> (bits - 1) & 1) << key;
    }
    shape_plant(shape, keys & ~upper, 2 * position, bits - 1);
    shape_plant(shape, keys & upper, 2 * position + 1, bits - 1);
}

static struct shape shape_of(unsigned keys)
{
    struct shape shape;

    memset(&shape, 0, sizeof shape);
    shape_plant(&shape, keys, 1, KEY_BITS);
    return shape;
}

static unsigned keys_in_trie(void)
{
    unsigned keys = 0;

    for (unsigned i = 0; i < piece_count; i++) {
        keys |= 1u << pieces[i].key;
    }
    return keys;
}

static unsigned count_of_key(unsigned key)
{
    unsigned count = 0;

    for (unsigned i = 0; i < piece_count; i++) {
        count += pieces[i].key == key;
    }
    return count;
}

/* The block that has been free for longest, of a size: the node. */
static uintptr_t node_of_key(unsigned key)
{
    for (unsigned i = 0; i < piece_count; i++) {
        if (pieces[i].key == key) {
            return pieces[i].block;
        }
    }
    return 0;
}

/* -- links, and which of them a call has to see ---------------------------------------------- */

enum way {
    WAY_NONE,  /* not seen */
    WAY_FIND,  /* leads to the best fit, in whatever trie that is */
    WAY_DOWN,  /* leads to the place of a size */
    WAY_BELOW, /* leads to what may take the place of a block */
    WAY_RING   /* names a neighbour on a ring */
};

struct seen_link {
    uintptr_t block;
    unsigned link;
    unsigned key;      /* of the block */
    unsigned position; /* of what it leads to; 0: on a ring */
    enum way way;
};

#define LINKS_MAX (POSITIONS + 2 * PIECES_MAX)

static struct seen_link links[LINKS_MAX];
static unsigned link_count;

static void links_list(const struct shape *shape)
{
    link_count = 0;
    for (unsigned position = 2; position < POSITIONS; position++) {
        const unsigned above = shape->key_at[position / 2];

        if (above != 0) {
            links[link_count++] = (struct seen_link){
                node_of_key(above - 1), position % 2 == 0 ? LINK_CHILD : LINK_OTHER_CHILD,
                above - 1, position, WAY_NONE};
        }
    }
    for (unsigned i = 0; i < 2 * piece_count; i++) {
        links[link_count++] =
            (struct seen_link){pieces[i / 2].block, i % 2 == 0 ? LINK_NEXT : LINK_PREVIOUS,
                               pieces[i / 2].key, 0, WAY_NONE};
    }
}

static void see_position(unsigned position, enum way way)
{
    for (unsigned i = 0; i < link_count; i++) {
        if (links[i].position == position && position != 0 && links[i].way != WAY_FIND) {
            links[i].way = way;
        }
    }
}

static void see_ring_link(uintptr_t block, unsigned link, enum way way)
{
    for (unsigned i = 0; i < link_count; i++) {
        if (links[i].position == 0 && links[i].block == block && links[i].link == link &&
            links[i].way != WAY_FIND) {
            links[i].way = way;
        }
    }
}

static void see_way_to(unsigned position, enum way way)
{
    for (; position > 1; position /= 2) {
        see_position(position, way);
    }
}

/* The place that one set fills and the other leaves empty. */
static unsigned position_between(unsigned more_keys, unsigned fewer_keys)
{
    const struct shape more = shape_of(more_keys);
    const struct shape fewer = shape_of(fewer_keys);
    unsigned position = 1;

    while (more.key_at[position] == 0 || fewer.key_at[position] != 0) {
        position++;
    }
    return position;
}

static void see_insertion(unsigned key)
{
    const unsigned keys = keys_in_trie();
    const struct shape shape = shape_of(keys);

    if ((keys >> key & 1) != 0) {
        see_way_to(shape.position[key], WAY_DOWN);
        see_ring_link(node_of_key(key), LINK_NEXT, WAY_RING);
    } else {
        see_way_to(position_between(keys | 1u << key, keys), WAY_DOWN);
    }
}

static void see_removal(const struct piece *piece)
{
    const unsigned keys = keys_in_trie();
    const struct shape shape = shape_of(keys);
    const unsigned top = shape.position[piece->key];
    const bool is_alone = count_of_key(piece->key) == 1;

    see_ring_link(piece->block, LINK_NEXT, WAY_RING);
    see_ring_link(piece->block, LINK_PREVIOUS, WAY_RING);
    see_ring_link(block_link(piece->block, LINK_NEXT), LINK_PREVIOUS, WAY_RING);
    see_ring_link(block_link(piece->block, LINK_PREVIOUS), LINK_NEXT, WAY_RING);
    if (node_of_key(piece->key) == piece->block) {
        see_way_to(top, WAY_DOWN);
    }
    if (is_alone) {
        unsigned position = position_between(keys, keys & ~(1u << piece->key));

        for (; position >= top; position /= 2) {
            see_position(2 * position, WAY_BELOW);
            see_position(2 * position + 1, WAY_BELOW);
        }
    }
}

/* Where nothing on a way was large enough: what is larger, where the way last went left. */
static void see_turns(const struct shape *shape, unsigned position)
{
    bool is_met = false;

    for (; position > 1 && !is_met; position /= 2) {
        if (position % 2 == 0) {
            see_position(position + 1, WAY_FIND);
            is_met = shape->key_at[position + 1] != 0;
        }
    }
}

/* The piece that a request of a size of the trie is served with; null where the trie has none. */
static const struct piece *see_search(unsigned key)
{
    const struct shape shape = shape_of(keys_in_trie());
    unsigned best = key;
    unsigned position = 1;
    const struct piece *recent = NULL;

    while (best < KEY_COUNT && count_of_key(best) == 0) {
        best++;
    }
    for (unsigned bits = KEY_BITS; shape.key_at[position] != 0 && shape.key_at[position] <= key;) {
        bits--;
        position = 2 * position + (key >> bits & 1);
    }
    see_way_to(position, WAY_FIND);
    if (shape.key_at[position] == 0) {
        see_turns(&shape, position);
    }
    for (unsigned i = 0; i < piece_count; i++) {
        if (pieces[i].key == best) {
            recent = recent == NULL || count_of_key(best) > 1 ? &pieces[i] : recent;
        }
    }
    if (recent != NULL) {
        see_position(shape.position[best], WAY_FIND);
        see_ring_link(node_of_key(best), LINK_NEXT, WAY_FIND);
        see_removal(recent);
    }
    return recent;
}

/* -- what a link is bent to, and what is to come of it --------------------------------------- */

enum target { TARGET_NO_NODE, TARGET_OTHER_TRIE, TARGET_ZERO, TARGET_PIECE };

enum answer { ANSWER_ANY, ANSWER_REFUSED, ANSWER_AS_EVER };

static enum answer answer_to(const struct seen_link *link, enum target target, unsigned key,
                             unsigned wanted_key)
{
    const bool is_last_bit = link->position >= 16;

    switch (link->way) {
    case WAY_NONE:
        return ANSWER_AS_EVER;
    case WAY_FIND:
        return target == TARGET_NO_NODE ? ANSWER_REFUSED : ANSWER_ANY;
    case WAY_RING:
        if (target == TARGET_PIECE && wanted_key == link->key) {
            return key == wanted_key ? ANSWER_ANY : ANSWER_REFUSED;
        }
        return ANSWER_REFUSED;
    case WAY_DOWN:
        if (target == TARGET_ZERO) {
            return wanted_key == KEY_COUNT ? ANSWER_REFUSED : ANSWER_ANY;
        }
        return target != TARGET_PIECE || key <= link->key || (is_last_bit && key != wanted_key)
                   ? ANSWER_REFUSED
                   : ANSWER_ANY;
    default:
        if (target == TARGET_ZERO) {
            return ANSWER_ANY;
        }
        return target != TARGET_PIECE || key <= link->key || link->position >= 32 ? ANSWER_REFUSED
                                                                                  : ANSWER_ANY;
    }
}

enum call { CALL_INSERT, CALL_REMOVE, CALL_TAKE, CALL_STATS };

struct plan {
    enum call call;
    unsigned key;    /* inserted or taken */
    unsigned number; /* of the piece that is removed */
};

static enum bf_status plan_run(const struct plan *plan, uintptr_t *result)
{
    struct bf_stats stats;
    void *out = NULL;
    enum bf_status status = BF_OK;

    *result = 0;
    step_count = 0;
    switch (plan->call) {
    case CALL_INSERT:
        steps_max = bound_free(BF_CLASS_BITS, 1, 200);
        return bf_free(&heap, spare, BF_ANY_SIZE);
    case CALL_REMOVE:
        steps_max = bound_free(BF_CLASS_BITS, 1, 200);
        return bf_free(&heap, pieces[plan->number].joint, BF_ANY_SIZE);
    case CALL_TAKE:
        steps_max = bound_malloc(BF_CLASS_BITS, 1);
        status = bf_malloc(&heap, size_of_class(FIRST_CLASS + plan->key), 1, &out);
        *result = (uintptr_t)out;
        return status;
    default:
        steps_max = bound_stats(BF_CLASS_BITS, 1);
        status = bf_stats(&heap, &stats);
        *result = status == BF_OK ? stats.largest_free_bytes : 0;
        return status;
    }
}

static void plan_see(const struct plan *plan)
{
    const struct shape shape = shape_of(keys_in_trie());

    links_list(&shape);
    switch (plan->call) {
    case CALL_INSERT:
        see_insertion(plan->key);
        break;
    case CALL_REMOVE:
        see_removal(&pieces[plan->number]);
        break;
    case CALL_TAKE:
        (void)see_search(plan->key);
        break;
    default:
        for (unsigned position = 1; position < 32 && shape.key_at[position] != 0;) {
            see_position(2 * position + 1, WAY_BELOW);
            if (shape.key_at[2 * position + 1] == 0) {
                see_position(2 * position, WAY_BELOW);
            }
            position = 2 * position + (shape.key_at[2 * position + 1] != 0);
        }
        break;
    }
}

static struct snapshot sound;    /* before the call */
static struct snapshot bent;     /* the same with one link bent */
static struct snapshot expected; /* after the call on the sound heap */
static unsigned long answer_counts[3];

static void snapshot_restore(const struct snapshot *snapshot)
{
    memcpy(&heap, &snapshot->heap, sizeof heap);
    memcpy(arenas[0].begin, snapshot->bytes + (arenas[0].begin - arena_pool),
           (size_t)(arenas[0].end - arenas[0].begin));
}

/* Whether memory is as expected, but for links that are still bent. */
static bool is_as_ever(uintptr_t target, uintptr_t original)
{
    const size_t begin = (size_t)(arenas[0].begin - arena_pool);
    const size_t byte_count = (size_t)(arenas[0].end - arenas[0].begin);

    if (memcmp(&heap, &expected.heap, sizeof heap) != 0) {
        return false;
    }
    for (size_t at = begin; at + sizeof target <= begin + byte_count; at += sizeof target) {
        uintptr_t actual = 0;
        uintptr_t wanted = 0;

        memcpy(&actual, arena_pool + at, sizeof actual);
        memcpy(&wanted, expected.bytes + at, sizeof wanted);
        if (actual != wanted && (actual != target || wanted != original)) {
            return false;
        }
    }
    return true;
}

/* Free before the call: nothing else may be handed out. */
static bool was_free(uintptr_t payload)
{
    const uintptr_t block = payload - BF_HEADER_BYTES;
    bool is_free = block == exact_block || block == lower_block || block == higher_block;

    for (unsigned i = 0; i < piece_count; i++) {
        is_free |= block == pieces[i].block;
    }
    return is_free;
}

static void bend_and_call(const struct plan *plan, const struct seen_link *link, uintptr_t target,
                          enum answer answer, uintptr_t expected_result)
{
    const uintptr_t original = block_link(link->block, link->link);
    uintptr_t result = 0;

    if (target == original) {
        return;
    }
    block_set_link(link->block, link->link, target);
    snapshot_save(&bent, &heap);
    const enum bf_status status = plan_run(plan, &result);
    bool holds = status == BF_OK || status == BF_CORRUPTED ||
                 (status == BF_OUT_OF_MEMORY && plan->call == CALL_TAKE && answer == ANSWER_ANY);

    if (status != BF_OK) {
        holds = holds && snapshot_equals(&bent, &heap, plan->call != CALL_STATS);
    } else if (plan->call == CALL_TAKE) {
        holds = holds && was_free(result);
    }
    if (answer == ANSWER_REFUSED) {
        holds = holds && status == BF_CORRUPTED;
    } else if (answer == ANSWER_AS_EVER) {
        holds =
            holds && status == BF_OK && result == expected_result && is_as_ever(target, original);
    }
    answer_counts[answer]++;
    if (!CHECK(holds) && check_failure_count <= CHECK_PRINTED_MAX) {
        printf("call %d, key %u, piece %u, keys 0x%x: link %u of key %u (position %u, way %d) to "
               "0x%lx: answer %d, status %d\n",
               (int)plan->call, plan->key, plan->number, keys_in_trie(), link->link, link->key,
               link->position, (int)link->way, (unsigned long)target, (int)answer, (int)status);
    }
    snapshot_restore(&sound);
}

static void bend_everywhere(const struct plan *plan, const struct seen_link *link,
                            uintptr_t expected_result)
{
    const unsigned wanted_key = plan->call == CALL_INSERT ? plan->key : KEY_COUNT;
    const uintptr_t no_nodes[] = {
        1, 8, link->block + 8, (uintptr_t)arenas[0].end + 40, UINTPTR_MAX, live_block, exact_block};
    const uintptr_t others[] = {lower_block, higher_block};

    for (size_t i = 0; i < sizeof no_nodes / sizeof no_nodes[0]; i++) {
        bend_and_call(plan, link, no_nodes[i], answer_to(link, TARGET_NO_NODE, 0, wanted_key),
                      expected_result);
    }
    for (size_t i = 0; i < (higher_block != 0 ? 2u : 1u); i++) {
        bend_and_call(plan, link, others[i], answer_to(link, TARGET_OTHER_TRIE, 0, wanted_key),
                      expected_result);
    }
    bend_and_call(plan, link, 0, answer_to(link, TARGET_ZERO, 0, wanted_key), expected_result);
    for (unsigned i = 0; i < piece_count; i++) {
        /* A block whose child is itself says that it is on a ring. */
        const bool is_mark = pieces[i].block == link->block && link->link == LINK_CHILD;

        bend_and_call(plan, link, pieces[i].block,
                      is_mark ? ANSWER_ANY
                              : answer_to(link, TARGET_PIECE, pieces[i].key, wanted_key),
                      expected_result);
    }
}

/* The block that is handed out, or the largest capacity; 0 where the trie has no say. */
static uintptr_t plan_result(const struct plan *plan)
{
    unsigned largest = 0;

    if (plan->call == CALL_TAKE) {
        const struct piece *best = see_search(plan->key);

        return best != NULL ? best->block + BF_HEADER_BYTES : 0;
    }
    for (unsigned i = 0; i < piece_count; i++) {
        largest = pieces[i].key > largest ? pieces[i].key : largest;
    }
    return plan->call == CALL_STATS ? size_of_class(FIRST_CLASS + largest) : 0;
}

static void plan_check(const struct plan *plan)
{
    uintptr_t expected_result = 0;

    snapshot_save(&sound, &heap);
    const uintptr_t wanted_result = plan_result(plan);

    if (!CHECK_EQ(plan_run(plan, &expected_result), BF_OK)) {
        return;
    }
    CHECK(wanted_result == 0 || expected_result == wanted_result);
    step_count = 0;
    steps_max = 10000;
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    snapshot_save(&expected, &heap);
    snapshot_restore(&sound);
    plan_see(plan);
    for (unsigned i = 0; i < link_count && check_failure_count == 0; i++) {
        bend_everywhere(plan, &links[i], expected_result);
    }
}

/* -- which sets ------------------------------------------------------------------------------ */

static const struct {
    unsigned count;
    unsigned keys[14];
} sets[] = {
    {1, {5}},
    {3, {7, 7, 7}},
    {5, {0, 8, 12, 14, 15}},             /* as deep as it can be, on one side */
    {5, {4, 3, 2, 1, 0}},                /* and on the other */
    {8, {9, 1, 14, 9, 4, 6, 9, 12}},     /* a ring within */
    {9, {0, 0, 15, 15, 8, 3, 3, 3, 11}}, /* a ring at the root and at the leaves */
    {7, {8, 10, 12, 14, 9, 11, 13}},     /* nothing on one side of the root's key */
    {14, {6, 3, 9, 1, 12, 0, 15, 4, 7, 10, 13, 2, 5, 14}},
};
#define SET_COUNT (sizeof sets / sizeof sets[0])

#define RANDOM_SETS 12u

/* Sets from the table, then drawn ones. */
static unsigned set_pick(unsigned number, unsigned *keys)
{
    if (number < SET_COUNT) {
        memcpy(keys, sets[number].keys, sizeof sets[number].keys);
        return sets[number].count;
    }
    random_state = 0x9e3779b9u * (number + 1);
    const unsigned count = 3 + random_below(8);

    for (unsigned i = 0; i < count; i++) {
        keys[i] = random_below(KEY_COUNT);
    }
    return count;
}

static void play_sets(enum call call, unsigned plans)
{
    unsigned keys[PIECES_MAX];

    memset(answer_counts, 0, sizeof answer_counts);
    for (unsigned set = 0; set < SET_COUNT + RANDOM_SETS && check_failure_count == 0; set++) {
        const unsigned count = set_pick(set, keys);

        for (unsigned i = 0; i < plans; i++) {
            /* Every other key is one that is there. */
            const unsigned number = (5 * i + set) % count;
            const unsigned key = i % 2 == 0 ? keys[number] : (7 * i + 3 * set) % KEY_COUNT;
            const struct plan plan = {call, key, number};

            heap_build(keys, count, key, call != CALL_STATS);
            plan_check(&plan);
        }
    }
    CHECK(answer_counts[ANSWER_REFUSED] > 1000);
    CHECK(answer_counts[ANSWER_AS_EVER] > 1000);
    printf("refused %lu, as ever %lu, either %lu\n", answer_counts[ANSWER_REFUSED],
           answer_counts[ANSWER_AS_EVER], answer_counts[ANSWER_ANY]);
}

TEST(bent_link, where_a_block_is_inserted)
{
    play_sets(CALL_INSERT, 4);
}

TEST(bent_link, where_a_block_is_removed)
{
    play_sets(CALL_REMOVE, 4);
}

TEST(bent_link, where_the_best_fit_is_taken)
{
    play_sets(CALL_TAKE, 4);
}

TEST(bent_link, where_the_largest_is_asked_for)
{
    play_sets(CALL_STATS, 1);
}

TEST(sound_trie, serves_every_size_with_the_best_fit)
{
    unsigned keys[PIECES_MAX];

    for (unsigned set = 0; set < SET_COUNT + RANDOM_SETS; set++) {
        const unsigned count = set_pick(set, keys);

        heap_build(keys, count, 0, true);
        snapshot_save(&sound, &heap);
        for (unsigned key = 0; key < KEY_COUNT; key++) {
            const struct plan plan = {CALL_TAKE, key, 0};
            const uintptr_t wanted = plan_result(&plan);
            uintptr_t result = 0;

            CHECK_EQ(plan_run(&plan, &result), BF_OK);
            CHECK_EQ(result, wanted != 0 ? wanted : higher_block + BF_HEADER_BYTES);
            snapshot_restore(&sound);
        }
    }
}

/* -- more than one --------------------------------------------------------------------------- */

static void bend(unsigned from_key, unsigned link, uintptr_t target)
{
    block_set_link(node_of_key(from_key), link, target);
}

static void check_removal_is_refused(unsigned number)
{
    const struct plan plan = {CALL_REMOVE, 0, number};
    uintptr_t result = 0;

    snapshot_save(&bent, &heap);
    CHECK_EQ(plan_run(&plan, &result), BF_CORRUPTED);
    CHECK(snapshot_equals(&bent, &heap, 1));
}

TEST(bent_links, that_reach_a_block_from_a_larger_one)
{
    const unsigned keys[] = {0, 1, 2, 8, 12};

    heap_build(keys, 5, 5, true);
    bend(1, LINK_CHILD, node_of_key(12));
    bend(12, LINK_OTHER_CHILD, node_of_key(2));
    check_removal_is_refused(2);
}

TEST(bent_links, that_reach_a_block_from_one_of_its_size)
{
    const unsigned keys[] = {0, 1, 2, 2, 8};

    heap_build(keys, 5, 5, true);
    bend(1, LINK_CHILD, pieces[3].block);
    block_set_link(pieces[3].block, LINK_OTHER_CHILD, pieces[2].block);
    check_removal_is_refused(2);
}

/* A way ends where the bits are used up. */
TEST(bent_links, that_make_a_way_longer_than_there_are_bits)
{
    const unsigned keys[] = {0, 1, 2, 3, 4, 15};

    heap_build(keys, 6, 5, true);
    for (unsigned key = 0; key < 4; key++) {
        bend(key, LINK_CHILD, 0);
        bend(key, LINK_OTHER_CHILD, node_of_key(key + 1));
    }
    bend(4, LINK_CHILD, node_of_key(15));
    bend(4, LINK_OTHER_CHILD, node_of_key(15));
    check_removal_is_refused(5);
}

/* Nor does a block go up from further below. */
TEST(bent_links, that_make_a_branch_longer_than_there_are_bits)
{
    const unsigned keys[] = {0, 8, 12, 13, 14, 15};

    heap_build(keys, 6, 5, true);
    for (unsigned number = 0; number < 5; number++) {
        bend(keys[number], LINK_CHILD, node_of_key(keys[number + 1]));
        bend(keys[number], LINK_OTHER_CHILD, 0);
    }
    check_removal_is_refused(0);
}

/* Nor one that is smaller than what it would be below. */
TEST(bent_links, that_bring_up_a_smaller_block)
{
    const unsigned keys[] = {0, 3, 8};

    heap_build(keys, 3, 5, true);
    bend(0, LINK_CHILD, 0);
    bend(8, LINK_OTHER_CHILD, node_of_key(3));
    check_removal_is_refused(0);
}

/* A block on a ring is taken from there and from nowhere else, whoever else leads to it. */
TEST(bent_links, that_lead_to_a_block_on_a_ring_are_left_alone)
{
    const unsigned keys[] = {0, 1, 2, 2, 2, 3};
    const struct plan plan = {CALL_REMOVE, 0, 4};
    uintptr_t result = 0;

    heap_build(keys, 6, 5, true);
    const uintptr_t node = block_link(node_of_key(1), LINK_CHILD);

    CHECK_EQ(node, pieces[2].block);
    bend(1, LINK_CHILD, pieces[4].block);
    CHECK_EQ(plan_run(&plan, &result), BF_OK);
    CHECK_EQ(block_link(node_of_key(1), LINK_CHILD), pieces[4].block);
    bend(1, LINK_CHILD, node);
    step_count = 0;
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* A header that is forged where a link of another node lies, so that it is gone when that link is
 * written: what leads there, is as good as empty. */
TEST(forged_node, that_the_insertion_itself_overwrites)
{
    const unsigned keys[] = {1, 2, 15};

    if (sizeof(uintptr_t) != 8) {
        return; /* two links fill the place of a header: no way leads past it */
    }
    heap_build(keys, 3, 0, true);
    const uintptr_t forged = node_of_key(1) + 32; /* its other child */
    const uint64_t header = (FIRST_CLASS + 5 + 2) * 16;

    bend(1, LINK_CHILD, node_of_key(2));
    bend(2, LINK_CHILD, forged);
    header_write(forged, header_seal(&heap, &heap.ranges[0], forged, header));
    block_set_link(forged, LINK_NEXT, node_of_key(2));
    block_set_link(forged, LINK_CHILD, 0);
    step_count = 0;
    CHECK_EQ(bf_free(&heap, spare, BF_ANY_SIZE), BF_OK);
    CHECK_EQ(block_link(node_of_key(1), LINK_CHILD), node_of_key(2));
    CHECK_EQ(block_link(node_of_key(2), LINK_NEXT), node_of_key(2));
    CHECK_EQ(block_link(node_of_key(2), LINK_CHILD), 0);
}

TESTS_BEGIN
ENTRY(sound_trie, serves_every_size_with_the_best_fit)
ENTRY(bent_link, where_a_block_is_inserted)
ENTRY(bent_link, where_a_block_is_removed)
ENTRY(bent_link, where_the_best_fit_is_taken)
ENTRY(bent_link, where_the_largest_is_asked_for)
ENTRY(bent_links, that_reach_a_block_from_a_larger_one)
ENTRY(bent_links, that_reach_a_block_from_one_of_its_size)
ENTRY(bent_links, that_make_a_way_longer_than_there_are_bits)
ENTRY(bent_links, that_make_a_branch_longer_than_there_are_bits)
ENTRY(bent_links, that_bring_up_a_smaller_block)
ENTRY(bent_links, that_lead_to_a_block_on_a_ring_are_left_alone)
ENTRY(forged_node, that_the_insertion_itself_overwrites)
TESTS_END
