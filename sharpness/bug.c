/* SPDX-License-Identifier: MIT
 *
 * Reading the headers of patches, and applying them.
 */
#include "bug.h"

#include "build.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_BYTES 1024

static const char *const classes[] = {
    "split",     "coalesce", "index",     "select",  "place",    "arithmetic",
    "alignment", "range",    "free",      "realloc", "calloc",   "counters",
    "failure",   "checksum", "validator", "bound",   "question", "annotation",
};

/* Where a value of the header goes, and what it may be. */
static bool take(struct bug *bug, const char *key, const char *value)
{
    const struct {
        const char *key;
        char *text;
        size_t bytes;
    } texts[] = {
        {"Class", bug->class_name, sizeof bug->class_name},
        {"Source", bug->source, sizeof bug->source},
        {"Sees", bug->sees, sizeof bug->sees},
        {"Target", bug->target, sizeof bug->target},
        {"Hard", bug->hard, sizeof bug->hard},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(key, texts[i].key) == 0) {
            (void)snprintf(texts[i].text, texts[i].bytes, "%s", value);
            return true;
        }
    }
    if (strcmp(key, "Harness") == 0) {
        bug->is_corrupting = strcmp(value, "corrupt") == 0;
        return bug->is_corrupting || strcmp(value, "lockstep") == 0;
    }
    if (strcmp(key, "Bits") == 0) {
        bug->is_32_bit = strcmp(value, "32") == 0;
        return bug->is_32_bit;
    }
    if (strcmp(key, "Build") == 0) {
        bug->is_sanitized = strcmp(value, "sanitized") == 0;
        return bug->is_sanitized;
    }
    return false;
}

static bool is_class(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(name, classes[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* Why the header will not do, or null. */
static const char *fault_of(const struct bug *bug)
{
    if (!is_name(bug->name)) {
        return "its name must be made of a-z, 0-9 and '-'";
    }
    if (!is_class(bug->class_name)) {
        return "it needs a Class that bugs/README.md lists";
    }
    if (bug->source[0] == '\0' || bug->sees[0] == '\0') {
        return "it needs a Source and what an engineer Sees";
    }
    if (!build_knows(bug->target)) {
        return "its Target is no variant of the core";
    }
    return bug->is_sanitized || strcmp(bug->class_name, "annotation") != 0
               ? NULL
               : "what is annotated is seen in a sanitized Build";
}

/* "Key: value"; a line that begins with a space goes on with the value before. */
static bool read_header(FILE *file, struct bug *bug)
{
    char line[LINE_BYTES];
    char key[32] = "";
    char value[LINE_BYTES] = "";
    for (;;) {
        const bool has_line = fgets(line, sizeof line, file) != NULL;
        line[strcspn(line, "\n")] = '\0';
        if (has_line && line[0] == ' ') {
            const size_t used = strlen(value);
            (void)snprintf(value + used, sizeof value - used, " %s", line + strspn(line, " "));
            continue;
        }
        if (key[0] != '\0' && !take(bug, key, value)) {
            (void)fprintf(stderr, "bed bugs: %s: '%s: %s' means nothing\n", bug->patch, key, value);
            return false;
        }
        const char *const colon = has_line ? strchr(line, ':') : NULL;
        if (!has_line || line[0] == '\0' || colon == NULL) {
            return has_line && line[0] == '\0';
        }
        (void)snprintf(key, sizeof key, "%.*s", (int)(colon - line < 31 ? colon - line : 31), line);
        (void)snprintf(value, sizeof value, "%s", colon + 1 + strspn(colon + 1, " "));
    }
}

static bool read_patch(const char *folder, const char *name, struct bug *bug)
{
    *bug = (struct bug){.is_32_bit = false};
    (void)snprintf(bug->name, sizeof bug->name, "%s", name);
    (void)snprintf(bug->patch, sizeof bug->patch, "%s/%s.patch", folder, name);
    (void)snprintf(bug->text, sizeof bug->text, "%s/%s.txt", folder, name);
    FILE *file = fopen(bug->patch, "re");
    if (file == NULL) {
        (void)fprintf(stderr, "bed bugs: %s: %s\n", bug->patch, strerror(errno));
        return false;
    }
    const bool has_header = read_header(file, bug);
    (void)fclose(file);
    const char *const fault = has_header ? fault_of(bug) : "its header does not end";
    if (fault != NULL) {
        (void)fprintf(stderr, "bed bugs: %s: %s\n", bug->patch, fault);
    }
    return fault == NULL;
}

static bool add(struct bug_list *list, const char *folder, const char *name)
{
    struct bug *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL) {
        (void)fprintf(stderr, "bed bugs: out of memory\n");
        return false;
    }
    list->items = items;
    return read_patch(folder, name, &list->items[list->count++]);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct bug *)a)->name, ((const struct bug *)b)->name);
}

static bool read_folder(const char *path, struct bug_list *list)
{
    static const char ending[] = ".patch";
    DIR *folder = opendir(path);
    bool ok = folder != NULL;
    for (const struct dirent *entry; ok && (entry = readdir(folder)) != NULL;) {
        char name[256];
        (void)snprintf(name, sizeof name, "%s", entry->d_name);
        char *const dot = strrchr(name, '.');
        if (dot != NULL && strcmp(dot, ending) == 0) {
            *dot = '\0';
            ok = add(list, path, name);
        }
    }
    if (folder == NULL) {
        (void)fprintf(stderr, "bed bugs: %s: %s\n", path, strerror(errno));
    } else {
        (void)closedir(folder);
    }
    if (ok && list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, compare_names);
    }
    return ok;
}

bool bug_list_read(const char *folder, char *const *names, size_t name_count, struct bug_list *list)
{
    *list = (struct bug_list){NULL, 0};
    bool ok = true;
    for (size_t i = 0; i < name_count; i++) {
        ok = add(list, folder, names[i]) && ok;
    }
    if (name_count == 0) {
        ok = read_folder(folder, list);
    }
    if (ok && list->count == 0) {
        (void)fprintf(stderr, "bed bugs: %s has no patches\n", folder);
    }
    return ok && list->count > 0;
}

bool bug_plant(const struct bug *bug, const char *root, const char *folder, char *error,
               size_t error_bytes)
{
    char core[BUG_PATH_BYTES + 8];
    (void)snprintf(core, sizeof core, "%s/core", folder);
    const char *const argv[] = {"patch", "-p1",  "--fuzz=0", "--batch", "--no-backup-if-mismatch",
                                "-d",    folder, NULL};
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(error, error_bytes, "%s: %s\n", folder, strerror(errno));
        return false;
    }
    return build_copy_core(root, core, error, error_bytes) &&
           build_run(argv, bug->patch, error, error_bytes) == 0;
}
