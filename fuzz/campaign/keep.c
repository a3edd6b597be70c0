/* SPDX-License-Identifier: MIT
 *
 * A name in OUT/kept is the number of the file's inode, which is nobody else's as long as the name
 * is there. The system says when another name was last removed: the time of the inode's change.
 */
#include "keep.h"

#include "engine.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Steps after which what came in the place of a file is surely on the disk. */
#define STEPS_KEPT 6

struct visit {
    struct keep *keep;
    const char *folder;
};

static void give_back(void *context, const char *name)
{
    const struct visit *visit = context;
    char *from = text_format("%s/%s", visit->folder, name);
    char *to = text_format("%s/kept-%s", visit->keep->layout->corpus, name);
    struct stat status;
    if (stat(from, &status) == 0 && status.st_nlink == 1) {
        (void)rename(from, to);
    }
    free(to);
    free(from);
}

bool keep_open(struct keep *keep, const struct layout *layout, double interval_seconds)
{
    *keep = (struct keep){.layout = layout,
                          .folder = text_format("%s/kept", layout->out),
                          .interval_seconds = interval_seconds};
    struct visit visit = {keep, keep->folder};
    folder_each(keep->folder, give_back, &visit);
    return folder_make(keep->folder);
}

static void take_in(void *context, const char *name)
{
    const struct visit *visit = context;
    char *from = text_format("%s/%s", visit->folder, name);
    struct stat status;
    if (stat(from, &status) == 0 && S_ISREG(status.st_mode)) {
        char *to = text_format("%s/%llu", visit->keep->folder, (unsigned long long)status.st_ino);
        if (link(from, to) != 0 && errno != EEXIST && errno != ENOENT && !visit->keep->has_failed) {
            complain("cannot keep a second name of %s: %s", from, strerror(errno));
            visit->keep->has_failed = true;
        }
        free(to);
    }
    free(from);
}

static void let_go(void *context, const char *name)
{
    const struct visit *visit = context;
    char *path = text_format("%s/%s", visit->folder, name);
    struct stat status;
    if (stat(path, &status) == 0 && status.st_nlink == 1 &&
        difftime(time(NULL), status.st_ctim.tv_sec) > STEPS_KEPT * visit->keep->interval_seconds) {
        (void)unlink(path);
    }
    free(path);
}

static void take_in_all(struct keep *keep, const char *folder)
{
    struct visit visit = {keep, folder};
    folder_each(folder, take_in, &visit);
}

static bool save_all(const char *folder)
{
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_saved = file >= 0 && syncfs(file) == 0;
    if (!is_saved) {
        complain("cannot bring %s to the disk: %s", folder, strerror(errno));
    }
    if (file >= 0) {
        (void)close(file);
    }
    return is_saved;
}

void keep_step(struct keep *keep, const struct fleet *fleet)
{
    take_in_all(keep, keep->layout->corpus);
    for (size_t i = 0; i < fleet->count; i++) {
        const struct engine *engine = &fleet->members[i].engine;
        if (build_is_afl(engine->turn.build)) {
            char *folder = afl_folder(engine);
            char *queue = text_format("%s/%s/queue", folder, engine->name);
            take_in_all(keep, queue);
            free(queue);
            free(folder);
        }
    }
    if (save_all(keep->layout->out)) {
        struct visit visit = {keep, keep->folder};
        folder_each(keep->folder, let_go, &visit);
    }
}
