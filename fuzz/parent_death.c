/* SPDX-License-Identifier: MIT
 *
 * The kernel's parent-death signal is not inherited over fork, so each child asks for it anew.
 * AFL++ needs it: between two inputs its persistent process is stopped, and without the fork server
 * that wakes it, it would be stopped for good.
 */
#include "parent_death.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static pid_t forking; /* the process that a child is forked from */

static void in_child(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != forking) {
        _exit(127); /* it died before the line above */
    }
    forking = getpid();
}

void hb_die_with_parent(void)
{
    forking = getpid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)pthread_atfork(NULL, NULL, in_child);
}
