/* SPDX-License-Identifier: MIT
 *
 * Runs the programs of cells. A program forks a process for each cell; so valgrind starts once.
 */
#include "matrix.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 256
#define FIELD_COUNT   15

struct command {
    char *argv[ARGUMENTS_MAX + 1];
    size_t count;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

bool matrix_is_interrupted(void)
{
    return is_interrupted != 0;
}

static double now_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void add(struct command *command, char *argument)
{
    if (command->count < ARGUMENTS_MAX) {
        command->argv[command->count++] = argument;
    }
}

/* The backtrace of a report is nobody's business here, and to look up its names takes longer than
 * all the rest. */
static void set_options(void)
{
    (void)setenv("ASAN_OPTIONS", "symbolize=0:detect_leaks=0:abort_on_error=0:color=never", 1);
    (void)setenv("MSAN_OPTIONS", "symbolize=0:abort_on_error=0:color=never", 1);
    (void)unsetenv("VALGRIND_OPTS");
}

static _Noreturn void become(const struct command *command, int output, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(output, STDOUT_FILENO) < 0) {
        _exit(2);
    }
    set_options();
    (void)execvp(command->argv[0], command->argv);
    (void)fprintf(stderr, "bed matrix: %s: %s\n", command->argv[0], strerror(errno));
    _exit(2);
}

/* What the program prints; null: it could not be started. */
static FILE *start(const struct command *command, pid_t *process)
{
    const pid_t parent = getpid();
    int ends[2];
    if (pipe(ends) != 0) {
        perror("bed matrix: pipe");
        return NULL;
    }
    (void)fflush(NULL);
    *process = fork();
    if (*process == 0) {
        (void)close(ends[0]);
        become(command, ends[1], parent);
    }
    (void)close(ends[1]);
    if (*process < 0) {
        perror("bed matrix: fork");
        (void)close(ends[0]);
        return NULL;
    }
    return fdopen(ends[0], "r");
}

static bool split(char *line, char **fields)
{
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *field = line; field != NULL && count < FIELD_COUNT; count++) {
        char *end = strchr(field, '\t');
        fields[count] = field;
        if (end != NULL) {
            *end++ = '\0';
        }
        field = end;
    }
    return count == FIELD_COUNT;
}

static bool copy_name(char *name, size_t name_bytes, const char *field)
{
    const int length = snprintf(name, name_bytes, "%s", field);
    return length > 0 && (size_t)length < name_bytes;
}

/* As cells_main.c prints it. */
static bool parse(char *line, struct outcome *outcome)
{
    char *fields[FIELD_COUNT];
    if (!split(line, fields) ||
        !copy_name(outcome->class_name, sizeof outcome->class_name, fields[0]) ||
        !copy_name(outcome->access_name, sizeof outcome->access_name, fields[1]) ||
        !copy_name(outcome->position, sizeof outcome->position, fields[2])) {
        return false;
    }
    uintptr_t numbers[FIELD_COUNT];
    for (size_t i = 3; i < FIELD_COUNT; i++) {
        numbers[i] = (uintptr_t)strtoumax(fields[i], NULL, 10);
    }
    outcome->is_twin = numbers[3] != 0;
    outcome->record = (struct record){
        .is_ready = numbers[4] != 0,
        .is_over = numbers[5] != 0,
        .address = numbers[6],
        .place = numbers[7] < PLACE_COUNT ? (enum place)numbers[7] : PLACE_NONE,
        .status = (int)numbers[8],
        .fault_at = numbers[9],
        .block_at = numbers[10],
        .access = numbers[11],
    };
    outcome->exit_status = (int)numbers[12];
    outcome->signal_number = (int)numbers[13];
    outcome->process = (pid_t)numbers[14];
    return true;
}

static struct outcome *outcomes_append(struct outcomes *outcomes)
{
    if (outcomes->count == outcomes->room) {
        const size_t room = outcomes->room * 2 + 256;
        struct outcome *all = realloc(outcomes->all, room * sizeof *all);
        if (all == NULL) {
            (void)fputs("bed matrix: no memory\n", stderr);
            exit(2);
        }
        outcomes->all = all;
        outcomes->room = room;
    }
    struct outcome *outcome = &outcomes->all[outcomes->count++];
    *outcome = (struct outcome){0};
    return outcome;
}

static void show_progress(const struct outcomes *outcomes, enum backend backend, enum index index)
{
    static double begun_at;
    static double shown_at;
    const double now = now_seconds();
    if (begun_at == 0) {
        begun_at = shown_at = now;
    }
    if (now - shown_at > 2) {
        (void)fprintf(stderr, "bed matrix: %.0f s, %zu cells and twins, now %s, %s\n",
                      now - begun_at, outcomes->count, backend_names[backend], index_names[index]);
        shown_at = now;
    }
}

/* Reads a line for each process; false: one of them makes no sense, or the core did not do what the
 * cell takes for granted. */
static bool read_outcomes(FILE *from, const char *work, enum backend backend, enum index index,
                          struct outcomes *outcomes)
{
    char line[1024];
    while (!matrix_is_interrupted() && fgets(line, sizeof line, from) != NULL) {
        struct outcome *outcome = outcomes_append(outcomes);
        outcome->backend = backend;
        outcome->index = index;
        if (!parse(line, outcome) || outcome->exit_status == STAGE_NOT_READY) {
            (void)fprintf(stderr, "bed matrix: %s, %s: %s/%s/%s cannot be prepared; see %s/%ld\n",
                          backend_names[backend], index_names[index], outcome->class_name,
                          outcome->access_name, outcome->position, work, (long)outcome->process);
            outcomes->count--;
            return false;
        }
        outcome_judge(work, outcome);
        show_progress(outcomes, backend, index);
    }
    return !matrix_is_interrupted();
}

static bool await(pid_t process, const struct command *command)
{
    int status = 0;
    pid_t awaited = -1;
    do {
        awaited = waitpid(process, &status, 0);
    } while (awaited < 0 && errno == EINTR);
    if (awaited == process && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    if (!matrix_is_interrupted()) {
        (void)fprintf(stderr, "bed matrix: %s did not end well\n", command->argv[0]);
    }
    return false;
}

static void add_valgrind(struct command *command, char *log_option)
{
    add(command, "valgrind");
    add(command, "-q");
    add(command, "--leak-check=no");
    add(command, "--partial-loads-ok=no"); /* a word that is partly wrong is wrong */
    add(command, "--track-origins=yes");
    add(command, log_option);
}

static void add_selection(struct command *command, const struct request *request)
{
    add(command, request->is_quick ? "quick" : "all");
    for (int i = 0; i < request->name_count; i++) {
        add(command, request->names[i]);
    }
}

static void log_folder(char *folder, size_t folder_bytes, const char *work, enum backend backend,
                       enum index index)
{
    (void)snprintf(folder, folder_bytes, "%s/%s-%s", work, backend_names[backend],
                   index_names[index]);
}

void matrix_remove_logs(const char *work, enum backend backend, enum index index)
{
    char path[2048];
    log_folder(path, sizeof path, work, backend, index);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s-%s/%s", work, backend_names[backend],
                           index_names[index], entry->d_name);
            (void)unlink(path);
        }
    }
    (void)closedir(folder);
    log_folder(path, sizeof path, work, backend, index);
    (void)rmdir(path);
}

/* The path of a program, which must be there. */
static bool find_program(char *program, size_t program_bytes, const struct request *request,
                         enum backend backend, enum index index)
{
    (void)snprintf(program, program_bytes, "%s/%s-%s", request->programs, backend_names[backend],
                   index_names[index]);
    if (access(program, X_OK) == 0) {
        return true;
    }
    (void)fprintf(stderr, "bed matrix: %s: %s\n", program, strerror(errno));
    return false;
}

static bool make_log_folder(char *folder, size_t folder_bytes, const struct request *request,
                            enum backend backend, enum index index)
{
    log_folder(folder, folder_bytes, request->work, backend, index);
    matrix_remove_logs(request->work, backend, index);
    if (mkdir(folder, 0777) == 0) {
        return true;
    }
    perror(folder);
    return false;
}

static void catch_interrupts(void)
{
    const struct sigaction action = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool matrix_run(const struct request *request, enum backend backend, enum index index,
                struct outcomes *outcomes)
{
    struct command command = {.count = 0};
    char program[1200];
    char work[1200];
    char log_option[1300];
    const size_t before = outcomes->count;
    pid_t process = -1;
    if (!find_program(program, sizeof program, request, backend, index) ||
        !make_log_folder(work, sizeof work, request, backend, index)) {
        return false;
    }
    (void)snprintf(log_option, sizeof log_option, "--log-file=%s/valgrind.%%p", work);
    if (backend == BACKEND_VALGRIND) {
        add_valgrind(&command, log_option);
    }
    add(&command, program);
    add(&command, work);
    add_selection(&command, request);
    catch_interrupts();
    FILE *from = start(&command, &process);
    if (from == NULL) {
        return false;
    }
    bool ok = read_outcomes(from, work, backend, index, outcomes);
    (void)fclose(from);
    ok = await(process, &command) && ok;
    if (ok && outcomes->count == before && request->name_count == 0) {
        (void)fprintf(stderr, "bed matrix: %s ran no cell\n", program);
        ok = false;
    }
    return ok;
}

bool matrix_list(const struct request *request)
{
    struct command command = {.count = 0};
    char program[1200];
    char line[1024];
    pid_t process = -1;
    (void)snprintf(program, sizeof program, "%s/%s-%s", request->programs,
                   backend_names[BACKEND_HARDENING],
                   index_names[request->indexes[INDEX_BITMAP] ? INDEX_BITMAP : INDEX_LIST]);
    add(&command, program);
    add(&command, "list");
    add_selection(&command, request);
    FILE *from = start(&command, &process);
    if (from == NULL) {
        return false;
    }
    bool has_any = false;
    while (fgets(line, sizeof line, from) != NULL) {
        for (char *at = line; *at != '\0'; at++) {
            *at = *at == '\t' ? '/' : *at;
        }
        (void)fputs(line, stdout);
        has_any = true;
    }
    (void)fclose(from);
    if (!await(process, &command)) {
        return false;
    }
    if (!has_any) {
        (void)fputs("bed matrix: no cell has that name; --list prints them\n", stderr);
    }
    return has_any;
}
