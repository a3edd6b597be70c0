/* SPDX-License-Identifier: MIT
 *
 * Records to tables.
 */
#include "sqlite.h"

#include <string.h>

static const char schema[] =
    "CREATE TABLE records (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, commit_id TEXT NOT "
    "NULL, parent TEXT, commit_date TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, is_dirty INTEGER NOT NULL, is_quick INTEGER NOT NULL,"
    " cpu TEXT, cores INTEGER, kernel TEXT, compiler TEXT, flags TEXT, load REAL);"
    "CREATE TABLE cells (record INTEGER NOT NULL REFERENCES records, row TEXT NOT NULL,"
    " subject TEXT NOT NULL, unit TEXT NOT NULL, direction TEXT NOT NULL, family TEXT,"
    " length INTEGER, median REAL NOT NULL, p10 REAL, p50 REAL, p90 REAL, p99 REAL, p999 REAL,"
    " max REAL, PRIMARY KEY (record, row, subject));"
    "CREATE TABLE samples (record INTEGER NOT NULL REFERENCES records, row TEXT NOT NULL,"
    " subject TEXT NOT NULL, launch INTEGER NOT NULL, value REAL NOT NULL,"
    " PRIMARY KEY (record, row, subject, launch));"
    "CREATE TABLE versions (record INTEGER NOT NULL REFERENCES records, name TEXT NOT NULL,"
    " version TEXT NOT NULL);"
    "CREATE TABLE fits (record INTEGER NOT NULL REFERENCES records, family TEXT NOT NULL,"
    " subject TEXT NOT NULL, exponent REAL NOT NULL);"
    "CREATE TABLE series_values (record INTEGER NOT NULL REFERENCES records, series TEXT NOT NULL,"
    " subject TEXT NOT NULL, x REAL NOT NULL, value REAL NOT NULL);"
    "CREATE TABLE figures (record INTEGER NOT NULL REFERENCES records, section TEXT NOT NULL,"
    " name TEXT NOT NULL, value);"
    "CREATE TABLE annotations (commit_id TEXT NOT NULL, kind TEXT NOT NULL, rows TEXT NOT NULL,"
    " subjects TEXT NOT NULL, text TEXT NOT NULL, date TEXT NOT NULL);"
    "CREATE TABLE change_points (fingerprint TEXT NOT NULL, row TEXT NOT NULL, subject TEXT NOT"
    " NULL, commit_id TEXT NOT NULL, before REAL NOT NULL, after REAL NOT NULL, significance REAL"
    " NOT NULL);"
    "CREATE TABLE verdicts (fingerprint TEXT NOT NULL, row TEXT NOT NULL, subject TEXT NOT NULL,"
    " unit TEXT NOT NULL, from_commit TEXT NOT NULL, to_commit TEXT NOT NULL, change REAL NOT NULL,"
    " low REAL NOT NULL, high REAL NOT NULL, noise REAL NOT NULL, verdict TEXT NOT NULL);";

/* A statement whose values are fields of JSON objects. */
struct insertion {
    sqlite3 *database;
    sqlite3_stmt *statement;
    int next; /* parameter */
};

static bool prepare(struct insertion *insertion, sqlite3 *database, const char *sql)
{
    *insertion = (struct insertion){.database = database};
    return sqlite3_prepare_v2(database, sql, -1, &insertion->statement, NULL) == SQLITE_OK;
}

static void bind_number(struct insertion *insertion, double value)
{
    (void)sqlite3_bind_double(insertion->statement, ++insertion->next, value);
}

static void bind_index(struct insertion *insertion, size_t value)
{
    (void)sqlite3_bind_int64(insertion->statement, ++insertion->next, (sqlite3_int64)value);
}

static void bind_text(struct insertion *insertion, const char *text)
{
    (void)sqlite3_bind_text(insertion->statement, ++insertion->next, text, -1, SQLITE_TRANSIENT);
}

/* NULL where there is no such value. */
static void bind_json(struct insertion *insertion, const cJSON *json)
{
    if (cJSON_IsNumber(json)) {
        bind_number(insertion, json->valuedouble);
    } else if (cJSON_IsString(json)) {
        bind_text(insertion, json->valuestring);
    } else if (cJSON_IsBool(json)) {
        bind_index(insertion, cJSON_IsTrue(json) ? 1 : 0);
    } else {
        (void)sqlite3_bind_null(insertion->statement, ++insertion->next);
    }
}

static void bind_fields(struct insertion *insertion, const cJSON *json, const char *const *names,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bind_json(insertion, cJSON_GetObjectItemCaseSensitive(json, names[i]));
    }
}
#define BIND_FIELDS(insertion, json, names)                                                        \
    bind_fields(insertion, json, names, sizeof(names) / sizeof(names)[0])

static bool insert(struct insertion *insertion)
{
    const bool ok = sqlite3_step(insertion->statement) == SQLITE_DONE;

    insertion->next = 0;
    return sqlite3_reset(insertion->statement) == SQLITE_OK && ok;
}

static bool finish(struct insertion *insertion)
{
    return sqlite3_finalize(insertion->statement) == SQLITE_OK;
}

/* -- one record ------------------------------------------------------------------------------- */

struct tables {
    struct insertion records;
    struct insertion cells;
    struct insertion samples;
    struct insertion versions;
    struct insertion fits;
    struct insertion series_values;
    struct insertion figures;
};

static bool insert_samples(struct insertion *samples, size_t id, const cJSON *row,
                           const cJSON *cell)
{
    const cJSON *sample = NULL;
    size_t launch = 0;
    bool ok = true;

    cJSON_ArrayForEach(sample, cJSON_GetObjectItemCaseSensitive(cell, "samples"))
    {
        bind_index(samples, id);
        bind_json(samples, cJSON_GetObjectItemCaseSensitive(row, "name"));
        bind_json(samples, cJSON_GetObjectItemCaseSensitive(cell, "subject"));
        bind_index(samples, launch++);
        bind_json(samples, sample);
        ok = insert(samples) && ok;
    }
    return ok;
}

static bool insert_row(struct tables *tables, size_t id, const cJSON *row)
{
    static const char *const of_row[] = {"unit", "direction", "family", "length"};
    static const char *const of_percentiles[] = {"p10", "p50", "p90", "p99", "p999", "max"};
    const cJSON *cell = NULL;
    bool ok = true;

    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(row, "cells"))
    {
        bind_index(&tables->cells, id);
        bind_json(&tables->cells, cJSON_GetObjectItemCaseSensitive(row, "name"));
        bind_json(&tables->cells, cJSON_GetObjectItemCaseSensitive(cell, "subject"));
        BIND_FIELDS(&tables->cells, row, of_row);
        bind_json(&tables->cells, cJSON_GetObjectItemCaseSensitive(cell, "median"));
        BIND_FIELDS(&tables->cells, cJSON_GetObjectItemCaseSensitive(cell, "percentiles"),
                    of_percentiles);
        ok = insert(&tables->cells) && insert_samples(&tables->samples, id, row, cell) && ok;
    }
    return ok;
}

static bool insert_series(struct insertion *values, size_t id, const cJSON *series)
{
    static const char *const names[] = {"name", "subject"};
    const cJSON *pair = NULL;
    bool ok = true;

    cJSON_ArrayForEach(pair, cJSON_GetObjectItemCaseSensitive(series, "values"))
    {
        bind_index(values, id);
        BIND_FIELDS(values, series, names);
        bind_json(values, cJSON_GetArrayItem(pair, 0));
        bind_json(values, cJSON_GetArrayItem(pair, 1));
        ok = insert(values) && ok;
    }
    return ok;
}

static bool insert_figure(struct insertion *figures, size_t id, const char *section,
                          const char *name, const cJSON *value)
{
    bind_index(figures, id);
    bind_text(figures, section);
    bind_text(figures, name);
    bind_json(figures, value);
    return insert(figures);
}

/* bugs, fuzz and so on: "oracles": {"place": 12} becomes oracles.place. */
static bool insert_section(struct insertion *figures, size_t id, const cJSON *section)
{
    const cJSON *item = NULL;
    const cJSON *part = NULL;
    char name[300];
    bool ok = true;

    cJSON_ArrayForEach(item, section)
    {
        const cJSON *parts = cJSON_IsObject(item) ? item : NULL;

        if (parts == NULL) {
            ok = insert_figure(figures, id, section->string, item->string, item) && ok;
        }
        cJSON_ArrayForEach(part, parts)
        {
            (void)snprintf(name, sizeof name, "%s.%s", item->string, part->string);
            ok = insert_figure(figures, id, section->string, name, part) && ok;
        }
    }
    return ok;
}

static bool insert_head(struct insertion *records, size_t id, const struct history_record *record,
                        const cJSON *json)
{
    static const char *const of_record[] = {"commit", "parent", "commit_date", "title", "date"};
    static const char *const of_machine[] = {"cpu", "cores", "kernel", "compiler", "flags", "load"};

    bind_index(records, id);
    bind_index(records, id);
    BIND_FIELDS(records, json, of_record);
    bind_text(records, record->fingerprint);
    bind_index(records, record->is_dirty);
    bind_index(records, record->is_quick);
    BIND_FIELDS(records, cJSON_GetObjectItemCaseSensitive(json, "machine"), of_machine);
    return insert(records);
}

static bool insert_parts(struct tables *tables, size_t id, const cJSON *json)
{
    static const char *const of_fit[] = {"family", "subject", "exponent"};
    const cJSON *machine = cJSON_GetObjectItemCaseSensitive(json, "machine");
    const cJSON *item = NULL;
    bool ok = true;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "rows"))
    {
        ok = insert_row(tables, id, item) && ok;
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(machine, "versions"))
    {
        bind_index(&tables->versions, id);
        bind_text(&tables->versions, item->string);
        bind_json(&tables->versions, item);
        ok = insert(&tables->versions) && ok;
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "fits"))
    {
        bind_index(&tables->fits, id);
        BIND_FIELDS(&tables->fits, item, of_fit);
        ok = insert(&tables->fits) && ok;
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "series"))
    {
        ok = insert_series(&tables->series_values, id, item) && ok;
    }
    cJSON_ArrayForEach(item, json)
    {
        if (cJSON_IsObject(item) && strcmp(item->string, "machine") != 0) {
            ok = insert_section(&tables->figures, id, item) && ok;
        }
    }
    return ok;
}

static bool insert_record(struct tables *tables, size_t id, const struct history_record *record)
{
    cJSON *json = history_record_json(record);
    const bool ok =
        insert_head(&tables->records, id, record, json) && insert_parts(tables, id, json);

    cJSON_Delete(json);
    return ok;
}

/* -- all of it -------------------------------------------------------------------------------- */

static bool insert_records(sqlite3 *database, const struct history *history)
{
    struct tables tables = {0};
    bool ok =
        prepare(&tables.records, database,
                "INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)") &&
        prepare(&tables.cells, database,
                "INSERT INTO cells VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)") &&
        prepare(&tables.samples, database, "INSERT INTO samples VALUES (?,?,?,?,?)") &&
        prepare(&tables.versions, database, "INSERT INTO versions VALUES (?,?,?)") &&
        prepare(&tables.fits, database, "INSERT INTO fits VALUES (?,?,?,?)") &&
        prepare(&tables.series_values, database, "INSERT INTO series_values VALUES (?,?,?,?,?)") &&
        prepare(&tables.figures, database, "INSERT INTO figures VALUES (?,?,?,?)");

    for (size_t i = 0; ok && i < history->record_count; i++) {
        ok = insert_record(&tables, i, &history->records[i]);
    }
    ok = finish(&tables.records) && ok;
    ok = finish(&tables.cells) && ok;
    ok = finish(&tables.samples) && ok;
    ok = finish(&tables.versions) && ok;
    ok = finish(&tables.fits) && ok;
    ok = finish(&tables.series_values) && ok;
    return finish(&tables.figures) && ok;
}

/* The objects of a list, each as a row of a table. Deletes the list. */
static bool insert_list(sqlite3 *database, const char *sql, cJSON *list, const char *const *names,
                        size_t count)
{
    struct insertion insertion;
    const cJSON *item = NULL;
    const bool is_prepared = prepare(&insertion, database, sql);
    const cJSON *items = is_prepared ? list : NULL;
    bool ok = is_prepared;

    cJSON_ArrayForEach(item, items)
    {
        bind_fields(&insertion, item, names, count);
        ok = insert(&insertion) && ok;
    }
    cJSON_Delete(list);
    return finish(&insertion) && ok;
}
#define INSERT_LIST(database, sql, list, names)                                                    \
    insert_list(database, sql, list, names, sizeof(names) / sizeof(names)[0])

static bool insert_findings(sqlite3 *database, const struct history *history,
                            const struct findings *findings)
{
    static const char *const annotation[] = {"commit", "kind", "rows", "subjects", "text", "date"};
    static const char *const change[] = {"fingerprint", "row",   "subject",     "commit",
                                         "before",      "after", "significance"};
    static const char *const verdict[] = {"fingerprint", "row", "subject", "unit",  "from",   "to",
                                          "change",      "low", "high",    "noise", "verdict"};
    cJSON *annotations = cJSON_CreateArray();

    for (size_t i = 0; i < history->annotation_count; i++) {
        cJSON_AddItemToArray(annotations, cJSON_Parse(history->annotations[i].line));
    }
    return INSERT_LIST(database, "INSERT INTO annotations VALUES (?,?,?,?,?,?)", annotations,
                       annotation) &&
           INSERT_LIST(database, "INSERT INTO change_points VALUES (?,?,?,?,?,?,?)",
                       findings_changes_json(findings, history), change) &&
           INSERT_LIST(database, "INSERT INTO verdicts VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                       findings_verdicts_json(findings, history), verdict);
}

static bool execute(sqlite3 *database, const char *sql)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool history_to_sqlite(const struct history *history, const struct findings *findings,
                       const char *path, sqlite3 **database, char *error, size_t error_bytes)
{
    bool ok = sqlite3_open(path, database) == SQLITE_OK;

    ok = ok && execute(*database, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN") &&
         execute(*database, schema) && insert_records(*database, history) &&
         insert_findings(*database, history, findings) && execute(*database, "COMMIT");
    if (!ok) {
        (void)snprintf(error, error_bytes, "%s: %s", path, sqlite3_errmsg(*database));
        (void)sqlite3_close(*database);
    }
    return ok;
}
