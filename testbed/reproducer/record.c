/* SPDX-License-Identifier: MIT
 *
 * Plays a stream in a child process and reads its calls from a pipe. In a child, since a finding
 * may take its process down; what had been called until then is known all the same.
 */
#include "calls.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A call that counts no work and has no end would be waited for without end. */
enum { RECORD_SECONDS_MAX = 5 };

struct message {
    bool is_verdict;
    union {
        struct hb_call call;
        struct hb_verdict verdict;
    } body;
};

static void send_message(int descriptor, const struct message *message)
{
    const char *bytes = (const char *)message;
    size_t sent = 0;
    while (sent < sizeof(*message)) {
        const ssize_t count = write(descriptor, bytes + sent, sizeof(*message) - sent);
        if (count <= 0) {
            _exit(2);
        }
        sent += (size_t)count;
    }
}

static bool receive_message(int descriptor, struct message *message)
{
    char *bytes = (char *)message;
    size_t received = 0;
    while (received < sizeof(*message)) {
        const ssize_t count = read(descriptor, bytes + received, sizeof(*message) - received);
        if (count <= 0) {
            return false;
        }
        received += (size_t)count;
    }
    return true;
}

static void observe_call(void *context, const struct hb_call *call)
{
    const int *descriptor = context;
    struct message message;
    memset(&message, 0, sizeof(message));
    message.body.call = *call;
    send_message(*descriptor, &message);
}

static int child_main(const struct hb_ops *ops, const struct hb_target *target, bool thorough,
                      struct hb_call *last_call, int descriptor)
{
    (void)alarm(RECORD_SECONDS_MAX);
    const struct hb_run_options options = {
        .thorough = thorough,
        .catch_signals = true,
        .last_call = last_call,
        .observe = observe_call,
        .observe_context = &descriptor,
    };
    struct hb_run_result result;
    memset(&result, 0, sizeof(result));
    if (!hb_run(ops, target, &options, &result)) {
        return 2;
    }
    struct message message;
    memset(&message, 0, sizeof(message));
    message.is_verdict = true;
    message.body.verdict = result.verdict;
    send_message(descriptor, &message);
    return 0;
}

/* A call that took the process down was begun and never told of: the finding itself. */
static void add_fatal_call(struct hb_call_list *calls, const struct hb_call *last_call)
{
    const struct hb_call *told = calls->count > 0 ? &calls->items[calls->count - 1] : NULL;
    const bool is_told = told != NULL && told->op_index == last_call->op_index &&
                         told->kind == last_call->kind && told->size == last_call->size &&
                         told->pointer.offset == last_call->pointer.offset;
    if (!is_told) {
        hb_call_list_add(calls, last_call);
    }
}

bool hb_record_calls(const struct hb_ops *ops, const struct hb_target *target, bool thorough,
                     struct hb_call_list *calls, struct hb_verdict *verdict)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("cannot play the stream: pipe");
        return false;
    }
    struct hb_call *last_call =
        mmap(NULL, sizeof(*last_call), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (last_call == MAP_FAILED) {
        perror("cannot play the stream: mmap");
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(child_main(ops, target, thorough, last_call, ends[1]));
    }
    close(ends[1]);
    if (child < 0) {
        perror("cannot play the stream: fork");
        (void)munmap(last_call, sizeof(*last_call));
        close(ends[0]);
        return false;
    }
    *verdict = (struct hb_verdict){0};
    bool has_verdict = false;
    struct message message;
    while (receive_message(ends[0], &message)) {
        if (message.is_verdict) {
            *verdict = message.body.verdict;
            has_verdict = true;
        } else {
            hb_call_list_add(calls, &message.body.call);
        }
    }
    close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    if (child > 0 && !has_verdict && !(WIFEXITED(status) && WEXITSTATUS(status) == 2)) {
        add_fatal_call(calls, last_call);
    }
    (void)munmap(last_call, sizeof(*last_call));
    return !WIFEXITED(status) || WEXITSTATUS(status) != 2;
}
