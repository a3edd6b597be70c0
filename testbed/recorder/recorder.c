/* SPDX-License-Identifier: MIT
 *
 * Recording starts at the first allocation of the process, or in the constructor if none came
 * before it. It holds for this process alone:
 *
 * - fork: the flag "live" lies in a page that the kernel clears in the child, so the child passes
 *   every call through, without taking the lock, which another thread may have held. A child of
 *   vfork runs in its parent's memory: there the flag stays, and its calls do belong to the heap.
 * - exec: the variables that brought the recorder here are taken out of the environment, so a
 *   program started by the recorded one is left alone. A process that does not record (it is not
 *   the one to follow) keeps them, for the programs that it starts.
 *
 * A call from inside a recorded call (the C library's own, or a signal handler's) is part of it and
 * is passed through.
 */
#include "recorder.h"

#include "event_log.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PRELOAD_VARIABLE "LD_PRELOAD"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_started;
static volatile bool *live; /* null: nothing is recorded in this process */
static pid_t process;       /* compared where the kernel does not clear the page; else 0 */

static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_counted __attribute__((tls_model("initial-exec")));

/* The entry of the environment, "NAME=value". getenv would do, but for the wish to edit in place:
 * setenv allocates, and takes a lock that the caller may hold. */
static char **environment_find(const char *name)
{
    size_t length = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; ++entry) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return entry;
        }
    }
    return NULL;
}

static void environment_remove(const char *name)
{
    char **entry = environment_find(name);
    if (entry == NULL) {
        return;
    }
    do {
        entry[0] = entry[1];
    } while (*entry++ != NULL);
}

/* `bed record` puts the recorder in front of what the variable had before. */
static void environment_remove_preload(void)
{
    char **entry = environment_find(PRELOAD_VARIABLE);
    char *rest = entry == NULL ? NULL : strchr(*entry, ':');
    if (rest == NULL) {
        environment_remove(PRELOAD_VARIABLE);
        return;
    }
    char *value = *entry + sizeof PRELOAD_VARIABLE;
    memmove(value, rest + 1, strlen(rest + 1) + 1);
}

static bool *flag_map(void)
{
    bool *flag =
        mmap(NULL, sizeof *flag, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (flag == MAP_FAILED) {
        return NULL;
    }
    if (madvise(flag, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK) != 0) {
        process = getpid();
    }
    return flag;
}

/* Called with the lock held, once. */
static void start(void)
{
    char **entry = environment_find(HB_EVENTS_VARIABLE);
    if (entry == NULL || !hb_event_log_open(*entry + sizeof HB_EVENTS_VARIABLE)) {
        return;
    }
    bool *flag = flag_map();
    if (flag != NULL) {
        *flag = true;
        live = flag;
    }
}

static bool is_live(void)
{
    return live != NULL && *live && (process == 0 || process == getpid());
}

bool hb_recorder_enter(void)
{
    if (is_inside || (__atomic_load_n(&is_started, __ATOMIC_ACQUIRE) && !is_live())) {
        return false;
    }
    is_inside = true;
    pthread_mutex_lock(&lock);
    if (!is_started && environ != NULL) {
        int saved_errno = errno;
        start();
        errno = saved_errno;
        __atomic_store_n(&is_started, true, __ATOMIC_RELEASE);
    }
    if (is_live()) {
        return true;
    }
    pthread_mutex_unlock(&lock);
    is_inside = false;
    return false;
}

static void append(const struct hb_event *event)
{
    if (!is_counted) {
        is_counted = true;
        hb_event_log_count_thread();
    }
    if (!hb_event_log_append(event)) {
        *live = false;
    }
}

void hb_recorder_leave(const struct hb_event *event)
{
    if (event != NULL) {
        int saved_errno = errno;
        append(event);
        errno = saved_errno;
    }
    pthread_mutex_unlock(&lock);
    is_inside = false;
}

__attribute__((constructor)) static void recorder_construct(void)
{
    if (hb_recorder_enter()) {
        hb_recorder_leave(NULL);
        environment_remove(HB_EVENTS_VARIABLE);
        environment_remove_preload();
    }
}
