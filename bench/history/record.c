/* SPDX-License-Identifier: MIT
 *
 * What a record and an annotation must look like. Fields that are not known here are passed over.
 */
#include "history.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where what is wrong is told. */
struct damage {
    char *text;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static bool damaged(const struct damage *damage,
                                                          const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(damage->text, damage->bytes, format, arguments);
    va_end(arguments);
    return false;
}

static const cJSON *field(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is_number(const cJSON *json)
{
    return cJSON_IsNumber(json) && isfinite(json->valuedouble);
}

static bool is_text(const cJSON *json)
{
    return cJSON_IsString(json) && json->valuestring[0] != '\0';
}

static bool is_commit(const cJSON *json)
{
    return cJSON_IsString(json) && strlen(json->valuestring) == HISTORY_COMMIT_BYTES - 1 &&
           strspn(json->valuestring, "0123456789abcdef") == HISTORY_COMMIT_BYTES - 1;
}

static bool is_date(const cJSON *json)
{
    static const char shape[] = "0000-00-00T00:00:00Z";

    if (!cJSON_IsString(json) || strlen(json->valuestring) != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        const char c = json->valuestring[i];

        if (shape[i] == '0' ? !isdigit((unsigned char)c) : c != shape[i]) {
            return false;
        }
    }
    return true;
}

static bool has_text(const cJSON *json, const char *name, const struct damage *damage)
{
    return is_text(field(json, name)) || damaged(damage, "\"%s\" is no text, or missing", name);
}

static bool has_number(const cJSON *json, const char *name, const struct damage *damage)
{
    return is_number(field(json, name)) || damaged(damage, "\"%s\" is no number, or missing", name);
}

static bool has_bool(const cJSON *json, const char *name, const struct damage *damage)
{
    return cJSON_IsBool(field(json, name)) ||
           damaged(damage, "\"%s\" is not true or false, or missing", name);
}

static bool has_date(const cJSON *json, const char *name, const struct damage *damage)
{
    return is_date(field(json, name)) ||
           damaged(damage, "\"%s\" is no date like 2026-01-31T12:00:00Z, or missing", name);
}

static bool has_commit(const cJSON *json, const struct damage *damage)
{
    return is_commit(field(json, "commit")) ||
           damaged(damage, "\"commit\" is not 40 hexadecimal digits, or missing");
}

/* Of an array, that no two objects have the same text in a field. */
static bool is_unique(const cJSON *array, const cJSON *item, const char *name)
{
    const cJSON *other = NULL;

    cJSON_ArrayForEach(other, array)
    {
        if (other == item) {
            return true;
        }
        if (strcmp(field(other, name)->valuestring, field(item, name)->valuestring) == 0) {
            return false;
        }
    }
    return true;
}

/* -- rows ------------------------------------------------------------------------------------- */

static bool check_percentiles(const cJSON *percentiles, const char *row,
                              const struct damage *damage)
{
    static const char *const names[] = {"p10", "p50", "p90", "p99", "p999", "max"};
    double least = -HUGE_VAL;

    if (percentiles == NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const cJSON *value = field(percentiles, names[i]);

        if (value == NULL) {
            continue;
        }
        if (!is_number(value)) {
            return damaged(damage, "row %s: percentile %s is no number", row, names[i]);
        }
        if (value->valuedouble < least) {
            return damaged(damage, "row %s: percentile %s is less than the one before it", row,
                           names[i]);
        }
        least = value->valuedouble;
    }
    return cJSON_IsObject(percentiles) || damaged(damage, "row %s: \"percentiles\"", row);
}

static bool check_samples(const cJSON *cell, const char *row, const struct damage *damage)
{
    const cJSON *samples = field(cell, "samples");
    const cJSON *sample = NULL;
    double least = HUGE_VAL;
    double most = -HUGE_VAL;

    if (!cJSON_IsArray(samples) || cJSON_GetArraySize(samples) == 0) {
        return damaged(damage, "row %s: a cell has no samples", row);
    }
    cJSON_ArrayForEach(sample, samples)
    {
        if (!is_number(sample)) {
            return damaged(damage, "row %s: a sample is no number", row);
        }
        least = fmin(least, sample->valuedouble);
        most = fmax(most, sample->valuedouble);
    }
    const double median = field(cell, "median")->valuedouble;
    const double rounding = 1e-3 * fmax(fabs(least), fabs(most));

    return (median >= least - rounding && median <= most + rounding) ||
           damaged(damage, "row %s: the median %g lies outside of its samples", row, median);
}

static bool check_row(const cJSON *rows, const cJSON *row, const struct damage *damage)
{
    const cJSON *cells = field(row, "cells");
    const cJSON *cell = NULL;

    if (!cJSON_IsObject(row) || !is_text(field(row, "name"))) {
        return damaged(damage, "a row has no name");
    }
    const char *const name = field(row, "name")->valuestring;
    const cJSON *direction = field(row, "direction");
    const cJSON *length = field(row, "length");

    if (!is_unique(rows, row, "name")) {
        return damaged(damage, "there are two rows %s", name);
    }
    if (!is_text(field(row, "unit"))) {
        return damaged(damage, "row %s has no unit", name);
    }
    if (!cJSON_IsString(direction) || (strcmp(direction->valuestring, "lower") != 0 &&
                                       strcmp(direction->valuestring, "higher") != 0)) {
        return damaged(damage, "row %s: \"direction\" is neither lower nor higher", name);
    }
    if (length != NULL && (!is_number(length) || length->valuedouble < 0)) {
        return damaged(damage, "row %s: \"length\" is no number of blocks", name);
    }
    if (!cJSON_IsArray(cells)) {
        return damaged(damage, "row %s has no cells", name);
    }
    cJSON_ArrayForEach(cell, cells)
    {
        if (!is_text(field(cell, "subject")) || !is_number(field(cell, "median"))) {
            return damaged(damage, "row %s: a cell has no subject or no median", name);
        }
        if (!is_unique(cells, cell, "subject")) {
            return damaged(damage, "row %s has two cells of %s", name,
                           field(cell, "subject")->valuestring);
        }
        if (!check_samples(cell, name, damage) ||
            !check_percentiles(field(cell, "percentiles"), name, damage)) {
            return false;
        }
    }
    return true;
}

/* -- the rest --------------------------------------------------------------------------------- */

static bool check_machine(const cJSON *machine, const struct damage *damage)
{
    const cJSON *versions = field(machine, "versions");
    const cJSON *version = NULL;

    if (!cJSON_IsObject(machine)) {
        return damaged(damage, "\"machine\" is missing");
    }
    if (versions != NULL && !cJSON_IsObject(versions)) {
        return damaged(damage, "\"versions\" is no object");
    }
    cJSON_ArrayForEach(version, versions)
    {
        if (!cJSON_IsString(version)) {
            return damaged(damage, "the version of %s is no text", version->string);
        }
    }
    return has_text(machine, "cpu", damage) && has_number(machine, "cores", damage) &&
           has_text(machine, "kernel", damage) && has_text(machine, "compiler", damage) &&
           (cJSON_IsString(field(machine, "flags")) ||
            damaged(damage, "\"flags\" is no text, or missing"));
}

static bool check_fits(const cJSON *fits, const struct damage *damage)
{
    const cJSON *fit = NULL;

    if (fits != NULL && !cJSON_IsArray(fits)) {
        return damaged(damage, "\"fits\" is no list");
    }
    cJSON_ArrayForEach(fit, fits)
    {
        if (!has_text(fit, "family", damage) || !has_text(fit, "subject", damage) ||
            !has_number(fit, "exponent", damage)) {
            return false;
        }
    }
    return true;
}

static bool check_one_series(const cJSON *series, const struct damage *damage)
{
    const cJSON *values = field(series, "values");
    const cJSON *pair = NULL;

    if (!has_text(series, "name", damage) || !has_text(series, "subject", damage) ||
        !has_text(series, "x", damage)) {
        return false;
    }
    if (!cJSON_IsArray(values)) {
        return damaged(damage, "series %s has no values", field(series, "name")->valuestring);
    }
    cJSON_ArrayForEach(pair, values)
    {
        if (cJSON_GetArraySize(pair) != 2 || !is_number(cJSON_GetArrayItem(pair, 0)) ||
            !is_number(cJSON_GetArrayItem(pair, 1))) {
            return damaged(damage, "series %s: a value is no pair of numbers",
                           field(series, "name")->valuestring);
        }
    }
    return true;
}

static bool check_series(const cJSON *list, const struct damage *damage)
{
    const cJSON *series = NULL;

    if (list != NULL && !cJSON_IsArray(list)) {
        return damaged(damage, "\"series\" is no list");
    }
    cJSON_ArrayForEach(series, list)
    {
        if (!check_one_series(series, damage)) {
            return false;
        }
    }
    return true;
}

/* Sections that hold numbers, text, or (one level down) numbers by name. */
static bool check_section(const cJSON *json, const char *name, const struct damage *damage)
{
    const cJSON *section = field(json, name);
    const cJSON *item = NULL;
    const cJSON *part = NULL;

    if (section == NULL) {
        return true;
    }
    if (!cJSON_IsObject(section) || section->child == NULL) {
        return damaged(damage, "\"%s\" is no object, or empty", name);
    }
    cJSON_ArrayForEach(item, section)
    {
        bool ok = is_number(item) || cJSON_IsString(item) || cJSON_IsObject(item);

        if (cJSON_IsObject(item)) {
            cJSON_ArrayForEach(part, item)
            {
                ok = ok && is_number(part);
            }
        }
        if (!ok) {
            return damaged(damage, "\"%s\": \"%s\" is no number", name, item->string);
        }
    }
    return true;
}

static const char *const sections[] = {"fuzz", "bugs", "mutation", "matrix", "coverage"};
#define SECTION_COUNT (sizeof sections / sizeof sections[0])

static bool check_contents(const cJSON *json, const struct damage *damage)
{
    const cJSON *rows = field(json, "rows");
    const cJSON *row = NULL;
    bool has_something = cJSON_GetArraySize(rows) > 0;

    if (!cJSON_IsArray(rows)) {
        return damaged(damage, "\"rows\" is missing");
    }
    cJSON_ArrayForEach(row, rows)
    {
        if (!check_row(rows, row, damage)) {
            return false;
        }
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (!check_section(json, sections[i], damage)) {
            return false;
        }
        has_something = has_something || field(json, sections[i]) != NULL;
    }
    return has_something || damaged(damage, "it has neither rows nor other figures");
}

static bool check_schema(const cJSON *json, const char *schema, const struct damage *damage)
{
    const cJSON *named = field(json, "schema");

    if (!cJSON_IsObject(json)) {
        return damaged(damage, "no JSON object");
    }
    if (!cJSON_IsString(named)) {
        return damaged(damage, "\"schema\" is missing");
    }
    return strcmp(named->valuestring, schema) == 0 ||
           damaged(damage, "its schema is %s; known is %s", named->valuestring, schema);
}

bool history_record_check(const cJSON *json, char *reason, size_t reason_bytes)
{
    const struct damage damage = {reason, reason_bytes};
    const cJSON *parent = field(json, "parent");

    if (!check_schema(json, HISTORY_SCHEMA, &damage) || !has_commit(json, &damage)) {
        return false;
    }
    if (!is_commit(parent) && (!cJSON_IsString(parent) || parent->valuestring[0] != '\0')) {
        return damaged(&damage, "\"parent\" is neither 40 hexadecimal digits nor empty");
    }
    return has_date(json, "commit_date", &damage) && has_date(json, "date", &damage) &&
           (cJSON_IsString(field(json, "title")) || damaged(&damage, "\"title\" is missing")) &&
           has_bool(json, "is_dirty", &damage) && has_bool(json, "is_quick", &damage) &&
           check_machine(field(json, "machine"), &damage) && check_contents(json, &damage) &&
           check_fits(field(json, "fits"), &damage) && check_series(field(json, "series"), &damage);
}

static bool check_expression(const cJSON *json, const char *name, const struct damage *damage)
{
    const cJSON *text = field(json, name);
    regex_t expression;

    if (!cJSON_IsString(text) ||
        regcomp(&expression, text->valuestring, REG_EXTENDED | REG_NOSUB) != 0) {
        return damaged(damage, "\"%s\" is no extended regular expression, or missing", name);
    }
    regfree(&expression);
    return true;
}

bool history_annotation_check(const cJSON *json, char *reason, size_t reason_bytes)
{
    const struct damage damage = {reason, reason_bytes};
    const cJSON *kind = field(json, "kind");

    if (!check_schema(json, HISTORY_ANNOTATION_SCHEMA, &damage) || !has_commit(json, &damage)) {
        return false;
    }
    if (!cJSON_IsString(kind) ||
        (strcmp(kind->valuestring, "accepted") != 0 && strcmp(kind->valuestring, "machine") != 0 &&
         strcmp(kind->valuestring, "cause") != 0)) {
        return damaged(&damage, "\"kind\" is none of accepted, machine and cause");
    }
    return check_expression(json, "rows", &damage) && check_expression(json, "subjects", &damage) &&
           has_text(json, "text", &damage) && has_date(json, "date", &damage);
}

/* -- fingerprint ------------------------------------------------------------------------------ */

/* FNV-1a, 64 bits; each text is ended, so that no two lists of texts read the same. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    size_t i = 0;

    do {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    } while (text[i++] != '\0');
    return hash;
}

/* "Linux 6.1.0-13-amd64": 6.1 */
static void major_minor(const char *kernel, char *text, size_t bytes)
{
    unsigned major = 0;
    unsigned minor = 0;
    const char *digits = strpbrk(kernel, "0123456789");

    if (digits == NULL) {
        (void)snprintf(text, bytes, "%s", kernel);
        return;
    }
    char *end = NULL;

    major = (unsigned)strtoul(digits, &end, 10);
    minor = *end == '.' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    (void)snprintf(text, bytes, "%u.%u", major, minor);
}

/* In the order of their names, whatever the order in the record. */
static uint64_t hash_versions(uint64_t hash, const cJSON *versions)
{
    const char *last = "";

    for (;;) {
        const cJSON *version = NULL;
        const cJSON *next = NULL;

        cJSON_ArrayForEach(version, versions)
        {
            if (strcmp(version->string, last) > 0 &&
                (next == NULL || strcmp(version->string, next->string) < 0)) {
                next = version;
            }
        }
        if (next == NULL) {
            return hash;
        }
        hash = hash_text(hash_text(hash, next->string), next->valuestring);
        last = next->string;
    }
}

void history_fingerprint(const cJSON *machine, char fingerprint[HISTORY_FINGERPRINT_BYTES])
{
    static const char *const texts[] = {"cpu", "compiler", "flags"};
    char number[64];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hash = hash_text(hash, field(machine, texts[i])->valuestring);
    }
    (void)snprintf(number, sizeof number, "%g", field(machine, "cores")->valuedouble);
    hash = hash_text(hash, number);
    major_minor(field(machine, "kernel")->valuestring, number, sizeof number);
    hash = hash_text(hash, number);
    hash = hash_versions(hash, field(machine, "versions"));
    (void)snprintf(fingerprint, HISTORY_FINGERPRINT_BYTES, "%016llx", (unsigned long long)hash);
}
