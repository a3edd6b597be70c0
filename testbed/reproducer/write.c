/* SPDX-License-Identifier: MIT
 *
 * Puts a reproducer together: a comment that says what it shows, a few numbers, the machinery (the
 * source texts of prelude/, in the dialect of the target), and a main of direct calls.
 */
#include "reproducer.h"

#include "calls.h"
#include "targets.h"
#include "texts.h"

#include <stdlib.h>
#include <string.h>

enum dialect { DIALECT_NONE, DIALECT_BESTFIT, DIALECT_SEED, DIALECT_LIBC, DIALECT_SHARED };

/* The same, or the variant that an annotated one is but for that. */
static const char *plain_name(const struct hb_target *target)
{
    const char *plain = hb_target_without_annotations(target->name);
    return plain != NULL ? plain : target->name;
}

/* As testbed/CMakeLists.txt has it. */
const char *hb_core_options(const struct hb_target *target)
{
    static const struct {
        const char *name;
        const char *text;
    } variants[] = {
        {"bestfit", ""},
        {"bestfit-list", "#define BF_INDEX_LIST\n"},
        {"bestfit-small", "#define BF_PROFILE_SMALL\n"},
        {"bestfit-large", "#define BF_PROFILE_LARGE\n"},
        {"bestfit-off", "#define BF_HARDENING BF_HARDENING_OFF\n"},
        {"bestfit-paranoid", "#define BF_HARDENING BF_HARDENING_PARANOID\n"},
        {"bestfit-quarantine", "#define BF_QUARANTINE_BYTES 4096\n#define BF_GUARD_BYTES 16\n"},
        {"bestfit-list-quarantine",
         "#define BF_INDEX_LIST\n#define BF_QUARANTINE_BYTES 1024\n#define BF_GUARD_BYTES 24\n"},
    };
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        if (strcmp(plain_name(target), variants[i].name) == 0) {
            return variants[i].text;
        }
    }
    return NULL;
}

static enum dialect dialect_of(const struct hb_target *target, const char *target_path)
{
    if (target_path != NULL) {
        return DIALECT_SHARED;
    }
    if (strcmp(target->name, "seed") == 0) {
        return DIALECT_SEED;
    }
    if (strcmp(target->name, "libc") == 0 || hb_malloc_target_soname(target) != NULL) {
        return DIALECT_LIBC;
    }
    return hb_core_options(target) != NULL ? DIALECT_BESTFIT : DIALECT_NONE;
}

bool hb_reproducer_has_dialect(const struct hb_target *target, const char *target_path)
{
    return dialect_of(target, target_path) != DIALECT_NONE;
}

/* Text from elsewhere must not end the comment that it is printed into. */
static void print_in_comment(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        fputc(*text == '\n' ? ' ' : *text, out);
        if (text[0] == '*' && text[1] == '/') {
            fputc(' ', out);
        }
    }
}

static void print_banner(const struct hb_reproducer *reproducer, FILE *out)
{
    const struct hb_verdict *verdict = reproducer->verdict;
    const bool has_core = reproducer->target_path == NULL;
    char text[HB_OP_TEXT_BYTES];
    fputs("/* A finding of heapbed, as a program of its own.\n *\n * Target:   ", out);
    print_in_comment(has_core ? reproducer->target->name : reproducer->target_path, out);
    fprintf(out,
            "\n * Oracle:   %s, at operation %zu\n * Expected: ", hb_oracle_name(verdict->oracle),
            verdict->op_index);
    print_in_comment(verdict->expected, out);
    fputs("\n * Actual:   ", out);
    print_in_comment(verdict->actual, out);
    /* what only a sanitizer sees needs one */
    fprintf(out, "\n *\n * Build:    cc %s-Icore %sF.c, at the root of the project\n",
            verdict->oracle == HB_ORACLE_SANITIZER ? "-fsanitize=address,undefined " : "",
            has_core && hb_annotates(reproducer->target) ? "-Isanitizers/annotate " : "");
    const char *soname = has_core ? hb_malloc_target_soname(reproducer->target) : NULL;
    if (soname != NULL) {
        fprintf(out, " * Run:      LD_PRELOAD=%s ./a.out\n", soname);
    }
    fputs(" * Exit:     1 and the oracle's name where the fault shows, 0 where it does not\n"
          " *\n * Operations:\n",
          out);
    for (size_t i = 0; i < reproducer->ops->count && i <= verdict->op_index; i++) {
        const struct hb_op op = hb_ops_get(reproducer->ops, i);
        hb_op_print(&op, text);
        fprintf(out, " * %4zu  %s\n", i, text);
    }
    fputs(" */\n", out);
}

/* How much room the program's own records need. */
struct room {
    size_t calls;
    size_t blocks;
    size_t ranges;
    uint64_t content_bytes;
};

static struct room room_needed(const struct hb_call_list *calls)
{
    struct room room = {0};
    for (size_t i = 0; i < calls->count; i++) {
        const struct hb_call *call = &calls->items[i];
        const bool can_succeed =
            call->is_exact ? call->expected_status == HB_OK : call->actual_status == HB_OK;
        room.calls += hb_call_is_made(call->kind);
        room.ranges += call->kind == HB_CALL_ADD_RANGE;
        if (hb_call_allocates(call->kind) && can_succeed) {
            room.blocks++;
            room.content_bytes += hb_call_bytes(call);
        }
    }
    return room;
}

/* The last thing that is checked is the verdict's: a look at the whole heap where that is not the
 * last call's operation. */
static bool ends_with_check(const struct hb_reproducer *reproducer)
{
    const struct hb_call_list *calls = reproducer->calls;
    return calls->count == 0 ||
           calls->items[calls->count - 1].op_index < reproducer->verdict->op_index;
}

static void print_rooms(const struct room *room, unsigned arena_log2, FILE *out)
{
    fprintf(out, "\n#define ARENA_BYTES   %zu\n", (size_t)1 << arena_log2);
    fprintf(out, "#define CALLS_MAX     %zu\n", room->calls + 1);
    fprintf(out, "#define RANGES_MAX    %zu\n", room->ranges + 1);
    fprintf(out, "#define BLOCKS_MAX    %zu\n", room->blocks + 1);
    fprintf(out, "#define CONTENT_BYTES %llu\n", (unsigned long long)room->content_bytes + 1);
}

static void print_expected_blocks(const struct hb_foresight *foresight, FILE *out)
{
    if (foresight->block_count == 0) {
        return;
    }
    fputs("const struct bed_expected_block bed_expected_blocks[] = {\n", out);
    for (size_t i = 0; i < foresight->block_count; i++) {
        const struct hb_foreseen_block *block = &foresight->blocks[i];
        fprintf(out, "    {%lld, %zu, %zu},\n", (long long)block->offset, block->capacity_bytes,
                block->request_bytes);
    }
    fputs("};\n\n", out);
}

static void print_steps(const char *field, bool has_bound, uint64_t bound, FILE *out)
{
    if (has_bound) {
        fprintf(out, "    .%s = %lluul,\n", field, (unsigned long long)bound);
    } else {
        fprintf(out, "    .%s = HANG_STEPS,\n", field);
    }
}

static void print_regained(const size_t sizes[HB_REGAINED_MAX], FILE *out)
{
    if (sizes[0] == 0) {
        return;
    }
    fputs("    .regained = {", out);
    for (size_t i = 0; i < HB_REGAINED_MAX && sizes[i] != 0; i++) {
        fprintf(out, "%s%zu", i == 0 ? "" : ", ", sizes[i]);
    }
    fputs("},\n", out);
}

static void print_verdict(const struct hb_reproducer *reproducer, const struct room *room,
                          FILE *out)
{
    const enum hb_oracle oracle = reproducer->verdict->oracle;
    struct hb_foresight foresight;
    hb_foresee(reproducer, &foresight);
    const uint64_t bound = foresight.work_bound;
    print_expected_blocks(&foresight, out);
    fprintf(out, "const struct bed_verdict bed_verdict = {\n    .oracle = \"%s\",\n",
            hb_oracle_name(oracle));
    fprintf(out, "    .call = %zu,\n    .whole_heap_from = %zu,\n",
            room->calls + ends_with_check(reproducer), reproducer->whole_heap_from);
    print_steps("work_max", oracle == HB_ORACLE_BOUND && bound > 0, bound, out);
    print_steps("steps_max", oracle == HB_ORACLE_HANG && bound > 0, 4 * bound + 1024, out);
    if (foresight.has_stats) {
        fprintf(out,
                "    .has_stats = true,\n    .free_block_count = %zu,\n    .free_bytes = %zu,\n"
                "    .largest_free_bytes = %zu,\n",
                foresight.free_block_count, foresight.free_bytes, foresight.largest_free_bytes);
    }
    if (foresight.capacity > 0) {
        fprintf(out, "    .capacity = %zu,\n", foresight.capacity);
    }
    print_regained(foresight.regained, out);
    if (foresight.block_count > 0) {
        fprintf(out, "    .block_count = %zu,\n    .blocks = bed_expected_blocks,\n",
                foresight.block_count);
    }
    fputs("};\n", out);
    free(foresight.blocks);
}

/* A source text without the comment that it begins with. */
static void print_text(const char *text, FILE *out)
{
    const char *end = strstr(text, "*/\n");
    fputs(end != NULL ? end + 3 : text, out);
}

static void print_path(const char *path, FILE *out)
{
    fputs("#define TARGET_PATH \"", out);
    for (; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\') {
            fputc('\\', out);
        }
        fputc(*path, out);
    }
    fputs("\"\n\n", out);
}

static void print_dialect(const struct hb_reproducer *reproducer, FILE *out)
{
    fputs("\n/* ---- The allocator ---- */\n\n", out);
    switch (dialect_of(reproducer->target, reproducer->target_path)) {
    case DIALECT_BESTFIT:
        fputs(hb_core_options(reproducer->target), out);
        if (hb_annotates(reproducer->target)) {
            print_text(hb_text_map, out);
        }
        print_text(hb_text_bestfit, out);
        break;
    case DIALECT_SEED:
        fputs("#define SEED_PANIC(text) bed_panic(text)\n#define SEED_STEP() bed_step()\n\n", out);
        fputs(hb_text_seed_alloc, out);
        fputc('\n', out);
        print_text(hb_text_seed, out);
        break;
    case DIALECT_LIBC:
        print_text(hb_text_libc, out);
        break;
    case DIALECT_SHARED:
        print_path(reproducer->target_path, out);
        fputs(hb_text_target, out);
        fputc('\n', out);
        print_text(hb_text_shared, out);
        break;
    case DIALECT_NONE:
        break;
    }
}

void hb_reproducer_print(const struct hb_reproducer *reproducer, FILE *out)
{
    const struct room room = room_needed(reproducer->calls);
    print_banner(reproducer, out);
    print_rooms(&room, reproducer->ops->header.arena_log2, out);
    fputs("\n/* ---- The arena, and how a fault is reported. The story is in main, at the end. "
          "---- */\n\n",
          out);
    print_text(hb_text_report, out);
    print_dialect(reproducer, out);
    fputs("\n/* ---- The user, and what is checked after each call ---- */\n\n", out);
    print_text(hb_text_play, out);
    fputs("\n/* ---- The finding ---- */\n\n", out);
    print_verdict(reproducer, &room, out);
    fputc('\n', out);
    hb_reproducer_print_main(reproducer, out);
}

static bool is_same_verdict(const struct hb_verdict *one, const struct hb_verdict *other)
{
    return one->oracle == other->oracle && one->op_index == other->op_index;
}

bool hb_reproducer_write(const struct hb_ops *ops, const struct hb_target *target,
                         const char *target_path, const struct hb_verdict *verdict, FILE *out)
{
    /* A clean stream makes a program too: it checks everything to the end, and exits 0. */
    struct hb_verdict clean = {.op_index = ops->count,
                               .op = {.kind = HB_OP_CHECK},
                               .expected = "what the contract says",
                               .actual = "just that"};
    if (verdict->oracle == HB_ORACLE_NONE) {
        verdict = &clean;
    }
    /* the core's program has a poison map of its own, in the sanitizer's place; what a shared
     * object poisons, no program of this kind knows */
    const enum hb_oracle unseen = target_path == NULL ? HB_ORACLE_SANITIZER : HB_ORACLE_SHADOW;
    if ((hb_annotates(target) && verdict->oracle == unseen) ||
        !hb_reproducer_has_dialect(target, target_path)) {
        fprintf(stderr, "target %s has no stand-alone form, so there is no C program\n",
                target->name);
        return false;
    }
    struct hb_call_list calls = {0};
    struct hb_verdict seen;
    struct hb_reproducer reproducer = {
        .ops = ops,
        .target = target,
        .target_path = target_path,
        .verdict = verdict,
        .calls = &calls,
    };
    bool is_played = hb_record_calls(ops, target, true, &calls, &seen);
    /* An earlier look at the whole heap would show something else than the verdict. */
    if (is_played && !is_same_verdict(&seen, verdict)) {
        hb_call_list_clear(&calls);
        is_played = hb_record_calls(ops, target, false, &calls, &seen);
        reproducer.whole_heap_from = verdict->op_index;
    }
    if (is_played) {
        hb_reproducer_print(&reproducer, out);
    }
    hb_call_list_clear(&calls);
    return is_played;
}
