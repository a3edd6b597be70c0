/* SPDX-License-Identifier: MIT
 *
 * Ways out of a call that does not return: the target panics, works without end, or raises a
 * signal. Each unwinds to the run and becomes a verdict; the target's heap is not used again.
 */
#include "run_state.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { BY_PANIC = 1, BY_HANG, BY_SIGNAL };

/* A panic has no argument to say whose it is, and a signal has none either. */
static struct hb_run *running;

static _Noreturn void on_panic(const char *reason)
{
    (void)snprintf(running->escape_reason, sizeof running->escape_reason, "%s", reason);
    siglongjmp(running->escape, BY_PANIC);
}

static _Noreturn void on_hang(void)
{
    siglongjmp(running->escape, BY_HANG);
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    case SIGTRAP:
        return "SIGTRAP";
    default:
        return "a signal";
    }
}

static void on_signal(int number, siginfo_t *information, void *context)
{
    (void)context;
    if (running == NULL || !running->is_in_call) {
        (void)signal(number, SIG_DFL); /* ours, not the target's: die of it */
        (void)raise(number);
        return;
    }
    char address[HB_ADDRESS_TEXT_BYTES];
    const struct hb_address where = hb_address_of(running, (uintptr_t)information->si_addr);
    const bool has_address = number == SIGSEGV || number == SIGBUS;
    hb_address_print(&where, address);
    (void)snprintf(running->escape_reason, sizeof running->escape_reason, "%s%s%s",
                   signal_name(number), has_address ? " at " : "", has_address ? address : "");
    siglongjmp(running->escape, BY_SIGNAL);
}

static const int caught[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};

/* On a stack of their own, since the target may have used up the other. The signal stays unblocked
 * (SA_NODEFER), so that leaving the handler sideways needs no system call. */
static void catch_signals(void)
{
    static uint8_t stack[65536];
    static bool is_done;
    if (is_done) {
        return;
    }
    is_done = true;
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    (void)sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
        (void)sigaction(caught[i], &action, NULL);
    }
}

void hb_escape_prepare(struct hb_run *run)
{
    running = run;
    run->host = (struct hb_host){.work_limit = UINT64_MAX, .panic = on_panic, .hang = on_hang};
    if (run->options->catch_signals) {
        catch_signals();
    }
}

static bool object(struct hb_run *run, int how)
{
    const char *const expected = "the call returns";
    switch (how) {
    case BY_PANIC:
        return hb_object(run, HB_ORACLE_PANIC, expected, "panic: %s", run->escape_reason);
    case BY_HANG:
        return hb_object(run, HB_ORACLE_HANG, expected, "no end after %llu steps",
                         (unsigned long long)run->host.work);
    default:
        return hb_object(run, HB_ORACLE_CRASH, expected, "%s", run->escape_reason);
    }
}

bool hb_escape_verdict(struct hb_run *run, int how)
{
    run->is_in_call = false;
    run->call.work = run->host.work;
    if (run->call.actual_status == HB_STATUS_COUNT) {
        run->result->counts.operations++;
        if (run->options->observe != NULL) {
            run->options->observe(run->options->observe_context, &run->call);
        }
    }
    /* with the oracle off there is nothing to go on with all the same */
    run->result->is_inconclusive = object(run, how);
    return false;
}
