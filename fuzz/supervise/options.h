/* SPDX-License-Identifier: MIT
 *
 * The command line of bed fuzz.
 */
#ifndef HB_OPTIONS_H
#define HB_OPTIONS_H

#include <stdbool.h>

/* The fuzz programs: see ../harness.h. */
enum harness {
    HARNESS_LOCKSTEP,
    HARNESS_DIFFERENTIAL,
    HARNESS_CORRUPT,
    HARNESS_COMPLEXITY,
    HARNESS_COUNT
};

const char *harness_name(enum harness harness);

enum engine_choice { ENGINES_BOTH, ENGINES_LIBFUZZER, ENGINES_AFL };

struct options {
    const char *target;
    const char *against; /* what the harness differential compares with */
    bool harnesses[HARNESS_COUNT];
    enum engine_choice engines;
    unsigned seconds;
    unsigned jobs;
    const char *corpus; /* null: the default */
    const char *out;    /* null: the default */
    const char *json;   /* null: none; "-": standard output */
    bool list_builds;   /* print which presets have to be built, and end */
    bool is_campaign;   /* bed campaign: what waits to be looked at outlives the process */
    bool has_m32;       /* bed campaign: an engine of it is of 32 bits */
    bool is_sanitized;  /* a target is only in builds with AddressSanitizer */
};

/* Returns true to go on. False where the program is to end with *exit_status: after --help, or
 * after an error, which has been printed. */
bool options_parse(int argc, char **argv, struct options *options, int *exit_status);

/* The target that a harness is for, as --target and --against name it or by default, in a build
 * with AddressSanitizer or another; *against is null but for differential. */
void options_targets(const struct options *options, enum harness harness, bool is_sanitized,
                     const char **target, const char **against);

#endif
