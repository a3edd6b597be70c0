/* SPDX-License-Identifier: MIT
 *
 * Running libFuzzer, and reading what came of it.
 */
#include "search.h"

#include "live_stats.h"
#include "supervise/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PATH_BYTES 1100

/* libFuzzer's own statuses: an abort or a signal (a sanitizer is told to give the same), an input
 * over its time. */
enum { STATUS_BUDGET = 0, STATUS_CRASH = 77, STATUS_TIMEOUT = 70 };

void search_found_path(const char *folder, char *path, unsigned path_bytes)
{
    (void)snprintf(path, path_bytes, "%s/found", folder);
}

/* As ./bed fuzz runs it (fuzz/supervise/engine_libfuzzer.c), but that nobody shares its corpus,
 * that what it says of a stack is not translated, and that inputs may grow sooner: of 9 bugs that
 * need a heap of some size, three were found in a third of the operations or at all. */
static pid_t start(const struct search *search)
{
    char program[PATH_BYTES];
    char seed[32];
    char dictionary[PATH_BYTES];
    char artifact[PATH_BYTES + 32];
    char found[PATH_BYTES];
    char log[PATH_BYTES];
    char target[PATH_BYTES + 32];
    char against[PATH_BYTES + 32];
    char without[256];
    char statistics[PATH_BYTES + 32];
    char operations[64];
    search_found_path(search->folder, found, sizeof found);
    (void)snprintf(program, sizeof program, "%s/build/%s/%s", search->root, search->preset,
                   search->harness);
    (void)snprintf(seed, sizeof seed, "-seed=%u", search->seed);
    (void)snprintf(dictionary, sizeof dictionary, "-dict=%s/fuzz/lockstep.dict", search->root);
    (void)snprintf(artifact, sizeof artifact, "-exact_artifact_path=%s", found);
    (void)snprintf(log, sizeof log, "%s/log", search->folder);
    (void)snprintf(target, sizeof target, "HEAPBED_TARGET=%s", search->target);
    (void)snprintf(against, sizeof against, "HEAPBED_TARGET_2=%s",
                   search->against != NULL ? search->against : "");
    (void)snprintf(without, sizeof without, "HEAPBED_WITHOUT=%s", search->without);
    (void)snprintf(statistics, sizeof statistics, "HEAPBED_STATS=%s/statistics", search->folder);
    (void)snprintf(operations, sizeof operations, "HEAPBED_OPERATIONS=%llu",
                   (unsigned long long)search->operations);
    const char *const argv[] = {program,
                                seed,
                                "-max_len=4096",
                                "-len_control=1",
                                "-timeout=20",
                                "-rss_limit_mb=2048",
                                "-detect_leaks=0",
                                "-print_funcs=0",
                                dictionary,
                                artifact,
                                NULL};
    const char *const variables[] = {target,
                                     against,
                                     without,
                                     statistics,
                                     operations,
                                     search->is_foreign ? "HEAPBED_CONTRACT=foreign"
                                                        : "HEAPBED_CONTRACT=",
                                     "UBSAN_OPTIONS=symbolize=0:exitcode=77",
                                     "ASAN_OPTIONS=symbolize=0:exitcode=77",
                                     NULL};
    /* libFuzzer's features hang on addresses: so that a seed means the same search every time,
     * where the machine allows it */
    (void)personality(ADDR_NO_RANDOMIZE);
    return process_start(argv, variables, log);
}

/* The oracle that the log names, or what the process's end says. */
static void read_oracle(const struct search *search, int status, struct search_result *result)
{
    char path[PATH_BYTES];
    char line[1024];
    const char *oracle = status == STATUS_TIMEOUT ? "hang" : "crash";
    (void)snprintf(path, sizeof path, "%s/log", search->folder);
    FILE *log = fopen(path, "re");
    while (log != NULL && fgets(line, sizeof line, log) != NULL) {
        char *const named = strstr(line, ", oracle ");
        if (strncmp(line, "heapbed: target ", 16) == 0 && named != NULL) {
            oracle = named + strlen(", oracle ");
            named[strlen(", oracle ") + strcspn(oracle, ",")] = '\0';
            break;
        }
        if (strstr(line, "ERROR: AddressSanitizer") != NULL ||
            strstr(line, ": runtime error: ") != NULL) {
            oracle = "sanitizer";
        }
    }
    (void)snprintf(result->oracle, sizeof result->oracle, "%s", oracle);
    if (log != NULL) {
        (void)fclose(log);
    }
}

static void read_statistics(const struct search *search, struct search_result *result)
{
    char path[PATH_BYTES];
    struct hb_live_stats statistics = {0};
    (void)snprintf(path, sizeof path, "%s/statistics", search->folder);
    FILE *file = fopen(path, "rbe");
    if (file != NULL) {
        (void)fread(&statistics, 1, sizeof statistics, file);
        (void)fclose(file);
    }
    result->operations = statistics.operations;
    result->is_reached = statistics.reached != 0;
    result->is_infected = statistics.infected != 0;
}

static double seconds_of_children(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void search_run(const struct search *search, struct search_result *result)
{
    int wait_status = 0;
    *result = (struct search_result){.has_run = false};
    (void)mkdir(search->folder, 0777);
    const pid_t process = start(search);
    if (process < 0 || waitpid(process, &wait_status, 0) != process) {
        return;
    }
    const int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    result->seconds = seconds_of_children();
    result->has_found = status == STATUS_CRASH || status == STATUS_TIMEOUT;
    result->has_run = result->has_found || status == STATUS_BUDGET;
    read_statistics(search, result);
    if (!result->has_found && result->operations < search->operations) {
        result->has_run = false; /* it ended early: that it found nothing says nothing */
    }
    if (result->has_found) {
        read_oracle(search, status, result);
    }
}
