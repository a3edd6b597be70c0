/* SPDX-License-Identifier: MIT
 *
 * A replay by the bed of a build with sanitizers, and what they report there.
 */
#ifndef HB_CLI_SANITIZED_H
#define HB_CLI_SANITIZED_H

#include "file.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct cli_sanitized_run {
    const char *program; /* the bed of that build */
    const char *target_name;
    const char *against_name; /* null: one target alone */
    bool is_corrupting;
    uint64_t draw_seed;
    const char *without_text;
    const char *contract_text;
};

/* Replays an input. All that was printed is in text, with a zero behind its end, to be freed.
 * Returns the exit status of the replay; -1, with the reason on stderr and without a text, where
 * there was none. */
int cli_sanitized_replay(const struct cli_sanitized_run *run, const struct hb_bytes *input,
                         struct hb_bytes *text);

/* As hb_file_read, with a zero behind the last byte. */
bool cli_text_read(const char *path, struct hb_bytes *bytes, char *error, size_t error_bytes);
/* Whether a sanitizer speaks in it. */
bool cli_is_report(const struct hb_bytes *text);
/* The report alone, without what the replay printed around it, and without process numbers, which
 * differ from run to run. */
void cli_report_print(const struct hb_bytes *text, FILE *out);
/* The replay's verdict alone, as cli_print_verdict prints it. */
void cli_report_verdict(const struct hb_bytes *text, FILE *out);

#endif
