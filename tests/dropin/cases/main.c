/* SPDX-License-Identifier: MIT
 *
 * Runs memory errors (cases.h) and says what the sanitizer that the program is built with makes of
 * each: a line a case, CLASS NAME bad|good RESULT. RESULT is `silent`, `report` and where the
 * reported address lies (`begin+N`, `begin-N`, `end+N` of the block, `?` where it is not told), and
 * how bestfit calls it where it says whose it is; `odd` where a case ended in another way. Each
 * case is a process of its own, a fork of this one.
 *
 *     cases                  all of them
 *     cases --every N        every Nth
 *     cases CLASS NAME bad   one, in this process, with the whole report
 */
#include "flows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX      10
#define FLOWS_A_SHAPE    2
#define NAME_BYTES       80
#define REPORT_BYTES_MAX 65536

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

struct test_case {
    const struct shape *shape;
    enum flow flow;
    enum source source;
    char name[NAME_BYTES];
};

static const char *const flow_names[FLOW_COUNT] = {"direct", "struct", "flag", "loop",
                                                   "global", "list",   "out",  "thread"};
static const char *const source_names[SOURCE_COUNT] = {"malloc", "calloc", "realloc", "aligned",
                                                       "shrunk"};

/* Only what the errors are is asked; symbols would take most of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:symbolize=0";
}

/* -- which cases there are -------------------------------------------------------------------- */

static const struct shape *shape_at(size_t index)
{
    if (index < array_shape_count) {
        return &array_shapes[index];
    }
    index -= array_shape_count;
    return index < string_shape_count ? &string_shapes[index] : NULL;
}

/* Flows and sources go round, so that each class and each means meets all of them. */
static bool case_at(size_t index, struct test_case *test_case)
{
    const struct shape *shape = shape_at(index / FLOWS_A_SHAPE);

    if (shape == NULL) {
        return false;
    }
    *test_case = (struct test_case){.shape = shape,
                                    .flow = (enum flow)(index % FLOW_COUNT),
                                    .source = (enum source)(index % SOURCE_COUNT)};
    (void)snprintf(test_case->name, sizeof test_case->name, "%s/%s/%s", shape->name,
                   source_names[test_case->source], flow_names[test_case->flow]);
    return true;
}

/* -- one case -------------------------------------------------------------------------------- */

static void run_here(const struct test_case *test_case, bool is_bad, struct block *block)
{
    flows_set(test_case->flow, test_case->source, block);
    test_case->shape->run(is_bad);
}

static _Noreturn void run_child(const struct test_case *test_case, bool is_bad, struct block *block,
                                const int *report)
{
    if (dup2(report[1], STDERR_FILENO) < 0 || freopen("/dev/null", "w", stdout) == NULL) {
        _exit(EXIT_USAGE);
    }
    close(report[0]);
    close(report[1]);
    (void)alarm(SECONDS_MAX);
    run_here(test_case, is_bad, block);
    (void)fflush(NULL);
    _exit(EXIT_DONE);
}

static void read_all(int descriptor, char *text)
{
    size_t length = 0;
    ssize_t count = 0;
    char rest[4096];

    do {
        const size_t room = REPORT_BYTES_MAX - 1 - length;

        count =
            room > 0 ? read(descriptor, text + length, room) : read(descriptor, rest, sizeof rest);
        length += room > 0 && count > 0 ? (size_t)count : 0;
    } while (count > 0);
    text[length] = '\0';
}

/* -- what was said --------------------------------------------------------------------------- */

/* The class of the line that bestfit adds, where it is about the block. */
static void tell_provenance(const char *report, const struct block *block)
{
    char extent[2 * 2 * sizeof(uintptr_t) + 16];
    char class[NAME_BYTES];
    const char *line = strstr(report, "bestfit: 0x");

    (void)snprintf(extent, sizeof extent, "[0x%" PRIxPTR ",0x%" PRIxPTR ")", block->begin,
                   block->begin + block->bytes);
    if (line != NULL && sscanf(line, "bestfit: 0x%*x is %79[a-z-]", class) == 1 &&
        strstr(line, extent) != NULL) {
        printf(" %s", class);
    }
    putchar('\n');
}

static void tell_place(uintptr_t address, const struct block *block)
{
    const uintptr_t end = block->begin + block->bytes;

    if (address < block->begin) {
        printf("begin-%zu", (size_t)(block->begin - address));
    } else if (address < end) {
        printf("begin+%zu", (size_t)(address - block->begin));
    } else {
        printf("end+%zu", (size_t)(address - end));
    }
}

static void tell(const char *report, int status, const struct block *block)
{
    const char *error = strstr(report, "ERROR: AddressSanitizer: ");
    const char *address = error != NULL ? strstr(error, "0x") : NULL;

    if (error == NULL && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE) {
        puts("silent");
    } else if (error == NULL || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_FAILED) {
        puts("odd");
    } else if (address == NULL) {
        puts("report ?");
    } else {
        fputs("report ", stdout);
        tell_place((uintptr_t)strtoumax(address, NULL, 16), block);
        tell_provenance(report, block);
    }
}

static bool run_apart(const struct test_case *test_case, bool is_bad, struct block *block)
{
    static char text[REPORT_BYTES_MAX];
    int report[2];
    int status = 0;

    (void)fflush(stdout);
    *block = (struct block){.begin = 0};
    if (pipe(report) != 0) {
        return false;
    }
    const pid_t process = fork();

    if (process == 0) {
        run_child(test_case, is_bad, block, report);
    }
    close(report[1]);
    if (process < 0) {
        return false;
    }
    read_all(report[0], text);
    close(report[0]);
    if (waitpid(process, &status, 0) != process) {
        return false;
    }
    printf("%s %s %s ", test_case->shape->class, test_case->name, is_bad ? "bad" : "good");
    tell(text, status, block);
    return true;
}

/* -- main ------------------------------------------------------------------------------------ */

static int run_many(size_t step, struct block *block)
{
    struct test_case test_case;

    for (size_t i = 0; case_at(i, &test_case); i += step) {
        if (!run_apart(&test_case, true, block) || !run_apart(&test_case, false, block)) {
            perror("cases");
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static int run_one(const char *class, const char *name, bool is_bad, struct block *block)
{
    struct test_case test_case;

    for (size_t i = 0; case_at(i, &test_case); i++) {
        if (strcmp(class, test_case.shape->class) == 0 && strcmp(name, test_case.name) == 0) {
            run_here(&test_case, is_bad, block);
            return EXIT_DONE;
        }
    }
    fputs("cases: no such case\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct block *block =
        mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (block == MAP_FAILED) {
        perror("cases");
        return EXIT_USAGE;
    }
    if (argc == 1) {
        return run_many(1, block);
    }
    const unsigned long step =
        argc == 3 && strcmp(argv[1], "--every") == 0 ? strtoul(argv[2], NULL, 10) : 0;

    if (step > 0) {
        return run_many(step, block);
    }
    if (argc == 4 && (strcmp(argv[3], "bad") == 0 || strcmp(argv[3], "good") == 0)) {
        return run_one(argv[1], argv[2], strcmp(argv[3], "bad") == 0, block);
    }
    fputs(
        "usage: cases [--every N | CLASS NAME bad|good]\n"
        "Runs memory errors, each in a process of its own, and prints what came of each: CLASS\n"
        "NAME bad|good, and silent, report PLACE or odd. With --every N: of every Nth. Of one: in\n"
        "this process.\n",
        argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(argv[1], "--help") == 0 ? EXIT_DONE : EXIT_USAGE;
}
