/* SPDX-License-Identifier: MIT
 *
 * bed bench: what is known of the machine, and of the commit.
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* What stands behind the first line that begins with key, without quotes. */
static void read_field(const char *path, const char *key, char *text, size_t text_bytes)
{
    char line[512];
    FILE *file = fopen(path, "r");

    (void)snprintf(text, text_bytes, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            const char *value = line + strlen(key);

            value += strspn(value, " \t:=\"");
            (void)snprintf(text, text_bytes, "%.*s", (int)strcspn(value, "\"\n"), value);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void machine_look(struct bench_machine *machine)
{
    struct utsname name;
    const time_t now = time(NULL);
    struct tm utc;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);

    memset(machine, 0, sizeof *machine);
    read_field("/proc/cpuinfo", "model name", machine->cpu, sizeof machine->cpu);
    read_field("/etc/os-release", "PRETTY_NAME", machine->system, sizeof machine->system);
    if (uname(&name) == 0) {
        (void)snprintf(machine->kernel, sizeof machine->kernel, "%s %s %s", name.sysname,
                       name.release, name.machine);
    }
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(machine->date, sizeof machine->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    machine->core_count = cores > 0 ? (unsigned)cores : 0;
    (void)getloadavg(&machine->load, 1);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

/* ./bed asks git. */
struct bench_commit commit_look(void)
{
    struct bench_commit commit = {
        .id = variable("HEAPBED_COMMIT"),
        .parent = variable("HEAPBED_PARENT"),
        .date = variable("HEAPBED_COMMIT_DATE"),
        .title = variable("HEAPBED_TITLE"),
        .is_dirty = variable("HEAPBED_IS_DIRTY")[0] == '1',
    };

    commit.is_known = strlen(commit.id) == 40;
    if (!commit.is_known) {
        commit.id = "unknown";
    }
    return commit;
}
