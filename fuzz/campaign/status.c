/* SPDX-License-Identifier: MIT
 *
 * bed status: how far a campaign is, by what it leaves on the disk; it may run meanwhile.
 */
#include "files.h"
#include "findings.h"
#include "timeline.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this the same input does not do the same: something draws by chance. */
#define STABILITY_MIN 98.0

static const char usage[] =
    "usage: ./bed status [--json FILE] [DIR]\n"
    "\n"
    "Tells how far the campaign in DIR is (default: out/campaign/bestfit), also while it runs.\n"
    "\n"
    "  --json FILE    as JSON: the last line of its timeline, and its findings; - for standard\n"
    "                 output\n"
    "  --help         this\n"
    "\n"
    "Exit status: 0 nothing found so far; 1 findings, or inputs that failed and did not become "
    "one\n"
    "(yet); 2 there is no campaign, what failed could not be saved, or usage.\n";

/* The campaign holds a lock while it runs. */
static bool is_running(const char *folder)
{
    char *path = text_format("%s/target", folder);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const bool is_locked = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (file >= 0) {
        (void)close(file);
    }
    free(path);
    return is_locked;
}

/* What was running when the process was killed does not run any more. */
static const char *state_of(const char *folder, const struct moment *moment)
{
    if (is_running(folder)) {
        return moment->state;
    }
    return strcmp(moment->state, "finished") == 0 || strcmp(moment->state, "stopped") == 0
               ? moment->state
               : "ended without a word; the same command goes on";
}

/* How long ago a role has run is of no matter; whether it ever has, is. */
static void print_roles(const struct moment *moment)
{
    puts("process                             turns   executions    edges  stability");
    for (size_t i = 0; i < moment->role_count; i++) {
        const struct role_moment *role = &moment->roles[i];
        printf("  %-32s %6" PRIu64 " %12" PRIu64 " %8" PRIu64, role->name, role->turns,
               role->executions, role->edges);
        if (role->stability > 0) {
            printf(" %9.2f%%%s", role->stability, role->stability < STABILITY_MIN ? " low" : "");
        }
        puts("");
    }
}

static void print(const char *folder, const struct moment *moment, const struct findings *findings)
{
    printf("campaign       %s\n"
           "state          %s, at %s\n",
           folder, state_of(folder, moment), moment->time);
    if (is_running(folder)) {
        printf("running        %s\n", moment->running);
    }
    printf("time           %.2f hours\n"
           "executions     %" PRIu64 " (%.0f a second)\n"
           "operations     %" PRIu64 " checked\n"
           "edges          libFuzzer %" PRIu64 ", AFL++ %" PRIu64 "\n"
           "corpus         libFuzzer %zu, AFL++ %zu\n",
           moment->seconds / 3600, moment->executions,
           moment->seconds > 0 ? (double)moment->executions / moment->seconds : 0,
           moment->operations, moment->edges_libfuzzer, moment->edges_afl, moment->corpus_libfuzzer,
           moment->corpus_afl);
    printf("exchanged      %" PRIu64 " times from AFL++ to libFuzzer\n"
           "minimised      %" PRIu64 " times; %" PRIu64 " inputs were superfluous\n",
           moment->merges, moment->minimised, moment->removed);
    if (moment->stability > 0) {
        printf("stability      %.2f%%%s\n", moment->stability,
               moment->stability < STABILITY_MIN ? ": the same input does not do the same" : "");
    }
    if (moment->lost > 0) {
        printf("lost           %" PRIu64 " inputs that failed could not be saved\n", moment->lost);
    }
    printf("to look at     %zu\n"
           "unreproduced   %zu\n"
           "findings       %zu\n",
           moment->waiting, moment->unreproduced, findings->count);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        printf("  %s (%u operations, %s): %s\n", finding->name, finding->operations,
               finding->harness, finding->operation);
    }
    print_roles(moment);
}

static bool write_json(const char *path, const char *folder, const struct moment *moment,
                       const struct findings *findings)
{
    cJSON *object = timeline_json(moment);
    cJSON_AddStringToObject(object, "folder", folder);
    cJSON_AddBoolToObject(object, "is_running", is_running(folder));
    cJSON *list = cJSON_AddArrayToObject(object, "found");
    for (size_t i = 0; i < findings->count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", findings->list[i].name);
        cJSON_AddStringToObject(item, "oracle", findings->list[i].oracle);
        cJSON_AddStringToObject(item, "harness", findings->list[i].harness);
        cJSON_AddStringToObject(item, "operation", findings->list[i].operation);
        cJSON_AddNumberToObject(item, "operations", findings->list[i].operations);
        cJSON_AddItemToArray(list, item);
    }
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    bool is_written = text != NULL;
    if (is_written && strcmp(path, "-") == 0) {
        is_written = puts(text) >= 0 && fflush(stdout) == 0;
    } else if (is_written) {
        is_written = file_write(path, text, strlen(text));
    }
    cJSON_free(text);
    return is_written;
}

/* Returns false for a usage error. */
static bool parse(int argc, char **argv, const char **folder, const char **json)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            *json = argv[++i];
        } else if (argv[i][0] != '-' && *folder == NULL) {
            *folder = argv[i];
        } else {
            complain("unexpected '%s'; ./bed status --help says more", argv[i]);
            return false;
        }
    }
    if (*folder == NULL) {
        *folder = "out/campaign/bestfit";
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *folder = NULL;
    const char *json = NULL;
    command_name_set("bed status");
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(argc, argv, &folder, &json)) {
        return 2;
    }
    char *timeline = text_format("%s/timeline.jsonl", folder);
    struct moment moment = {0};
    if (!timeline_last(timeline, &moment)) {
        complain("no campaign has begun in %s; ./bed campaign --dir %s begins one", folder, folder);
        return 2;
    }
    char *found = text_format("%s/findings", folder);
    struct findings findings;
    findings_open(&findings, found);
    if (json == NULL || strcmp(json, "-") != 0) {
        print(folder, &moment, &findings);
    }
    if (json != NULL && !write_json(json, folder, &moment, &findings)) {
        return 2;
    }
    if (findings.count + moment.unreproduced + moment.waiting > 0) {
        return 1;
    }
    return moment.lost > 0 ? 2 : 0; /* as the campaign itself ends */
}
