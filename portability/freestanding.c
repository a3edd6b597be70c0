/* SPDX-License-Identifier: MIT
 *
 * A program that needs every public function of the core and is linked with nothing else: that it
 * links is the test, and what was linked is looked at by object.sh. It is never run.
 */
#include "bestfit.h"

typedef void (*function)(void);

#define NEEDED(name) (function)(name)
extern const function needed[];
const function needed[] = {NEEDED(bf_init),       NEEDED(bf_add_range),   NEEDED(bf_remove_range),
                           NEEDED(bf_malloc),     NEEDED(bf_calloc),      NEEDED(bf_realloc),
                           NEEDED(bf_free),       NEEDED(bf_usable_size), NEEDED(bf_owns),
                           NEEDED(bf_check),      NEEDED(bf_walk),        NEEDED(bf_stats),
                           NEEDED(bf_status_name)};

void _start(void);
void _start(void)
{
    const function *volatile first = needed;

    (void)*first;
    for (;;) {
    }
}
