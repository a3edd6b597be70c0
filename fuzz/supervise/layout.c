/* SPDX-License-Identifier: MIT
 *
 * The folders that one run works in.
 */
#include "layout.h"

#include "files.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_SECONDS 2.0
#define LOCK_TRIES   40u

/* The folder that this program lies in. */
static char *find_own_folder(void)
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return text_copy(".");
    }
    *slash = '\0';
    return text_copy(path);
}

/* The folder above: of build/release it is build. */
static char *folder_above(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    return slash == NULL ? text_copy(".") : text_format("%.*s", (int)(slash - folder), folder);
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
static char *target_stem(const char *target)
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
    complain("cannot make a folder in %s", parent);
    return NULL;
}

static char *choose_out(const struct options *options, const char *now)
{
    if (options->out != NULL) {
        return text_copy(options->out);
    }
    char *target = target_stem(options->target != NULL ? options->target : "bestfit");
    char *parent = text_format("out/fuzz/%s", target);
    char *out = make_fresh_folder(parent, now);
    free(parent);
    free(target);
    return out;
}

/* Who asks whether a campaign runs (bed status) has a lock too, for less than a moment. */
static bool lock(int file)
{
    for (unsigned tries = 0; flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; tries++) {
        if (tries == LOCK_TRIES) {
            return false;
        }
        sleep_seconds(LOCK_SECONDS / LOCK_TRIES);
    }
    return true; /* a file system without locks is taken as it is */
}

/* The lock goes with the process, however that ends. */
static bool claim(const char *path, const char *out, const char *target_name)
{
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    char owner[256] = "";
    const ssize_t length = file < 0 ? -1 : read(file, owner, sizeof owner - 1);
    if (length < 0) {
        complain("cannot use %s: %s", path, strerror(errno));
        return false;
    }
    if (!lock(file)) {
        complain("another run works in %s; wait, or choose another folder", out);
        return false;
    }
    owner[strcspn(owner, "\n")] = '\0';
    if (owner[0] == '\0') {
        if (dprintf(file, "%s\n", target_name) > 0) {
            return true;
        }
        complain("cannot write %s: %s", path, strerror(errno));
        return false;
    }
    if (strcmp(owner, target_name) != 0) {
        complain("%s has the findings of target %s, not of %s; choose another folder", out, owner,
                 target_name);
        return false;
    }
    return true;
}

static bool claim_out(const char *out, const char *target_name)
{
    char *path = text_format("%s/target", out);
    const bool claimed = folder_make(out) && claim(path, out, target_name);
    free(path);
    return claimed;
}

/* A folder for the candidates of each harness: how one is looked at depends on it. */
static bool make_candidate_folders(const struct layout *layout)
{
    bool ok = folder_make(layout->candidates);
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        char *folder = text_format("%s/%s", layout->candidates, harness_name(i));
        ok = ok && folder_make(folder);
        free(folder);
    }
    return ok;
}

bool layout_make(const struct options *options, const char *target_name, struct layout *layout)
{
    const char *root = getenv("HEAPBED_ROOT");
    layout->own_folder = find_own_folder();
    layout->programs = folder_above(layout->own_folder);
    layout->root = text_copy(root != NULL ? root : HEAPBED_SOURCE_DIR);
    char *now = time_name();
    layout->out = choose_out(options, now);
    if (layout->out == NULL || !claim_out(layout->out, target_name)) {
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
    const char *kept_in = options->is_campaign ? layout->out : layout->run;
    layout->candidates = text_format("%s/candidates", kept_in);
    layout->artifacts =
        options->is_campaign ? text_format("%s/artifacts", layout->out) : text_copy(layout->run);
    return folder_make(layout->findings) && folder_make(layout->unreproduced) &&
           folder_make(layout->corpus) && folder_make(layout->engines) &&
           folder_make(layout->start) && make_candidate_folders(layout);
}
