/* SPDX-License-Identifier: MIT
 *
 * The folders that one run works in.
 */
#include "layout.h"

#include "files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The folder above the one that this program lies in: build/release/bed-fuzz gives build. */
static char *find_programs(void)
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    for (int level = 0; level < 2; level++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL) {
            return text_copy(".");
        }
        *slash = '\0';
    }
    return text_copy(path);
}

static char *time_name(void)
{
    const time_t now = time(NULL);
    struct tm utc;
    char text[32] = "";
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
    }
    return text_copy(text);
}

/* A target that is a path gives its file's name without the ending. */
static char *target_name(const char *target)
{
    const char *slash = strrchr(target, '/');
    char *name = text_copy(slash == NULL ? target : slash + 1);
    char *dot = strrchr(name, '.');
    if (slash != NULL && dot != NULL && dot != name) {
        *dot = '\0';
    }
    return name;
}

/* parent/name, or parent/name-2 and so on where others have it already. */
static char *make_fresh_folder(const char *parent, const char *name)
{
    if (!folder_make(parent)) {
        return NULL;
    }
    for (unsigned attempt = 1; attempt < 1000; attempt++) {
        char *path = attempt == 1 ? text_format("%s/%s", parent, name)
                                  : text_format("%s/%s-%u", parent, name, attempt);
        if (mkdir(path, 0777) == 0) {
            return path;
        }
        free(path);
    }
    fprintf(stderr, "bed fuzz: cannot make a folder in %s\n", parent);
    return NULL;
}

static char *choose_out(const struct options *options, const char *now)
{
    if (options->out != NULL) {
        return text_copy(options->out);
    }
    char *target = target_name(options->target);
    char *parent = text_format("out/fuzz/%s", target);
    char *out = make_fresh_folder(parent, now);
    free(parent);
    free(target);
    return out;
}

bool layout_make(const struct options *options, struct layout *layout)
{
    const char *root = getenv("HEAPBED_ROOT");
    layout->programs = find_programs();
    layout->root = text_copy(root != NULL ? root : HEAPBED_SOURCE_DIR);
    char *now = time_name();
    layout->out = choose_out(options, now);
    if (layout->out == NULL) {
        free(now);
        return false;
    }
    layout->findings = text_format("%s/findings", layout->out);
    layout->unreproduced = text_format("%s/unreproduced", layout->out);
    layout->corpus = text_format("%s/corpus", layout->out);
    layout->engines = text_format("%s/engines", layout->out);
    char *runs = text_format("%s/runs", layout->out);
    layout->run = make_fresh_folder(runs, now);
    free(runs);
    free(now);
    if (layout->run == NULL) {
        return false;
    }
    layout->start = text_format("%s/start", layout->run);
    layout->candidates = text_format("%s/candidates", layout->run);
    return folder_make(layout->findings) && folder_make(layout->unreproduced) &&
           folder_make(layout->corpus) && folder_make(layout->engines) &&
           folder_make(layout->start) && folder_make(layout->candidates);
}
