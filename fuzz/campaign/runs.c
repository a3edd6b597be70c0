/* SPDX-License-Identifier: MIT
 *
 * The logs of a campaign's runs.
 */
#include "runs.h"

#include "files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_MAX       20u
#define RUNS_FOUND_MAX 100u

static bool run_has(const char *run, const char *name)
{
    char *path = text_format("%s/%s", run, name);
    const bool has = access(path, F_OK) == 0;
    free(path);
    return has;
}

void runs_mark(const struct layout *layout)
{
    char *mark = text_format("%s/found", layout->run);
    (void)file_write(mark, "", 0);
    free(mark);
}

/* As layout_make names them: 20261123T144850Z, and perhaps -2 behind it. */
static bool is_run_name(const char *name)
{
    static const char form[] = "00000000T000000Z";
    size_t at = 0;
    for (; form[at] != '\0'; at++) {
        const bool fits =
            form[at] == '0' ? isdigit((unsigned char)name[at]) != 0 : name[at] == form[at];
        if (!fits) {
            return false;
        }
    }
    return name[at] == '\0' || name[at] == '-';
}

static void take_name(void *context, const char *name)
{
    if (is_run_name(name)) {
        text_list_add(context, text_copy(name));
    }
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void remove_file(void *context, const char *name)
{
    char *path = text_format("%s/%s", (const char *)context, name);
    (void)unlink(path);
    free(path);
}

static void remove_run(char *run)
{
    char *start = text_format("%s/start", run);
    folder_each(start, remove_file, start);
    (void)rmdir(start);
    folder_each(run, remove_file, run);
    (void)rmdir(run); /* with anything else in it, it stays */
    free(start);
}

void runs_prune(const struct layout *layout)
{
    struct text_list names = {0};
    unsigned found_count = 0;
    unsigned other_count = 0;
    char *runs = text_format("%s/runs", layout->out);
    folder_each(runs, take_name, &names);
    if (names.count > 0) {
        qsort((void *)names.texts, names.count, sizeof names.texts[0], compare);
    }
    for (size_t i = names.count; i-- > 0;) { /* the newest first */
        char *run = text_format("%s/%s", runs, names.texts[i]);
        const bool is_of_bed_fuzz = run_has(run, "candidates");
        const bool is_over =
            run_has(run, "found") ? found_count++ >= RUNS_FOUND_MAX : other_count++ >= RUNS_MAX;
        if (is_over && !is_of_bed_fuzz) {
            remove_run(run);
        }
        free(run);
    }
    text_list_free(&names);
    free(runs);
}
