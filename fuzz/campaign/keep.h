/* SPDX-License-Identifier: MIT
 *
 * Nothing that an engine knows is lost when the machine stops. An engine replaces inputs by shorter
 * ones: it removes a file and writes another, which a power cut may find before it is on the disk.
 * So OUT/kept has a second name for every input of the engines, which stays until whatever came in
 * the input's place has been on the disk for a while.
 */
#ifndef HB_KEEP_H
#define HB_KEEP_H

#include "fleet.h"
#include "layout.h"

#include <stdbool.h>
#include <stddef.h>

struct keep {
    const struct layout *layout;
    char *folder;
    double interval_seconds; /* between two steps */
    bool has_failed;         /* said so once */
};

/* Gives the corpus back what was removed shortly before an earlier run ended. */
bool keep_open(struct keep *keep, const struct layout *layout, double interval_seconds);

/* Takes in new inputs, and waits until all that is in OUT is on the disk. */
void keep_step(struct keep *keep, const struct fleet *fleet);

#endif
