/* SPDX-License-Identifier: MIT
 *
 * The commands that turn a history into something else: page, sqlite, query, export, generate.
 */
#include "campaign.h"
#include "command.h"
#include "export.h"
#include "made_up.h"
#include "sqlite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ERROR_BYTES    500
#define PATH_BYTES_MAX 4096

static bool load_campaigns(const struct request *request, cJSON **campaigns)
{
    *campaigns = cJSON_CreateArray();
    for (size_t i = 0; i < request->campaign_count; i++) {
        cJSON *campaign = campaign_json(request->campaigns[i], stderr);

        if (campaign == NULL) {
            return false;
        }
        cJSON_AddItemToArray(*campaigns, campaign);
    }
    return true;
}

int command_page(const struct request *request)
{
    char error[ERROR_BYTES];
    struct history history;
    struct findings findings;
    struct output output;
    cJSON *campaigns = NULL;

    if (!load_campaigns(request, &campaigns) || !load_history(&history, request, 0)) {
        cJSON_Delete(campaigns);
        return EXIT_USAGE;
    }
    if (!output_open(&output, request->out)) {
        return complain(request, "-o", "no memory");
    }
    findings_make(&findings, &history, true);
    bool ok = page_write(&history, &findings, campaigns, output.file);

    ok = output_close(&output, error, sizeof error) && ok;
    findings_free(&findings);
    cJSON_Delete(campaigns);
    history_free(&history);
    return ok ? EXIT_OK : complain(request, "-o", error);
}

/* -- SQLite ----------------------------------------------------------------------------------- */

/* Of which database it is one of ours, and may be built anew: its application id, "hbed". */
#define APPLICATION_ID        0x68626564
#define APPLICATION_ID_OFFSET 68

static bool may_replace(const char *path)
{
    unsigned char id[4] = {0};
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return errno == ENOENT;
    }
    const bool ok = fseek(file, APPLICATION_ID_OFFSET, SEEK_SET) == 0 &&
                    fread(id, 1, sizeof id, file) == sizeof id && memcmp(id, "hbed", 4) == 0;

    (void)fclose(file);
    return ok;
}

static bool open_database(const struct request *request, int first_file, const char *path,
                          sqlite3 **database)
{
    char error[ERROR_BYTES];
    struct history history;
    struct findings findings;

    if (!load_history(&history, request, first_file)) {
        return false;
    }
    findings_make(&findings, &history, true);
    const bool ok = history_to_sqlite(&history, &findings, path, database, error, sizeof error);

    findings_free(&findings);
    history_free(&history);
    if (!ok) {
        (void)complain(request, "SQLite", error);
    }
    return ok;
}

/* Built beside the file, which is replaced by what is whole. */
int command_sqlite(const struct request *request)
{
    char path[PATH_BYTES_MAX];
    char pragma[64];
    sqlite3 *database = NULL;

    if (request->out == NULL) {
        return complain(request, "-o FILE", "is missing");
    }
    if (!may_replace(request->out)) {
        return complain(request, request->out, "is there, and not from here: not replaced");
    }
    (void)snprintf(path, sizeof path, "%s.%ld.new", request->out, (long)getpid());
    if (!open_database(request, 0, path, &database)) {
        (void)unlink(path);
        return EXIT_USAGE;
    }
    (void)snprintf(pragma, sizeof pragma, "PRAGMA application_id=%d", APPLICATION_ID);
    bool ok = sqlite3_exec(database, pragma, NULL, NULL, NULL) == SQLITE_OK;

    ok = sqlite3_close(database) == SQLITE_OK && ok && rename(path, request->out) == 0;
    if (!ok) {
        (void)unlink(path);
        return complain(request, request->out, "cannot be written");
    }
    return EXIT_OK;
}

static cJSON *column_json(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        return cJSON_CreateNumber(sqlite3_column_double(statement, column));
    case SQLITE_NULL:
        return cJSON_CreateNull();
    default:
        return cJSON_CreateString((const char *)sqlite3_column_text(statement, column));
    }
}

static void print_row(sqlite3_stmt *statement, bool is_header)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const unsigned char *text = is_header
                                        ? (const unsigned char *)sqlite3_column_name(statement, i)
                                        : sqlite3_column_text(statement, i);

        (void)printf("%s%s", i > 0 ? "\t" : "", text != NULL ? (const char *)text : "");
    }
    (void)printf("\n");
}

static void add_row(sqlite3_stmt *statement, cJSON *rows)
{
    cJSON *row = cJSON_CreateObject();

    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        cJSON_AddItemToObject(row, sqlite3_column_name(statement, i), column_json(statement, i));
    }
    cJSON_AddItemToArray(rows, row);
}

/* Rows go to the table, or to rows where that is not null. */
static bool run_query(sqlite3 *database, const char *sql, cJSON *rows)
{
    sqlite3_stmt *statement = NULL;
    const char *rest = "";
    int state = sqlite3_prepare_v2(database, sql, -1, &statement, &rest);

    if (state == SQLITE_OK && rest[strspn(rest, " \t\n;")] != '\0') {
        (void)sqlite3_finalize(statement);
        (void)fprintf(stderr, "history query: more than one statement\n");
        return false;
    }
    if (state == SQLITE_OK && rows == NULL) {
        print_row(statement, true);
    }
    while (state == SQLITE_OK && (state = sqlite3_step(statement)) == SQLITE_ROW) {
        if (rows == NULL) {
            print_row(statement, false);
        } else {
            add_row(statement, rows);
        }
        state = SQLITE_OK;
    }
    const bool ok = state == SQLITE_DONE;

    if (!ok) {
        (void)fprintf(stderr, "history query: %s\n", sqlite3_errmsg(database));
    }
    (void)sqlite3_finalize(statement);
    return ok;
}

int command_query(const struct request *request)
{
    sqlite3 *database = NULL;
    int status = EXIT_USAGE;

    if (request->word_count == 0) {
        return complain(request, "SQL", "is missing");
    }
    if (!open_database(request, 1, ":memory:", &database)) {
        return EXIT_USAGE;
    }
    cJSON *rows = request->json != NULL ? cJSON_CreateArray() : NULL;

    if (run_query(database, request->words[0], rows)) {
        status = rows != NULL ? write_json(request, request->json, rows) : EXIT_OK;
    }
    cJSON_Delete(rows);
    (void)sqlite3_close(database);
    return status;
}

/* -- export ----------------------------------------------------------------------------------- */

static bool has_rows(const struct history_record *record)
{
    cJSON *json = history_record_json(record);
    const bool ok = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "rows")) > 0;

    cJSON_Delete(json);
    return ok;
}

/* The last record with rows, of a commit and a machine where they are named. */
static const struct history_record *choose_record(const struct request *request,
                                                  const struct history *history)
{
    const char *const commit = request->commit != NULL ? request->commit : "";
    const char *const fingerprint = request->fingerprint != NULL ? request->fingerprint : "";

    for (size_t i = history->record_count; i-- > 0;) {
        const struct history_record *record = &history->records[i];

        if (strncmp(record->commit, commit, strlen(commit)) == 0 &&
            strncmp(record->fingerprint, fingerprint, strlen(fingerprint)) == 0 &&
            has_rows(record)) {
            return record;
        }
    }
    return NULL;
}

typedef cJSON *export_record(const struct history_record *record, size_t *skipped);

static int export_json(const struct request *request, const struct history *history,
                       export_record *make)
{
    const struct history_record *record = choose_record(request, history);
    size_t skipped = 0;

    if (record == NULL) {
        return complain(request, "record", "there is none with rows of that commit and machine");
    }
    cJSON *json = make(record, &skipped);
    const int status = write_json(request, request->out, json);

    cJSON_Delete(json);
    (void)fprintf(stderr, "history export: commit %.12s, machine %s", record->commit,
                  record->fingerprint);
    if (skipped > 0) {
        (void)fprintf(stderr, "; %zu figures left out, as the format has no place for them",
                      skipped);
    }
    (void)fprintf(stderr, "\n");
    return status;
}

static int export_folder(const struct request *request, const struct history *history)
{
    char error[ERROR_BYTES];

    if (request->out == NULL) {
        return complain(request, "-o DIR", "is missing");
    }
    return export_otava(history, request->out, error, sizeof error)
               ? EXIT_OK
               : complain(request, "-o", error);
}

int command_export(const struct request *request)
{
    static const struct {
        const char *name;
        export_record *make; /* null: a folder of all of it */
    } formats[] = {{"google-benchmark", export_google_benchmark},
                   {"github-action-benchmark", export_github_action_benchmark},
                   {"bencher", export_bencher},
                   {"otava", NULL}};
    struct history history;

    for (size_t i = 0; request->format != NULL && i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, request->format) != 0) {
            continue;
        }
        if (!load_history(&history, request, 0)) {
            return EXIT_USAGE;
        }
        const int status = formats[i].make != NULL ? export_json(request, &history, formats[i].make)
                                                   : export_folder(request, &history);

        history_free(&history);
        return status;
    }
    return complain(request, "--format",
                    "one of google-benchmark, github-action-benchmark, bencher, otava");
}

/* -- generate --------------------------------------------------------------------------------- */

static void tell_shifts(const struct made_up_options *options)
{
    for (size_t i = 0; made_up_shift_at(i) != NULL && !options->is_noise; i++) {
        const struct made_up_shift *shift = made_up_shift_at(i);
        const size_t commit = made_up_shift_commit(shift, options->commit_count);
        char id[HISTORY_COMMIT_BYTES];

        made_up_commit(options->seed, commit, id);
        (void)fprintf(stderr,
                      "shift: x%.2f from commit %zu (%.12s) on, rows %s..., subjects %s...\n",
                      shift->factor, commit, id, shift->row, shift->subject);
    }
}

int command_generate(const struct request *request)
{
    const struct made_up_options options = {
        .commit_count = request->commits, .seed = request->seed, .is_noise = request->is_noise};
    char error[ERROR_BYTES];
    struct output output;

    if (options.commit_count == 0) {
        return complain(request, "--commits", "is missing, or 0");
    }
    if (!output_open(&output, request->out)) {
        return complain(request, "-o", "no memory");
    }
    bool ok = made_up_history(&options, output.file);

    ok = output_close(&output, error, sizeof error) && ok;
    tell_shifts(&options);
    return ok ? EXIT_OK : complain(request, "-o", error);
}
