/* SPDX-License-Identifier: MIT
 *
 * A run in a child process. The child leaves its result, and before each call what it is about to
 * do, in a page that both share; what is missing from it tells how the child ended.
 */
#include "run_state.h"
#include "uninstrumented.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
    struct hb_call last_call;
    struct hb_run_result result;
    volatile bool is_done;
    volatile bool has_run;
};

static struct shared *shared_page(void)
{
    static struct shared *page;
    if (page == NULL) {
        void *mapped =
            mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        page = mapped == MAP_FAILED ? NULL : mapped;
    }
    return page;
}

static _Noreturn void run_as_child(const struct hb_ops *ops, const struct hb_target *target,
                                   const struct hb_run_options *options, unsigned seconds_max,
                                   struct shared *shared)
{
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    if (options->is_quiet) {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0) {
            shared->is_done = true; /* nothing was run, and the parent is told so */
            _exit(0);
        }
    }
    struct hb_run_options own = *options;
    own.last_call = &shared->last_call;
    (void)alarm(seconds_max);
    shared->has_run = hb_run(ops, target, &own, &shared->result);
    shared->is_done = true;
    (void)fflush(NULL);
    _exit(0);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The verdict on a child that did not get to the end. False: it was merely slow. */
static bool judge_end(int wait_status, unsigned seconds_max, const struct hb_run_options *options,
                      const struct shared *shared, struct hb_run_result *result)
{
    struct hb_verdict *verdict = &result->verdict;
    *result = shared->result;
    *verdict = (struct hb_verdict){.op_index = shared->last_call.op_index,
                                   .op = shared->last_call.op,
                                   .call_kind = (uint8_t)shared->last_call.kind,
                                   .expected_status = shared->last_call.expected_status,
                                   .actual_status = HB_STATUS_COUNT,
                                   .expected = "the call returns"};
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM) {
        const uint64_t in_call_ns = now_ns() - shared->last_call.begun_ns;
        if (in_call_ns < seconds_max * UINT64_C(500000000)) {
            (void)fprintf(stderr,
                          "heapbed: %zu operations in, and the %u seconds that the stream was given"
                          " are over; no call hangs, it takes longer\n",
                          shared->last_call.op_index, seconds_max);
            return false;
        }
        verdict->oracle = HB_ORACLE_HANG;
        (void)snprintf(verdict->actual, sizeof verdict->actual, "no end within the time given");
    } else if (WIFSIGNALED(wait_status)) {
        verdict->oracle = HB_ORACLE_CRASH;
        (void)snprintf(verdict->actual, sizeof verdict->actual, "the process died: %s",
                       strsignal(WTERMSIG(wait_status)));
    } else {
        const int code = WEXITSTATUS(wait_status);
        verdict->oracle = HB_IS_SANITIZED && code != 0 ? HB_ORACLE_SANITIZER : HB_ORACLE_CRASH;
        (void)snprintf(verdict->actual, sizeof verdict->actual, "the process exited with status %d",
                       code);
    }
    if ((options->without & HB_ORACLE_BIT(verdict->oracle)) != 0) {
        *verdict = (struct hb_verdict){.oracle = HB_ORACLE_NONE};
        result->is_inconclusive = true;
    }
    hb_verdict_digest(verdict);
    return true;
}

bool hb_run_isolated(const struct hb_ops *ops, const struct hb_target *target,
                     const struct hb_run_options *options, unsigned seconds_max,
                     struct hb_run_result *result)
{
    struct shared *shared = shared_page();
    if (shared == NULL) {
        perror("heapbed: mmap");
        return false;
    }
    memset(shared, 0, sizeof *shared);
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child < 0) {
        perror("heapbed: fork");
        return false;
    }
    if (child == 0) {
        run_as_child(ops, target, options, seconds_max, shared);
    }
    int wait_status = 0;
    while (waitpid(child, &wait_status, 0) < 0) {
        if (errno != EINTR) {
            perror("heapbed: waitpid");
            return false;
        }
    }
    if (!shared->is_done) {
        return judge_end(wait_status, seconds_max, options, shared, result);
    }
    *result = shared->result;
    return shared->has_run;
}
