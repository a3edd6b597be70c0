/* SPDX-License-Identifier: MIT
 *
 * Events of heap shape for people and programs: bed replay --events.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *cli_shared_new(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        (void)fprintf(stderr, "bed: no memory to share with a child\n");
        return NULL;
    }
    return memory;
}

void cli_events_print(const struct hb_events *events, FILE *out)
{
    const char *told = NULL;
    for (unsigned i = 0; i < HB_HEAP_EVENT_COUNT; i++) {
        if (events->counts[i] == 0) {
            continue;
        }
        unsigned number;
        const char *family = hb_event_family(i, &number);
        if (family != told) {
            (void)fprintf(out, "%s  %s:", told == NULL ? "" : "\n", family);
            told = family;
        }
        (void)fprintf(out, " %u (%u)", number, events->counts[i]);
    }
    (void)fprintf(out, told == NULL ? "" : "\n");
}

cJSON *cli_events_json(const struct hb_events *events)
{
    cJSON *json = cJSON_CreateObject();
    for (unsigned i = 0; i < HB_HEAP_EVENT_COUNT; i++) {
        if (events->counts[i] == 0) {
            continue;
        }
        unsigned number;
        char name[12];
        const char *family = hb_event_family(i, &number);
        if (!cJSON_HasObjectItem(json, family)) {
            cJSON_AddObjectToObject(json, family);
        }
        (void)snprintf(name, sizeof name, "%u", number);
        cJSON_AddNumberToObject(cJSON_GetObjectItem(json, family), name, events->counts[i]);
    }
    return json;
}
