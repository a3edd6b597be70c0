/* SPDX-License-Identifier: MIT
 *
 * A changed copy of the core as a shared object that the bed loads: --target PATH.
 */
#ifndef HB_SHARPNESS_BUILD_H
#define HB_SHARPNESS_BUILD_H

#include <stdbool.h>
#include <stddef.h>

/* What a process may take; 0: no limit. */
struct build_limits {
    double processor_seconds; /* rounded up; the system ends it with SIGXCPU */
    double seconds;           /* by the clock */
};

/* How it ended. */
struct build_end {
    int status;        /* its exit status; -1: it did not start, or died of a signal */
    int signal_number; /* that it died of; 0: none */
    bool is_late;      /* it was ended, because its time by the clock was over */
    double processor_seconds;
};

enum build_kind {
    BUILD_UNOPTIMISED,  /* -O0: compiled in no time */
    BUILD_PLAIN,        /* -O1 */
    BUILD_INSTRUMENTED, /* -O1, with the coverage that libFuzzer wants to see */
    BUILD_SANITIZED     /* instrumented, and with AddressSanitizer and UBSan */
};

struct build {
    const char *root;    /* of the project */
    const char *core;    /* the folder that holds bestfit.c */
    const char *variant; /* the name of the target: "bestfit", "bestfit-list", ... */
    bool is_32_bit;
    enum build_kind kind;
    const char *probe;  /* a header to be included before anything else, or null */
    const char *output; /* path of the shared object */
};

/* A path, printed. There is no return where it has no room: a path cut short is another's. */
void build_path(char *path, size_t path_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a variant of the core has that name. */
bool build_knows(const char *variant);

/* Compiles, with clang-19. False: it could not, and log has what the compiler said (it has
 * warnings after a build that went well). */
bool build_target(const struct build *build, char *log, size_t log_bytes);

/* Makes folder, with a copy of the files of root/core in it. False, with a reason in error. */
bool build_copy_core(const char *root, const char *folder, char *error, size_t error_bytes);

/* Whether the file can be written, with a reason on stderr where not; it is left as it is. null and
 * "-": it can. */
bool build_can_write(const char *path);

/* Whether output is there and no older than source, which is there too. */
bool build_is_newer(const char *output, const char *source);

/* Runs argv[0] (found along PATH; the null at the end is required) with the file input (null: none)
 * as its standard input. What it prints goes to log, its first log_bytes - 1 bytes. Returns its
 * exit status; -1: it did not start, or died of a signal. */
int build_run(const char *const *argv, const char *input, char *log, size_t log_bytes);

/* The same within limits, with all that is known of its end. */
void build_watch(const char *const *argv, const char *input, const struct build_limits *limits,
                 char *log, size_t log_bytes, struct build_end *end);

#endif
