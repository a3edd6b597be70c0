/* SPDX-License-Identifier: MIT
 *
 * bed targets: which allocators there are, and what each promises.
 */
#include "cli.h"
#include "uninstrumented.h"

#include <string.h>

static const struct {
    uint32_t flag;
    const char *name;
} promises[] = {
    {HB_TAKES_RANGES, "takes-ranges"},       {HB_PLACES_AS_LIST, "places-as-list"},
    {HB_FAILS_UNCHANGED, "fails-unchanged"}, {HB_REFUSES_WRONG_FREES, "refuses-wrong-frees"},
    {HB_SIZED_FREE, "sized-free"},           {HB_COALESCES, "coalesces"},
    {HB_COUNTS_WORK, "counts-work"},         {HB_PLACES_AS_BITMAP, "places-as-bitmap"},
    {HB_REFUSES_BY_ODDS, "refuses-by-odds"}, {HB_COUNTS_MORE, "counts-more"},
    {HB_WALKS_RANGES, "walks-ranges"},       {HB_ANNOTATES, "annotates"},
};

static void print_help(void)
{
    (void)printf("usage: bed targets [--all] [--json FILE] [PATH ...]\n\n"
                 "Lists the allocators that can be named with --target, and those in the shared\n"
                 "objects given, with what each promises and the\n"
                 "oracles that can speak of it (docs/your-allocator.md).\n\n"
                 "  --all          the canaries too: targets broken on purpose, one an oracle\n"
                 "  --json FILE    as JSON (- for standard output)\n\n"
                 "Exit status: 0 listed, 2 usage or a shared object that is no target.\n");
}

static void print_target(const struct hb_target *target)
{
    (void)printf("%-20s %s\n%-20s", target->name, target->summary, "");
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        if ((target->contract & promises[i].flag) != 0) {
            (void)printf(" %s", promises[i].name);
        }
    }
    (void)printf(" alignment<=%zu\n%-20s oracles:", target->align_max, "");
    for (unsigned i = 0; i < HB_ORACLE_COUNT; i++) {
        if (hb_oracle_applies(i, target)) {
            (void)printf(" %s", hb_oracle_name(i));
        }
    }
    (void)printf("\n");
}

static cJSON *target_json(const struct hb_target *target)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *contract = cJSON_AddArrayToObject(json, "contract");
    cJSON_AddStringToObject(json, "name", target->name);
    cJSON_AddStringToObject(json, "summary", target->summary);
    cJSON_AddNumberToObject(json, "align_max", (double)target->align_max);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        if ((target->contract & promises[i].flag) != 0) {
            cJSON_AddItemToArray(contract, cJSON_CreateString(promises[i].name));
        }
    }
    cJSON *oracles = cJSON_AddArrayToObject(json, "oracles");
    for (unsigned i = 0; i < HB_ORACLE_COUNT; i++) {
        if (hb_oracle_applies(i, target)) {
            cJSON_AddItemToArray(oracles, cJSON_CreateString(hb_oracle_name(i)));
        }
    }
    return json;
}

static void show(const struct hb_target *target, cJSON *list)
{
    if (list != NULL) {
        cJSON_AddItemToArray(list, target_json(target));
    } else {
        print_target(target);
    }
}

int cmd_targets(int argc, char **argv)
{
    const char *json_path = NULL;
    bool is_all = false;
    const struct cli_option options[] = {
        {"all", CLI_FLAG, &is_all},
        {"json", CLI_TEXT, &json_path},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    cJSON *list = json_path != NULL ? cJSON_CreateArray() : NULL;
    const struct hb_target *target;
    for (size_t i = 0; first == argc && (target = hb_target_builtin(i)) != NULL; i++) {
        if (is_all || strncmp(target->name, "canary-", 7) != 0) {
            show(target, list);
        }
    }
    if (first == argc && list == NULL && !HB_HAS_SHADOW) {
        (void)printf(
            "%-20s bestfit, bestfit-list and bestfit-quarantine, annotated for AddressSanitizer:\n"
            "%-20s of builds with it, which ./bed fuzz and ./bed replay --target choose\n",
            "...-annotated", "");
    }
    bool ok = true;
    for (int i = first; i < argc; i++) {
        target = cli_target(argv[i]);
        ok &= target != NULL;
        if (target != NULL) {
            show(target, list);
        }
    }
    ok &= json_path == NULL || cli_write_json(json_path, list);
    return ok ? EXIT_OK : EXIT_USAGE;
}
