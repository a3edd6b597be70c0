/* SPDX-License-Identifier: MIT
 *
 * One backend's cells, each in a process of its own. Prints a line for each, which the driver reads
 * (matrix_run.c): class, access, position, whether it is the twin, ready, over, the address, the
 * place, the status, the header that bf_check named, that of the block, where the access began, how
 * the process ended, its id.
 *
 *     PROGRAM FOLDER all|quick [CLASS[/ACCESS[/POSITION]] ...]
 *     PROGRAM list all|quick [...]
 *
 * What a process prints is in FOLDER/ID; list prints class, access and position alone.
 */
#include "stage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 60

struct order {
    const char *folder;
    bool is_listing;
    bool is_quick;
    char **names;
    int name_count;
};

static const char *access_name(enum access access)
{
    if (access == ACCESS_FREE) {
        return "free";
    }
    return access == ACCESS_READ ? "read" : "write";
}

/* A name selects what begins with it, part by part. */
static bool is_named(const struct order *order, const struct cell *cell, enum access access)
{
    char name[256];
    const int length = snprintf(name, sizeof name, "%s/%s/%s", cell->class_name,
                                access_name(access), cell->position);

    for (int i = 0; i < order->name_count; i++) {
        const size_t count = strlen(order->names[i]);

        if (length > 0 && count <= (size_t)length && strncmp(order->names[i], name, count) == 0 &&
            (name[count] == '\0' || name[count] == '/')) {
            return true;
        }
    }
    return order->name_count == 0 && (!order->is_quick || cell->is_quick);
}

/* What the process prints, a sanitizer's report above all, is kept under its id. */
static void redirect(const struct order *order)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%ld", order->folder, (long)getpid());
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) {
        perror(path);
        _exit(2);
    }
}

static void print_line(const struct cell *cell, int status, pid_t process)
{
    const struct record *record = stage_record;

    (void)printf("%s\t%s\t%s\t%d\t%d\t%d\t%" PRIuPTR "\t%d\t%d\t%" PRIuPTR "\t%" PRIuPTR
                 "\t%" PRIuPTR "\t%d\t%d\t%ld\n",
                 cell->class_name, access_name(stage_access), cell->position, stage_is_twin,
                 record->is_ready, record->is_over, record->address, (int)record->place,
                 record->status, record->fault_at, record->block_at, record->access,
                 WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                 WIFSIGNALED(status) ? WTERMSIG(status) : 0, (long)process);
    (void)fflush(stdout);
}

static bool run_one(const struct order *order, const struct cell *cell)
{
    int status = 0;

    *stage_record = (struct record){0};
    const pid_t process = fork();

    if (process == 0) {
        (void)alarm(SECONDS_MAX);
        redirect(order);
        cell->run();
        _exit(0);
    }
    if (process < 0 || waitpid(process, &status, 0) != process) {
        perror("fork");
        return false;
    }
    print_line(cell, status, process);
    return true;
}

static bool run_cell(const struct order *order, const struct cell *cell, enum access access)
{
    stage_access = access;
    if (order->is_listing) {
        (void)printf("%s\t%s\t%s\n", cell->class_name, access_name(access), cell->position);
        return true;
    }
    stage_is_twin = false;
    bool ok = run_one(order, cell);
    stage_is_twin = true;
    ok = ok && run_one(order, cell);
    return ok;
}

int main(int argc, char **argv)
{
    static const enum access accesses[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_FREE};
    bool ok = true;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s FOLDER|list all|quick [NAME ...]\n", argv[0]);
        return 2;
    }
    const struct order order = {argv[1], strcmp(argv[1], "list") == 0,
                                strcmp(argv[2], "quick") == 0, argv + 3, argc - 3};
    stage_record =
        mmap(NULL, sizeof *stage_record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage_record == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
#ifdef MATRIX_WARMS_UP
    stage_warm_up();
#endif
    for (size_t i = 0; ok && i < stage_cell_count; i++) {
        for (size_t k = 0; ok && k < 3; k++) {
            if ((stage_cells[i].accesses & (unsigned)accesses[k]) != 0 &&
                is_named(&order, &stage_cells[i], accesses[k])) {
                ok = run_cell(&order, &stage_cells[i], accesses[k]);
            }
        }
    }
    return ok ? 0 : 2;
}
