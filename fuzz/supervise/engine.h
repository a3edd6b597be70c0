/* SPDX-License-Identifier: MIT
 *
 * One engine process: started, read out, restarted when it dies, stopped.
 */
#ifndef HB_ENGINE_H
#define HB_ENGINE_H

#include "../live_stats.h"
#include "files.h"
#include "plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The folders of one run. See layout.h for what is in them. */
struct layout;

struct engine {
    struct turn turn;
    const struct layout *layout;
    const char *target;
    const char *against; /* null: none */
    char *name;          /* "lockstep-libfuzzer-1" */
    char *program;       /* the fuzz program */
    char *folder;        /* where libFuzzer leaves inputs that end its process, in this run */
    char *log;
    char *stats_path;
    const struct hb_live_stats *stats;

    pid_t process; /* 0: not running */
    bool is_done;  /* its turn is over */
    double started_at;
    unsigned restart_count;
    unsigned vain_start_count; /* ended without having run anything new */
    uint64_t executions_at_start;

    uint64_t edges;    /* as the engine counts them */
    size_t log_offset; /* read so far */
};

/* False, with a reason on stderr, where its folders cannot be made. */
bool engine_open(struct engine *engine, const struct turn *turn, const struct layout *layout,
                 const struct options *options);

/* Starts it for at most that many seconds. */
bool engine_start(struct engine *engine, double seconds);

/* Has it ended by itself? Then it is not running any more. */
bool engine_has_ended(struct engine *engine);

/* Reads its coverage from what it writes. */
void engine_read(struct engine *engine);

void engine_interrupt(struct engine *engine);
void engine_kill(struct engine *engine);

/* The argument lists of the two engines, null-terminated. */
struct command {
    const char *argv[32];
    const char *variables[16];
    struct text_list owned; /* texts among them that were made for this */
};
/* The environment of a fuzz program, whichever the engine. */
void command_environment(const struct engine *engine, struct command *command);
/* Takes ownership of the text, and gives it back for the lists. */
const char *command_text(struct command *command, char *text);
void libfuzzer_command(const struct engine *engine, double seconds, struct command *command);
void afl_command(const struct engine *engine, double seconds, struct command *command);

/* Where AFL++'s processes of its harness keep what they know; the caller frees it. */
char *afl_folder(const struct engine *engine);
/* Whether the shared object that afl-fuzz loads is there, or not wanted; else says so on stderr. */
bool afl_has_mutator(const struct layout *layout);

void libfuzzer_read(struct engine *engine);
void afl_read(struct engine *engine);

#endif
