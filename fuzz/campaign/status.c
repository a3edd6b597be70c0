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
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this something remembers earlier inputs, or draws by chance. */
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

/* By its own word; a campaign that was killed had none. */
static bool has_ended(const struct moment *moment)
{
    return strcmp(moment->state, "finished") == 0 || strcmp(moment->state, "stopped") == 0;
}

static void print_state(const char *folder, const struct moment *moment)
{
    if (is_running(folder)) {
        printf("state          %s, at %s\nrunning        %s\n", moment->state, moment->time,
               moment->running);
    } else if (has_ended(moment)) {
        printf("state          %s, at %s\n", moment->state, moment->time);
    } else {
        printf("state          ended without a word after %s (killed, or the power was cut)\n",
               moment->time);
    }
}

static void print_target(const char *folder)
{
    size_t byte_count = 0;
    char *path = text_format("%s/target", folder);
    char *name = file_read(path, &byte_count);
    if (name != NULL && name[0] != '\0') {
        printf("target         %.*s\n", (int)strcspn(name, "\n"), name);
    }
    free(name);
    free(path);
}

/* Sorted by name, so that the same findings are told in the same order. */
static void print_findings(const char *folder, const struct findings *findings)
{
    printf("findings       %zu\n", findings->count);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        printf("  %s (%u operations, %s): %s\n", finding->name, finding->operations,
               finding->harness, finding->operation);
    }
    if (findings->count > 0) {
        printf("  NAME.txt in %s/findings says what each is; ./bed bundle NAME.hbed packs it\n",
               folder);
    }
}

static void print_next(const char *folder, const struct moment *moment)
{
    if (!is_running(folder) && strcmp(moment->state, "finished") != 0) {
        puts("next           the same ./bed campaign goes on where it stopped");
    } else if (!is_running(folder)) {
        puts("next           the same ./bed campaign with more --hours goes on");
    }
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
    printf("campaign       %s\n", folder);
    print_target(folder);
    print_state(folder, moment);
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
               moment->stability < STABILITY_MIN ? ", low: an input does not always cover the same"
                                                 : "");
    }
    if (moment->lost > 0) {
        printf("lost           %" PRIu64 " inputs that failed could not be saved\n", moment->lost);
    }
    printf("to look at     %zu\n"
           "unreproduced   %zu\n",
           moment->waiting, moment->unreproduced);
    print_findings(folder, findings);
    print_roles(moment);
    print_next(folder, moment);
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

/* Returns the exit status where it is over, or else -1. */
static int parse(int argc, char **argv, const char **folder, const char **json)
{
    static const struct option options[] = {
        {"json", required_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option != 'j') {
            complain("unexpected '%s', or nothing behind it; ./bed status --help says more",
                     argv[optind - 1]);
            return 2;
        }
        *json = optarg;
    }
    if (argc - optind > 1) {
        complain("unexpected '%s'; ./bed status --help says more", argv[optind + 1]);
        return 2;
    }
    *folder = optind < argc ? argv[optind] : "out/campaign/bestfit";
    return *json == NULL || strcmp(*json, "-") == 0 || file_can_be_written(*json) ? -1 : 2;
}

static void list_one(void *context, const char *name)
{
    char *timeline = text_format("out/campaign/%s/timeline.jsonl", name);
    if (access(timeline, F_OK) == 0) {
        complain("there is one in out/campaign/%s", name);
    }
    free(timeline);
    (void)context;
}

static void complain_of_none(const char *folder)
{
    struct stat status;
    char *mark = text_format("%s/target", folder);
    const bool is_there = stat(folder, &status) == 0;
    if (is_there &&
        (!S_ISDIR(status.st_mode) || (folder_count(folder) > 0 && access(mark, F_OK) != 0))) {
        complain("%s is no campaign's folder", folder);
    } else {
        complain("no campaign has begun in %s; ./bed campaign --dir %s begins one", folder, folder);
    }
    folder_each("out/campaign", list_one, NULL);
    free(mark);
}

int main(int argc, char **argv)
{
    const char *folder = NULL;
    const char *json = NULL;
    command_name_set("bed status");
    const int exit_status = parse(argc, argv, &folder, &json);
    if (exit_status >= 0) {
        return exit_status;
    }
    char *timeline = text_format("%s/timeline.jsonl", folder);
    struct moment moment = {0};
    if (!timeline_last(timeline, &moment)) {
        complain_of_none(folder);
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
