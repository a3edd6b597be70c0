/* SPDX-License-Identifier: MIT
 *
 * A finding's name is its oracle and a hash of its shape. A fault that shrinks to the same calls
 * has the same name in every run.
 */
#include "findings.h"

#include "files.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const endings[] = {".hbed", ".txt", ".c", ".json"};
#define ENDING_COUNT (sizeof endings / sizeof endings[0])

static char *take_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text == NULL ? NULL : text_copy(text);
}

static void finding_free(struct finding *finding)
{
    free(finding->name);
    free(finding->key);
    free(finding->shape);
    free(finding->oracle);
    free(finding->harness);
    free(finding->seed);
    free(finding->operation);
    free(finding->expected);
    free(finding->actual);
    free(finding->target);
}

static char *make_key(const struct finding *finding)
{
    uint32_t hash = UINT32_C(2166136261);
    for (const char *at = finding->shape; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT32_C(16777619); /* FNV-1a */
    }
    if (strcmp(finding->harness, "corrupt") == 0) {
        hash = ~hash; /* on a heap that is overwritten the same calls mean something else */
    }
    return text_format("%s-%08x", finding->oracle, hash);
}

static bool finding_load(struct finding *finding, const char *path)
{
    size_t byte_count = 0;
    char *bytes = file_read(path, &byte_count);
    cJSON *object = bytes == NULL ? NULL : cJSON_Parse(bytes);
    free(bytes);
    *finding = (struct finding){.shape = take_text(object, "shape"),
                                .oracle = take_text(object, "oracle"),
                                .harness = take_text(object, "harness"),
                                .seed = take_text(object, "seed"),
                                .operation = take_text(object, "operation"),
                                .expected = take_text(object, "expected"),
                                .actual = take_text(object, "actual"),
                                .target = take_text(object, "target")};
    const cJSON *operations = cJSON_GetObjectItemCaseSensitive(object, "operations");
    finding->operations = cJSON_IsNumber(operations) ? (unsigned)operations->valueint : 0;
    const cJSON *bits = cJSON_GetObjectItemCaseSensitive(object, "bits");
    finding->bits = cJSON_IsNumber(bits) ? (unsigned)bits->valueint : 64;
    finding->has_c_program =
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "has_c_program"));
    cJSON_Delete(object);
    if (finding->harness == NULL) {
        finding->harness = text_copy("lockstep"); /* of a time when there was no other */
    }
    if (finding->seed == NULL) {
        finding->seed = text_copy("0");
    }
    if (finding->shape == NULL || finding->oracle == NULL || finding->operation == NULL ||
        finding->expected == NULL || finding->actual == NULL) {
        finding_free(finding);
        return false;
    }
    finding->key = make_key(finding);
    return true;
}

static void append(struct findings *findings, const struct finding *finding)
{
    struct finding *list =
        realloc(findings->list, (findings->count + 1) * sizeof findings->list[0]);
    if (list == NULL) {
        complain("out of memory");
        exit(2);
    }
    findings->list = list;
    findings->list[findings->count++] = *finding;
}

static void load_earlier(void *context, const char *name)
{
    struct findings *findings = context;
    const char *ending = strrchr(name, '.');
    if (ending == NULL || strcmp(ending, ".json") != 0) {
        return;
    }
    char *path = text_format("%s/%s", findings->folder, name);
    struct finding finding;
    if (finding_load(&finding, path)) {
        finding.name = text_format("%.*s", (int)(ending - name), name);
        append(findings, &finding);
    } else {
        complain("%s is not of ours; left alone", path);
    }
    free(path);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct finding *)left)->name, ((const struct finding *)right)->name);
}

void findings_open(struct findings *findings, const char *folder)
{
    *findings = (struct findings){.folder = folder};
    folder_each(folder, load_earlier, findings);
    if (findings->count > 0) {
        qsort(findings->list, findings->count, sizeof findings->list[0], by_name);
    }
}

/* --- moving one in -------------------------------------------------------------------------------
 *
 * A finding is several files, and the last of them says that all are there. Until then a file says
 * which ones are being moved, so that what an end in between leaves is not taken for somebody's.
 */

static char *mark_path(const char *folder)
{
    return text_format("%s/.moving", folder);
}

static bool set_mark(const char *folder, const char *name)
{
    char *mark = mark_path(folder);
    const bool is_set =
        file_write(mark, name, strlen(name)) && file_sync(mark) && file_sync(folder);
    free(mark);
    return is_set;
}

static void remove_mark(const char *folder)
{
    char *mark = mark_path(folder);
    (void)unlink(mark);
    free(mark);
}

static void remove_torn(const char *folder, const char *name)
{
    char *last = text_format("%s/%s.json", folder, name);
    for (size_t i = 0; access(last, F_OK) != 0 && i < ENDING_COUNT; i++) {
        char *path = text_format("%s/%s%s", folder, name, endings[i]);
        (void)unlink(path);
        free(path);
    }
    free(last);
}

void findings_mend(const char *folder)
{
    size_t byte_count = 0;
    char *mark = mark_path(folder);
    char *name = file_read(mark, &byte_count);
    if (name != NULL && byte_count > 0 && strchr(name, '/') == NULL) {
        remove_torn(folder, name);
    }
    if (name != NULL) {
        remove_mark(folder);
    }
    free(name);
    free(mark);
}

size_t findings_count(const struct findings *findings)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++) {
        count += findings->list[i].is_from_this_run;
    }
    return count;
}

static void remove_staged(const char *staged)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        char *path = text_format("%s%s", staged, endings[i]);
        (void)unlink(path);
        free(path);
    }
}

static bool is_taken(const struct findings *findings, const char *name)
{
    bool taken = false;
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        char *path = text_format("%s/%s%s", findings->folder, name, endings[i]);
        taken = taken || access(path, F_OK) == 0;
        free(path);
    }
    return taken;
}

/* Files of that name that are no finding we know are somebody's: left alone. */
static void make_name(const struct findings *findings, struct finding *finding)
{
    finding->name = text_copy(finding->key);
    for (unsigned number = 2; is_taken(findings, finding->name); number++) {
        free(finding->name);
        finding->name = text_format("%s-%u", finding->key, number);
    }
}

static bool keep_staged(const struct findings *findings, const char *staged,
                        const struct finding *finding)
{
    bool kept = set_mark(findings->folder, finding->name);
    for (size_t i = 0; kept && i < ENDING_COUNT; i++) {
        if (strcmp(endings[i], ".c") == 0 && !finding->has_c_program) {
            continue;
        }
        char *from = text_format("%s%s", staged, endings[i]);
        char *to = text_format("%s/%s%s", findings->folder, finding->name, endings[i]);
        if (!file_sync(from) || rename(from, to) != 0) {
            complain("cannot move %s to %s", from, to);
            kept = false;
        }
        free(from);
        free(to);
    }
    kept = kept && file_sync(findings->folder);
    if (kept) {
        remove_mark(findings->folder);
    } else {
        findings_mend(findings->folder);
    }
    return kept;
}

bool findings_add(struct findings *findings, const char *staged)
{
    char *path = text_format("%s.json", staged);
    struct finding finding;
    const bool loaded = finding_load(&finding, path);
    if (!loaded) {
        complain("%s says nothing about a finding", path);
    }
    free(path);
    if (!loaded) {
        return false;
    }
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->list[i].key, finding.key) == 0) {
            findings->list[i].is_from_this_run = true;
            finding_free(&finding);
            remove_staged(staged);
            return true;
        }
    }
    finding.is_from_this_run = true;
    make_name(findings, &finding);
    if (!keep_staged(findings, staged, &finding)) {
        finding_free(&finding);
        return false;
    }
    append(findings, &finding);
    return true;
}
