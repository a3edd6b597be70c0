/* SPDX-License-Identifier: MIT
 *
 * The commands of the bed's program, and what they share. Exit codes: 0 ok, 1 a finding, 2 wrong
 * usage or an environment that does not serve.
 */
#ifndef HB_CLI_H
#define HB_CLI_H

#include "ops.h"
#include "run.h"
#include "targets.h"

#include <cjson/cJSON.h>

enum { EXIT_OK = 0, EXIT_FINDING = 1, EXIT_USAGE = 2 };

int cmd_agree(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_corrupt(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_exhaust(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_shrink(int argc, char **argv);
int cmd_targets(int argc, char **argv);
int cmd_throughput(int argc, char **argv);

/* One option of a command: --name, or -n where the name is a single letter. */
struct cli_option {
    const char *name;
    enum { CLI_FLAG, CLI_TEXT, CLI_COUNT, CLI_SECONDS } kind;
    void *value; /* bool, const char *, unsigned, double */
};

/* Reads a command's options, up to the entry without a name. --help prints help. Returns the index
 * of the first argument that is no option; or, where the command is over, -1 with the exit status
 * in *status. */
int cli_parse(int argc, char **argv, const struct cli_option *options, void (*print_help)(void),
              int *status);

/* Paths given on the command line, with folders replaced by the files in them, sorted by name. */
struct cli_paths {
    char **items;
    size_t count;
};

/* False, with the reason on stderr, where a path can't be read. */
bool cli_paths_expand(char **arguments, int count, struct cli_paths *paths);
void cli_paths_free(struct cli_paths *paths);

/* Reads a stream in any of its forms: bytes, text (it begins with a word of the text form, or the
 * name ends in .txt or .hbedt), either of them compressed; "-" is standard input. False, with file,
 * place and reason on stderr, where it is none. The caller frees bytes->data. */
bool cli_load(const char *path, struct hb_bytes *bytes);

/* The target by name or path; null, with the reason and what to do on stderr. */
const struct hb_target *cli_target(const char *name);

/* Whether the harness corrupt can do anything to it; else says so on stderr. */
bool cli_can_be_smashed(const char *command, const struct hb_target *target);

/* Opens a file to be written; refuses one that exists, unless is_forced. "-" is standard output.
 * Null with the reason on stderr. */
FILE *cli_create(const char *path, bool is_forced);
/* Whether the file can be written, asked before work that ends in it; null and "-" can. False, with
 * the reason on stderr. */
bool cli_can_write(const char *path);
/* False, with the reason on stderr, where not everything was written. */
bool cli_close(FILE *file, const char *path);

/* Writes JSON to a path ("-": standard output), replacing what is there; frees the value. */
bool cli_write_json(const char *path, cJSON *value);

/* A name as one word of a shell command. */
void cli_print_word(const char *word, FILE *out);

/* The verdict in words, several lines; nothing for a clean run. */
void cli_print_verdict(const struct hb_verdict *verdict, FILE *out);
cJSON *cli_verdict_json(const struct hb_verdict *verdict);

/* Zeros that a child process writes to as well; null, with a reason on stderr, where there is no
 * memory. */
void *cli_shared_new(size_t bytes);
/* A line for each family: the numbers of its events, and how often each happened. */
void cli_events_print(const struct hb_events *events, FILE *out);
cJSON *cli_events_json(const struct hb_events *events);
cJSON *cli_counts_json(const struct hb_run_counts *counts);

/* The number that --seed gives, as a finding's report has it (hexadecimal); 0 for no text. False,
 * with the reason on stderr, where it is none. */
bool cli_seed(const char *command, const char *text, uint64_t *seed);

/* What --without and --contract say; null: not given. False, with the reason on stderr. */
struct cli_judging {
    uint32_t without;
    bool is_foreign;
};
bool cli_judging(const char *command, const char *without, const char *contract,
                 struct cli_judging *judging);
#define CLI_JUDGING_HELP                                                                           \
    "  --without A,B  these oracles do not speak (docs/oracles.md has their names)\n"              \
    "  --contract foreign   as if the target promised no placement: the ledger judges alone\n"

/* "bed replay: try --help" and EXIT_USAGE. */
int cli_usage_error(const char *command);

#endif
