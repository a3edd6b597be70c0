/* SPDX-License-Identifier: MIT
 *
 * bed matrix: which memory error which backend sees, where.
 */
#include "matrix.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_FINDING = 1, EXIT_USAGE = 2 };

const char *const backend_names[BACKEND_COUNT] = {"asan", "msan", "valgrind", "hardening",
                                                  "nothing"};
const char *const index_names[INDEX_COUNT] = {"bitmap", "list"};
const char *const place_names[PLACE_COUNT] = {
    "none", "live", "slack", "header", "link", "free", "margin", "ragged tail", "outside",
};

static void print_help(void)
{
    (void)printf(
        "usage: bed matrix [OPTIONS] [CLASS[/ACCESS[/POSITION]] ...]\n\n"
        "Commits every class of memory error in every position on a heap of the core, each in a\n"
        "process of its own, and says which backend reported it: docs/matrix.md. What must be\n"
        "reported must be exactly, what is right must not be, and what cannot be seen has its "
        "reason.\n\n"
        "  --quick          a few dozen cells\n"
        "  --backend B,..   asan, msan, valgrind, hardening, nothing (default: all)\n"
        "  --index I,..     bitmap, list (default: both)\n"
        "  --json FILE      every cell and twin (- for standard output)\n"
        "  --markdown FILE  the table of docs/matrix.md\n"
        "  --list           prints the cells and runs none\n"
        "  --reasons        prints why a cell may be silent\n"
        "  --work DIR       keeps there what every process printed\n"
        "  --programs DIR   the programs with the cells (default: matrix/ beside this one)\n\n"
        "Exit status: 0 ok, 1 a cell or a twin is not as expected, 2 usage or environment.\n");
}

/* Sets what a list of names with commas between them names. */
static bool choose(char *list, const char *const *names, size_t count, bool *chosen)
{
    char *rest = NULL;
    for (size_t i = 0; i < count; i++) {
        chosen[i] = false;
    }
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        size_t i = 0;
        while (i < count && strcmp(names[i], name) != 0) {
            i++;
        }
        if (i == count) {
            (void)fprintf(stderr, "bed matrix: there is no '%s'; --help has the names\n", name);
            return false;
        }
        chosen[i] = true;
    }
    return true;
}

static void print_rules(void)
{
    for (size_t i = 0; i < rules_count(); i++) {
        if (rules_number(rules_text(i)) == i + 1) {
            (void)printf("%s\n", rules_text(i));
        }
    }
}

static void set_defaults(struct request *request, char *program)
{
    char path[1024];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    (void)snprintf(path + (length > 0 ? length : 0), 1, "%s", "");
    (void)snprintf(request->programs, sizeof request->programs, "%.1000s/matrix",
                   length > 0 ? dirname(path) : dirname(program));
    for (size_t i = 0; i < BACKEND_COUNT; i++) {
        request->backends[i] = true;
    }
    for (size_t i = 0; i < INDEX_COUNT; i++) {
        request->indexes[i] = true;
    }
}

static bool set_path(char *path, size_t path_bytes, const char *given)
{
    const int length = snprintf(path, path_bytes, "%s", given);
    if (length > 0 && (size_t)length < path_bytes) {
        return true;
    }
    (void)fprintf(stderr, "bed matrix: this is no path that can be used: '%s'\n", given);
    return false;
}

/* Returns the status to exit with, or -1 to go on. */
static int read_options(int argc, char **argv, struct request *request)
{
    enum { HELP, QUICK, BACKEND, INDEX, JSON, MARKDOWN, LIST, REASONS, WORK, PROGRAMS };
    static const struct option options[] = {
        {"help", no_argument, NULL, HELP},
        {"quick", no_argument, NULL, QUICK},
        {"backend", required_argument, NULL, BACKEND},
        {"index", required_argument, NULL, INDEX},
        {"json", required_argument, NULL, JSON},
        {"markdown", required_argument, NULL, MARKDOWN},
        {"list", no_argument, NULL, LIST},
        {"reasons", no_argument, NULL, REASONS},
        {"work", required_argument, NULL, WORK},
        {"programs", required_argument, NULL, PROGRAMS},
        {NULL, 0, NULL, 0},
    };
    bool ok = true;
    for (int option = 0; ok && (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'h':
        case HELP:
            print_help();
            return EXIT_OK;
        case REASONS:
            print_rules();
            return EXIT_OK;
        case QUICK:
            request->is_quick = true;
            break;
        case LIST:
            request->is_listing = true;
            break;
        case BACKEND:
            ok = choose(optarg, backend_names, BACKEND_COUNT, request->backends);
            break;
        case INDEX:
            ok = choose(optarg, index_names, INDEX_COUNT, request->indexes);
            break;
        case JSON:
            request->json = optarg;
            break;
        case MARKDOWN:
            request->markdown = optarg;
            break;
        case WORK:
            ok = set_path(request->work, sizeof request->work, optarg);
            break;
        case PROGRAMS:
            ok = set_path(request->programs, sizeof request->programs, optarg);
            break;
        default:
            ok = false;
        }
    }
    request->names = argv + optind;
    request->name_count = argc - optind;
    return ok ? -1 : EXIT_USAGE;
}

/* -- where processes leave what they print --------------------------------------------------- */

static bool make_work(struct request *request)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(request->work, sizeof request->work, "%.900s/bed-matrix-XXXXXX",
                   folder != NULL ? folder : "/tmp");
    if (mkdtemp(request->work) == NULL) {
        perror(request->work);
        return false;
    }
    return true;
}

static void remove_work(const char *work)
{
    for (unsigned index = 0; index < INDEX_COUNT; index++) {
        for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
            matrix_remove_logs(work, (enum backend)backend, (enum index)index);
        }
    }
    (void)rmdir(work);
}

/* -- running ----------------------------------------------------------------------------------- */

/* The list index has no level without checks. */
static bool has_program(unsigned backend, unsigned index)
{
    return backend != BACKEND_NOTHING || index != INDEX_LIST;
}

static bool run_all(const struct request *request, struct outcomes *outcomes)
{
    bool ok = true;
    for (unsigned index = 0; ok && index < INDEX_COUNT; index++) {
        for (unsigned backend = 0; ok && backend < BACKEND_COUNT; backend++) {
            if (request->indexes[index] && request->backends[backend] &&
                has_program(backend, index)) {
                ok = matrix_run(request, (enum backend)backend, (enum index)index, outcomes);
            }
        }
    }
    if (ok && outcomes->count == 0) {
        (void)fputs("bed matrix: no cell has that name; --list prints them\n", stderr);
        ok = false;
    }
    return ok;
}

static bool is_whole(const struct request *request)
{
    bool is_all = !request->is_quick && request->name_count == 0;
    for (size_t i = 0; i < BACKEND_COUNT; i++) {
        is_all = is_all && request->backends[i];
    }
    return is_all && request->indexes[INDEX_BITMAP] && request->indexes[INDEX_LIST];
}

/* An excuse that nobody needs may be one for what could be seen. */
static bool has_idle_rule(void)
{
    bool is_idle = false;
    for (size_t i = 0; i < rules_count(); i++) {
        if (rules_uses(i) == 0) {
            (void)fprintf(stderr, "bed matrix: no cell needs this reason: %s\n", rules_text(i));
            is_idle = true;
        }
    }
    return is_idle;
}

static int report(const struct request *request, const struct outcomes *outcomes, bool is_complete)
{
    bool is_right = true;
    for (size_t i = 0; i < outcomes->count; i++) {
        is_right = is_right && outcomes->all[i].is_expected == outcomes->all[i].has_reported;
    }
    if (!is_complete) {
        (void)fputs("bed matrix: this is not all of it\n", stderr);
    }
    const bool prints_json = request->json != NULL && strcmp(request->json, "-") == 0;
    matrix_print(prints_json ? stderr : stdout, outcomes);
    if ((request->json != NULL && !matrix_write_json(request->json, outcomes)) ||
        (request->markdown != NULL && !matrix_write_markdown(request->markdown, outcomes)) ||
        !is_complete) {
        return EXIT_USAGE;
    }
    if (is_whole(request) && has_idle_rule()) {
        is_right = false;
    }
    return is_right ? EXIT_OK : EXIT_FINDING;
}

int main(int argc, char **argv)
{
    static struct request request;
    struct outcomes outcomes = {0};
    set_defaults(&request, argv[0]);
    int status = read_options(argc, argv, &request);
    if (status >= 0) {
        return status;
    }
    if (request.is_listing) {
        return matrix_list(&request) ? EXIT_OK : EXIT_USAGE;
    }
    const bool keeps_work = request.work[0] != '\0';
    if (keeps_work && access(request.work, W_OK | X_OK) != 0) {
        (void)fprintf(stderr, "bed matrix: %s: %s\n", request.work, strerror(errno));
        return EXIT_USAGE;
    }
    if (!keeps_work && !make_work(&request)) {
        return EXIT_USAGE;
    }
    const bool is_complete = run_all(&request, &outcomes);
    status =
        is_complete || outcomes.count > 0 ? report(&request, &outcomes, is_complete) : EXIT_USAGE;
    if (!keeps_work && (status == EXIT_OK || outcomes.count == 0)) {
        remove_work(request.work);
    } else {
        (void)fprintf(stderr, "bed matrix: what each process printed is in %s\n", request.work);
    }
    free(outcomes.all);
    return status;
}
