/* SPDX-License-Identifier: MIT
 *
 * The file is written under a name of its own and then linked to its final name: link fails where
 * the name is taken, so that neither a reader sees half a file nor one process overwrites the
 * other's. A small table of kinds that are full spares the file system most of the work: a target
 * with a common fault objects to thousands of inputs a second.
 */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FULL_KINDS_MAX 1024u

static uint32_t full_kinds[FULL_KINDS_MAX]; /* 0: unused */

static uint32_t hash_byte(uint32_t hash, unsigned byte)
{
    return (hash ^ (byte & 0xffu)) * UINT32_C(16777619); /* FNV-1a */
}

/* Numbers in a reason (addresses, sizes) say nothing about the kind. */
static uint32_t hash_words(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            hash = hash_byte(hash, (unsigned char)*text);
        }
    }
    return hash;
}

static uint32_t verdict_kind(const struct hb_verdict *verdict)
{
    uint32_t hash = UINT32_C(2166136261);
    hash = hash_byte(hash, verdict->oracle);
    hash = hash_byte(hash, verdict->op.kind);
    hash = hash_byte(hash, verdict->expected_status);
    hash = hash_byte(hash, verdict->actual_status);
    if (verdict->oracle == HB_ORACLE_PANIC || verdict->oracle == HB_ORACLE_CHECK) {
        hash = hash_words(hash, verdict->actual);
    }
    return hash == 0 ? 1 : hash;
}

/* The kind's place in the table, or where it would go; null where the table is full. */
static uint32_t *find_full_kind(uint32_t kind)
{
    for (uint32_t probe = 0; probe < FULL_KINDS_MAX; probe++) {
        uint32_t *entry = &full_kinds[(kind + probe) % FULL_KINDS_MAX];
        if (*entry == kind || *entry == 0) {
            return entry;
        }
    }
    return NULL;
}

static bool write_file(const char *path, const uint8_t *bytes, size_t byte_count)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        return false;
    }
    size_t done = 0;
    while (done < byte_count) {
        const ssize_t written = write(file, bytes + done, byte_count - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            break;
        }
        done += (size_t)written;
    }
    return close(file) == 0 && done == byte_count;
}

/* Gives the finished file the first free sample name. False where all are taken. */
static bool link_sample(const char *directory, const char *oracle, uint32_t kind,
                        const char *finished)
{
    for (unsigned sample = 0; sample < HB_COLLECT_SAMPLES_MAX; sample++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s-%08x-%u", directory, oracle, kind, sample);
        if (link(finished, path) == 0) {
            return true;
        }
        if (errno != EEXIST) {
            fprintf(stderr, "heapbed: cannot save %s: %s\n", path, strerror(errno));
            return true; /* not full: the next one may succeed */
        }
    }
    return false;
}

void hb_collect(const char *directory, const struct hb_verdict *verdict, const uint8_t *bytes,
                size_t byte_count)
{
    const uint32_t kind = verdict_kind(verdict);
    uint32_t *full = find_full_kind(kind);
    if (full != NULL && *full == kind) {
        return;
    }
    char unfinished[PATH_MAX];
    (void)snprintf(unfinished, sizeof unfinished, "%s/.unfinished-%ld", directory, (long)getpid());
    if (!write_file(unfinished, bytes, byte_count)) {
        fprintf(stderr, "heapbed: cannot write %s: %s\n", unfinished, strerror(errno));
        return;
    }
    if (!link_sample(directory, hb_oracle_name(verdict->oracle), kind, unfinished) &&
        full != NULL) {
        *full = kind;
    }
    (void)unlink(unfinished);
}
