/* SPDX-License-Identifier: MIT
 *
 * bed bugs: what its files share.
 */
#ifndef HB_SHARPNESS_BUGS_H
#define HB_SHARPNESS_BUGS_H

#include "bug.h"
#include "search.h"

#include <stdint.h>

#define SEEDS_MAX    64u
#define REASON_BYTES 2000

struct options {
    const char *root;
    const char *bugs_folder;
    const char *work_folder; /* copies of the core, builds, what was found */
    const char *json_path;
    const char *markdown_path;
    const char *without; /* "": every oracle speaks */
    const char *clean; /* a target to be searched in the place of the core's variants; null: none */
    unsigned jobs;
    unsigned seeds;             /* 0: by what is asked for */
    unsigned operations;        /* 0: the same */
    unsigned matrix_operations; /* of each search of the matrix; 0: by the bug */
    bool is_foreign;
    bool is_quick;
    bool is_matrix;
    bool is_update;
    bool is_without_clean; /* the clean core is not searched */
    bool has_32_bit;       /* this machine runs 32-bit code */
};

/* A search of a stage, and what came of it. */
struct task {
    size_t bug;          /* index; or, of a clean core, SIZE_MAX */
    const char *variant; /* of a clean core */
    const char *preset;
    bool is_corrupting;
    unsigned seed;
    uint64_t operations;
    struct search_result result;
};

/* What a bug's searches came to. In memory that children share. */
struct outcome {
    bool is_built;
    char reason[REASON_BYTES]; /* why it is not */
    unsigned searches;
    unsigned found;
    bool is_reached;
    bool is_infected;
    bool is_unmeasured;  /* the call that was running did not come back: nobody read the probe */
    bool is_not_run;     /* a replay could not be run: nothing can be said */
    bool is_clean_sound; /* what was found is clean on the clean core */
    bool is_median_miss; /* the median is the budget of a search that found nothing: it is more */
    char oracle[SEARCH_ORACLE_BYTES]; /* that spoke first, most often */
    uint64_t operations;         /* to the finding, median; with the seeds that found nothing */
    double seconds;              /* of processor time, the same */
    unsigned finder;             /* a seed that found it */
    uint32_t spoken;             /* oracles that spoke first in one of the searches, as bits */
    uint64_t samples[SEEDS_MAX]; /* operations of each search, ascending; the found ones first */
    bool is_by_input;            /* not searched: bugs/NAME.txt was replayed */
    bool is_replayed;            /* the plain build fails on what was found, too */
    bool is_input_sharp; /* bugs/NAME.txt fails on the bug, and is clean on the clean core */
    char replay_oracle[SEARCH_ORACLE_BYTES];
    unsigned shrunk; /* operations */
};

#define CELLS 6
#define MODES 3
enum cell {
    CELL_EXACT,
    CELL_EXACT_THEN,
    CELL_FOREIGN,
    CELL_FOREIGN_THEN,
    CELL_DIFFER,
    CELL_DIFFER_THEN
};

/* Which oracle spoke first, and which then, with that one off: "" none. */
struct row {
    char oracles[CELLS][SEARCH_ORACLE_BYTES];
    bool is_unknown[CELLS];  /* a search did not come to its end */
    bool is_by_input[CELLS]; /* the search found nothing, the kept input did */
};

struct clean {
    unsigned searches;
    uint64_t operations;
    unsigned false_alarms;
};

struct bugs {
    struct options options;
    struct bug_list list;
    struct outcome *outcomes;
    struct row *rows; /* null: no matrix was asked for */
    bool is_part;     /* only those that were named */
    bool is_cut_short;
    struct clean clean;
};

/* The folder of a bug's build, and the shared objects in it. */
void bugs_folder(const struct bugs *bugs, const struct bug *bug, char *path, unsigned path_bytes);
/* kind: "search.so" or "replay.so" */
void bugs_object(const struct bugs *bugs, const struct bug *bug, const char *kind, char *path,
                 unsigned path_bytes);
const char *bugs_preset(const struct bug *bug);
/* That build's bed-reduce which can load the bug's other build. */
const char *bugs_preset_of_reducer(const struct bug *bug);
const char *bugs_harness(bool is_corrupting);
uint64_t bugs_budget(const struct options *options, const struct bug *bug);

/* Whether the run says what it should of a bug. */
bool bugs_is_miss(const struct bugs *bugs, size_t index);

/* bugs_replay.c: plays an input on a target as the bug needs it, in a process of its own, and
 * shrinks it in at most so many runs (0: not). out: where the shrunk text goes, or null. Returns 1
 * for a finding, 0 clean, -1 not run. */
struct reduction {
    const char *target;
    const char *input;
    unsigned runs;
    const char *out;
    const char *without;
    bool is_foreign;
    bool is_placed; /* in the addresses that a search has, not in others each time */
    /* What came of it: */
    char oracle[SEARCH_ORACLE_BYTES];
    unsigned operations;
    bool is_reached;
    bool is_infected;
    double seconds; /* of processor time */
};
int bugs_reduce(const struct bugs *bugs, const struct bug *bug, struct reduction *reduction);
/* The stage: of each bug, what was found or bugs/NAME.txt. False: cut short. */
bool bugs_replay(struct bugs *bugs);

/* bugs_matrix.c. False: cut short; cells that were not asked are unknown. A search of it has so
 * many operations, or as many as the bug's own searches took, median, where that is more; but not
 * more than the last. */
#define BUGS_MATRIX_OPERATIONS     250000u
#define BUGS_MATRIX_OPERATIONS_MAX 2000000u
bool bugs_fill_matrix(struct bugs *bugs);

/* Of an oracle, in the matrix: for how many bugs it spoke first, and those that nothing else saw.
 */
struct oracle_use {
    unsigned first[MODES];  /* with the exact model, as another's allocator, beside the right one */
    unsigned alone[MODES];  /* of them, those that no other oracle saw with this one off */
    char names[MODES][400]; /* some of these */
};
void bugs_oracle_use(const struct bugs *bugs, const char *oracle, struct oracle_use *use);
/* Oracles that no bug needs, with commas, but those that are excused. */
void bugs_dead_weight(const struct bugs *bugs, char *text, unsigned text_bytes);
/* Why an oracle may be needed by none; null: it may not. One that is implied by others has to speak
 * first of some bug, all the same. */
const char *bugs_excuse(const char *oracle);
/* What stands in a cell of the matrix. */
const char *bugs_cell(const struct row *row, enum cell cell, char *text, unsigned text_bytes);
bool bugs_matrix_is_known(const struct bugs *bugs);

/* A search of a hard one may take so long, median, of processor time, in a run of all. */
#define HARD_SECONDS_MAX 60.0
bool bugs_is_slow(const struct bugs *bugs, size_t index);

/* bugs_report.c */
void bugs_print(const struct bugs *bugs, double seconds);
bool bugs_write_json(const struct bugs *bugs, double seconds);
bool bugs_write_markdown(const struct bugs *bugs);

#endif
