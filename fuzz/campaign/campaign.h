/* SPDX-License-Identifier: MIT
 *
 * The command line of bed campaign.
 */
#ifndef HB_CAMPAIGN_H
#define HB_CAMPAIGN_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>

struct campaign_options {
    struct options fuzz;     /* what the engines and the triage are told */
    const char *target_name; /* as the target calls itself */
    double seconds;          /* of all runs together; 0: until it is stopped */
    double turn_seconds;     /* 0: chosen */
    double distill_seconds;  /* between two minimisations of the corpus */
    double save_seconds;     /* between two moments at which all is on the disk */
    bool has_m32;
};

/* As options_parse. */
bool campaign_options_parse(int argc, char **argv, struct campaign_options *options,
                            int *exit_status);

/* Each role is to have a turn, in a short campaign too. */
void campaign_choose_turn(struct campaign_options *options, size_t role_count);

#endif
