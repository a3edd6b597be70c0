/* SPDX-License-Identifier: MIT
 *
 * bed show: an input as text, as a C program, as JSON, or as a picture of the heap.
 */
#include "cli.h"

#include "film.h"
#include "finding.h"
#include "picture/picture.h"
#include "reproducer.h"

#include <stdlib.h>
#include <string.h>

enum format { FORMAT_TEXT, FORMAT_C, FORMAT_JSON, FORMAT_SVG, FORMAT_HTML, FORMAT_COUNT };

struct show {
    enum format format;
    struct cli_finding finding;
};

static void print_help(void)
{
    (void)printf(
        "usage: bed show [--format text|c|json|svg|html] [--target T] [-o FILE] INPUT|-\n\n"
        "  text    one operation a line; bed encode turns it back into the same bytes\n"
        "  c       a self-contained C program that makes the same calls on the target and\n"
        "          exits 1, naming the oracle, where the finding shows\n"
        "  json    header and operations\n"
        "  svg     the heap before and after the operation that an oracle objects to\n"
        "  html    a page to step through the operations, with the heap after each; of a long\n"
        "          input the last few hundred up to the verdict\n\n"
        "  --target T   for the C program and the pictures (default: what the JSON of a\n"
        "               search says beside a finding, or else bestfit)\n"
        "  --against B, --corrupt, --seed S, --timeout N   for the pictures, as for bed "
        "replay\n" CLI_JUDGING_HELP
        "  -o FILE      where to (default standard output); an existing file is kept\n"
        "  --force      replace it\n\n"
        "Exit status: 0 shown, 2 usage or an unreadable input.\n");
}

static cJSON *op_json(const struct hb_op *op)
{
    char text[HB_OP_TEXT_BYTES];
    char value[24];
    cJSON *json = cJSON_CreateObject();
    hb_op_print(op, text);
    (void)snprintf(value, sizeof value, "%llu", (unsigned long long)op->value);
    cJSON_AddStringToObject(json, "text", text);
    cJSON_AddStringToObject(json, "kind", hb_op_kind_name(op->kind));
    cJSON_AddNumberToObject(json, "form", op->form);
    cJSON_AddNumberToObject(json, "align_code", op->align_code);
    cJSON_AddNumberToObject(json, "slot", op->slot);
    cJSON_AddStringToObject(json, "value", value); /* 64 bits: more than a JSON number holds */
    return json;
}

static void show_json(const struct hb_ops *ops, FILE *out)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "version", HB_OPS_VERSION);
    cJSON_AddNumberToObject(json, "arena_bytes", (double)(1u << ops->header.arena_log2));
    cJSON_AddNumberToObject(json, "slots", (double)(1u << ops->header.slot_log2));
    cJSON_AddNumberToObject(json, "swarm", ops->header.swarm);
    cJSON *list = cJSON_AddArrayToObject(json, "operations");
    for (size_t i = 0; i < ops->count; i++) {
        const struct hb_op op = hb_ops_get(ops, i);
        cJSON_AddItemToArray(list, op_json(&op));
    }
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    (void)fprintf(out, "%s\n", text != NULL ? text : "null");
    cJSON_free(text);
}

static bool show_picture(const struct hb_ops *ops, struct show *show, FILE *out)
{
    struct hb_film film;
    if (!cli_finding_prepare("show", &show->finding)) {
        return false;
    }
    const struct hb_run_options options = cli_finding_options(&show->finding, ops);
    if (!hb_film_take(ops, show->finding.target, &options, cli_finding_seconds(&show->finding, ops),
                      show->format == FORMAT_SVG ? 1 : 0, &film)) {
        return false;
    }
    if (show->format == FORMAT_SVG) {
        hb_picture_svg(&film, out);
    } else {
        hb_picture_html(&film, out);
    }
    hb_film_clear(&film);
    return true;
}

static bool show_c(const struct hb_ops *ops, const char *target_name, FILE *out)
{
    const struct hb_target *target = cli_target(target_name);
    const bool is_short = hb_run_is_short(ops);
    const struct hb_run_options options = {
        .thorough = is_short, .run_twice = is_short, .catch_signals = true, .is_quiet = true};
    struct hb_run_result result;
    return target != NULL && hb_run_isolated(ops, target, &options, 60, &result) &&
           hb_reproducer_write(ops, target, strchr(target_name, '/') != NULL ? target_name : NULL,
                               &result.verdict, out);
}

/* Into memory first, so that what can't be shown leaves no file behind. */
static char *rendered(const struct hb_ops *ops, struct show *show, size_t *byte_count)
{
    char *text = NULL;
    FILE *memory = open_memstream(&text, byte_count);
    if (memory == NULL) {
        perror("bed show");
        return NULL;
    }
    const char *const target_name =
        show->finding.target_name != NULL ? show->finding.target_name : "bestfit";
    bool ok = true;
    if (show->format == FORMAT_C) {
        ok = show_c(ops, target_name, memory);
    } else if (show->format == FORMAT_SVG || show->format == FORMAT_HTML) {
        ok = show_picture(ops, show, memory);
    } else if (show->format == FORMAT_JSON) {
        show_json(ops, memory);
    } else {
        hb_ops_print(ops, memory);
    }
    if (fclose(memory) != 0) {
        perror("bed show");
        ok = false;
    }
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

static bool show_one(struct show *show, const char *path, bool is_forced)
{
    struct hb_bytes bytes;
    if (!cli_load(show->finding.input, &bytes)) {
        return false;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    size_t byte_count = 0;
    char *text = rendered(&ops, show, &byte_count);
    FILE *out = text != NULL ? cli_create(path, is_forced) : NULL;
    bool ok = out != NULL;
    if (ok) {
        (void)fwrite(text, 1, byte_count, out);
        ok = cli_close(out, path);
    }
    free(text);
    free(bytes.data);
    return ok;
}

int cmd_show(int argc, char **argv)
{
    static const char *const names[] = {"text", "c", "json", "svg", "html"};
    struct show show = {0};
    const char *path = "-";
    const char *format_name = "text";
    bool is_forced = false;
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &show.finding.target_name},
        {"format", CLI_TEXT, &format_name},
        {"o", CLI_TEXT, &path},
        {"against", CLI_TEXT, &show.finding.against_name},
        {"corrupt", CLI_FLAG, &show.finding.is_corrupting},
        {"seed", CLI_TEXT, &show.finding.seed_text},
        {"timeout", CLI_COUNT, &show.finding.seconds_max},
        {"without", CLI_TEXT, &show.finding.without_text},
        {"contract", CLI_TEXT, &show.finding.contract_text},
        {"force", CLI_FLAG, &is_forced},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    unsigned format = 0;
    while (format < FORMAT_COUNT && strcmp(format_name, names[format]) != 0) {
        format++;
    }
    if (format == FORMAT_COUNT) {
        (void)fprintf(stderr, "bed show: no format '%s'; there are text, c, json, svg, html\n",
                      format_name);
        return cli_usage_error("show");
    }
    if (argc - first != 1) {
        (void)fprintf(stderr, "bed show: needs one input\n");
        return cli_usage_error("show");
    }
    show.format = format;
    const bool needs_target = format != FORMAT_TEXT && format != FORMAT_JSON;
    status = cli_finding_open("show", argv[first], needs_target, &show.finding) &&
                     show_one(&show, path, is_forced)
                 ? EXIT_OK
                 : EXIT_USAGE;
    return status;
}
