/* SPDX-License-Identifier: MIT
 *
 * The head of a record: what git says of a commit, what the system says of itself.
 */
#include "origin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEXT_BYTES 1024

/* What git prints, up to bytes - 1 of it. -1: it could not be run; else its exit status. */
static int run_git(const char *root, const char *const *arguments, char *text, size_t bytes)
{
    const char *argv[12] = {"git", "-C", root};
    int ends[2];
    int status = 0;
    size_t length = 0;
    ssize_t got = 0;

    for (size_t i = 0; arguments[i] != NULL && i + 4 < sizeof argv / sizeof argv[0]; i++) {
        argv[i + 3] = arguments[i];
    }
    if (pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();

    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)setenv("TZ", "UTC0", 1);
        (void)execvp("git", (char *const *)argv);
        _exit(127);
    }
    (void)close(ends[1]);
    while (child > 0 && length < bytes - 1 &&
           (got = read(ends[0], text + length, bytes - 1 - length)) > 0) {
        length += (size_t)got;
    }
    text[length] = '\0';
    (void)close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

/* The next line of *text, which moves on. */
static char *next_line(char **text)
{
    char *line = *text;
    const size_t length = strcspn(line, "\n");

    *text = line + length + (line[length] != '\0');
    line[length] = '\0';
    return line;
}

/* Only of the commit that is checked out can the tree say so. */
static bool is_dirty(const char *root, const char *commit)
{
    static const char *const head[] = {"rev-parse", "HEAD", NULL};
    static const char *const changes[] = {"diff", "--quiet", "HEAD", NULL};
    char text[TEXT_BYTES];

    return run_git(root, head, text, sizeof text) == 0 &&
           strncmp(text, commit, HISTORY_COMMIT_BYTES - 1) == 0 &&
           run_git(root, changes, text, sizeof text) == 1;
}

static bool add_commit(cJSON *record, const char *root, const char *name, char *error,
                       size_t error_bytes)
{
    const char *const show[] = {"show",
                                "--no-patch",
                                "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                                "--format=%H%n%P%n%cd%n%s",
                                "--end-of-options",
                                name,
                                NULL};
    char text[TEXT_BYTES];

    if (run_git(root, show, text, sizeof text) != 0) {
        (void)snprintf(error, error_bytes, "%s: git knows no such commit in %s", name, root);
        return false;
    }
    char *rest = text;
    const char *const commit = next_line(&rest);
    char *const parents = next_line(&rest);
    const char *const date = next_line(&rest);

    parents[strcspn(parents, " ")] = '\0'; /* the first, of a merge */
    cJSON_AddStringToObject(record, "commit", commit);
    cJSON_AddStringToObject(record, "parent", parents);
    cJSON_AddStringToObject(record, "commit_date", date);
    cJSON_AddStringToObject(record, "title", next_line(&rest));
    cJSON_AddBoolToObject(record, "is_dirty", is_dirty(root, commit));
    return true;
}

/* What stands behind the first line that begins with key, without quotes. */
static void read_field(const char *path, const char *key, char *text, size_t bytes)
{
    char line[TEXT_BYTES];
    FILE *file = fopen(path, "re");

    (void)snprintf(text, bytes, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            const char *value = line + strlen(key);

            value += strspn(value, " \t:=\"");
            (void)snprintf(text, bytes, "%.*s", (int)strcspn(value, "\"\n"), value);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void add_machine(cJSON *record, const char *compiler, const char *flags)
{
    char text[TEXT_BYTES];
    struct utsname name;
    double load = 0;
    cJSON *machine = cJSON_AddObjectToObject(record, "machine");

    read_field("/proc/cpuinfo", "model name", text, sizeof text);
    cJSON_AddStringToObject(machine, "cpu", text);
    cJSON_AddNumberToObject(machine, "cores", (double)sysconf(_SC_NPROCESSORS_ONLN));
    read_field("/etc/os-release", "PRETTY_NAME", text, sizeof text);
    cJSON_AddStringToObject(machine, "system", text);
    (void)snprintf(text, sizeof text, "unknown");
    if (uname(&name) == 0) {
        (void)snprintf(text, sizeof text, "%s %s %s", name.sysname, name.release, name.machine);
    }
    cJSON_AddStringToObject(machine, "kernel", text);
    cJSON_AddStringToObject(machine, "compiler", compiler);
    cJSON_AddStringToObject(machine, "flags", flags);
    (void)getloadavg(&load, 1);
    cJSON_AddNumberToObject(machine, "load", load);
    cJSON_AddObjectToObject(machine, "versions");
}

cJSON *origin_record(const char *root, const char *commit, const char *compiler, const char *flags,
                     char *error, size_t error_bytes)
{
    char date[HISTORY_DATE_BYTES];
    const time_t now = time(NULL);
    struct tm broken_down;
    cJSON *record = cJSON_CreateObject();

    cJSON_AddStringToObject(record, "schema", HISTORY_SCHEMA);
    if (!add_commit(record, root, commit, error, error_bytes)) {
        cJSON_Delete(record);
        return NULL;
    }
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken_down));
    cJSON_AddStringToObject(record, "date", date);
    cJSON_AddBoolToObject(record, "is_quick", false);
    add_machine(record, compiler, flags);
    cJSON_AddArrayToObject(record, "rows");
    return record;
}
