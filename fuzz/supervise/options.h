/* SPDX-License-Identifier: MIT
 *
 * The command line of bed fuzz.
 */
#ifndef HB_OPTIONS_H
#define HB_OPTIONS_H

#include <stdbool.h>

enum engine_choice { ENGINES_BOTH, ENGINES_LIBFUZZER, ENGINES_AFL };

struct options {
    const char *target;
    const char *harness;
    enum engine_choice engines;
    unsigned seconds;
    unsigned jobs;
    const char *corpus; /* null: the default */
    const char *out;    /* null: the default */
    const char *json;   /* null: none */
    bool list_builds;   /* print which presets have to be built, and end */
};

/* Returns true to go on. False where the program is to end with *exit_status: after --help, or
 * after an error, which has been printed. */
bool options_parse(int argc, char **argv, struct options *options, int *exit_status);

#endif
