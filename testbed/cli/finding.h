/* SPDX-License-Identifier: MIT
 *
 * A finding as commands are given it: an input, and how it is to be run. A bundle (see bundle.h)
 * says that itself, and so does the JSON that `bed fuzz` leaves beside an input.
 */
#ifndef HB_CLI_FINDING_H
#define HB_CLI_FINDING_H

#include "cli.h"

#define BUNDLE_SCHEMA   "heapbed-bundle/1"
#define BUNDLE_MANIFEST "manifest.json"
#define BUNDLE_INPUT    "input.hbed"

#define CLI_FINDING_TEXTS 6

struct cli_finding {
    /* As given on the command line; null or false where not. */
    const char *target_name;
    const char *against_name;
    const char *seed_text;
    const char *without_text;
    const char *contract_text;
    bool is_corrupting;
    unsigned seconds_max; /* 0: by its length */

    char input[4096];
    char texts[CLI_FINDING_TEXTS][4096]; /* what was read from JSON */
    size_t text_count;
    bool is_bundle;

    /* Set by cli_finding_prepare: */
    const struct hb_target *target;
    const struct hb_target *against;
    uint64_t draw_seed;
    struct cli_judging judging;
};

/* Whether the path is a folder with the manifest of a bundle. */
bool cli_is_bundle(const char *path);

/* Names the input, and takes what the command line left open from the bundle, or, where wants_json,
 * from the JSON beside the input. False, with the reason on stderr. */
bool cli_finding_open(const char *command, const char *path, bool wants_json,
                      struct cli_finding *finding);
/* For commands that take several inputs: where the only argument is a bundle, it is opened, and the
 * argument becomes its input; of another only argument the JSON beside it is asked. */
bool cli_finding_adopt(const char *command, char **arguments, int count,
                       struct cli_finding *finding);
/* Finds the targets and reads seed and oracles. False, with the reason on stderr. */
bool cli_finding_prepare(const char *command, struct cli_finding *finding);

/* How it is run, as replay does. */
struct hb_run_options cli_finding_options(const struct cli_finding *finding,
                                          const struct hb_ops *ops);
unsigned cli_finding_seconds(const struct cli_finding *finding, const struct hb_ops *ops);

/* FNV-1a, 64 bits, as 16 digits: enough to see that a file is another one. */
#define CLI_HASH_TEXT_BYTES 17
void cli_hash_text(const void *bytes, size_t count, char text[CLI_HASH_TEXT_BYTES]);

#endif
