/* SPDX-License-Identifier: MIT
 *
 * Child processes that do not outlive the supervisor.
 */
#ifndef HB_PROCESS_H
#define HB_PROCESS_H

#include "clock.h"

#include <stdbool.h>
#include <sys/types.h>

/* Starts argv[0] (found along PATH) with the variables "NAME=VALUE" added to the environment, in a
 * process group of its own, nothing to read, its output appended to the file log. The null that
 * ends argv and variables is required. Returns its id, or -1 with a reason on stderr. What keeps it
 * from starting later on is written to the log, with exit status 127. */
pid_t process_start(const char *const *argv, const char *const *variables, const char *log);

/* Has it ended? Then *status is as waitpid's. */
bool process_ended(pid_t process, int *status);

/* Sends the signal to its whole group. */
void process_signal(pid_t process, int signal_number);

/* Processor time that it and those of its children that ended have used. */
double process_cpu_seconds(pid_t process);

void sleep_seconds(double seconds);

/* How much longer than alone a process takes on this machine just now: at least 1, at most 8. */
double load_factor(void);

#endif
