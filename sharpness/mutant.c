/* SPDX-License-Identifier: MIT
 *
 * bed-mutant: what the bed's oracles say of one build of the core. Needs no library, so that it is
 * there for 32 bits too.
 *
 *     bed-mutant TARGET.so [FIRST COUNT SMASHED] [FILE.hbedt ...]
 *
 * Plays COUNT generated streams from number FIRST on and SMASHED streams with smashes, and the
 * texts, every oracle looking at everything. Stops at the first objection and prints it.
 *
 * Exit status: 0 no objection, 1 an objection, 2 it could not be run. What the target does to the
 * process, ends it.
 */
#include "generate.h"
#include "run.h"
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Operations of a stream. A heap that was smashed soon has nothing left that works. */
#define OPS_LOCKSTEP   1024u
#define OPS_CORRUPTING 300u

struct player {
    const struct hb_target *target;
    uint64_t odds_checks;
    uint64_t odds_misses;
    uint64_t smashes;
    uint64_t smash_misses;
    uint64_t operations;
};

static _Noreturn void say(const char *stage, const char *where, const char *oracle,
                          const char *actual)
{
    (void)printf("%s %s %s: %s\n", stage, oracle, where, actual);
    (void)fflush(stdout);
    exit(1);
}

/* Plays, and ends the process at an objection. */
static void play(struct player *player, const char *stage, const char *where,
                 const struct hb_bytes *bytes, bool is_corrupting, bool is_thorough)
{
    const struct hb_run_options options = {
        .thorough = is_thorough, .catch_signals = true, .is_corrupting = is_corrupting};
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    struct hb_run_result result;
    if (!hb_run(&ops, player->target, &options, &result)) {
        exit(2);
    }
    player->operations += result.counts.operations;
    player->odds_checks += result.counts.odds_checks;
    player->odds_misses += result.counts.odds_misses;
    player->smashes += result.counts.smashes;
    for (size_t i = 0; i < HB_MISS_COUNT; i++) {
        player->smash_misses += result.counts.misses[i];
    }
    if (result.verdict.oracle != HB_ORACLE_NONE) {
        say(stage, where, hb_oracle_name(result.verdict.oracle), result.verdict.actual);
    }
}

static void play_streams(struct player *player, uint64_t first, uint64_t count, bool is_corrupting)
{
    const unsigned op_count = is_corrupting ? OPS_CORRUPTING : OPS_LOCKSTEP;
    for (uint64_t number = first; number < first + count; number++) {
        const enum hb_stream_kind kind = (enum hb_stream_kind)(number % HB_STREAM_KIND_COUNT);
        const unsigned smash_every = 4u << number / HB_STREAM_KIND_COUNT % 6;
        char where[32];
        struct hb_bytes bytes;
        if (!hb_generate(number, kind, op_count, is_corrupting ? smash_every : 0, &bytes)) {
            exit(2);
        }
        (void)snprintf(where, sizeof where, "%s-%u", hb_stream_kind_name(kind), (unsigned)number);
        play(player, is_corrupting ? "smashes" : "streams", where, &bytes, is_corrupting, false);
        free(bytes.data);
    }
}

static char *read_text(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rbe");
    char *text = calloc(1, 1 << 20);
    if (file == NULL || text == NULL) {
        perror(path);
        exit(2);
    }
    *bytes = fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

static void play_file(struct player *player, const char *path)
{
    struct hb_bytes bytes;
    struct hb_text_error error;
    size_t count = 0;
    char *text = read_text(path, &count);
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    if (!hb_ops_parse(text, count, &bytes, &error)) {
        (void)fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.reason);
        exit(2);
    }
    play(player, "corpus", name, &bytes, false, true);
    if ((strstr(text, "\nsmash ") != NULL || strstr(text, "\ndamage ") != NULL) &&
        (player->target->contract & HB_REFUSES_WRONG_FREES) != 0) {
        play(player, "corpus", name, &bytes, true, true);
    }
    free(bytes.data);
    free(text);
}

/* Whether that many misses can be chance, where each trial is missed with 1 in 1,024 at most: four
 * standard deviations above what is expected, and four more. */
static bool is_within_odds(uint64_t trials, uint64_t misses)
{
    const double expected = (double)trials / 1024;
    const double above = (double)misses - expected - 4;
    return above <= 0 || above * above <= 16 * expected;
}

int main(int argc, char **argv)
{
    char error[512];
    struct player player = {0};
    int file = 2;
    if (argc < 3) {
        (void)fputs("usage: bed-mutant TARGET.so [FIRST COUNT SMASHED] [FILE.hbedt ...]\n", stderr);
        return 2;
    }
    player.target = hb_target_find(argv[1], error, sizeof error);
    /* One that loads and promises what no target may, was noticed. */
    if (player.target == NULL) {
        (void)fprintf(stderr, "bed-mutant: %s\n", error);
        return strstr(error, "cannot be used as a target") != NULL ? 1 : 2;
    }
    if (argc >= 5 && strchr(argv[2], '.') == NULL) {
        const uint64_t first = strtoull(argv[2], NULL, 10);
        play_streams(&player, first, strtoull(argv[3], NULL, 10), false);
        /* What is not hardened cannot be overwritten and behave. */
        if ((player.target->contract & HB_REFUSES_WRONG_FREES) != 0) {
            play_streams(&player, first, strtoull(argv[4], NULL, 10), true);
        }
        file = 5;
    }
    for (; file < argc; file++) {
        play_file(&player, argv[file]);
    }
    if (!is_within_odds(player.odds_checks, player.odds_misses)) {
        say("streams", "all", "odds", "more wrong pointers were missed than the odds allow");
    }
    if (!is_within_odds(player.smashes, player.smash_misses)) {
        say("smashes", "all", "odds",
            "more of what was overwritten was missed than the odds allow");
    }
    (void)printf("%llu operations\n", (unsigned long long)player.operations);
    return player.operations > 0 ? 0 : 2;
}
