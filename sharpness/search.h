/* SPDX-License-Identifier: MIT
 *
 * One search: a libFuzzer process that begins with nothing, looks for whatever an oracle objects
 * to, and ends with that or with its budget of operations.
 */
#ifndef HB_SHARPNESS_SEARCH_H
#define HB_SHARPNESS_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct search {
    const char *root;
    const char *preset;  /* "fuzz-plain" */
    const char *harness; /* "lockstep" */
    const char *target;  /* a name, or the path of a shared object */
    const char *against; /* of the harness differential; null: none */
    const char *without; /* "place,status"; "": none */
    bool is_foreign;
    unsigned seed; /* from 1 */
    uint64_t operations;
    const char *folder; /* of its own: for what it found, its counters, its log */
};

#define SEARCH_ORACLE_BYTES 24

struct search_result {
    bool has_run; /* it came to its end, with a finding or without */
    bool has_found;
    char oracle[SEARCH_ORACLE_BYTES]; /* that spoke; "" */
    bool is_reached;
    bool is_infected;
    uint64_t operations;
    double seconds; /* of processor time, the start of the process included */
};

/* The path of what a search in that folder found. */
void search_found_path(const char *folder, char *path, unsigned path_bytes);

/* Runs it, in a child of this process; who has others should not ask for their times. */
void search_run(const struct search *search, struct search_result *result);

#endif
