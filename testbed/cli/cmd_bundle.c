/* SPDX-License-Identifier: MIT
 *
 * bed bundle: a finding as a package: all that somebody else needs to see it.
 */
#include "archive.h"
#include "file.h"
#include "film.h"
#include "finding.h"
#include "picture/picture.h"
#include "reproducer.h"
#include "sanitized.h"
#include "uninstrumented.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef HB_BUILD_COMPILER
#define HB_BUILD_COMPILER "unknown"
#endif
#ifndef HB_BUILD_FLAGS
#define HB_BUILD_FLAGS "unknown"
#endif

struct bundle {
    struct cli_finding finding;
    const char *log_path;
    const char *sanitized;
    char **arguments; /* that the command was called with */
    const char *path;
    char name[80]; /* of the folder, unless another one is asked for */
    struct hb_bytes input;
    struct hb_ops ops;
    struct hb_film film;
    struct archive archive;
    bool has_program;
    const char *log_origin; /* null: there is none */
};

static void print_help(void)
{
    (void)printf(
        "usage: bed bundle [OPTIONS] [-o FOLDER|FILE.tar] FINDING\n\n"
        "Runs a finding once more and writes all that somebody else needs to see it: the\n"
        "input, its text, a C program, the heap as text, drawing and page, the sanitizer's\n"
        "report, what it was found with, and how to reproduce it. `bed replay FOLDER`,\n"
        "`bed shrink`, `bed show` and `bed bisect` take the folder for the finding. The same\n"
        "finding gives the same bytes.\n\n"
        "  -o PATH        where to; it must not be there yet (default: the input's name with\n"
        "                 -bundle)\n"
        "  --target T     name or path of a shared object (default: what the finding's JSON of\n"
        "                 a search says, or else bestfit)\n"
        "  --against B, --corrupt, --seed S, --timeout N   as for bed replay\n" CLI_JUDGING_HELP
        "  --log FILE     the sanitizer's report (default: NAME.log beside the finding)\n"
        "  --sanitize     no report is there: replay in the build with sanitizers (./bed builds\n"
        "                 it)\n\n"
        "Exit status: 0 written, 1 the input is clean and nothing is written, 2 usage or\n"
        "environment.\n");
}

/* --- members ------------------------------------------------------------------------------------
 */

static bool add_input(struct bundle *bundle)
{
    FILE *out = archive_begin(&bundle->archive, BUNDLE_INPUT);
    if (out == NULL) {
        return false;
    }
    (void)fwrite(bundle->input.data, 1, bundle->input.count, out);
    if (!archive_end(&bundle->archive) ||
        (out = archive_begin(&bundle->archive, "input.hbedt")) == NULL) {
        return false;
    }
    hb_ops_print(&bundle->ops, out);
    return archive_end(&bundle->archive);
}

static const char *path_of(const char *target_name)
{
    return strchr(target_name, '/') != NULL ? target_name : NULL;
}

static const char *name_at_fault(const struct bundle *bundle)
{
    return bundle->film.target == bundle->finding.target ? bundle->finding.target_name
                                                         : bundle->finding.against_name;
}

/* Not of two that differ, nor of a heap that the bed overwrites; nor of every target. */
static bool add_program(struct bundle *bundle)
{
    const struct hb_verdict *verdict = &bundle->film.result.verdict;
    if (bundle->finding.is_corrupting || verdict->oracle == HB_ORACLE_DIFFER) {
        return true;
    }
    FILE *out = archive_begin(&bundle->archive, "program.c");
    if (out == NULL) {
        return false;
    }
    bundle->has_program = hb_reproducer_write(&bundle->ops, bundle->film.target,
                                              path_of(name_at_fault(bundle)), verdict, out);
    const bool ok = archive_end(&bundle->archive);
    if (!bundle->has_program) {
        archive_drop(&bundle->archive);
    }
    return ok;
}

static bool add_pictures(struct bundle *bundle)
{
    FILE *out = archive_begin(&bundle->archive, "heap.txt");
    if (out == NULL) {
        return false;
    }
    cli_print_verdict(&bundle->film.result.verdict, out);
    (void)fprintf(out, "\nbefore\n");
    hb_picture_text(hb_film_before(&bundle->film), out);
    (void)fprintf(out, "\nafter\n");
    hb_picture_text(hb_film_after(&bundle->film), out);
    if (!archive_end(&bundle->archive) ||
        (out = archive_begin(&bundle->archive, "heap.svg")) == NULL) {
        return false;
    }
    hb_picture_svg(&bundle->film, out);
    if (!archive_end(&bundle->archive) ||
        (out = archive_begin(&bundle->archive, "heap.html")) == NULL) {
        return false;
    }
    hb_picture_html(&bundle->film, out);
    return archive_end(&bundle->archive);
}

/* --- the sanitizer's report ---------------------------------------------------------------------
 */

static bool add_text_of_log(struct bundle *bundle, const struct hb_bytes *text, const char *origin)
{
    if (!cli_is_report(text)) {
        return true;
    }
    FILE *out = archive_begin(&bundle->archive, "sanitizer.log");
    if (out == NULL) {
        return false;
    }
    cli_report_print(text, out);
    bundle->log_origin = origin;
    return archive_end(&bundle->archive);
}

static bool add_log(struct bundle *bundle, const char *path)
{
    struct hb_bytes bytes;
    char error[512];
    if (!cli_text_read(path, &bytes, error, sizeof error)) {
        (void)fprintf(stderr, "bed bundle: %s\n", error);
        return false;
    }
    const bool ok = add_text_of_log(bundle, &bytes, "came with the finding");
    free(bytes.data);
    return ok;
}

static bool replay_sanitized(struct bundle *bundle)
{
    const struct cli_finding *finding = &bundle->finding;
    const struct cli_sanitized_run run = {.program = bundle->sanitized,
                                          .target_name = finding->target_name,
                                          .against_name = finding->against_name,
                                          .is_corrupting = finding->is_corrupting,
                                          .draw_seed = bundle->film.result.draw_seed,
                                          .without_text = finding->without_text,
                                          .contract_text = finding->contract_text};
    struct hb_bytes text;
    if (cli_sanitized_replay(&run, &bundle->input, &text) < 0) {
        return false;
    }
    const bool ok = add_text_of_log(bundle, &text, "replayed in a build with sanitizers");
    free(text.data);
    return ok;
}

static bool add_report(struct bundle *bundle)
{
    char beside[4200];
    const char *point = strrchr(bundle->finding.input, '.');
    const int stem = point != NULL ? (int)(point - bundle->finding.input) : 4096;
    (void)snprintf(beside, sizeof beside, "%.*s.log", stem, bundle->finding.input);
    if (bundle->log_path != NULL) {
        return add_log(bundle, bundle->log_path);
    }
    if (access(beside, R_OK) == 0) {
        return add_log(bundle, beside);
    }
    return bundle->sanitized == NULL || replay_sanitized(bundle);
}

/* --- what it is, and how to see it --------------------------------------------------------------
 */

static void add_text(cJSON *json, const char *name, const char *text)
{
    if (text != NULL) {
        cJSON_AddStringToObject(json, name, text);
    } else {
        cJSON_AddNullToObject(json, name);
    }
}

static cJSON *run_json(const struct bundle *bundle)
{
    const struct cli_finding *finding = &bundle->finding;
    cJSON *run = cJSON_CreateObject();
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%" PRIx64, bundle->film.result.draw_seed);
    cJSON_AddStringToObject(run, "target", finding->target_name);
    add_text(run, "against", finding->against_name);
    cJSON_AddBoolToObject(run, "corrupt", finding->is_corrupting);
    cJSON_AddStringToObject(run, "seed", seed);
    add_text(run, "without", finding->without_text);
    add_text(run, "contract", finding->contract_text);
    return run;
}

/* What was tested: a shared object by its hash, since its path says nothing elsewhere. */
static cJSON *target_json(const struct bundle *bundle)
{
    const char *name = name_at_fault(bundle);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", bundle->film.target->name);
    cJSON_AddStringToObject(json, "summary", bundle->film.target->summary);
    cJSON_AddNumberToObject(json, "contract", bundle->film.target->contract);
    struct hb_bytes bytes;
    char error[512];
    if (path_of(name) != NULL && hb_file_read(name, &bytes, error, sizeof error)) {
        char hash[CLI_HASH_TEXT_BYTES];
        cli_hash_text(bytes.data, bytes.count, hash);
        cJSON_AddStringToObject(json, "file", strrchr(name, '/') + 1);
        cJSON_AddNumberToObject(json, "file_bytes", (double)bytes.count);
        cJSON_AddStringToObject(json, "file_hash", hash);
        free(bytes.data);
    }
    return json;
}

static cJSON *build_json(void)
{
    const char *commit = getenv("HEAPBED_COMMIT");
    struct utsname system;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "commit", commit != NULL ? commit : "unknown");
    cJSON_AddNumberToObject(json, "op_stream_version", HB_OPS_VERSION);
    cJSON_AddNumberToObject(json, "target_abi_version", HB_TARGET_ABI);
    cJSON_AddStringToObject(json, "compiler", HB_BUILD_COMPILER);
    cJSON_AddStringToObject(json, "flags", HB_BUILD_FLAGS);
    cJSON_AddNumberToObject(json, "pointer_bits", (double)(8 * sizeof(void *)));
    if (uname(&system) == 0) {
        cJSON_AddStringToObject(json, "machine", system.machine);
    }
    return json;
}

static cJSON *files_json(const struct bundle *bundle)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < bundle->archive.count; i++) {
        char hash[CLI_HASH_TEXT_BYTES];
        cJSON *json = cJSON_CreateObject();
        cli_hash_text(bundle->archive.members[i].bytes, bundle->archive.members[i].count, hash);
        cJSON_AddStringToObject(json, "name", bundle->archive.members[i].name);
        cJSON_AddNumberToObject(json, "bytes", (double)bundle->archive.members[i].count);
        cJSON_AddStringToObject(json, "hash", hash);
        cJSON_AddItemToArray(list, json);
    }
    return list;
}

static bool add_manifest(struct bundle *bundle)
{
    const struct hb_run_result *result = &bundle->film.result;
    char hash[CLI_HASH_TEXT_BYTES];
    char shape[HB_SHAPE_TEXT_BYTES];
    cJSON *json = cJSON_CreateObject();
    cli_hash_text(bundle->input.data, bundle->input.count, hash);
    hb_shape_print(result, shape);
    cJSON_AddStringToObject(json, "schema", BUNDLE_SCHEMA);
    cJSON_AddStringToObject(json, "input", BUNDLE_INPUT);
    cJSON_AddStringToObject(json, "input_hash", hash);
    cJSON_AddNumberToObject(json, "operations", (double)bundle->ops.count);
    cJSON_AddItemToObject(json, "run", run_json(bundle));
    cJSON_AddItemToObject(json, "verdict", cli_verdict_json(&result->verdict));
    cJSON_AddStringToObject(json, "shape", shape);
    cJSON_AddItemToObject(json, "target", target_json(bundle));
    cJSON_AddItemToObject(json, "build", build_json());
    add_text(json, "sanitizer_log", bundle->log_origin);
    cJSON_AddItemToObject(json, "files", files_json(bundle));
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    FILE *out = text != NULL ? archive_begin(&bundle->archive, BUNDLE_MANIFEST) : NULL;
    if (out == NULL) {
        return false;
    }
    (void)fprintf(out, "%s\n", text);
    cJSON_free(text);
    return archive_end(&bundle->archive);
}

/* is_inside: in the image, where shared objects lie in /target. */
static void print_target(const char *option, const char *name, bool is_inside, FILE *out)
{
    char inside[300];
    if (path_of(name) != NULL && is_inside) {
        (void)snprintf(inside, sizeof inside, "/target/%.250s", strrchr(name, '/') + 1);
        name = inside;
    }
    (void)fprintf(out, " --%s ", option);
    cli_print_word(name, out);
}

static void print_options(const struct bundle *bundle, bool is_inside, FILE *out)
{
    const struct cli_finding *finding = &bundle->finding;
    print_target("target", finding->target_name, is_inside, out);
    if (finding->against_name != NULL) {
        print_target("against", finding->against_name, is_inside, out);
    }
    if (finding->is_corrupting) {
        (void)fprintf(out, " --corrupt");
    }
    if (finding->is_corrupting || finding->draw_seed != 0) {
        (void)fprintf(out, " --seed %" PRIx64, bundle->film.result.draw_seed);
    }
    if (finding->without_text != NULL) {
        (void)fprintf(out, " --without %s", finding->without_text);
    }
    if (finding->contract_text != NULL) {
        (void)fprintf(out, " --contract %s", finding->contract_text);
    }
}

static void print_readme(const struct bundle *bundle, FILE *out)
{
    const bool is_loaded = path_of(bundle->finding.target_name) != NULL;
    (void)fprintf(out, "# A finding of heapbed: %s on %s\n\n```\n",
                  hb_oracle_name(bundle->film.result.verdict.oracle), bundle->film.target->name);
    cli_print_verdict(&bundle->film.result.verdict, out);
    (void)fprintf(
        out, "```\n\nIn Docker, with the project's image (`docker build -t heapbed .`), in this "
             "folder:\n\n    docker run --rm -i --network none ");
    if (is_loaded) {
        (void)fprintf(out, "-v \"$TARGET_FOLDER\":/target:ro ");
    }
    (void)fprintf(out, "heapbed replay");
    print_options(bundle, true, out);
    (void)fprintf(out, " - < " BUNDLE_INPUT "\n\nWithout, in a clone of the project:\n\n    ");
    if (bundle->film.result.verdict.oracle == HB_ORACLE_SANITIZER) {
        (void)fprintf(out,
                      "cmake --preset asan-ubsan && cmake --build --preset asan-ubsan --target "
                      "bed_cli\n    build/asan-ubsan/bed replay");
    } else {
        (void)fprintf(out, "./bed replay");
    }
    if (is_loaded) {
        print_target("target", bundle->finding.target_name, false, out);
    }
    (void)fprintf(out, " THIS-FOLDER\n\n");
    if (is_loaded) {
        (void)fprintf(out,
                      "The target is a shared object of its own (%s, by hash and length in "
                      "`" BUNDLE_MANIFEST
                      "`); it is not in here. For Docker TARGET_FOLDER is the folder "
                      "that it lies in: `export TARGET_FOLDER=...`.\n\n",
                      strrchr(bundle->finding.target_name, '/') + 1);
    }
    if (bundle->has_program) {
        (void)fprintf(out,
                      "Without the bed, in a clone of the project; exits 1 and names the oracle:"
                      "\n\n    cc -Icore THIS-FOLDER/program.c && ./a.out\n\n");
    }
    (void)fprintf(
        out,
        "| file | what it is |\n|---|---|\n"
        "| `" BUNDLE_INPUT "` | the operations, as the bed reads them |\n"
        "| `input.hbedt` | the same as text |\n%s"
        "| `heap.svg` | the heap before and after the operation at fault |\n"
        "| `heap.html` | the heap after each operation, to step through in a browser |\n"
        "| `heap.txt` | verdict and heap in letters |\n%s"
        "| `" BUNDLE_MANIFEST "` | what it was found with, for programs (schema "
        "`" BUNDLE_SCHEMA "`) |\n",
        bundle->has_program ? "| `program.c` | the same calls as a C program of its own |\n" : "",
        bundle->log_origin != NULL ? "| `sanitizer.log` | the sanitizer's report |\n" : "");
}

static bool add_readme(struct bundle *bundle)
{
    FILE *out = archive_begin(&bundle->archive, "README.md");
    if (out == NULL) {
        return false;
    }
    print_readme(bundle, out);
    return archive_end(&bundle->archive);
}

/* --- the command --------------------------------------------------------------------------------
 */

/* What only a sanitizer sees is bundled by the build that has one. Comes back where this is it. */
static void begin_sanitized(const struct bundle *bundle)
{
    if (bundle->sanitized != NULL && !HB_IS_SANITIZED) {
        (void)execv(bundle->sanitized, bundle->arguments);
        perror(bundle->sanitized);
    }
}

static int make(struct bundle *bundle)
{
    const struct hb_run_options options = cli_finding_options(&bundle->finding, &bundle->ops);
    if (!hb_film_take(&bundle->ops, bundle->finding.target, &options,
                      cli_finding_seconds(&bundle->finding, &bundle->ops), 0, &bundle->film)) {
        return EXIT_USAGE;
    }
    if (hb_film_is_clean(&bundle->film)) {
        begin_sanitized(bundle);
        (void)fprintf(stderr, "bed bundle: %s: clean on %s, nothing to bundle\n",
                      bundle->finding.input, bundle->finding.target->name);
        return EXIT_FINDING;
    }
    if (!add_input(bundle) || !add_program(bundle) || !add_pictures(bundle) ||
        !add_report(bundle) || !add_readme(bundle) || !add_manifest(bundle) ||
        !archive_write(&bundle->archive, bundle->path, bundle->name)) {
        return EXIT_USAGE;
    }
    cli_print_verdict(&bundle->film.result.verdict, stdout);
    if (bundle->log_origin == NULL && bundle->sanitized != NULL) {
        (void)printf("  sanitizer  nothing to report\n");
    }
    (void)printf("  bundle     %s\n  next       its README.md says how to reproduce it\n",
                 bundle->path);
    return EXIT_OK;
}

/* "dir/place-1234.hbed" -> "place-1234-bundle". */
static void name_bundle(const char *input, char *name, size_t name_bytes)
{
    const char *slash = strrchr(input, '/');
    const char *last = slash != NULL ? slash + 1 : input;
    const size_t length = strcmp(input, "-") == 0 ? 0 : strcspn(last, ".");
    if (length == 0) {
        (void)snprintf(name, name_bytes, "finding-bundle");
        return;
    }
    (void)snprintf(name, name_bytes, "%.*s-bundle", length > 60 ? 60 : (int)length, last);
}

static int run(struct bundle *bundle, const char *argument)
{
    if (!cli_finding_open("bundle", argument, true, &bundle->finding) ||
        !cli_finding_prepare("bundle", &bundle->finding)) {
        return EXIT_USAGE;
    }
    name_bundle(argument, bundle->name, sizeof bundle->name);
    bundle->path = bundle->path != NULL ? bundle->path : bundle->name;
    if (access(bundle->path, F_OK) == 0) {
        (void)fprintf(stderr,
                      "bed bundle: %s is there already; it is kept. Name another: -o PATH\n",
                      bundle->path);
        return EXIT_USAGE;
    }
    if (!cli_can_write(bundle->path) || !cli_load(bundle->finding.input, &bundle->input)) {
        return EXIT_USAGE;
    }
    bundle->ops = hb_ops_view(bundle->input.data, bundle->input.count);
    const int status = make(bundle);
    hb_film_clear(&bundle->film);
    archive_clear(&bundle->archive);
    free(bundle->input.data);
    return status;
}

int cmd_bundle(int argc, char **argv)
{
    struct bundle bundle = {0};
    bool wants_sanitized = false;
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &bundle.finding.target_name},
        {"against", CLI_TEXT, &bundle.finding.against_name},
        {"corrupt", CLI_FLAG, &bundle.finding.is_corrupting},
        {"seed", CLI_TEXT, &bundle.finding.seed_text},
        {"without", CLI_TEXT, &bundle.finding.without_text},
        {"contract", CLI_TEXT, &bundle.finding.contract_text},
        {"timeout", CLI_COUNT, &bundle.finding.seconds_max},
        {"log", CLI_TEXT, &bundle.log_path},
        {"sanitize", CLI_FLAG, &wants_sanitized},
        {"o", CLI_TEXT, &bundle.path},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (argc - first != 1) {
        (void)fprintf(stderr, "bed bundle: needs one finding\n");
        return cli_usage_error("bundle");
    }
    bundle.sanitized = wants_sanitized ? getenv("HEAPBED_SANITIZED") : NULL;
    if (wants_sanitized && bundle.sanitized == NULL) {
        (void)fprintf(stderr, "bed bundle: --sanitize needs HEAPBED_SANITIZED, the bed of a build "
                              "with sanitizers; ./bed bundle sets it\n");
        return EXIT_USAGE;
    }
    bundle.arguments = argv - 1;
    status = run(&bundle, argv[first]);
    return status;
}
