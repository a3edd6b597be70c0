/* SPDX-License-Identifier: MIT
 *
 * bed throughput: how many operations a second reach the target with the oracles on.
 *
 * Every input is run for the same share of time (throughput.h), on one core. The mean of the
 * inputs' rates is the figure: a few long inputs do not outweigh the others.
 */
#include "cli.h"
#include "throughput.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct input {
    const char *path;
    struct hb_bytes bytes;
    struct hb_throughput throughput;
};

static void print_help(void)
{
    (void)printf("usage: bed throughput [OPTIONS] FILE|FOLDER ...\n\n"
                 "Measures checked operations a second: those that reached the target, with the\n"
                 "per-operation oracles on and the full-heap ones amortised (docs/oracles.md).\n\n"
                 "  --target T     name or path of a shared object (default bestfit)\n"
                 "  --seconds N    CPU seconds in all (default 10), shared equally by the inputs\n"
                 "  --verbose      a line for each input\n"
                 "  --events       with events of heap shape counted, as when fuzzing\n"
                 "  --json FILE    as JSON (- for standard output)\n\n"
                 "Exit status: 0 measured, 1 an input is a finding, 2 usage or nothing to run.\n");
}

static bool measure(struct input *input, const struct hb_target *target, double seconds,
                    struct hb_events *events)
{
    struct hb_verdict verdict;

    if (hb_throughput_measure(&input->bytes, target, seconds, events, &input->throughput,
                              &verdict)) {
        return true;
    }
    if (verdict.oracle != HB_ORACLE_NONE) {
        (void)printf("FINDING %s\n", input->path);
        cli_print_verdict(&verdict, stdout);
    }
    return false;
}

static double mean_rate(const struct input *inputs, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += hb_throughput_rate(&inputs[i].throughput);
    }
    return sum / (double)count;
}

static bool write_json(const char *path, const char *target_name, const struct input *inputs,
                       size_t count)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "target", target_name);
    cJSON_AddNumberToObject(json, "operations_per_second", mean_rate(inputs, count));
    cJSON *list = cJSON_AddArrayToObject(json, "inputs");
    for (size_t i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "input", inputs[i].path);
        cJSON_AddNumberToObject(item, "operations", (double)inputs[i].throughput.operations);
        cJSON_AddNumberToObject(item, "runs", (double)inputs[i].throughput.runs);
        cJSON_AddNumberToObject(item, "seconds", inputs[i].throughput.seconds);
        cJSON_AddItemToArray(list, item);
    }
    return cli_write_json(path, json);
}

struct measurement {
    const char *target_name;
    const char *json_path;
    double seconds;
    bool has_events;
    bool is_verbose;
};

static int measure_all(const struct measurement *measurement, struct input *inputs, size_t count)
{
    const struct hb_target *target = cli_target(measurement->target_name);
    if (target == NULL) {
        return EXIT_USAGE;
    }
    static struct hb_events events; /* nobody looks: it is what telling them costs */
    const double share = measurement->seconds / (double)count;
    for (size_t i = 0; i < count; i++) {
        if (isatty(STDERR_FILENO)) {
            (void)fprintf(stderr, "\r%zu of %zu inputs ", i, count);
        }
        if (!cli_load(inputs[i].path, &inputs[i].bytes)) {
            return EXIT_USAGE;
        }
        const bool ok =
            measure(&inputs[i], target, share, measurement->has_events ? &events : NULL);
        free(inputs[i].bytes.data);
        if (!ok) {
            return EXIT_FINDING;
        }
        if (measurement->is_verbose) {
            (void)printf("%12.0f operations/s  %s (%" PRIu64 " a run)\n",
                         hb_throughput_rate(&inputs[i].throughput), inputs[i].path,
                         inputs[i].throughput.operations / inputs[i].throughput.runs);
        }
    }
    (void)fprintf(stderr, "%s", isatty(STDERR_FILENO) ? "\r" : "");
    (void)printf("%.0f checked operations/s on %s, mean of %zu inputs, one core, CPU time\n",
                 mean_rate(inputs, count), measurement->target_name, count);
    return measurement->json_path == NULL ||
                   write_json(measurement->json_path, measurement->target_name, inputs, count)
               ? EXIT_OK
               : EXIT_USAGE;
}

int cmd_throughput(int argc, char **argv)
{
    struct measurement measurement = {.target_name = "bestfit", .seconds = 10};
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &measurement.target_name},
        {"seconds", CLI_SECONDS, &measurement.seconds},
        {"json", CLI_TEXT, &measurement.json_path},
        {"verbose", CLI_FLAG, &measurement.is_verbose},
        {"events", CLI_FLAG, &measurement.has_events},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    struct cli_paths paths;
    if (!cli_paths_expand(argv + first, argc - first, &paths)) {
        return EXIT_USAGE;
    }
    struct input *inputs = calloc(paths.count + 1, sizeof *inputs);
    if (inputs == NULL || paths.count == 0) {
        (void)fprintf(stderr, "bed throughput: nothing to run\n");
        free(inputs);
        cli_paths_free(&paths);
        return cli_usage_error("throughput");
    }
    for (size_t i = 0; i < paths.count; i++) {
        inputs[i].path = paths.items[i];
    }
    status = measure_all(&measurement, inputs, paths.count);
    free(inputs);
    cli_paths_free(&paths);
    return status;
}
