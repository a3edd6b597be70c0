/* SPDX-License-Identifier: MIT
 *
 * A piece is the leader of a process group, so that what it runs ends with it. Whatever leaves the
 * group asks the kernel for its parent's death (fuzz/supervise/process.h does).
 */
#include "pool.h"

#include "clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct piece {
    pid_t process; /* 0: a free place */
    size_t index;
    double late_at;
    bool is_late;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

bool pool_is_interrupted(void)
{
    return is_interrupted != 0;
}

void *pool_share(size_t byte_count)
{
    void *memory =
        mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("bed: mmap");
        exit(2);
    }
    return memory;
}

static _Noreturn void become(const struct pool *pool, size_t index, pid_t parent)
{
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); /* it died before the line above */
    }
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    const bool ok = pool->work(pool->context, index);
    (void)fflush(NULL);
    _exit(ok ? 0 : 1);
}

static bool start(const struct pool *pool, struct piece *piece, size_t index)
{
    const pid_t parent = getpid();
    (void)fflush(NULL);
    const pid_t process = fork();
    if (process == 0) {
        become(pool, index, parent);
    }
    if (process < 0) {
        perror("bed: fork");
        return false;
    }
    (void)setpgid(process, process); /* here too: whoever comes first */
    *piece = (struct piece){
        .process = process, .index = index, .late_at = seconds_now() + (double)pool->seconds_max};
    return true;
}

static void kill_piece(const struct piece *piece)
{
    if (kill(-piece->process, SIGKILL) != 0) {
        (void)kill(piece->process, SIGKILL);
    }
}

/* Whether it has ended; one whose time is over is ended here. */
static bool has_ended(const struct pool *pool, struct piece *piece, enum pool_end *end)
{
    int status = 0;
    if (waitpid(piece->process, &status, WNOHANG) == piece->process) {
        const bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        *end = ok ? POOL_DONE : POOL_FAILED;
        if (piece->is_late) {
            *end = POOL_LATE;
        }
        return true;
    }
    if (pool->seconds_max != 0 && !piece->is_late && seconds_now() > piece->late_at) {
        piece->is_late = true;
        kill_piece(piece);
    }
    return false;
}

/* Fills the free places. */
static bool start_more(const struct pool *pool, struct piece *pieces, unsigned places,
                       size_t *started)
{
    for (unsigned i = 0; i < places; i++) {
        if (pieces[i].process != 0 || *started >= pool->count) {
            continue;
        }
        const size_t index = *started;
        (*started)++;
        if (!start(pool, &pieces[i], index)) {
            return false;
        }
    }
    return true;
}

/* How many ended; *ok where none of them said that it is enough. */
static size_t collect(const struct pool *pool, struct piece *pieces, unsigned places, bool *ok)
{
    size_t ended = 0;
    for (unsigned i = 0; i < places; i++) {
        enum pool_end end = POOL_FAILED;
        if (pieces[i].process == 0 || !has_ended(pool, &pieces[i], &end)) {
            continue;
        }
        pieces[i].process = 0;
        ended++;
        if (pool->done != NULL && !pool->done(pool->context, pieces[i].index, end)) {
            *ok = false;
        }
    }
    return ended;
}

static void end_all(const struct piece *pieces, unsigned places)
{
    for (unsigned i = 0; i < places; i++) {
        if (pieces[i].process != 0) {
            kill_piece(&pieces[i]);
            (void)waitpid(pieces[i].process, NULL, 0);
        }
    }
}

static unsigned places_of(const struct pool *pool)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (pool->jobs != 0) {
        return pool->jobs;
    }
    return processors > 0 ? (unsigned)processors : 1;
}

bool pool_run(const struct pool *pool)
{
    const unsigned places = places_of(pool);
    const struct timespec tick = {.tv_nsec = 5000000};
    const struct sigaction action = {.sa_handler = interrupt};
    struct piece *pieces = calloc(places, sizeof *pieces);
    size_t started = 0;
    size_t ended = 0;
    bool ok = pieces != NULL;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    while (ok && ended < pool->count) {
        ok = is_interrupted == 0 && start_more(pool, pieces, places, &started);
        ended += collect(pool, pieces, places, &ok);
        if (ok && ended < pool->count) {
            (void)nanosleep(&tick, NULL);
        }
    }
    if (pieces != NULL) {
        end_all(pieces, places);
    }
    free(pieces);
    return ok;
}
