/* SPDX-License-Identifier: MIT
 *
 * The names of events.
 */
#include "events.h"

const char *hb_event_family(unsigned event, unsigned *number)
{
    static const struct {
        const char *text;
        unsigned count;
    } families[] = {
#define HB_HEAP_NAME_(name, text, count) {text, count},
        HB_HEAP_FAMILIES(HB_HEAP_NAME_)
#undef HB_HEAP_NAME_
    };
    size_t family = 0;
    while (family + 1 < sizeof families / sizeof families[0] && event >= families[family].count) {
        event -= families[family++].count;
    }
    *number = event;
    return families[family].text;
}
