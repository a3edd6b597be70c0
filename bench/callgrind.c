/* SPDX-License-Identifier: MIT
 *
 * The format, as far as it matters here: a file is a sequence of parts ("part: 1"), a part has a
 * line that says what ended it ("desc: Trigger: ..."), a sum ("summary: 167"), and a block for each
 * function ("fn=NAME"). Lines of digits in it are what the function took itself ("0 7"), but for
 * those behind "calls=", which say what the functions took that it called.
 */
#include "callgrind.h"

#include <stdlib.h>
#include <string.h>

#define BRACKET "bench_counted_"
#define TRIGGER "--dump-after=" BRACKET

struct part {
    uint64_t summary;
    uint64_t bracket;     /* what the brackets took */
    const char *ended_by; /* "malloc", "free", or null: the end of the program */
    bool is_in_bracket;
    bool is_callee; /* the next cost is that of a called function */
    bool has_summary;
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void part_end(const struct part *part, struct callgrind_counts *counts)
{
    const uint64_t instructions = part->summary - part->bracket;

    counts->instructions += instructions;
    if (part->ended_by == NULL) {
        return;
    }
    uint64_t *worst =
        begins_with(part->ended_by, "malloc") ? &counts->worst_malloc : &counts->worst_free;

    if (instructions > *worst) {
        *worst = instructions;
    }
}

static void part_read_cost(struct part *part, const char *line)
{
    const char *cost = strchr(line, ' ');

    if (part->is_in_bracket && !part->is_callee && cost != NULL) {
        part->bracket += strtoull(cost, NULL, 10);
    }
    part->is_callee = false;
}

static void part_read_line(struct part *part, const char *line)
{
    const char *trigger = NULL;

    if (begins_with(line, "summary: ")) {
        part->summary = strtoull(line + strlen("summary: "), NULL, 10);
        part->has_summary = true;
    } else if (begins_with(line, "desc: Trigger: " TRIGGER)) {
        trigger = line + strlen("desc: Trigger: " TRIGGER);
        part->ended_by = trigger;
    } else if (begins_with(line, "fn=")) {
        part->is_in_bracket = begins_with(line + 3, BRACKET);
    } else if (begins_with(line, "calls=")) {
        part->is_callee = true;
    } else if (*line >= '0' && *line <= '9') {
        part_read_cost(part, line);
    }
}

bool callgrind_read(const char *text, struct callgrind_counts *counts)
{
    struct part part = {0};
    bool ok = begins_with(text, "# callgrind format");
    size_t part_count = 0;

    memset(counts, 0, sizeof *counts);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!begins_with(line, "part: ")) {
            part_read_line(&part, line);
            continue;
        }
        if (part_count++ != 0) {
            ok = ok && part.has_summary && part.summary >= part.bracket;
            part_end(&part, counts);
        }
        memset(&part, 0, sizeof part);
    }
    ok = ok && part.has_summary && part.summary >= part.bracket;
    part_end(&part, counts);
    return ok && part_count != 0;
}
