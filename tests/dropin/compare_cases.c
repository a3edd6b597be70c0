/* SPDX-License-Identifier: MIT
 *
 * Runs the memory errors of cases/ in two programs, with the sanitizer's own malloc and with ours,
 * and compares what was reported, case by case. A finding is: an error that the first reports and
 * the second does not, or at another place of the block, or without the line that says whose the
 * bytes are; an alarm on a good twin; a case that ends in no proper way. (What the first does not
 * report either, counts for nothing.)
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLASSES_MAX     16
#define WORD_BYTES      80
#define FINDINGS_TO_SAY 20

enum { EXIT_EQUAL, EXIT_FINDINGS, EXIT_USAGE };

struct line {
    char class[WORD_BYTES];
    char name[WORD_BYTES];
    char twin[WORD_BYTES];
    char result[WORD_BYTES]; /* silent, report, odd */
    char place[WORD_BYTES];  /* of a report */
    char words[WORD_BYTES];  /* what bestfit calls it; empty: it says nothing of the block */
};

/* What bestfit calls the errors of a class. Between two blocks the nearer one is blamed, and the
 * other named. */
static const char *const words_of[][2] = {
    {"overflow", "heap-buffer-overflow"},    {"overread", "heap-buffer-overflow"},
    {"underwrite", "heap-buffer-underflow"}, {"underwrite", "heap-buffer-overflow"},
    {"underread", "heap-buffer-underflow"},  {"underread", "heap-buffer-overflow"},
    {"after_free", "use-after-free"},        {"double_free", "double-free"},
    {"not_at_start", "invalid-free"},        {"non_heap", ""},
};

struct tally {
    char class[WORD_BYTES];
    size_t case_count; /* bad ones */
    size_t native_count;
    size_t ours_count;
    size_t missed_count;
    size_t elsewhere_count;
    size_t untold_count;
    size_t alarm_count; /* good ones */
    size_t odd_count;
};

struct tallies {
    struct tally of[CLASSES_MAX];
    size_t count;
};

static _Noreturn void die(const char *what, const char *which)
{
    fprintf(stderr, "compare-cases: %s %s\n", what, which);
    exit(EXIT_USAGE);
}

/* -- what the programs say -------------------------------------------------------------------- */

static unsigned parse_step(const char *text)
{
    char *end = NULL;
    const unsigned long step = strtoul(text, &end, 10);

    if (*text < '1' || *text > '9' || *end != '\0' || step > 100) {
        die("--every is a number from 1 to 100, not", text);
    }
    return (unsigned)step;
}

static FILE *start(const char *program, const char *step)
{
    char command[4096 + 32];

    /* The path is in single quotes, and may hold none. */
    if (strchr(program, '\'') != NULL ||
        snprintf(command, sizeof command, "'%s' --every %u", program, parse_step(step)) >=
            (int)sizeof command) {
        die("cannot run", program);
    }
    FILE *output = popen(command, "r");

    if (output == NULL) {
        die("cannot run", program);
    }
    return output;
}

static bool read_line(FILE *output, struct line *line)
{
    char text[5 * WORD_BYTES];

    if (fgets(text, sizeof text, output) == NULL) {
        return false;
    }
    *line = (struct line){.class = ""};
    if (sscanf(text, "%79s %79s %79s %79s %79s %79s", line->class, line->name, line->twin,
               line->result, line->place, line->words) < 4) {
        die("not the line of a case:", text);
    }
    return true;
}

static bool is_report(const struct line *line)
{
    return strcmp(line->result, "report") == 0;
}

static bool is_told(const struct line *line)
{
    for (size_t i = 0; i < sizeof words_of / sizeof *words_of; i++) {
        if (strcmp(words_of[i][0], line->class) == 0 && strcmp(words_of[i][1], line->words) == 0) {
            return true;
        }
    }
    return false;
}

/* -- comparison ------------------------------------------------------------------------------ */

static struct tally *tally_of(struct tallies *tallies, const char *class)
{
    for (size_t i = 0; i < tallies->count; i++) {
        if (strcmp(tallies->of[i].class, class) == 0) {
            return &tallies->of[i];
        }
    }
    if (tallies->count == CLASSES_MAX) {
        die("too many classes:", class);
    }
    struct tally *tally = &tallies->of[tallies->count++];

    memcpy(tally->class, class, strlen(class) + 1);
    return tally;
}

static size_t finding_count(const struct tally *tally)
{
    return tally->missed_count + tally->elsewhere_count + tally->untold_count + tally->alarm_count +
           tally->odd_count;
}

static void count_bad(struct tally *tally, const struct line *native, const struct line *ours)
{
    tally->case_count++;
    tally->native_count += is_report(native);
    tally->ours_count += is_report(ours);
    if (is_report(native) && is_report(ours)) {
        tally->elsewhere_count += strcmp(native->place, ours->place) != 0;
        tally->untold_count += !is_told(ours);
    } else {
        tally->missed_count += is_report(native);
    }
}

static void compare(struct tallies *tallies, const struct line *native, const struct line *ours)
{
    static size_t said_count;
    struct tally *tally = tally_of(tallies, native->class);
    const size_t before = finding_count(tally);

    if (strcmp(native->twin, "bad") == 0) {
        count_bad(tally, native, ours);
    } else {
        tally->alarm_count += is_report(ours);
    }
    tally->odd_count += strcmp(ours->result, "odd") == 0 || strcmp(native->result, "odd") == 0;
    if (finding_count(tally) > before && said_count++ < FINDINGS_TO_SAY) {
        fprintf(stderr, "%s %s %s: native %s %s, ours %s %s %s\n", native->class, native->name,
                native->twin, native->result, native->place, ours->result, ours->place,
                ours->words);
    }
}

static bool is_same_case(const struct line *one, const struct line *other)
{
    return strcmp(one->class, other->class) == 0 && strcmp(one->name, other->name) == 0 &&
           strcmp(one->twin, other->twin) == 0;
}

static void compare_all(FILE *native_output, FILE *our_output, struct tallies *tallies)
{
    struct line native;
    struct line ours;
    time_t told = time(NULL);

    for (size_t count = 1; read_line(native_output, &native); count++) {
        if (!read_line(our_output, &ours) || !is_same_case(&native, &ours)) {
            die("not the same cases:", native.name);
        }
        compare(tallies, &native, &ours);
        if (time(NULL) - told >= 2) {
            told = time(NULL);
            fprintf(stderr, "%zu programs\n", count);
        }
    }
    if (read_line(our_output, &ours)) {
        die("not the same cases:", ours.name);
    }
}

/* -- results --------------------------------------------------------------------------------- */

static struct tally total(const struct tallies *tallies)
{
    struct tally sum = {.class = "all"};

    for (size_t i = 0; i < tallies->count; i++) {
        const struct tally *tally = &tallies->of[i];

        sum.case_count += tally->case_count;
        sum.native_count += tally->native_count;
        sum.ours_count += tally->ours_count;
        sum.missed_count += tally->missed_count;
        sum.elsewhere_count += tally->elsewhere_count;
        sum.untold_count += tally->untold_count;
        sum.alarm_count += tally->alarm_count;
        sum.odd_count += tally->odd_count;
    }
    return sum;
}

static void print_row(FILE *file, const struct tally *tally)
{
    fprintf(file, "%-14s %6zu %8zu %6zu %8zu %10zu %8zu %8zu %5zu\n", tally->class,
            tally->case_count, tally->native_count, tally->ours_count, tally->missed_count,
            tally->elsewhere_count, tally->untold_count, tally->alarm_count, tally->odd_count);
}

static void print_table(FILE *file, const struct tallies *tallies, const struct tally *sum)
{
    fprintf(file, "%-14s %6s %8s %6s %8s %10s %8s %8s %5s\n", "class", "cases", "native", "ours",
            "missed", "elsewhere", "untold", "alarms", "odd");
    for (size_t i = 0; i < tallies->count; i++) {
        print_row(file, &tallies->of[i]);
    }
    print_row(file, sum);
}

static void write_json(const char *path, const struct tallies *tallies)
{
    const int descriptor = strcmp(path, "-") == 0
                               ? dup(STDOUT_FILENO)
                               : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");

    if (file == NULL) {
        die("cannot write", path);
    }
    fputs("{\"classes\": [", file);
    for (size_t i = 0; i < tallies->count; i++) {
        const struct tally *tally = &tallies->of[i];

        fprintf(file,
                "%s\n  {\"class\": \"%s\", \"cases\": %zu, \"native\": %zu, \"ours\": %zu, "
                "\"missed\": %zu, \"elsewhere\": %zu, \"untold\": %zu, \"alarms\": %zu, "
                "\"odd\": %zu}",
                i == 0 ? "" : ",", tally->class, tally->case_count, tally->native_count,
                tally->ours_count, tally->missed_count, tally->elsewhere_count, tally->untold_count,
                tally->alarm_count, tally->odd_count);
    }
    fputs("\n]}\n", file);
    if (fclose(file) != 0) {
        die("cannot write", path);
    }
}

static void explain(FILE *file)
{
    fputs(
        "usage: compare-cases [--every N] [--json FILE] NATIVE OURS\n"
        "Runs the memory errors of two programs and compares what they report. Exit status: 0\n"
        "nothing is missed, elsewhere, untold or a false alarm; 1 something is; 2 it could not be\n"
        "run. --every N: of every Nth case. --json FILE: the table as JSON, too (- for standard "
        "output).\n",
        file);
}

struct options {
    const char *programs[2];
    const char *step;
    const char *json;
};

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.step = "1"};
    size_t program_count = 0;

    for (int i = 1; i < argc; i++) {
        const bool has_value = i + 1 < argc;

        if (strcmp(argv[i], "--help") == 0) {
            explain(stdout);
            exit(EXIT_EQUAL);
        } else if (strcmp(argv[i], "--json") == 0 && has_value) {
            options.json = argv[++i];
        } else if (strcmp(argv[i], "--every") == 0 && has_value) {
            options.step = argv[++i];
        } else if (argv[i][0] != '-' && program_count < 2) {
            options.programs[program_count++] = argv[i];
        } else {
            explain(stderr);
            exit(EXIT_USAGE);
        }
    }
    if (program_count != 2) {
        explain(stderr);
        exit(EXIT_USAGE);
    }
    return options;
}

int main(int argc, char **argv)
{
    static struct tallies tallies;
    const struct options options = parse_options(argc, argv);
    FILE *native = start(options.programs[0], options.step);
    FILE *ours = start(options.programs[1], options.step);

    compare_all(native, ours, &tallies);
    if (pclose(native) != 0 || pclose(ours) != 0) {
        die("a program failed:", options.programs[0]);
    }
    const struct tally sum = total(&tallies);
    const bool is_json_only = options.json != NULL && strcmp(options.json, "-") == 0;

    if (sum.native_count == 0) {
        die("nothing was reported by", options.programs[0]);
    }
    print_table(is_json_only ? stderr : stdout, &tallies, &sum);
    if (options.json != NULL) {
        write_json(options.json, &tallies);
    }
    return finding_count(&sum) == 0 ? EXIT_EQUAL : EXIT_FINDINGS;
}
