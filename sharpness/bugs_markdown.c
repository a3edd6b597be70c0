/* SPDX-License-Identifier: MIT
 *
 * The page docs/sharpness.md. What stands in it between the marks of the mutants is another
 * command's, and stays.
 */
#include "bugs.h"

#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK_BEGIN "<!-- mutants: written by ./bed mutate -->"
#define MARK_END   "<!-- end of mutants -->"
#define PAGE_BYTES ((size_t)1 << 20)

/* What the page that is there has between the marks, with them; to be freed. */
static char *read_kept(const char *path)
{
    char *text = calloc(1, PAGE_BYTES);
    FILE *in = fopen(path, "re");
    if (text != NULL && in != NULL) {
        (void)fread(text, 1, PAGE_BYTES - 1, in);
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    char *const begin = text != NULL ? strstr(text, MARK_BEGIN) : NULL;
    char *const end = begin != NULL ? strstr(begin, MARK_END) : NULL;
    if (end == NULL) {
        free(text);
        return NULL;
    }
    end[strlen(MARK_END)] = '\0';
    memmove(text, begin, strlen(begin) + 1);
    return text;
}

static void write_head(const struct bugs *bugs, FILE *out)
{
    (void)fprintf(
        out,
        "# Sharpness\n\n"
        "Written by `./bed bugs --markdown docs/sharpness.md`; do not edit it.\n\n"
        "A test bed that finds nothing proves nothing. So the core is built with each of the bugs\n"
        "of `sharpness/bugs/` in turn, and each build is searched by libFuzzer, with the harness,\n"
        "mutator and oracles of `./bed fuzz`, from an empty corpus, with nothing that was written\n"
        "for the bug. It differs from `./bed fuzz` in this: inputs may grow sooner\n"
        "(`-len_control=1`), one process works alone, without the swarm and the other engine, and\n"
        "the budget is operations. The clean core is searched by five seeds a variant, each with\n"
        "the budget of a bug that is not hard: whatever is found there is a false alarm.\n\n"
        "    ./bed bugs                   # all of it; --help says more\n"
        "    ./bed bugs --quick           # what CI runs: one search each\n"
        "    ./bed bugs --matrix          # the oracles switched off in turn\n"
        "    ./bed bugs NAME              # one of them\n\n");
    const char *const commit = getenv("HEAPBED_COMMIT");
    const char *const events = getenv("HEAPBED_EVENTS");
    if (commit != NULL && commit[0] != '\0') {
        (void)fprintf(out, "Of the commit %s%s%s.\n\n", commit,
                      events != NULL ? ", with HEAPBED_EVENTS=" : "", events != NULL ? events : "");
    }
    if (bugs->is_cut_short) {
        (void)fprintf(out, "**This run was ended before it was done.**\n\n");
    }
}

static void write_how_to_read(FILE *out)
{
    (void)fprintf(
        out,
        "How to read the table:\n\n"
        "- *found*: searches with another seed each that found it, of all; more than half have "
        "to.\n"
        "- *oracle*: the one that spoke first (oracles.md), in most of the searches.\n"
        "- *operations*: checked calls up to the finding, median; a search that found nothing\n"
        "  counts as the longest, and where the median is one of these, there is a `>`. Budgets "
        "and gates are operations, never seconds.\n"
        "- *seconds*: of processor time, the start of the process included, median.\n"
        "- *shrunk*: operations that are left when the input has been shrunk in a build without\n"
        "  instrumentation, in which it fails as well; on the clean core it does not. There every\n"
        "  oracle looks after every operation: where another one is the first then, it is named.\n"
        "- *reached* (the changed place was executed) and *infected* (it made a difference) hold\n"
        "  where the table does not say otherwise: bugs mark their places "
        "(sharpness/probe.h).\n\n");
}

static void write_bug(const struct bugs *bugs, size_t index, FILE *out)
{
    const struct bug *bug = &bugs->list.items[index];
    const struct outcome *outcome = &bugs->outcomes[index];
    const bool is_marked = outcome->is_reached && outcome->is_infected;
    const char *const not_marked =
        outcome->is_unmeasured ? " (infection not measured)" : " (not infected)";
    const bool is_other = !outcome->is_by_input && outcome->replay_oracle[0] != '\0' &&
                          strcmp(outcome->replay_oracle, outcome->oracle) != 0;
    (void)fprintf(out, "| `%s` | %s | %s | %s | %s |", bug->name, bug->class_name, bug->source,
                  bug->target, bug->hard[0] != '\0' ? "hard" : "");
    if (outcome->is_by_input) {
        (void)fprintf(out, " kept input |");
    } else {
        (void)fprintf(out, " %u/%u |", outcome->found, outcome->searches);
    }
    (void)fprintf(out, " %s%s%s%s | %s%" PRIu64 " | %.2f | %u |\n",
                  bugs_is_miss(bugs, index) ? "**missed** " : outcome->oracle,
                  is_marked ? "" : not_marked, is_other ? ", replayed " : "",
                  is_other ? outcome->replay_oracle : "", outcome->is_median_miss ? ">" : "",
                  outcome->operations, outcome->seconds, outcome->shrunk);
}

static void write_bugs(const struct bugs *bugs, FILE *out)
{
    (void)fprintf(out, "## Planted bugs\n\n");
    write_how_to_read(out);
    (void)fprintf(out,
                  "| bug | class | source | target | | found | oracle | operations | seconds | "
                  "shrunk |\n|---|---|---|---|---|---:|---|---:|---:|---:|\n");
    for (size_t i = 0; i < bugs->list.count; i++) {
        write_bug(bugs, i, out);
    }
    (void)fprintf(out,
                  "\nThe clean core, every variant: %u searches, %" PRIu64
                  " operations, %u false alarms.\n\n",
                  bugs->clean.searches, bugs->clean.operations, bugs->clean.false_alarms);
}

static void write_hard(const struct bugs *bugs, FILE *out)
{
    (void)fprintf(out, "The hard ones need a rare shape of heap; with the median of\n"
                       "the searches' processor time, which is at most 60 s or the run fails:\n\n");
    for (size_t i = 0; i < bugs->list.count; i++) {
        if (bugs->list.items[i].hard[0] != '\0') {
            const struct outcome *const outcome = &bugs->outcomes[i];
            (void)fprintf(out, "- `%s`: %s", bugs->list.items[i].name, bugs->list.items[i].hard);
            if (outcome->is_by_input) {
                (void)fprintf(out, " (kept input; not searched)\n");
            } else {
                (void)fprintf(out, " (%s%.1f s, %s 60 s)\n", outcome->is_median_miss ? ">" : "",
                              outcome->seconds,
                              outcome->seconds > HARD_SECONDS_MAX ? "**above**" : "below");
            }
        }
    }
    (void)fprintf(out, "\n");
}

static void write_oracle(const struct bugs *bugs, const char *name, FILE *out)
{
    struct oracle_use use;
    bugs_oracle_use(bugs, name, &use);
    (void)fprintf(out, "| `%s` | %u | %u | %u | %u | %u | %u |", name, use.first[0], use.alone[0],
                  use.first[1], use.alone[1], use.first[2], use.alone[2]);
    for (unsigned mode = 0, count = 0; mode < MODES; mode++) {
        (void)fprintf(out, "%s %s", count > 0 && use.names[mode][0] != '\0' ? ";" : "",
                      use.names[mode]);
        count += use.names[mode][0] != '\0';
    }
    (void)fprintf(out, " |\n");
}

static void write_budget(const struct bugs *bugs, FILE *out)
{
    if (bugs->options.matrix_operations != 0) {
        (void)fprintf(out, "%u operations", bugs->options.matrix_operations);
    } else {
        (void)fprintf(
            out,
            "%u operations,\n"
            "or as many as the bug took in the table above, up to %u, where that is more,",
            BUGS_MATRIX_OPERATIONS, BUGS_MATRIX_OPERATIONS_MAX);
    }
}

static void write_oracles(const struct bugs *bugs, FILE *out)
{
    char dead[512];
    (void)fprintf(
        out,
        "## Oracles\n\n"
        "Each bug is searched with the exact model and once more under the contract of another's\n"
        "allocator (no placement; where that sees nothing, the broken core beside the right one);\n"
        "then again with the oracle off that spoke first. An oracle is *needed* by a bug that\n"
        "nothing else sees then, asked by three seeds. An empty cell means: not within ");
    write_budget(bugs, out);
    (void)fprintf(
        out, "\n"
             "of a search. *(kept)*: the search found nothing, but the input that is kept beside "
             "the patch\n"
             "shows it. `?`: a search was not run or did not come to its end, and counts for "
             "nothing.\n\n"
             "| oracle | exact: first | needed | another's: first | needed | two: first | needed | "
             "needed by |\n|---|---:|---:|---:|---:|---:|---:|---|\n");
    for (unsigned oracle = HB_ORACLE_NONE + 1; oracle < HB_ORACLE_COUNT; oracle++) {
        write_oracle(bugs, hb_oracle_name(oracle), out);
    }
    bugs_dead_weight(bugs, dead, sizeof dead);
    if (dead[0] == '\0' || bugs->is_cut_short) {
        (void)snprintf(dead, sizeof dead, "%s", bugs->is_cut_short ? "not known yet" : "none");
    }
    (void)fprintf(
        out,
        "\nNeeded by none of these bugs, and not excused (the run fails on such): %s. Excused:\n\n",
        dead);
    for (unsigned oracle = HB_ORACLE_NONE + 1; oracle < HB_ORACLE_COUNT; oracle++) {
        const char *const excuse = bugs_excuse(hb_oracle_name(oracle));
        if (excuse != NULL) {
            (void)fprintf(out, "- `%s`: %s\n", hb_oracle_name(oracle), excuse);
        }
    }
    (void)fprintf(out, "\n| bug | exact | that off | another's | that off | beside the right one | "
                       "that off |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < bugs->list.count; i++) {
        (void)fprintf(out, "| `%s` |", bugs->list.items[i].name);
        for (unsigned cell = 0; cell < CELLS; cell++) {
            char text[SEARCH_ORACLE_BYTES + 16];
            (void)fprintf(out, " %s |", bugs_cell(&bugs->rows[i], cell, text, sizeof text));
        }
        (void)fprintf(out, "\n");
    }
    (void)fprintf(out, "\n");
}

bool bugs_write_markdown(const struct bugs *bugs)
{
    const char *const path = bugs->options.markdown_path;
    if (path == NULL) {
        return true;
    }
    char *kept = read_kept(path);
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        (void)fprintf(stderr, "bed bugs: %s cannot be written\n", path);
        free(kept);
        return false;
    }
    write_head(bugs, out);
    write_bugs(bugs, out);
    write_hard(bugs, out);
    write_oracles(bugs, out);
    (void)fprintf(out, "## Mutants\n\n%s\n", kept != NULL ? kept : MARK_BEGIN "\n" MARK_END);
    free(kept);
    return fclose(out) == 0;
}
