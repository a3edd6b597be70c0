/* SPDX-License-Identifier: MIT
 *
 * The event file as the recorded process writes it. Called with the recorder's lock held.
 */
#ifndef HB_EVENT_LOG_H
#define HB_EVENT_LOG_H

#include "event.h"

#include <stdbool.h>

/* The program that loads the library sees none of these. */
#pragma GCC visibility push(hidden)

/* Opens the event file and takes it for this process. False where there is none, where another
 * process has it, or where this program is not the one to follow. */
bool hb_event_log_open(const char *path);

/* Appends the event. False where the log has ended; the header says why. */
bool hb_event_log_append(const struct hb_event *event);

/* Counts a thread that writes its first event. */
void hb_event_log_count_thread(void);

#pragma GCC visibility pop

#endif
