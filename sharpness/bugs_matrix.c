/* SPDX-License-Identifier: MIT
 *
 * Bugs against oracles: who speaks first, and who then, with that one off. Once with the exact
 * model, once as another's allocator; and where nothing speaks of that, two targets side by side,
 * the broken one and the right one. An oracle is needed where nothing else sees a bug.
 */
#include "bugs.h"

#include "build.h"
#include "pool.h"
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES    1200
#define STAGE_SECONDS 3600u

struct question {
    const struct bugs *bugs;
    size_t index;
    enum cell cell;
    const char *preset;
    const char *harness;
    const char *object; /* name of the bug's shared object */
    const char *against;
    const char *off; /* an oracle; "": none */
    bool is_foreign;
};

/* An oracle is not called needed before so many seeds have had the budget. */
#define SEEDS_ASKED 3u

/* Nothing can be said of who else sees a bug by a search that would not find it at all. */
static uint64_t budget(const struct question *question)
{
    const struct options *options = &question->bugs->options;
    const uint64_t taken = question->bugs->outcomes[question->index].operations;
    if (options->matrix_operations != 0 || options->operations != 0) {
        return options->matrix_operations != 0 ? options->matrix_operations : options->operations;
    }
    if (taken <= BUGS_MATRIX_OPERATIONS) {
        return BUGS_MATRIX_OPERATIONS;
    }
    return taken < BUGS_MATRIX_OPERATIONS_MAX ? taken : BUGS_MATRIX_OPERATIONS_MAX;
}

/* Where a search has found nothing, the input that is kept may still show it. */
static void try_input(const struct question *question, const char *without, struct row *row)
{
    const struct bug *bug = &question->bugs->list.items[question->index];
    char target[PATH_BYTES];
    bugs_object(question->bugs, bug, "replay.so", target, sizeof target);
    struct reduction reduction = {.target = target,
                                  .input = bug->text,
                                  .without = without,
                                  .is_foreign = question->is_foreign};
    if (question->against == NULL && access(bug->text, R_OK) == 0 &&
        bugs_reduce(question->bugs, bug, &reduction) == 1) {
        (void)snprintf(row->oracles[question->cell], SEARCH_ORACLE_BYTES, "%s", reduction.oracle);
        row->is_by_input[question->cell] = true;
    }
}

/* Enters the oracle that speaks in the question's cell. False: the search did not come to its end.
 */
static bool ask_seed(const struct question *question, unsigned seed, struct row *row)
{
    const struct bugs *bugs = question->bugs;
    const struct bug *bug = &bugs->list.items[question->index];
    char target[PATH_BYTES];
    char folder[PATH_BYTES];
    char without[256];
    struct search_result result;
    bugs_object(bugs, bug, question->object, target, sizeof target);
    (void)snprintf(folder, sizeof folder, "%s/%s/cell-%d", bugs->options.work_folder, bug->name,
                   (int)question->cell);
    (void)snprintf(without, sizeof without, "%s%s%s", bugs->options.without,
                   bugs->options.without[0] != '\0' && question->off[0] != '\0' ? "," : "",
                   question->off);
    const struct search search = {.root = bugs->options.root,
                                  .preset = question->preset,
                                  .harness = question->harness,
                                  .target = target,
                                  .against = question->against,
                                  .without = without,
                                  .is_foreign = question->is_foreign,
                                  .seed = seed,
                                  .operations = budget(question),
                                  .folder = folder};
    search_run(&search, &result);
    (void)snprintf(row->oracles[question->cell], SEARCH_ORACLE_BYTES, "%s", result.oracle);
    if (!result.has_found && seed == 1) {
        try_input(question, without, row);
    }
    return result.has_run;
}

static void ask(const struct question *question, bool is_thorough, struct row *row)
{
    const unsigned seeds = is_thorough ? SEEDS_ASKED : 1;
    bool has_run = true;
    for (unsigned seed = 1; seed <= seeds && row->oracles[question->cell][0] == '\0'; seed++) {
        has_run = ask_seed(question, seed, row) && has_run;
    }
    row->is_unknown[question->cell] = !has_run && row->oracles[question->cell][0] == '\0';
}

/* That is off where no sanitizer is built in. */
static bool build_unsanitized(const struct bugs *bugs, const struct bug *bug)
{
    char folder[PATH_BYTES];
    char core[PATH_BYTES + 8];
    char probe[PATH_BYTES];
    char output[PATH_BYTES];
    char log[REASON_BYTES];
    bugs_folder(bugs, bug, folder, sizeof folder);
    bugs_object(bugs, bug, "unsanitized.so", output, sizeof output);
    (void)snprintf(core, sizeof core, "%s/core", folder);
    (void)snprintf(probe, sizeof probe, "%s/sharpness/probe.h", bugs->options.root);
    const struct build build = {.root = bugs->options.root,
                                .core = core,
                                .variant = bug->target,
                                .kind = BUILD_INSTRUMENTED,
                                .probe = probe,
                                .output = output};
    return build_target(&build, log, sizeof log);
}

/* What the bug's own searches asked already. */
static bool take_answer(const struct question *question, struct row *row)
{
    const struct outcome *outcome = &question->bugs->outcomes[question->index];
    if (question->cell != CELL_EXACT || question->bugs->options.is_foreign || outcome->found == 0) {
        return false;
    }
    (void)snprintf(row->oracles[CELL_EXACT], SEARCH_ORACLE_BYTES, "%s", outcome->oracle);
    row->is_unknown[CELL_EXACT] = false;
    return true;
}

/* Both cells of one contract. */
static void fill_pair(struct question *question, struct row *row, enum cell first)
{
    const struct bug *bug = &question->bugs->list.items[question->index];
    char *const spoke = row->oracles[first];
    question->cell = first;
    question->off = "";
    if (!take_answer(question, row)) {
        ask(question, false, row);
    }
    if (spoke[0] == '\0') {
        row->is_unknown[first + 1] = row->is_unknown[first];
        return;
    }
    struct question then = *question;
    then.cell = first + 1;
    if (strcmp(spoke, "sanitizer") == 0) {
        then.preset = "fuzz-plain";
        then.object = "unsanitized.so";
        if (!build_unsanitized(question->bugs, bug)) {
            return; /* it stays unknown */
        }
    } else {
        then.off = spoke;
    }
    ask(&then, true, row);
}

/* Cells are unknown until somebody was asked, or nobody has to be. */
static void begin_row(struct row *row)
{
    for (unsigned cell = 0; cell < CELLS; cell++) {
        row->is_unknown[cell] = true;
    }
}

/* The hard ones first: they take longest. */
static size_t bug_of_turn(const struct bugs *bugs, size_t turn)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < bugs->list.count; i++) {
            const bool is_hard = bugs->list.items[i].hard[0] != '\0';
            if (is_hard == (pass == 0) && turn-- == 0) {
                return i;
            }
        }
    }
    return 0;
}

/* In a child. */
static bool fill_row(void *context, size_t turn)
{
    struct bugs *bugs = context;
    const size_t index = bug_of_turn(bugs, turn);
    const struct bug *bug = &bugs->list.items[index];
    struct row *row = &bugs->rows[index];
    struct question question = {.bugs = bugs,
                                .index = index,
                                .preset = bugs_preset(bug),
                                .harness = bugs_harness(bug->is_corrupting),
                                .object = "search.so",
                                .off = ""};
    if (!bugs->outcomes[index].is_built) {
        return true;
    }
    fill_pair(&question, row, CELL_EXACT);
    question.is_foreign = true;
    fill_pair(&question, row, CELL_FOREIGN);
    if (row->oracles[CELL_FOREIGN][0] == '\0' && !bug->is_corrupting) {
        question.harness = "differential";
        question.against = bug->target;
        fill_pair(&question, row, CELL_DIFFER);
    } else {
        row->is_unknown[CELL_DIFFER] = false;
        row->is_unknown[CELL_DIFFER_THEN] = false;
    }
    return true;
}

static bool show_row(void *context, size_t turn, enum pool_end end)
{
    const struct bugs *bugs = context;
    static size_t done;
    done++;
    (void)fprintf(stderr, "bed bugs: matrix: %zu of %zu, %s%s\n", done, bugs->list.count,
                  bugs->list.items[bug_of_turn(bugs, turn)].name,
                  end == POOL_DONE ? "" : ": it failed");
    return true;
}

bool bugs_fill_matrix(struct bugs *bugs)
{
    bugs->rows = pool_share(bugs->list.count * sizeof *bugs->rows);
    for (size_t i = 0; i < bugs->list.count; i++) {
        begin_row(&bugs->rows[i]);
    }
    const struct pool pool = {.jobs = bugs->options.jobs,
                              .count = bugs->list.count,
                              .seconds_max = STAGE_SECONDS,
                              .work = fill_row,
                              .done = show_row,
                              .context = bugs};
    return pool_run(&pool);
}

static void add_name(char *names, size_t bytes, const char *name)
{
    const size_t used = strlen(names);
    if (used + strlen(name) + 3 < bytes) {
        (void)snprintf(names + used, bytes - used, "%s%s", used > 0 ? ", " : "", name);
    }
}

static void add_use(struct oracle_use *use, unsigned mode, const char *name, bool is_alone)
{
    use->first[mode]++;
    if (is_alone) {
        use->alone[mode]++;
        add_name(use->names[mode], sizeof use->names[mode], name);
    }
}

void bugs_oracle_use(const struct bugs *bugs, const char *oracle, struct oracle_use *use)
{
    *use = (struct oracle_use){.first = {0}};
    for (size_t i = 0; i < bugs->list.count; i++) {
        const struct row *row = &bugs->rows[i];
        const char *const name = bugs->list.items[i].name;
        for (unsigned mode = 0; mode < MODES; mode++) {
            const size_t first = (size_t)2 * mode;
            const size_t then = first + 1;
            if (strcmp(row->oracles[first], oracle) == 0) {
                add_use(use, mode, name, row->oracles[then][0] == '\0' && !row->is_unknown[then]);
            }
        }
    }
}

static const struct excuse {
    const char *oracle;
    bool is_implied; /* what it sees another one sees later: it has to be the first at least once */
    const char *reason;
} excuses[] = {
    {"panic", false,
     "the core has no assertion that a caller could meet; the seed has, and ./bed test requires "
     "that it is found there"},
    {"sanitizer", false,
     "it is a build and no look of the bed's, so nothing switches it off but another build"},
    {"overlap", true,
     "two blocks that share bytes lose their content too, but later, in another call"},
    {"outside-chunk", true,
     "what was written there breaks something later: it says of which call it came (it spoke first "
     "in "
     "some searches of realloc-believes-a-stride)"},
};

const char *bugs_excuse(const char *oracle)
{
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++) {
        if (strcmp(excuses[i].oracle, oracle) == 0) {
            return excuses[i].reason;
        }
    }
    return NULL;
}

static bool is_implied(const char *oracle)
{
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++) {
        if (strcmp(excuses[i].oracle, oracle) == 0) {
            return excuses[i].is_implied;
        }
    }
    return false;
}

/* Of any bug, in any search of it. */
static bool has_spoken_first(const struct bugs *bugs, unsigned oracle, const struct oracle_use *use)
{
    bool has_any = use->first[0] + use->first[1] + use->first[2] > 0;
    for (size_t i = 0; i < bugs->list.count; i++) {
        has_any |= (bugs->outcomes[i].spoken & HB_ORACLE_BIT(oracle)) != 0;
    }
    return has_any;
}

const char *bugs_cell(const struct row *row, enum cell cell, char *text, unsigned text_bytes)
{
    (void)snprintf(text, text_bytes, "%s%s", row->is_unknown[cell] ? "?" : row->oracles[cell],
                   row->is_by_input[cell] ? " (kept)" : "");
    return text;
}

bool bugs_matrix_is_known(const struct bugs *bugs)
{
    for (size_t i = 0; i < bugs->list.count; i++) {
        for (unsigned cell = 0; cell < CELLS; cell++) {
            if (bugs->rows[i].is_unknown[cell]) {
                return false;
            }
        }
    }
    return true;
}

void bugs_dead_weight(const struct bugs *bugs, char *text, unsigned text_bytes)
{
    text[0] = '\0';
    for (unsigned oracle = HB_ORACLE_NONE + 1; oracle < HB_ORACLE_COUNT; oracle++) {
        struct oracle_use use;
        bugs_oracle_use(bugs, hb_oracle_name(oracle), &use);
        const char *const name = hb_oracle_name(oracle);
        const bool is_excused = bugs_excuse(name) != NULL &&
                                (!is_implied(name) || has_spoken_first(bugs, oracle, &use));
        if (use.alone[0] + use.alone[1] + use.alone[2] == 0 && !is_excused) {
            add_name(text, text_bytes, hb_oracle_name(oracle));
        }
    }
}
