/* SPDX-License-Identifier: MIT
 *
 * Opens findings: plain inputs, inputs with the JSON of a search beside them, and bundles. A bundle
 * may come from anywhere: a shared object that it names is never loaded unless the user names it.
 */
#include "finding.h"

#include "file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cli_hash_text(const void *bytes, size_t count, char text[CLI_HASH_TEXT_BYTES])
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    (void)snprintf(text, CLI_HASH_TEXT_BYTES, "%016" PRIx64, hash);
}

bool cli_is_bundle(const char *path)
{
    char manifest[4096];
    (void)snprintf(manifest, sizeof manifest, "%s/" BUNDLE_MANIFEST, path);
    return access(manifest, F_OK) == 0;
}

/* Null, with file, offset and reason on stderr. */
static cJSON *read_json(const char *path)
{
    struct hb_bytes bytes;
    char error[512];
    const char *end = NULL;
    if (!hb_file_read(path, &bytes, error, sizeof error)) {
        (void)fprintf(stderr, "bed: %s\n", error);
        return NULL;
    }
    char *text = calloc(bytes.count + 1, 1);
    if (text == NULL) {
        perror("bed");
        free(bytes.data);
        return NULL;
    }
    memcpy(text, bytes.data, bytes.count);
    free(bytes.data);
    cJSON *json = cJSON_ParseWithOpts(text, &end, true);
    if (!cJSON_IsObject(json)) {
        (void)fprintf(stderr, "bed: %s: offset %td: not a JSON object\n", path,
                      end != NULL ? end - text : 0);
        cJSON_Delete(json);
        json = NULL;
    }
    free(text);
    return json;
}

/* Kept in the finding; null where the JSON has none. */
static const char *keep_text(struct cli_finding *finding, const cJSON *json, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
    if (value == NULL || value[0] == '\0' || finding->text_count == CLI_FINDING_TEXTS) {
        return NULL;
    }
    char *kept = finding->texts[finding->text_count++];
    (void)snprintf(kept, sizeof finding->texts[0], "%s", value);
    return kept;
}

static void take(const char **field, const char *value)
{
    *field = *field != NULL ? *field : value;
}

static bool check_input(const char *manifest_path, const cJSON *manifest, const char *input)
{
    const char *wanted =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(manifest, "input_hash"));
    char actual[CLI_HASH_TEXT_BYTES];
    char error[512];
    struct hb_bytes bytes;
    if (!hb_file_read(input, &bytes, error, sizeof error)) {
        (void)fprintf(stderr, "bed: %s\n", error);
        return false;
    }
    cli_hash_text(bytes.data, bytes.count, actual);
    free(bytes.data);
    if (wanted == NULL || strcmp(wanted, actual) != 0) {
        (void)fprintf(stderr, "bed: %s: its hash is %s, and %s says %s: one of them is damaged\n",
                      input, actual, manifest_path, wanted != NULL ? wanted : "none");
        return false;
    }
    return true;
}

static bool refuse_path(const char *command, const char *path, const char *target_name)
{
    if (target_name == NULL || strchr(target_name, '/') == NULL) {
        return true;
    }
    (void)fprintf(
        stderr,
        "bed %s: %s was found in the shared object '%s'. A bundle's word is not enough to "
        "load one: name it yourself, --target %s\n",
        command, path, target_name, target_name);
    return false;
}

static bool open_bundle(const char *command, const char *path, struct cli_finding *finding)
{
    char manifest_path[4096];
    (void)snprintf(manifest_path, sizeof manifest_path, "%s/" BUNDLE_MANIFEST, path);
    (void)snprintf(finding->input, sizeof finding->input, "%s/" BUNDLE_INPUT, path);
    finding->is_bundle = true;
    cJSON *json = read_json(manifest_path);
    if (json == NULL) {
        return false;
    }
    const char *schema = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "schema"));
    bool ok = schema != NULL && strcmp(schema, BUNDLE_SCHEMA) == 0;
    if (!ok) {
        (void)fprintf(stderr, "bed: %s: its schema is '%s', this bed knows '" BUNDLE_SCHEMA "'\n",
                      manifest_path, schema != NULL ? schema : "not given");
    }
    const cJSON *run = cJSON_GetObjectItemCaseSensitive(json, "run");
    if (ok && !cJSON_IsObject(run)) {
        (void)fprintf(stderr, "bed: %s: it has no object 'run'\n", manifest_path);
        ok = false;
    }
    if (ok && (ok = check_input(manifest_path, json, finding->input))) {
        const char *target_name = keep_text(finding, run, "target");
        const char *against_name = keep_text(finding, run, "against");
        ok = (finding->target_name != NULL || refuse_path(command, path, target_name)) &&
             (finding->against_name != NULL || refuse_path(command, path, against_name));
        take(&finding->target_name, target_name);
        take(&finding->against_name, against_name);
        take(&finding->seed_text, keep_text(finding, run, "seed"));
        take(&finding->without_text, keep_text(finding, run, "without"));
        take(&finding->contract_text, keep_text(finding, run, "contract"));
        finding->is_corrupting |= cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(run, "corrupt"));
    }
    cJSON_Delete(json);
    return ok;
}

/* What bed fuzz says of the finding in NAME.json beside NAME.hbed. */
static bool open_beside(const char *command, const char *path, struct cli_finding *finding)
{
    const char *slash = strrchr(path, '/');
    const char *point = strrchr(slash != NULL ? slash : path, '.');
    struct stat status;
    char json_path[4096];
    (void)snprintf(json_path, sizeof json_path, "%.*s.json",
                   point != NULL ? (int)(point - path) : (int)strlen(path), path);
    if (finding->target_name != NULL || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        access(json_path, F_OK) != 0) {
        return true;
    }
    cJSON *json = read_json(json_path);
    if (json == NULL) {
        return false;
    }
    const char *harness = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "harness"));
    const bool is_two = harness != NULL && strcmp(harness, "differential") == 0;
    if (is_two && finding->against_name == NULL) {
        (void)fprintf(stderr, "bed %s: %s is of two targets: name them, --target A --against B\n",
                      command, path);
    } else {
        take(&finding->target_name, keep_text(finding, json, "target"));
        finding->is_corrupting |= harness != NULL && strcmp(harness, "corrupt") == 0;
        if (finding->is_corrupting) {
            take(&finding->seed_text, keep_text(finding, json, "seed"));
        }
    }
    cJSON_Delete(json);
    return !is_two || finding->against_name != NULL;
}

bool cli_finding_open(const char *command, const char *path, bool wants_json,
                      struct cli_finding *finding)
{
    if (cli_is_bundle(path)) {
        return open_bundle(command, path, finding);
    }
    (void)snprintf(finding->input, sizeof finding->input, "%s", path);
    return !wants_json || open_beside(command, path, finding);
}

bool cli_finding_adopt(const char *command, char **arguments, int count,
                       struct cli_finding *finding)
{
    if (count != 1) {
        return true;
    }
    if (!cli_is_bundle(arguments[0])) {
        return open_beside(command, arguments[0], finding);
    }
    if (!open_bundle(command, arguments[0], finding)) {
        return false;
    }
    arguments[0] = finding->input;
    return true;
}

bool cli_finding_prepare(const char *command, struct cli_finding *finding)
{
    take(&finding->target_name, "bestfit");
    if (!cli_seed(command, finding->seed_text, &finding->draw_seed) ||
        !cli_judging(command, finding->without_text, finding->contract_text, &finding->judging)) {
        return false;
    }
    finding->target = cli_target(finding->target_name);
    finding->against = finding->against_name != NULL ? cli_target(finding->against_name) : NULL;
    return finding->target != NULL && (finding->against != NULL || finding->against_name == NULL) &&
           (!finding->is_corrupting || cli_can_be_smashed(command, finding->target));
}

struct hb_run_options cli_finding_options(const struct cli_finding *finding,
                                          const struct hb_ops *ops)
{
    const bool is_short = hb_run_is_short(ops);
    return (struct hb_run_options){.thorough = is_short,
                                   .run_twice = is_short,
                                   .catch_signals = true,
                                   .against = finding->against,
                                   .is_corrupting = finding->is_corrupting,
                                   .draw_seed = finding->draw_seed,
                                   .without = finding->judging.without,
                                   .is_foreign = finding->judging.is_foreign};
}

unsigned cli_finding_seconds(const struct cli_finding *finding, const struct hb_ops *ops)
{
    const unsigned by_length = hb_run_is_short(ops) ? 60 : 1200;
    return finding->seconds_max != 0 ? finding->seconds_max : by_length;
}
