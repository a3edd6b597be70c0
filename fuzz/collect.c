/* SPDX-License-Identifier: MIT
 *
 * The file is written under a name of its own and then renamed, so that no reader sees half a file.
 * So that no process overwrites another's, the final name is first reserved: an empty file with a
 * dot in front of that name, made with O_EXCL. (A hard link would do both at once, and some file
 * systems have none.) A small table of kinds that are full spares the file system most of the work:
 * a target with a common fault objects to thousands of inputs a second.
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

static uint32_t verdict_kind(const struct hb_verdict *verdict)
{
    uint32_t hash = UINT32_C(2166136261);
    hash = hash_byte(hash, verdict->oracle);
    hash = hash_byte(hash, verdict->op.kind);
    hash = hash_byte(hash, verdict->expected_status);
    hash = hash_byte(hash, verdict->actual_status);
    for (unsigned shift = 0; shift < 32; shift += 8) {
        hash = hash_byte(hash, verdict->reason_digest >> shift);
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

/* Said once: it comes again with every input. */
static void complain(const char *path)
{
    static bool is_said;
    if (!is_said) {
        fprintf(stderr, "heapbed: cannot save %s: %s\n", path, strerror(errno));
    }
    is_said = true;
}

enum outcome { SAVED, TAKEN, FAILED };

static enum outcome reserve(const char *path)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) {
        return errno == EEXIST ? TAKEN : FAILED;
    }
    (void)close(file);
    return SAVED;
}

/* Gives the finished file the first free sample name. */
static enum outcome name_sample(const char *directory, const char *oracle, uint32_t kind,
                                const char *finished)
{
    for (unsigned sample = 0; sample < HB_COLLECT_SAMPLES_MAX; sample++) {
        char path[PATH_MAX];
        char reserved[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s-%08x-%u", directory, oracle, kind, sample);
        (void)snprintf(reserved, sizeof reserved, "%s/.%s-%08x-%u", directory, oracle, kind,
                       sample);
        enum outcome outcome = reserve(reserved);
        if (outcome == TAKEN) {
            continue;
        }
        if (outcome == SAVED && rename(finished, path) != 0) {
            outcome = FAILED;
            complain(path);
            (void)unlink(reserved);
        } else if (outcome == FAILED) {
            complain(reserved);
        }
        return outcome;
    }
    return TAKEN;
}

bool hb_collect(const char *directory, const struct hb_verdict *verdict, const uint8_t *bytes,
                size_t byte_count)
{
    const uint32_t kind = verdict_kind(verdict);
    uint32_t *full = find_full_kind(kind);
    if (full != NULL && *full == kind) {
        return true;
    }
    char unfinished[PATH_MAX];
    (void)snprintf(unfinished, sizeof unfinished, "%s/.unfinished-%ld", directory, (long)getpid());
    enum outcome outcome = FAILED;
    if (write_file(unfinished, bytes, byte_count)) {
        outcome = name_sample(directory, hb_oracle_name(verdict->oracle), kind, unfinished);
    } else {
        complain(unfinished);
    }
    if (outcome == TAKEN && full != NULL) {
        *full = kind;
    }
    if (outcome != SAVED) {
        (void)unlink(unfinished);
    }
    return outcome != FAILED;
}
