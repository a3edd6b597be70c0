/* SPDX-License-Identifier: MIT
 *
 * bestfit-malloc-compare: runs a program under the C library's malloc and under the drop-in, in
 * turn, and says whether it wrote the same, and what processor time and memory it took; or a
 * program as it is, and another that has been linked to the drop-in. The order is ABBA, so that a
 * machine that warms up or slows down favours neither; ratios are of neighbours.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 1000

enum { EXIT_SAME, EXIT_DIFFERS, EXIT_USAGE };

struct run {
    double cpu_ms;
    double peak_kib; /* of the largest process of those that were waited for */
    int status;
    int output; /* a memory file */
};

struct pair {
    struct run own; /* under the C library's malloc */
    struct run dropin;
};

struct summary {
    double own_cpu_ms;
    double dropin_cpu_ms;
    double cpu_ratio;
    double cpu_ratio_low; /* a quarter of the ratios is below, a quarter above the next */
    double cpu_ratio_high;
    double own_peak_kib;
    double dropin_peak_kib;
    double peak_ratio;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bestfit-malloc-compare: %s\n", what);
    exit(EXIT_USAGE);
}

static void explain(FILE *file)
{
    fputs("usage: bestfit-malloc-compare [options] -- PROGRAM [ARGUMENTS...]\n"
          "Runs PROGRAM under the C library's malloc and under bestfit's, in turn; its standard\n"
          "input is empty. Exit status: 0 it wrote the same, 1 it did not, 2 it could not be run.\n"
          "  --runs N        this often each way (default 9, at most 1000)\n"
          "  --library FILE  the drop-in (default libbestfit_malloc.so beside this program)\n"
          "  --linked FILE   PROGRAM linked to a drop-in: is run, and nothing is preloaded\n"
          "  --json FILE     the figures as JSON, too (- for standard output)\n",
          file);
}

/* -- one run --------------------------------------------------------------------------------- */

/* A way to run the command. */
struct way {
    const char *program;
    const char *library; /* to preload; null: none */
};

static _Noreturn void become(char **command, struct way way, int output)
{
    const int input = open("/dev/null", O_RDONLY);

    if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        (way.library != NULL && setenv("LD_PRELOAD", way.library, 1) != 0)) {
        _exit(127);
    }
    execvp(way.program, command);
    fprintf(stderr, "bestfit-malloc-compare: %s: %s\n", way.program, strerror(errno));
    _exit(127);
}

static double milliseconds(struct timeval time)
{
    return 1e3 * (double)time.tv_sec + 1e-3 * (double)time.tv_usec;
}

static struct run run_once(char **command, struct way way)
{
    struct run run = {.output = memfd_create("output", MFD_CLOEXEC)};
    struct rusage usage;
    const pid_t process = run.output < 0 ? -1 : fork();

    if (process == 0) {
        become(command, way, run.output);
    }
    if (process < 0) {
        die(strerror(errno));
    }
    while (wait4(process, &run.status, 0, &usage) != process) {
        if (errno != EINTR) {
            die(strerror(errno));
        }
    }
    run.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    run.peak_kib = (double)usage.ru_maxrss;
    return run;
}

static bool outputs_are_equal(int one, int other)
{
    char bytes[2][1 << 16];
    off_t offset = 0;

    for (;;) {
        const ssize_t got = pread(one, bytes[0], sizeof bytes[0], offset);
        const ssize_t other_got = pread(other, bytes[1], sizeof bytes[1], offset);

        if (got < 0 || got != other_got || memcmp(bytes[0], bytes[1], (size_t)got) != 0) {
            return false;
        }
        if (got == 0) {
            return true;
        }
        offset += got;
    }
}

/* False where the two differ. */
static bool run_pair(struct pair *pair, char **command, struct way dropin, bool is_dropin_first)
{
    if (is_dropin_first) {
        pair->dropin = run_once(command, dropin);
    }
    pair->own = run_once(command, (struct way){.program = command[0]});
    if (!is_dropin_first) {
        pair->dropin = run_once(command, dropin);
    }
    const bool is_same = pair->own.status == pair->dropin.status &&
                         outputs_are_equal(pair->own.output, pair->dropin.output);

    close(pair->own.output);
    close(pair->dropin.output);
    return is_same;
}

/* -- figures --------------------------------------------------------------------------------- */

static int compare_numbers(const void *one, const void *other)
{
    const double a = *(const double *)one;
    const double b = *(const double *)other;

    return (a > b) - (a < b);
}

/* Sorts them. */
static double median(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    return count % 2 == 1 ? numbers[count / 2] : (numbers[count / 2 - 1] + numbers[count / 2]) / 2;
}

static double cpu_of(const struct run *run)
{
    return run->cpu_ms > 0 ? run->cpu_ms : 1e-3;
}

static struct summary summarise(const struct pair *pairs, size_t count)
{
    enum { OWN_CPU, CPU, CPU_RATIO, OWN_PEAK, PEAK, PEAK_RATIO, COLUMN_COUNT };
    static double columns[COLUMN_COUNT][PAIRS_MAX];
    double medians[COLUMN_COUNT];

    for (size_t i = 0; i < count; i++) {
        columns[OWN_CPU][i] = cpu_of(&pairs[i].own);
        columns[CPU][i] = cpu_of(&pairs[i].dropin);
        columns[CPU_RATIO][i] = columns[CPU][i] / columns[OWN_CPU][i];
        columns[OWN_PEAK][i] = pairs[i].own.peak_kib;
        columns[PEAK][i] = pairs[i].dropin.peak_kib;
        columns[PEAK_RATIO][i] = columns[PEAK][i] / columns[OWN_PEAK][i];
    }
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        medians[column] = median(columns[column], count);
    }
    return (struct summary){.own_cpu_ms = medians[OWN_CPU],
                            .dropin_cpu_ms = medians[CPU],
                            .cpu_ratio = medians[CPU_RATIO],
                            .cpu_ratio_low = columns[CPU_RATIO][count / 4],
                            .cpu_ratio_high = columns[CPU_RATIO][count - 1 - count / 4],
                            .own_peak_kib = medians[OWN_PEAK],
                            .dropin_peak_kib = medians[PEAK],
                            .peak_ratio = medians[PEAK_RATIO]};
}

static void print_table(FILE *file, const struct summary *summary, size_t count)
{
    fprintf(file,
            "%-14s %12s %12s %8s\n%-14s %9.1f ms %9.1f ms %8.2f   (half of them %.2f to %.2f)\n"
            "%-14s %8.0f KiB %8.0f KiB %8.2f\nmedians of %zu runs each way\n",
            "", "own malloc", "bestfit", "ratio", "processor time", summary->own_cpu_ms,
            summary->dropin_cpu_ms, summary->cpu_ratio, summary->cpu_ratio_low,
            summary->cpu_ratio_high, "peak memory", summary->own_peak_kib, summary->dropin_peak_kib,
            summary->peak_ratio, count);
}

static void print_json_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\') {
            fprintf(file, "\\%c", byte);
        } else if (byte < 0x20) {
            fprintf(file, "\\u%04x", byte);
        } else {
            fputc(byte, file);
        }
    }
    fputc('"', file);
}

static void print_json(FILE *file, char **command, const struct summary *summary, size_t count,
                       bool is_same)
{
    fputs("{\"command\": [", file);
    for (size_t i = 0; command[i] != NULL; i++) {
        fputs(i == 0 ? "" : ", ", file);
        print_json_string(file, command[i]);
    }
    fprintf(file,
            "], \"runs\": %zu, \"is_same\": %s,\n \"own\": {\"cpu_ms\": %.3f, \"peak_kib\": %.0f},"
            "\n \"bestfit\": {\"cpu_ms\": %.3f, \"peak_kib\": %.0f},\n"
            " \"ratio\": {\"cpu\": %.4f, \"cpu_low\": %.4f, \"cpu_high\": %.4f, \"peak\": %.4f}}\n",
            count, is_same ? "true" : "false", summary->own_cpu_ms, summary->own_peak_kib,
            summary->dropin_cpu_ms, summary->dropin_peak_kib, summary->cpu_ratio,
            summary->cpu_ratio_low, summary->cpu_ratio_high, summary->peak_ratio);
}

static void write_json(const char *path, char **command, const struct summary *summary,
                       size_t count, bool is_same)
{
    const int descriptor = strcmp(path, "-") == 0
                               ? dup(STDOUT_FILENO)
                               : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");

    if (file == NULL) {
        die("the file for the JSON cannot be opened");
    }
    print_json(file, command, summary, count, is_same);
    if (fclose(file) != 0) {
        die("the JSON cannot be written");
    }
}

/* -- main ------------------------------------------------------------------------------------ */

struct options {
    size_t run_count;
    const char *library;
    const char *linked;
    const char *json;
    char **command;
};

/* The library that was built with this program. */
static const char *library_beside(void)
{
    static char path[4096];
    static const char name[] = "libbestfit_malloc.so";
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof name);

    if (length <= 0) {
        die("/proc/self/exe cannot be read: name the library with --library");
    }
    path[length] = '\0';
    memcpy(strrchr(path, '/') + 1, name, sizeof name);
    return path;
}

static size_t parse_count(const char *text)
{
    char *end = NULL;
    const unsigned long count = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || count < 1 || count > PAIRS_MAX) {
        die("--runs is a number from 1 to 1000");
    }
    return count;
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"runs", required_argument, NULL, 'r'},   {"library", required_argument, NULL, 'l'},
        {"linked", required_argument, NULL, 'p'}, {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct options options = {.run_count = 9};

    for (int option; (option = getopt_long(argc, argv, "+h", known, NULL)) != -1;) {
        switch (option) {
        case 'r':
            options.run_count = parse_count(optarg);
            break;
        case 'l':
            options.library = optarg;
            break;
        case 'p':
            options.linked = optarg;
            break;
        case 'j':
            options.json = optarg;
            break;
        case 'h':
            explain(stdout);
            exit(EXIT_SAME);
        default:
            exit(EXIT_USAGE);
        }
    }
    options.command = argv + optind;
    if (options.command[0] == NULL) {
        explain(stderr);
        exit(EXIT_USAGE);
    }
    if (options.linked == NULL && options.library == NULL) {
        options.library = library_beside();
    }
    if (options.linked != NULL && (options.library != NULL || access(options.linked, X_OK) != 0)) {
        die("--linked is a program, and no --library beside it");
    }
    if (options.linked == NULL && access(options.library, R_OK) != 0) {
        /* The linker would go on without it. */
        die("there is no library: name it with --library");
    }
    return options;
}

/* Returns how many pairs there are, less than asked for where a key was pressed or two differ. */
static size_t run_pairs(const struct options *options, struct pair *pairs, bool *is_same)
{
    const struct way dropin = {
        .program = options->linked != NULL ? options->linked : options->command[0],
        .library = options->library,
    };
    time_t told = time(NULL);
    size_t count = 0;

    while (count < options->run_count && !is_interrupted && *is_same) {
        struct pair *pair = &pairs[count];
        const bool pair_is_same = run_pair(pair, options->command, dropin, count % 2 == 1);

        if (is_interrupted) {
            break;
        }
        if (WIFEXITED(pair->own.status) && WEXITSTATUS(pair->own.status) == 127) {
            die("the program cannot be run");
        }
        *is_same = pair_is_same;
        count++;
        if (time(NULL) - told >= 2) {
            told = time(NULL);
            fprintf(stderr, "%zu of %zu\n", count, options->run_count);
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct pair pairs[PAIRS_MAX];
    const struct options options = parse_options(argc, argv);
    const struct sigaction action = {.sa_handler = interrupt};
    const bool is_json_only = options.json != NULL && strcmp(options.json, "-") == 0;
    bool is_same = true;

    sigaction(SIGINT, &action, NULL);
    const size_t count = run_pairs(&options, pairs, &is_same);

    if (count == 0) {
        die("interrupted before the first two runs");
    }
    const struct summary summary = summarise(pairs, count);

    if (!is_json_only) {
        print_table(stdout, &summary, count);
    }
    if (options.json != NULL) {
        write_json(options.json, options.command, &summary, count, is_same);
    }
    if (!is_same) {
        const struct pair *last = &pairs[count - 1];

        fprintf(stderr,
                "bestfit-malloc-compare: what it wrote or returned differs "
                "(status 0x%x under its own malloc, 0x%x under bestfit's)\n",
                (unsigned)last->own.status, (unsigned)last->dropin.status);
    }
    return is_same ? EXIT_SAME : EXIT_DIFFERS;
}
