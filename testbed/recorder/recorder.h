/* SPDX-License-Identifier: MIT
 *
 * Who records, and when: the state between the wrapped functions and the event log.
 */
#ifndef HB_RECORDER_H
#define HB_RECORDER_H

#include "event.h"

#include <stdbool.h>

/* The program that loads the library sees none of these. */
#pragma GCC visibility push(hidden)

/* Begins a recorded call: true with the lock held, so that the real call and its event are one
 * step to all other threads. False where the call is not to be recorded: then there is no lock, and
 * no hb_recorder_leave. */
bool hb_recorder_enter(void);

/* Appends the event (null: none) and ends the call. errno stays as the real call left it. */
void hb_recorder_leave(const struct hb_event *event);

#pragma GCC visibility pop

#endif
