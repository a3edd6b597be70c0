/* SPDX-License-Identifier: MIT
 *
 * The states that are known: an array, and a hash table over it. A state is known by 128 bits of
 * hash: of n states, two are taken for one with a probability of n^2 / 2^129.
 */
#include "exhaust_state.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct hb_exhaust_key *one, const struct hb_exhaust_key *other)
{
    return one->words[0] == other->words[0] && one->words[1] == other->words[1];
}

/* The place of the key in the table, or the empty one where it belongs. */
static size_t place_of(const struct hb_exhaust_nodes *nodes, const struct hb_exhaust_key *key)
{
    size_t at = (size_t)key->words[0] & (nodes->table_room - 1);
    while (nodes->table[at] != 0 && !is_same(&nodes->items[nodes->table[at] - 1].key, key)) {
        at = (at + 1) & (nodes->table_room - 1);
    }
    return at;
}

static bool grow_items(struct hb_exhaust_nodes *nodes)
{
    const size_t room = nodes->room * 2 + 1024;
    struct hb_exhaust_node *grown = realloc(nodes->items, room * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    nodes->items = grown;
    nodes->room = room;
    return true;
}

static bool grow_table(struct hb_exhaust_nodes *nodes)
{
    const size_t room = nodes->table_room == 0 ? 4096 : nodes->table_room * 2;
    uint32_t *table = calloc(room, sizeof *table);
    if (table == NULL) {
        return false;
    }
    free(nodes->table);
    nodes->table = table;
    nodes->table_room = room;
    for (size_t i = 0; i < nodes->count; i++) {
        nodes->table[place_of(nodes, &nodes->items[i].key)] = (uint32_t)i + 1;
    }
    return true;
}

bool hb_exhaust_knows(const struct hb_exhaust_nodes *nodes, const struct hb_exhaust_key *key)
{
    return nodes->table_room != 0 && nodes->table[place_of(nodes, key)] != 0;
}

bool hb_exhaust_enter(struct hb_exhaust_nodes *nodes, const struct hb_exhaust_node *node,
                      bool *is_new)
{
    *is_new = false;
    if (hb_exhaust_knows(nodes, &node->key)) {
        return true;
    }
    if ((nodes->count == nodes->room && !grow_items(nodes)) ||
        (nodes->count * 2 >= nodes->table_room && !grow_table(nodes))) {
        return false;
    }
    *is_new = true;
    nodes->table[place_of(nodes, &node->key)] = (uint32_t)nodes->count + 1;
    nodes->items[nodes->count++] = *node;
    return true;
}

void hb_exhaust_nodes_free(struct hb_exhaust_nodes *nodes)
{
    free(nodes->items);
    free(nodes->table);
    *nodes = (struct hb_exhaust_nodes){0};
}
