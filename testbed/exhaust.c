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

#include "uninstrumented.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATES_AT_ONCE = 16, HANG_SECONDS = 10 };

#define TICK_NS        2000000
#define TICKS_A_SECOND (1000000000 / TICK_NS)

/* Every heap has the same key, or equal heaps would have different checksums. */
#define DRAW_SEED UINT64_C(0x6865617062656421)

struct job {
    pid_t process;
    int found; /* file of struct hb_exhaust_node: the states that it came to */
    struct hb_exhaust_level counts;
    bool is_done;    /* it came to its end */
    bool has_failed; /* the bed did, not the target */
    bool is_killed;  /* by the parent */
    bool has_blocks; /* something was allocated */
    bool has_finding;
    struct hb_verdict verdict;
    uint64_t draw_seed; /* of the stream that is running */
    size_t op_count;
    size_t wrong_from;        /* its operations from there on are to be refused */
    struct hb_call last_call; /* that was begun */
    uint64_t seen_ns;         /* the parent's: when last_call was begun, as it saw it last */
    unsigned quiet_ticks;     /* and for how long that has been so */
    bool keeps_let_through;
    size_t
        let_through_count; /* length of the first stream that a forged header passed in; 0: none */
    uint64_t let_through_seed;
    uint8_t let_through[HB_EXHAUST_OPS_MAX * HB_RECORD_BYTES];
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

static void count_wrong(void *context, const struct hb_call *call)
{
    struct job *job = context;
    job->counts.wrong_calls += call->op_index >= job->wrong_from &&
                               call->op_index < job->op_count && hb_call_is_made(call->kind);
}

/* The bed itself cannot go on. */
static _Noreturn void give_up(struct job *job)
{
    job->has_failed = true;
    _exit(2);
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
                                           .draw_seed = job->draw_seed,
                                           .thorough_from = thorough_from,
                                           .is_tidy = true,
                                           .last_call = &job->last_call,
                                           .observe = count_wrong,
                                           .observe_context = job,
                                           .reached = hb_exhaust_look_at,
                                           .reached_context = heap};
    *heap = (struct hb_exhaust_heap){0};
    if (!hb_run(&ops, search->scope->target, &options, result)) {
        give_up(job);
    }
    job->has_blocks |= heap->live_count > 0;
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

static void write_found(struct job *job, const struct hb_exhaust_node *node, FILE *file)
{
    if (fwrite(node, sizeof *node, 1, file) != 1) {
        perror("heapbed: the states found");
        give_up(job);
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
            write_found(job, &reached, found);
        } else {
            job->counts.merged++;
        }
    }
    atomic_fetch_add(&search->shared->transitions, count);
}

/* The shortest is in the level that is played first, so the first will do. */
static void remember_let_through(struct job *job, const struct hb_run_result *result)
{
    if (result->is_inconclusive && job->keeps_let_through && job->let_through_count == 0) {
        job->let_through_count = job->last_call.op_index + 1;
        job->let_through_seed = job->draw_seed;
        memcpy(job->let_through, job->records, job->let_through_count * HB_RECORD_BYTES);
    }
}

/* All in one run. One that the odds let through ends it; the rest is played without that one. */
static uint64_t play_refused(const struct search *search, struct job *job, size_t depth,
                             const struct hb_op *calls, size_t count)
{
    uint64_t odds_checks = 0;
    size_t done = 0;
    job->wrong_from = depth;
    while (done < count && !job->has_finding) {
        struct hb_exhaust_heap behind;
        struct hb_run_result result;
        for (size_t i = done; i < count; i++) {
            set_op(job, depth + i - done, &calls[i]);
        }
        job->op_count = depth + count - done;
        run_ops(search, job, depth, &behind, &result);
        job->counts.inconclusive += result.is_inconclusive;
        odds_checks += result.counts.odds_checks;
        /* the drain's calls come behind the last operation */
        done = result.is_inconclusive ? done + (job->last_call.op_index - depth) + 1 : count;
        remember_let_through(job, &result);
    }
    job->wrong_from = SIZE_MAX;
    return odds_checks;
}

/* Each state has a key of its own for these, or the same header in the same place would be the same
 * trial in all of them, and the odds would have nothing to be judged by. */
static void play_forged(const struct search *search, struct job *job, size_t depth,
                        const struct hb_exhaust_heap *heap)
{
    struct hb_op calls[HB_EXHAUST_MOVES_MAX];
    const size_t count = hb_exhaust_forged(heap, calls);
    const uint64_t misses = job->counts.inconclusive;
    job->draw_seed = heap->key.words[0] | 1;
    job->keeps_let_through = true;
    job->counts.forged += play_refused(search, job, depth, calls, count);
    job->counts.forged_passed += job->counts.inconclusive - misses;
    job->keeps_let_through = false;
    if (!job->has_finding) {
        job->draw_seed = DRAW_SEED;
    }
}

static void play_wrong_calls(const struct search *search, struct job *job, size_t depth,
                             const struct hb_exhaust_heap *heap)
{
    struct hb_op calls[HB_EXHAUST_MOVES_MAX];
    const size_t count = hb_exhaust_wrong_calls(search->scope, heap, calls);
    (void)play_refused(search, job, depth, calls, count);
    if (!job->has_finding) {
        play_forged(search, job, depth, heap);
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
    if (found == NULL) {
        give_up(job);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the parent's to tell */
    while (!atomic_load(&shared->is_over)) {
        const uint64_t begin = atomic_fetch_add(&shared->next, STATES_AT_ONCE);
        for (uint64_t i = begin; i < begin + STATES_AT_ONCE && i < end && !job->has_finding; i++) {
            expand(search, job, (uint32_t)i, found);
        }
        if (begin >= end) {
            break;
        }
    }
    if (fclose(found) != 0) {
        give_up(job);
    }
    job->is_done = true;
    _exit(0);
}

/* The empty heap alone. */
static _Noreturn void rehearse(const struct search *search, struct job *job, uint64_t end)
{
    struct hb_exhaust_heap heap;
    struct hb_run_result run;
    (void)end;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN);
    run_ops(search, job, 0, &heap, &run);
    job->is_done = true;
    _exit(0);
}

/* -- the parent ------------------------------------------------------------------------------- */

typedef void (*job_work)(const struct search *search, struct job *job, uint64_t end);

static bool start_job(struct search *search, struct job *job, job_work work_on, uint64_t end)
{
    memset(job, 0, offsetof(struct job, let_through));
    job->draw_seed = DRAW_SEED;
    job->wrong_from = SIZE_MAX;
    job->found = memfd_create("heapbed-exhaust", 0);
    (void)fflush(NULL);
    const pid_t process = job->found >= 0 ? fork() : -1;
    if (process == 0) {
        work_on(search, job, end);
    }
    job->process = process; /* the job is shared: the child has no word in it */
    if (job->process < 0) {
        perror("heapbed: a process of the search");
    }
    return job->process > 0;
}

/* What no oracle could tell: the call that was running did not come back. */
static void judge_call(struct search *search, struct job *job, enum hb_oracle oracle,
                       const char *actual)
{
    const struct hb_call *call = &job->last_call;
    job->has_finding = true;
    job->verdict = (struct hb_verdict){.oracle = oracle,
                                       .op_index = call->op_index,
                                       .op = call->op,
                                       .call_kind = (uint8_t)call->kind,
                                       .expected_status = call->expected_status,
                                       .actual_status = HB_STATUS_COUNT,
                                       .expected = "the call returns"};
    (void)snprintf(job->verdict.actual, sizeof job->verdict.actual, "%s", actual);
    hb_verdict_digest(&job->verdict);
    atomic_store(&search->shared->is_over, true);
}

static void judge_death(struct search *search, struct job *job, int wait_status)
{
    const bool is_signal = WIFSIGNALED(wait_status);
    const int number = is_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    const bool is_report = HB_IS_SANITIZED && !is_signal && number != 0;
    char actual[HB_VALUE_TEXT_BYTES];
    (void)snprintf(actual, sizeof actual, "the process ended: %s %d",
                   is_signal ? "signal" : "status", number);
    judge_call(search, job, is_report ? HB_ORACLE_SANITIZER : HB_ORACLE_CRASH, actual);
}

static void kill_job(struct job *job)
{
    job->is_killed = true;
    (void)kill(job->process, SIGKILL);
}

/* Counted in the parent's own ticks, so that a pause of both of them is no hang. */
static void look_for_hang(struct search *search, struct job *job)
{
    const unsigned seconds =
        search->scope->hang_seconds != 0 ? search->scope->hang_seconds : HANG_SECONDS;
    job->quiet_ticks = job->seen_ns == job->last_call.begun_ns ? job->quiet_ticks + 1 : 0;
    job->seen_ns = job->last_call.begun_ns;
    if (job->quiet_ticks > seconds * TICKS_A_SECOND && !job->is_killed) {
        char actual[HB_VALUE_TEXT_BYTES];
        kill_job(job);
        (void)snprintf(actual, sizeof actual, "no end within %u seconds", seconds);
        judge_call(search, job, HB_ORACLE_HANG, actual);
    }
}

/* Whether it still runs. */
static bool look_after(struct search *search, struct job *job)
{
    int status = 0;
    if (job->process <= 0) {
        return false;
    }
    if (waitpid(job->process, &status, WNOHANG) == 0) {
        look_for_hang(search, job);
        return true;
    }
    job->process = 0;
    if (!job->is_done && !job->has_failed && !job->is_killed) {
        judge_death(search, job, status);
    }
    return false;
}

/* Whoever does not end by itself within a second may be in a call that never returns. */
static void end_jobs(struct search *search)
{
    for (unsigned i = 0; i < search->scope->jobs; i++) {
        struct job *job = &search->shared->jobs[i];
        if (job->process > 0 && !job->is_killed) {
            kill_job(job);
        }
    }
}

static bool wait_for_jobs(struct search *search)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    struct shared *shared = search->shared;
    bool has_failed = false;
    bool is_running = true;
    unsigned over_ticks = 0;
    while (is_running) {
        is_running = false;
        for (unsigned i = 0; i < search->scope->jobs; i++) {
            is_running |= look_after(search, &shared->jobs[i]);
            has_failed |= shared->jobs[i].has_failed;
        }
        if (has_failed ||
            !search->go_on(search->context, search->result, atomic_load(&shared->transitions))) {
            atomic_store(&shared->is_over, true);
        }
        over_ticks += atomic_load(&shared->is_over);
        if (over_ticks > TICKS_A_SECOND) {
            end_jobs(search);
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
    sum->forged += counts->forged;
    sum->forged_passed += counts->forged_passed;
}

static void keep_stream(struct hb_exhaust_result *result, const uint8_t *records, size_t count)
{
    const struct hb_ops_header header = {.version = HB_OPS_VERSION,
                                         .arena_log2 = HB_ARENA_LOG2_MIN,
                                         .slot_log2 = HB_EXHAUST_SLOT_LOG2};
    result->finding.count = (count + 1) * HB_RECORD_BYTES;
    result->finding.data = malloc(result->finding.count);
    if (result->finding.data != NULL) {
        hb_ops_encode_header(&header, result->finding.data);
        memcpy(result->finding.data + HB_RECORD_BYTES, records, count * HB_RECORD_BYTES);
    }
}

static void keep_finding(struct search *search, const struct job *job)
{
    struct hb_exhaust_result *result = search->result;
    const size_t last =
        job->verdict.op_index < job->op_count ? job->verdict.op_index + 1 : job->op_count;
    result->has_finding = true;
    result->verdict = job->verdict;
    result->draw_seed = job->draw_seed;
    keep_stream(result, job->records, last);
}

/* One forged header that passes is chance. */
static void judge_odds(struct search *search)
{
    struct hb_exhaust_result *result = search->result;
    const struct job *job = search->shared->jobs;
    if (result->has_finding ||
        hb_is_within_odds(result->forged, HB_POINTERS_FOR_A_MISS, result->forged_passed)) {
        return;
    }
    while (job->let_through_count == 0) {
        job++;
    }
    keep_stream(result, job->let_through, job->let_through_count);
    const struct hb_ops ops = hb_ops_view(result->finding.data, result->finding.count);
    result->has_finding = true;
    result->is_by_odds = true;
    result->draw_seed = job->let_through_seed;
    result->verdict = (struct hb_verdict){.oracle = HB_ORACLE_STATUS,
                                          .op_index = ops.count - 1,
                                          .op = hb_ops_get(&ops, ops.count - 1),
                                          .call_kind = HB_CALL_FREE,
                                          .expected_status = HB_INVALID_ADDRESS,
                                          .actual_status = HB_OK};
    (void)snprintf(result->verdict.expected, sizeof result->verdict.expected,
                   "at most 1 of %d forged headers passes", HB_POINTERS_FOR_A_MISS);
    (void)snprintf(result->verdict.actual, sizeof result->verdict.actual,
                   "%" PRIu64 " of %" PRIu64 " passed", result->forged_passed, result->forged);
    hb_verdict_digest(&result->verdict);
}

/* What the jobs have come to, finding or not. */
static bool gather(struct search *search, struct hb_exhaust_level *level)
{
    bool ok = true;
    for (unsigned i = 0; i < search->scope->jobs; i++) {
        struct job *job = &search->shared->jobs[i];
        ok = enter_found(search, job) && ok;
        add_counts(level, &job->counts);
        search->result->has_blocks |= job->has_blocks;
        if (job->has_finding && !search->result->has_finding) {
            keep_finding(search, job);
        }
    }
    search->result->transitions += level->transitions;
    search->result->wrong_calls += level->wrong_calls;
    search->result->inconclusive += level->inconclusive;
    search->result->forged += level->forged;
    search->result->forged_passed += level->forged_passed;
    judge_odds(search);
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
        ok = ok && start_job(search, &shared->jobs[i], work, end);
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

/* A call that never returns, or that ends the process, is found in a child, before this process
 * makes the same calls. False: the search is over. */
static bool rehearse_empty_heap(struct search *search, bool *has_failed)
{
    struct job *job = &search->shared->jobs[0];
    const bool is_started = start_job(search, job, rehearse, 0);
    *has_failed = !wait_for_jobs(search) || !is_started;
    if (job->found >= 0) {
        (void)close(job->found);
    }
    if (job->has_finding) {
        keep_finding(search, job);
    }
    return !*has_failed && !atomic_load(&search->shared->is_over);
}

/* The empty heap; and what the bed keeps for all runs is there before the processes are made, so
 * that addresses are the same in all of them. False: the search is over. */
static bool enter_empty_heap(struct search *search, bool *has_failed)
{
    struct hb_exhaust_heap heap;
    struct hb_run_result run;
    bool is_new = false;
    struct job *job = &search->shared->jobs[0];
    if (!rehearse_empty_heap(search, has_failed)) {
        return false;
    }
    run_ops(search, job, 0, &heap, &run);
    if (job->has_finding) {
        keep_finding(search, job);
        return false;
    }
    const struct hb_exhaust_node root = {.key = heap.key};
    *has_failed = !hb_exhaust_enter(&search->nodes, &root, &is_new);
    return !*has_failed;
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
    bool has_failed = false;
    const bool ok = enter_empty_heap(&search, &has_failed) ? search_levels(&search) : !has_failed;
    hb_exhaust_nodes_free(&search.nodes);
    (void)munmap(search.shared, bytes);
    return ok;
}
