/* SPDX-License-Identifier: MIT
 *
 * Compiling a changed core. The options of each variant are those of testbed/CMakeLists.txt.
 */
#include "build.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES     1024
#define ARGUMENTS_MAX  32
#define COMPILER       "clang-19"
#define VARIANT_OPTION "-DBF_HARDENING=BF_HARDENING_"

static const struct variant {
    const char *name;
    const char *option; /* null: none */
    bool is_annotated;  /* for AddressSanitizer: only BUILD_SANITIZED tells it anything */
} variants[] = {
    {"bestfit", NULL, false},
    {"bestfit-list", "-DBF_INDEX_LIST", false},
    {"bestfit-small", "-DBF_PROFILE_SMALL", false},
    {"bestfit-large", "-DBF_PROFILE_LARGE", false},
    {"bestfit-off", VARIANT_OPTION "OFF", false},
    {"bestfit-paranoid", VARIANT_OPTION "PARANOID", false},
    {"bestfit-annotated", NULL, true},
    {"bestfit-list-annotated", "-DBF_INDEX_LIST", true},
};

static const struct variant *variant_find(const char *name)
{
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (strcmp(variants[i].name, name) == 0) {
            return &variants[i];
        }
    }
    return NULL;
}

void build_path(char *path, size_t path_bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(path, path_bytes, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= path_bytes) {
        (void)fprintf(stderr, "bed: this path is too long: %s...\n", path);
        exit(2);
    }
}

bool build_knows(const char *variant)
{
    return variant_find(variant) != NULL;
}

/* Whether there is something to be read, or the end of it, before the time is over (0: never). */
static bool is_in_time(int from, double late_at)
{
    struct pollfd wanted = {.fd = from, .events = POLLIN};
    while (late_at > 0) {
        const double left = late_at - seconds_now();
        if (left <= 0) {
            return false;
        }
        if (poll(&wanted, 1, left < 1000 ? (int)(left * 1000) + 1 : 1000000) > 0) {
            return true;
        }
    }
    return true;
}

/* What the process prints, until it prints no more. False: its time was over before that. */
static bool read_log(int from, double late_at, char *log, size_t log_bytes)
{
    char passed_over[512];
    size_t count = 0;
    bool in_time = true;
    while ((in_time = is_in_time(from, late_at))) {
        const size_t room = log_bytes - 1 - count;
        const ssize_t got =
            room > 0 ? read(from, log + count, room) : read(from, passed_over, sizeof passed_over);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        count += room > 0 ? (size_t)got : 0;
    }
    log[count] = '\0';
    return in_time;
}

static pid_t start(const char *const *argv, const char *input, int output)
{
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
                                           input != NULL ? input : "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (posix_spawnp(&process, argv[0], &actions, NULL, (char *const *)argv, environ) != 0) {
        process = -1;
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return process;
}

static void limit_processor_time(pid_t process, double seconds)
{
    struct rlimit limit;
    if (seconds > 0 && prlimit(process, RLIMIT_CPU, NULL, &limit) == 0) {
        limit.rlim_cur = (rlim_t)seconds + 1;
        (void)prlimit(process, RLIMIT_CPU, &limit, NULL);
    }
}

static void await(pid_t process, struct build_end *end)
{
    struct rusage usage = {0};
    int status = 0;
    pid_t awaited = -1;
    do {
        awaited = wait4(process, &status, 0, &usage);
    } while (awaited < 0 && errno == EINTR);
    if (awaited != process) {
        return;
    }
    end->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end->processor_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void build_watch(const char *const *argv, const char *input, const struct build_limits *limits,
                 char *log, size_t log_bytes, struct build_end *end)
{
    int ends[2];
    *end = (struct build_end){.status = -1};
    log[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)snprintf(log, log_bytes, "pipe: %s\n", strerror(errno));
        return;
    }
    const pid_t process = start(argv, input, ends[1]);
    (void)close(ends[1]);
    if (process > 0) {
        limit_processor_time(process, limits->processor_seconds);
        const double late_at = limits->seconds > 0 ? seconds_now() + limits->seconds : 0;
        end->is_late = !read_log(ends[0], late_at, log, log_bytes);
        if (end->is_late) {
            (void)kill(process, SIGKILL);
        }
    } else {
        (void)snprintf(log, log_bytes, "%s cannot be started\n", argv[0]);
    }
    (void)close(ends[0]);
    if (process > 0) {
        await(process, end);
    }
}

int build_run(const char *const *argv, const char *input, char *log, size_t log_bytes)
{
    const struct build_limits none = {0};
    struct build_end end;
    build_watch(argv, input, &none, log, log_bytes, &end);
    return end.status;
}

struct command {
    const char *argv[ARGUMENTS_MAX + 1];
    size_t count;
};

static void add(struct command *command, const char *argument)
{
    if (argument != NULL && command->count < ARGUMENTS_MAX) {
        command->argv[command->count++] = argument;
    }
}

static void add_kind(struct command *command, enum build_kind kind, const char *ignore_list)
{
    add(command, kind == BUILD_UNOPTIMISED ? "-O0" : "-O1");
    if (kind == BUILD_SANITIZED) {
        add(command, "-g");
        add(command, "-fsanitize=address,undefined");
        add(command, "-fno-sanitize-recover=all");
        add(command, "-fno-omit-frame-pointer");
        add(command, "-fsanitize-address-use-after-return=never");
    }
    if (kind == BUILD_INSTRUMENTED || kind == BUILD_SANITIZED) {
        add(command, "-fsanitize=fuzzer-no-link");
        add(command, ignore_list);
    }
}

bool build_target(const struct build *build, char *log, size_t log_bytes)
{
    const struct variant *variant = variant_find(build->variant);
    char ignore_list[PATH_BYTES];
    char name[PATH_BYTES];
    char include_testbed[PATH_BYTES];
    char include_interface[PATH_BYTES];
    char include_core[PATH_BYTES];
    char include_annotate[PATH_BYTES];
    char source[PATH_BYTES];
    if (variant == NULL) {
        (void)snprintf(log, log_bytes, "no variant of the core is called '%s'\n", build->variant);
        return false;
    }
    (void)snprintf(ignore_list, sizeof ignore_list,
                   "-fsanitize-coverage-ignorelist=%s/fuzz/coverage-ignorelist.txt", build->root);
    (void)snprintf(name, sizeof name, "-DHB_VARIANT_NAME=\"%s\"", variant->name);
    (void)snprintf(include_testbed, sizeof include_testbed, "-I%s/testbed", build->root);
    (void)snprintf(include_interface, sizeof include_interface, "-I%s/testbed/include",
                   build->root);
    (void)snprintf(include_core, sizeof include_core, "-I%s", build->core);
    (void)snprintf(include_annotate, sizeof include_annotate, "-I%s/sanitizers/annotate",
                   build->root);
    (void)snprintf(source, sizeof source, "%s/testbed/targets/bestfit.c", build->root);
    struct command command = {{COMPILER, "-std=c11", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-w"},
                              6};
    add(&command, build->is_32_bit ? "-m32" : NULL);
    add_kind(&command, build->kind, ignore_list);
    add(&command, "-DHB_VARIANT_SYMBOL=heapbed_target");
    add(&command, "-DBF_PREFIX=bf_in_bed_"); /* as the ignore list knows them */
    add(&command, name);
    add(&command, variant->option);
    if (variant->is_annotated) {
        add(&command, "-DBF_ANNOTATE_HEADER=\"bestfit_annotate.h\"");
        add(&command, "-DBF_NO_ROOT_REGIONS");
        add(&command, include_annotate);
    }
    add(&command, build->probe != NULL ? "-include" : NULL);
    add(&command, build->probe);
    add(&command, include_testbed);
    add(&command, include_interface);
    add(&command, include_core);
    add(&command, source);
    add(&command, "-o");
    add(&command, build->output);
    return build_run(command.argv, NULL, log, log_bytes) == 0;
}

static bool copy_file(const char *from, const char *to)
{
    char buffer[65536];
    bool ok = true;
    FILE *in = fopen(from, "rbe");
    FILE *out = in != NULL ? fopen(to, "wbe") : NULL;
    size_t count = sizeof buffer;
    while (out != NULL && ok && count == sizeof buffer) {
        count = fread(buffer, 1, sizeof buffer, in);
        ok = ferror(in) == 0 && fwrite(buffer, 1, count, out) == count;
    }
    ok = ok && out != NULL;
    ok = (out == NULL || fclose(out) == 0) && ok;
    if (in != NULL) {
        (void)fclose(in);
    }
    return ok;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The files of the folder, and those of the folders in it (bitmap/, list/). */
/* NOLINTNEXTLINE(misc-no-recursion): it goes as deep as the folders do */
static bool copy_folder(const char *from, const char *to, char *error, size_t error_bytes)
{
    DIR *folder = opendir(from);
    bool ok = folder != NULL && (mkdir(to, 0777) == 0 || errno == EEXIST);
    if (!ok) {
        (void)snprintf(error, error_bytes, "%s: %s", folder == NULL ? from : to, strerror(errno));
    }
    for (const struct dirent *entry; ok && (entry = readdir(folder)) != NULL;) {
        char source[PATH_BYTES];
        char copy[PATH_BYTES];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        (void)snprintf(copy, sizeof copy, "%s/%s", to, entry->d_name);
        if (!is_file(source)) {
            ok = copy_folder(source, copy, error, error_bytes);
        } else if (!copy_file(source, copy)) {
            (void)snprintf(error, error_bytes, "%s cannot be copied to %s", source, copy);
            ok = false;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return ok;
}

bool build_copy_core(const char *root, const char *folder, char *error, size_t error_bytes)
{
    char core[PATH_BYTES];
    (void)snprintf(core, sizeof core, "%s/core", root);
    return copy_folder(core, folder, error, error_bytes);
}

bool build_can_write(const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        return true;
    }
    const bool is_there = access(path, F_OK) == 0;
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        (void)fprintf(stderr, "bed: %s cannot be written: %s\n", path, strerror(errno));
        return false;
    }
    (void)close(file);
    if (!is_there) {
        (void)unlink(path);
    }
    return true;
}

bool build_is_newer(const char *output, const char *source)
{
    struct stat built;
    struct stat made_of;
    return stat(output, &built) == 0 && stat(source, &made_of) == 0 &&
           (built.st_mtim.tv_sec > made_of.st_mtim.tv_sec ||
            (built.st_mtim.tv_sec == made_of.st_mtim.tv_sec &&
             built.st_mtim.tv_nsec >= made_of.st_mtim.tv_nsec));
}
