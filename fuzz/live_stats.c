/* SPDX-License-Identifier: MIT
 *
 * Maps the counter file. Only its process writes it, and each counter is one aligned word, so that
 * a reader needs no lock.
 */
#include "live_stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct hb_live_stats *map_file(const char *path)
{
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        return NULL;
    }
    void *memory = MAP_FAILED;
    /* with its blocks: a hole that a full disk cannot fill is a SIGBUS at the first count */
    int reason = posix_fallocate(file, 0, sizeof(struct hb_live_stats));
    if (reason == 0) {
        memory =
            mmap(NULL, sizeof(struct hb_live_stats), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        reason = errno;
    }
    (void)close(file);
    errno = reason;
    return memory == MAP_FAILED ? NULL : memory;
}

struct hb_live_stats *hb_live_stats_open(const char *path)
{
    static struct hb_live_stats unseen;
    struct hb_live_stats *stats = &unseen;
    if (path != NULL) {
        stats = map_file(path);
        if (stats == NULL) {
            fprintf(stderr, "heapbed: cannot map %s: %s; its counters will stay 0\n", path,
                    strerror(errno));
            stats = &unseen;
        }
    }
    stats->magic = HB_LIVE_STATS_MAGIC;
    return stats;
}
