/* SPDX-License-Identifier: MIT
 *
 * Builds commits. The work tree of the user is never touched: the core comes out of `git archive`,
 * other targets are built in a worktree of their own.
 */
#include "bisect_build.h"

#include "spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4200 };

static bool write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        (void)fprintf(stderr, "bed bisect: %s: %s\n", path, strerror(errno));
        return false;
    }
    const bool is_put = fputs(text, file) >= 0;
    return fclose(file) == 0 && is_put;
}

bool bisect_build_begin(struct bisect_build *build)
{
    const char *temporary = getenv("TMPDIR");
    char path[PATH_BYTES];
    if (build->root != NULL) {
        (void)snprintf(path, sizeof path, "%s/build", build->root);
        (void)mkdir(path, 0777);
        (void)snprintf(build->folder, sizeof build->folder, "%s/build/bisect-XXXXXX", build->root);
    } else {
        (void)snprintf(build->folder, sizeof build->folder, "%s/heapbed-bisect-XXXXXX",
                       temporary != NULL ? temporary : "/tmp");
    }
    if (mkdtemp(build->folder) == NULL) {
        (void)fprintf(stderr, "bed bisect: %s: %s\n", build->folder, strerror(errno));
        build->folder[0] = '\0';
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/options.h", build->folder);
    return build->command != NULL || write_text(path, build->core_options);
}

/* Parts of the commit's tree, in a new folder. */
static bool export(const struct bisect_build *build, const char *commit, const char *const *parts,
                   const char *folder, const char *log_path)
{
    char archive[PATH_BYTES + 8];
    const char *pack[12] = {"git", "-C", build->repository, "archive", "-o", archive, commit, "--"};
    const char *const unpack[] = {"tar", "-xf", archive, NULL};
    size_t count = 8;
    (void)snprintf(archive, sizeof archive, "%s.tar", folder);
    while (*parts != NULL && count < 11) {
        pack[count++] = *parts++;
    }
    (void)mkdir(folder, 0777);
    const bool ok = cli_run(pack, NULL, log_path) == 0 && cli_run(unpack, folder, log_path) == 0;
    (void)unlink(archive);
    return ok;
}

/* tree: whose adapter and interface. */
static bool compile(const struct bisect_build *build, const char *tree, const char *core,
                    const char *path, const char *log_path)
{
    const char *compiler = getenv("CC");
    char adapter[PATH_BYTES];
    char include_testbed[PATH_BYTES];
    char include_interface[PATH_BYTES];
    char include_core[PATH_BYTES];
    char options[PATH_BYTES];
    char command[32 * 1024];
    (void)snprintf(adapter, sizeof adapter, "%s/testbed/targets/bestfit.c", tree);
    (void)snprintf(include_testbed, sizeof include_testbed, "-I%s/testbed", tree);
    (void)snprintf(include_interface, sizeof include_interface, "-I%s/testbed/include", tree);
    (void)snprintf(include_core, sizeof include_core, "-I%s/core", core);
    (void)snprintf(options, sizeof options, "%s/options.h", build->folder);
    /* through a shell, since CC and CFLAGS are several words */
    (void)snprintf(command, sizeof command, "exec %s ${CFLAGS:--O2} \"$@\"",
                   compiler != NULL && compiler[0] != '\0' ? compiler : "cc");
    const char *const argv[] = {"sh",
                                "-c",
                                command,
                                "cc",
                                "-std=c11",
                                "-fPIC",
                                "-shared",
                                "-w",
                                "-DHB_VARIANT_SYMBOL=heapbed_target",
                                "-DBF_PREFIX=bf_bisected_",
                                "-include",
                                options,
                                include_testbed,
                                include_interface,
                                include_core,
                                adapter,
                                "-o",
                                path,
                                NULL};
    return cli_run(argv, NULL, log_path) == 0;
}

/* Behind this tree's adapter; what that cannot be compiled with, behind its own. */
static bool build_core(const struct bisect_build *build, const char *commit, const char *path,
                       const char *log_path)
{
    static const char *const core_only[] = {"core", NULL};
    static const char *const with_adapter[] = {"core", "testbed", NULL};
    char tree[PATH_BYTES + 16];
    char own[PATH_BYTES + 24];
    (void)snprintf(tree, sizeof tree, "%s/%.12s", build->folder, commit);
    (void)snprintf(own, sizeof own, "%s.own", tree);
    if (!export(build, commit, core_only, tree, log_path)) {
        return false;
    }
    if (compile(build, build->root, tree, path, log_path)) {
        return true;
    }
    char own_log[PATH_BYTES + 8];
    (void)snprintf(own_log, sizeof own_log, "%s.own", log_path);
    return export(build, commit, with_adapter, own, own_log) &&
           compile(build, own, own, path, own_log);
}

static bool enter_commit(struct bisect_build *build, const char *worktree, const char *commit,
                         const char *log_path)
{
    const char *const add[] = {"git",     "-C",      build->repository, "worktree", "add",
                               "--force", "--quiet", "--detach",        worktree,   commit,
                               NULL};
    const char *const move[] = {"git",     "-C",       worktree, "checkout", "--force",
                                "--quiet", "--detach", commit,   NULL};
    const char *const clean[] = {"git", "-C", worktree, "clean", "-ffdxq", NULL};
    if (!build->has_worktree) {
        build->has_worktree = true;
        return cli_run(add, NULL, log_path) == 0;
    }
    return cli_run(clean, NULL, log_path) == 0 && cli_run(move, NULL, log_path) == 0;
}

/* The object is moved away, so that each commit's has a path of its own. */
static bool build_command(struct bisect_build *build, const char *commit, const char *path,
                          const char *log_path)
{
    char worktree[PATH_BYTES];
    char built[2 * PATH_BYTES];
    (void)snprintf(worktree, sizeof worktree, "%s/worktree", build->folder);
    (void)snprintf(built, sizeof built, "%s/%s", worktree, build->target_path);
    const char *const argv[] = {"sh", "-c", build->command, NULL};
    if (!enter_commit(build, worktree, commit, log_path) ||
        cli_run(argv, worktree, log_path) != 0) {
        return false;
    }
    const char *const copy[] = {"cp", "-L", "--", built, path, NULL};
    char copy_log[PATH_BYTES + 8];
    (void)snprintf(copy_log, sizeof copy_log, "%s.copy", log_path);
    return cli_run(copy, NULL, copy_log) == 0;
}

bool bisect_build_commit(struct bisect_build *build, const char *commit, char path[4200],
                         char log_path[4200])
{
    (void)snprintf(path, PATH_BYTES, "%s/%.12s.so", build->folder, commit);
    (void)snprintf(log_path, PATH_BYTES, "%s/%.12s.log", build->folder, commit);
    if (access(path, F_OK) == 0) {
        return true;
    }
    return build->command != NULL ? build_command(build, commit, path, log_path)
                                  : build_core(build, commit, path, log_path);
}

void bisect_build_end(struct bisect_build *build)
{
    char worktree[PATH_BYTES];
    (void)snprintf(worktree, sizeof worktree, "%s/worktree", build->folder);
    const char *const forget[] = {"git",    "-C",      build->repository, "worktree",
                                  "remove", "--force", worktree,          NULL};
    const char *const prune[] = {"git", "-C", build->repository, "worktree", "prune", NULL};
    const char *const erase[] = {"rm", "-rf", "--", build->folder, NULL};
    if (build->folder[0] == '\0') {
        return;
    }
    if (build->has_worktree) {
        (void)cli_run(forget, NULL, "/dev/null");
    }
    (void)cli_run(erase, NULL, "/dev/null");
    if (build->has_worktree) {
        (void)cli_run(prune, NULL, "/dev/null");
    }
}
