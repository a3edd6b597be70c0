/* SPDX-License-Identifier: MIT */
#include "mutate_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 64
#define NAME_BYTES  48
#define LINE_BYTES  2048

struct reasons {
    char names[REASONS_MAX][NAME_BYTES];
    size_t uses[REASONS_MAX];
    size_t count;
};

/* Kept: the entries point to the names. */
static struct reasons known;

static const char *reason_find(const char *name)
{
    for (size_t i = 0; i < known.count; i++) {
        if (strcmp(known.names[i], name) == 0) {
            known.uses[i]++;
            return known.names[i];
        }
    }
    return NULL;
}

static size_t mutant_find(const struct mutants *mutants, const char *id)
{
    size_t i = 0;
    while (i < mutants->count && strcmp(mutants->items[i].id, id) != 0) {
        i++;
    }
    return i;
}

/* "reason NAME: text" */
static const char *take_reason(const char *line)
{
    const char *name = line + strlen("reason ");
    const char *colon = strchr(name, ':');
    if (colon == NULL || colon == name || (size_t)(colon - name) >= NAME_BYTES ||
        strlen(colon) < 3) {
        return "a reason is 'reason NAME: why'";
    }
    if (known.count == REASONS_MAX) {
        return "there are too many reasons";
    }
    (void)snprintf(known.names[known.count++], NAME_BYTES, "%.*s", (int)(colon - name), name);
    return NULL;
}

static void print_text(const struct mutant *mutant, char *text, size_t bytes)
{
    char change[256];
    mutant_print_change(mutant, change, sizeof change);
    (void)snprintf(text, bytes, "%s %s: %s (%u) in %s", mutant->file, mutant->function, change,
                   mutant->occurrence, mutant->line_text);
}

static const char *take_entry(char *line, const struct mutants *mutants, const char **reasons)
{
    char expected[LINE_BYTES];
    char *id = strchr(line, ' ');
    char *text = id != NULL ? strchr(id + 1, ' ') : NULL;
    if (text == NULL) {
        return "an entry is 'REASON ID FILE FUNCTION: CHANGE'";
    }
    *id++ = '\0';
    *text++ = '\0';
    const char *reason = reason_find(line);
    const size_t index = mutant_find(mutants, id);
    if (reason == NULL) {
        return "no such reason is defined above";
    }
    if (index == mutants->count) {
        return "no mutant has that id: has its line changed?";
    }
    print_text(&mutants->items[index], expected, sizeof expected);
    if (strcmp(text, expected) != 0) {
        return "what stands behind the id is not that mutant";
    }
    if (reasons[index] != NULL) {
        return "the mutant is there twice";
    }
    reasons[index] = reason;
    return NULL;
}

bool list_read(const char *path, const struct mutants *mutants, const char **reasons)
{
    char line[LINE_BYTES];
    bool ok = true;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)fprintf(stderr, "bed mutate: %s: %s\n", path, strerror(errno));
        return false;
    }
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        const char *error = strncmp(line, "reason ", 7) == 0 ? take_reason(line)
                                                             : take_entry(line, mutants, reasons);
        if (error != NULL) {
            (void)fprintf(stderr, "%s:%u: %s\n", path, number, error);
            ok = false;
        }
    }
    (void)fclose(file);
    for (size_t i = 0; i < known.count; i++) {
        if (known.uses[i] == 0) {
            (void)fprintf(stderr, "%s: nothing has the reason '%s'\n", path, known.names[i]);
            ok = false;
        }
    }
    return ok;
}

void list_print(const struct mutant *mutant, const char *reason, FILE *out)
{
    char text[LINE_BYTES];
    print_text(mutant, text, sizeof text);
    (void)fprintf(out, "%s %s %s\n", reason, mutant->id, text);
}
