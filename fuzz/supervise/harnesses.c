/* SPDX-License-Identifier: MIT
 *
 * The fuzz programs, and which target each of them drives.
 */
#include "options.h"

#include <stddef.h>

const char *harness_name(enum harness harness)
{
    static const char *const names[HARNESS_COUNT] = {[HARNESS_LOCKSTEP] = "lockstep",
                                                     [HARNESS_DIFFERENTIAL] = "differential",
                                                     [HARNESS_CORRUPT] = "corrupt",
                                                     [HARNESS_COMPLEXITY] = "complexity"};
    return names[harness];
}

/* By default the core tells AddressSanitizer what is whose, where there is one: in lockstep, where
 * it is compared with the model. */
void options_targets(const struct options *options, enum harness harness, bool is_sanitized,
                     const char **target, const char **against)
{
    const bool is_annotated = is_sanitized && harness == HARNESS_LOCKSTEP;
    const char *by_default = is_annotated ? "bestfit-annotated" : "bestfit";
    *target = options->target != NULL ? options->target : by_default;
    *against = NULL;
    if (harness == HARNESS_DIFFERENTIAL) {
        *target = options->target != NULL ? options->target : "bestfit-small";
        *against = options->against != NULL ? options->against : "bestfit-large";
    }
}
