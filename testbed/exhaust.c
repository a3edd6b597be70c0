/* SPDX-License-Identifier: MIT
 *
 * Breadth first: the states that are one operation further on, level by level. A state is reached
 * by playing its shortest sequence from the empty heap, so every step of the search is an ordinary
 * run with the model beside it, and what it finds is an ordinary stream, of the shortest length.
 *
 * A level is shared out among processes. Each takes states a few at a time, plays what can be
 * played there, and writes down the states that it came to; the parent enters them.
 */
#include "exhaust_state.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATES_AT_ONCE = 16 };

/* Every heap has the same key, or equal heaps would have different checksums. */
#define DRAW_SEED UINT64_C(0x6865617062656421)

struct job {
    pid_t process;
    int found; /* file of struct hb_exhaust_node: the states that it came to */
    struct hb_exhaust_level counts;
    bool has_finding;
    struct hb_verdict verdict;
    size_t op_count; /* of the stream that is running */
    size_t last_op;  /* that made a call */
    uint8_t records[HB_EXHAUST_OPS_MAX * HB_RECORD_BYTES];
};

struct shared {
    atomic_uint_least64_t next; /* the state that is taken next */
    atomic_uint_least64_t transitions;
    atomic_bool is_over;
    struct job jobs[];
};

struct search {
    const struct hb_exhaust_scope *scope;
    struct hb_exhaust_nodes nodes;
    struct shared *shared;
    hb_exhaust_go_on go_on;
    void *context;
    struct hb_exhaust_result *result;
};

/* -- a run ------------------------------------------------------------------------------------ */

static void remember_op(void *context, const struct hb_call *call)
{
    struct job *job = context;
    job->last_op = call->op_index;
}

static void run_ops(const struct search *search, struct job *job, size_t thorough_from,
                    struct hb_exhaust_heap *heap, struct hb_run_result *result)
{
    const struct hb_ops ops = {.header = {.version = HB_OPS_VERSION,
                                          .arena_log2 = HB_ARENA_LOG2_MIN,
                                          .slot_log2 = HB_EXHAUST_SLOT_LOG2},
                               .records = job->records,
                               .count = job->op_count};
    const struct hb_run_options options = {.thorough = true,
                                           .catch_signals = true,
                                           .draw_seed = DRAW_SEED,
                                           .thorough_from = thorough_from,
                                           .is_tidy = true,
                                           .observe = remember_op,
                                           .observe_context = job,
                                           .reached = hb_exhaust_look_at,
                                           .reached_context = heap};
    heap->is_reached = false;
    if (!hb_run(&ops, search->scope->target, &options, result)) {
        _exit(2);
    }
    if (result->verdict.oracle != HB_ORACLE_NONE) {
        job->has_finding = true;
        job->verdict = result->verdict;
        atomic_store(&search->shared->is_over, true);
    }
}

static void set_op(struct job *job, size_t index, const struct hb_op *op)
{
    hb_ops_encode(op, job->records + index * HB_RECORD_BYTES);
}

/* The sequence that leads to a state; its length. Node 0 is the empty heap. */
static size_t recall(const struct search *search, uint32_t node, struct job *job)
{
    size_t depth = 0;
    for (uint32_t at = node; at != 0; at = search->nodes.items[at].parent) {
        depth++;
    }
    size_t index = depth;
    for (uint32_t at = node; at != 0; at = search->nodes.items[at].parent) {
        memcpy(job->records + --index * HB_RECORD_BYTES, search->nodes.items[at].record,
               HB_RECORD_BYTES);
    }
    return depth;
}

/* -- what a process does ---------------------------------------------------------------------- */

static void write_found(const struct hb_exhaust_node *node, FILE *file)
{
    if (fwrite(node, sizeof *node, 1, file) != 1) {
        perror("heapbed: the states found");
        _exit(2);
    }
}

/* A call that failed has changed nothing but what the target says (oracle unchanged), so what can
 * follow it is what can follow its state. */
static bool leads_on(const struct search *search, const struct hb_exhaust_heap *heap)
{
    const bool is_unchanged = (search->scope->target->contract & HB_FAILS_UNCHANGED) != 0;
    return heap->is_reached && !(heap->is_refused && is_unchanged);
}

static void play_moves(const struct search *search, struct job *job, uint32_t node, size_t depth,
                       const struct hb_exhaust_heap *heap, FILE *found)
{
    struct hb_op moves[HB_EXHAUST_MOVES_MAX];
    const size_t count = hb_exhaust_moves(search->scope, heap, moves);
    for (size_t i = 0; i < count && !job->has_finding; i++) {
        struct hb_exhaust_heap next;
        struct hb_run_result result;
        set_op(job, depth, &moves[i]);
        job->op_count = depth + 1;
        run_ops(search, job, depth, &next, &result);
        job->counts.transitions++;
        struct hb_exhaust_node reached = {.key = next.key, .parent = node};
        memcpy(reached.record, job->records + depth * HB_RECORD_BYTES, HB_RECORD_BYTES);
        if (leads_on(search, &next) && !hb_exhaust_knows(&search->nodes, &next.key)) {
            write_found(&reached, found);
        } else {
            job->counts.merged++;
        }
    }
    atomic_fetch_add(&search->shared->transitions, count);
}

/* All in one run. One that the odds let through ends it; the rest is played without that one. */
static void play_wrong_calls(const struct search *search, struct job *job, size_t depth,
                             const struct hb_exhaust_heap *heap)
{
    struct hb_op calls[HB_EXHAUST_MOVES_MAX];
    const size_t count = hb_exhaust_wrong_calls(search->scope, heap, calls);
    size_t done = 0;
    while (done < count && !job->has_finding) {
        struct hb_exhaust_heap behind;
        struct hb_run_result result;
        for (size_t i = done; i < count; i++) {
            set_op(job, depth + i - done, &calls[i]);
        }
        job->op_count = depth + count - done;
        run_ops(search, job, depth, &behind, &result);
        job->counts.wrong_calls += result.counts.operations;
        job->counts.inconclusive += result.is_inconclusive;
        /* the drain's calls come behind the last operation */
        done = result.is_inconclusive ? done + (job->last_op - depth) + 1 : count;
    }
}

static void expand(const struct search *search, struct job *job, uint32_t node, FILE *found)
{
    struct hb_exhaust_heap heap;
    struct hb_run_result result;
    const size_t depth = recall(search, node, job);
    job->op_count = depth;
    run_ops(search, job, depth, &heap, &result);
    if (job->has_finding) {
        return;
    }
    const struct hb_exhaust_key *known = &search->nodes.items[node].key;
    if (memcmp(known, &heap.key, sizeof *known) != 0) { /* as it was reached the first time */
        job->has_finding = true;
        job->verdict = (struct hb_verdict){.oracle = HB_ORACLE_REPLAY,
                                           .op_index = depth,
                                           .op = {.kind = HB_OP_CHECK},
                                           .expected = "the same heap as the first time",
                                           .actual = "another heap"};
        return;
    }
    play_moves(search, job, node, depth, &heap, found);
    if (!job->has_finding) {
        play_wrong_calls(search, job, depth, &heap);
    }
}

static _Noreturn void work(const struct search *search, struct job *job, uint64_t end)
{
    struct shared *shared = search->shared;
    FILE *found = fdopen(job->found, "wb");
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the parent's to tell */
    while (found != NULL && !atomic_load(&shared->is_over)) {
        const uint64_t begin = atomic_fetch_add(&shared->next, STATES_AT_ONCE);
        for (uint64_t i = begin; i < begin + STATES_AT_ONCE && i < end && !job->has_finding; i++) {
            expand(search, job, (uint32_t)i, found);
        }
        if (begin >= end) {
            break;
        }
    }
    _exit(found != NULL && fclose(found) == 0 ? 0 : 2);
}

/* -- the parent ------------------------------------------------------------------------------- */

static bool start_job(struct search *search, struct job *job, uint64_t end)
{
    memset(job, 0, offsetof(struct job, records));
    job->found = memfd_create("heapbed-exhaust", 0);
    (void)fflush(NULL);
    const pid_t process = job->found >= 0 ? fork() : -1;
    if (process == 0) {
        work(search, job, end);
    }
    job->process = process; /* the job is shared: the child has no word in it */
    if (job->process < 0) {
        perror("heapbed: a process of the search");
    }
    return job->process > 0;
}

/* What a process died of, that no oracle could tell. */
static void judge_death(struct job *job, int wait_status)
{
    job->has_finding = true;
    job->verdict = (struct hb_verdict){
        .oracle = HB_ORACLE_CRASH, .op_index = job->op_count, .expected = "the calls return"};
    (void)snprintf(job->verdict.actual, sizeof job->verdict.actual, "the process ended: %s %d",
                   WIFSIGNALED(wait_status) ? "signal" : "status",
                   WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
}

/* Whether it still runs. */
static bool look_after(struct search *search, struct job *job, bool *has_failed)
{
    int status = 0;
    if (job->process <= 0) {
        return false;
    }
    if (waitpid(job->process, &status, WNOHANG) == 0) {
        return true;
    }
    job->process = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        *has_failed = true;
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        judge_death(job, status);
        atomic_store(&search->shared->is_over, true);
    }
    return false;
}

static bool wait_for_jobs(struct search *search)
{
    const struct timespec tick = {.tv_nsec = 2000000};
    struct shared *shared = search->shared;
    bool has_failed = false;
    bool is_running = true;
    while (is_running) {
        is_running = false;
        for (unsigned i = 0; i < search->scope->jobs; i++) {
            is_running |= look_after(search, &shared->jobs[i], &has_failed);
        }
        if (!search->go_on(search->context, search->result, atomic_load(&shared->transitions))) {
            atomic_store(&shared->is_over, true);
        }
        (void)nanosleep(&tick, NULL);
    }
    return !has_failed;
}

static bool enter_found(struct search *search, struct job *job)
{
    struct hb_exhaust_node node;
    FILE *found =
        job->found >= 0 && lseek(job->found, 0, SEEK_SET) == 0 ? fdopen(job->found, "rb") : NULL;
    bool ok = found != NULL;
    while (ok && fread(&node, sizeof node, 1, found) == 1) {
        bool is_new = false;
        ok = search->nodes.count < search->scope->states_max &&
             hb_exhaust_enter(&search->nodes, &node, &is_new);
        job->counts.merged += !is_new;
    }
    if (found != NULL) {
        (void)fclose(found);
    }
    return ok;
}

static void add_counts(struct hb_exhaust_level *sum, const struct hb_exhaust_level *counts)
{
    sum->transitions += counts->transitions;
    sum->merged += counts->merged;
    sum->wrong_calls += counts->wrong_calls;
    sum->inconclusive += counts->inconclusive;
}

static void keep_finding(struct search *search, const struct job *job)
{
    struct hb_exhaust_result *result = search->result;
    const struct hb_ops_header header = {.version = HB_OPS_VERSION,
                                         .arena_log2 = HB_ARENA_LOG2_MIN,
                                         .slot_log2 = HB_EXHAUST_SLOT_LOG2};
    const size_t last =
        job->verdict.op_index < job->op_count ? job->verdict.op_index + 1 : job->op_count;
    result->has_finding = true;
    result->verdict = job->verdict;
    result->finding.count = (last + 1) * HB_RECORD_BYTES;
    result->finding.data = malloc(result->finding.count);
    if (result->finding.data != NULL) {
        hb_ops_encode_header(&header, result->finding.data);
        memcpy(result->finding.data + HB_RECORD_BYTES, job->records, last * HB_RECORD_BYTES);
    }
}

/* What the jobs have come to, finding or not. */
static bool gather(struct search *search, struct hb_exhaust_level *level)
{
    bool ok = true;
    for (unsigned i = 0; i < search->scope->jobs; i++) {
        struct job *job = &search->shared->jobs[i];
        ok = enter_found(search, job) && ok;
        add_counts(level, &job->counts);
        if (job->has_finding && !search->result->has_finding) {
            keep_finding(search, job);
        }
    }
    search->result->transitions += level->transitions;
    search->result->wrong_calls += level->wrong_calls;
    search->result->inconclusive += level->inconclusive;
    return ok;
}

/* Plays every operation in every state of a level: nodes begin to end. False: the search is over.
 */
static bool play_level(struct search *search, struct hb_exhaust_level *level, uint64_t begin,
                       uint64_t end, bool *has_failed)
{
    struct shared *shared = search->shared;
    atomic_store(&shared->next, begin);
    bool ok = true;
    for (unsigned i = 0; i < search->scope->jobs; i++) {
        ok = ok && start_job(search, &shared->jobs[i], end);
    }
    if (!ok) {
        atomic_store(&shared->is_over, true);
    }
    ok = wait_for_jobs(search) && ok;
    const bool is_whole = gather(search, level);
    *has_failed |= !ok;
    return ok && is_whole && !search->result->has_finding && !atomic_load(&shared->is_over);
}

static bool search_levels(struct search *search)
{
    struct hb_exhaust_result *result = search->result;
    bool has_failed = false;
    uint64_t begin = 0;
    result->levels[0].states = 1;
    for (unsigned depth = 0; depth < search->scope->depth; depth++) {
        const uint64_t end = search->nodes.count;
        const bool is_played = play_level(search, &result->levels[depth], begin, end, &has_failed);
        result->states = search->nodes.count;
        if (!is_played) {
            return !has_failed;
        }
        result->depth = depth + 1;
        result->levels[depth + 1].states = search->nodes.count - end;
        if (search->nodes.count == end) {
            result->is_closed = true;
            break;
        }
        begin = end;
    }
    result->is_complete = true;
    return true;
}

/* The empty heap; and what the bed keeps for all runs is there before the processes are made, so
 * that addresses are the same in all of them. */
static bool enter_empty_heap(struct search *search)
{
    struct hb_exhaust_heap heap;
    struct hb_run_result run;
    bool is_new = false;
    struct job *job = &search->shared->jobs[0];
    job->op_count = 0;
    run_ops(search, job, 0, &heap, &run);
    if (job->has_finding) {
        keep_finding(search, job);
        return false;
    }
    const struct hb_exhaust_node root = {.key = heap.key};
    return hb_exhaust_enter(&search->nodes, &root, &is_new);
}

bool hb_exhaust(const struct hb_exhaust_scope *scope, hb_exhaust_go_on go_on, void *context,
                struct hb_exhaust_result *result)
{
    struct search search = {.scope = scope, .go_on = go_on, .context = context, .result = result};
    const size_t bytes = sizeof(struct shared) + scope->jobs * sizeof(struct job);
    *result = (struct hb_exhaust_result){0};
    search.shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (search.shared == MAP_FAILED) {
        perror("heapbed: mmap");
        return false;
    }
    const bool ok = enter_empty_heap(&search) ? search_levels(&search) : result->has_finding;
    hb_exhaust_nodes_free(&search.nodes);
    (void)munmap(search.shared, bytes);
    return ok;
}
