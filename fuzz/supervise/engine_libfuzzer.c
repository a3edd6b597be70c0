/* SPDX-License-Identifier: MIT
 *
 * How libFuzzer is started and read. Its processes share one corpus folder and look into it now and
 * then (-reload), so each learns what the others found.
 */
#include "engine.h"
#include "files.h"
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 4096 bytes are 256 operations. A process that ends by itself would be restarted, so its own clock
 * runs a little longer than ours. */
void libfuzzer_command(const struct engine *engine, double seconds, struct command *command)
{
    const struct layout *layout = engine->layout;
    const char *const argv[] = {
        engine->program,
        "-max_len=4096",
        "-timeout=3", /* looked at every other second; an input takes milliseconds */
        "-rss_limit_mb=2048",
        "-reload=1",
        "-len_control=20", /* long inputs early: a heap is built up by many operations */
        "-print_final_stats=1",
        "-detect_leaks=0", /* a target may leak; the oracles speak about blocks */
        command_text(command, text_format("-dict=%s/fuzz/lockstep.dict", layout->root)),
        command_text(command, text_format("-artifact_prefix=%s/", engine->folder)),
        command_text(command, text_format("-max_total_time=%.0f", seconds + 10)),
        layout->corpus,
    };
    memcpy(command->argv, argv, sizeof argv);
}

/* "#4096 NEW    cov: 512 ft: 1024 corp: 60/9Kb ..." */
static void read_line(struct engine *engine, const char *line)
{
    const char *cov = line[0] == '#' ? strstr(line, " cov: ") : NULL;
    if (cov != NULL) {
        engine->edges = strtoull(cov + strlen(" cov: "), NULL, 10);
    }
}

void libfuzzer_read(struct engine *engine)
{
    FILE *log = fopen(engine->log, "rbe");
    if (log == NULL) {
        return;
    }
    char line[512];
    if (fseek(log, (long)engine->log_offset, SEEK_SET) == 0) {
        while (fgets(line, sizeof line, log) != NULL) {
            read_line(engine, line);
            engine->log_offset += strlen(line);
        }
    }
    (void)fclose(log);
}
