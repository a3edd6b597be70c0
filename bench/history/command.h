/* SPDX-License-Identifier: MIT
 *
 * What the commands of heapbed-history share.
 */
#ifndef HISTORY_COMMAND_H
#define HISTORY_COMMAND_H

#include "history.h"

enum { EXIT_OK = 0, EXIT_FINDING = 1, EXIT_USAGE = 2 };

#define CAMPAIGNS_MAX 16

/* Everything that any command can be told. */
struct request {
    const char *command;
    const char *out;         /* -o */
    const char *json;        /* --json */
    const char *annotations; /* --annotations */
    const char *kind;        /* --kind */
    const char *rows;        /* --rows */
    const char *subjects;    /* --subjects */
    const char *text;        /* --text */
    const char *commit;      /* --commit */
    const char *fuzz;        /* --fuzz, and so on */
    const char *bugs;
    const char *mutation;
    const char *matrix;
    const char *format;                   /* --format */
    const char *history;                  /* --history */
    const char *fingerprint;              /* --fingerprint */
    unsigned long commits;                /* --commits */
    unsigned long seed;                   /* --seed */
    bool is_noise;                        /* --noise */
    const char *campaigns[CAMPAIGNS_MAX]; /* --campaign, for page */
    size_t campaign_count;
    char **words; /* what is no option */
    int word_count;
};

int command_add(const struct request *request);
int command_annotate(const struct request *request);
int command_append(const struct request *request);
int command_changes(const struct request *request);
int command_check(const struct request *request);
int command_export(const struct request *request);
int command_generate(const struct request *request);
int command_list(const struct request *request);
int command_page(const struct request *request);
int command_query(const struct request *request);
int command_sqlite(const struct request *request);

/* Says what is wrong; EXIT_USAGE. */
int complain(const struct request *request, const char *what, const char *reason);

/* Reads the histories that the words from first on name (else the project's own and what bench has
 * appended), and their annotations. False: it has said why. Damaged lines are told on stderr. */
bool load_history(struct history *history, const struct request *request, int first);

/* Writes to -o, or to the standard output. A file is replaced in one step. */
struct output {
    FILE *file;
    char *text;
    size_t length;
    const char *path; /* null: the standard output */
};
bool output_open(struct output *output, const char *path);
bool output_close(struct output *output, char *error, size_t error_bytes);

/* The same, of JSON: an exit status. */
int write_json(const struct request *request, const char *path, const cJSON *json);

/* HEAPBED_ROOT, or the folder that the program was built in. */
const char *project_root(void);

/* Now, as dates of records are written. */
void date_now(char date[HISTORY_DATE_BYTES]);

#endif
