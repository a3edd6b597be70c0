/* SPDX-License-Identifier: MIT
 *
 * Prints where a variant of the core puts every block of many op streams, as offsets, so that the
 * same can be compared between machines, to the byte:
 *
 *     portability-offsets TARGET ARENA_BYTES STREAMS FILE.hbedt...
 *
 * The streams are those of the files, in arenas of their own size, and STREAMS generated ones of each
 * kind, in an arena of ARENA_BYTES. A stream one of whose ranges ends beyond ARENA_BYTES is left out
 * (and counted on stderr), so that what is printed can be played on a board with no more memory than
 * that: player.c, which says what the lines mean.
 *
 * Exit status: 0 all was played and no oracle objected; 1 one did; 2 a file cannot be read, or there
 * was nothing to play.
 */
#include "generate.h"
#include "ops.h"
#include "run.h"
#include "targets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printer {
    const struct hb_target *target;
    uint64_t arena_bytes;
    FILE *out;
    bool is_too_large; /* this stream */
    unsigned printed;
    unsigned left_out;
    unsigned objections;
};

/* " a10": 16 bytes behind the arena's begin; " t0": the last address; " z0": null. */
static void print_address(FILE *out, const struct hb_address *address)
{
    static const char bases[] = {[HB_IN_ARENA] = 'a', [HB_FROM_TOP] = 't', [HB_FROM_ZERO] = 'z'};
    const bool is_below = address->offset < 0;
    const uint64_t distance = is_below ? -(uint64_t)address->offset : (uint64_t)address->offset;
    fprintf(out, " %c%s%" PRIx64, bases[address->base], is_below ? "-" : "", distance);
}

static void print_operands(FILE *out, const struct hb_call *call)
{
    static const char letters[] = {
        [HB_CALL_INIT] = 'i',   [HB_CALL_ADD_RANGE] = 'r',    [HB_CALL_MALLOC] = 'm',
        [HB_CALL_FREE] = 'f',   [HB_CALL_REALLOC] = 'l',      [HB_CALL_CALLOC] = 'c',
        [HB_CALL_USABLE] = 'u', [HB_CALL_REMOVE_RANGE] = 'd', [HB_CALL_COPY] = 'k',
        [HB_CALL_FILL] = 'w'};
    const enum hb_call_kind kind = call->kind;
    fprintf(out, "%c", letters[kind]);
    if (kind != HB_CALL_INIT && kind != HB_CALL_MALLOC && kind != HB_CALL_CALLOC) {
        print_address(out, &call->pointer);
    }
    if (kind == HB_CALL_ADD_RANGE || kind == HB_CALL_COPY) {
        print_address(out, &call->end);
    }
    if (kind == HB_CALL_REALLOC || kind == HB_CALL_CALLOC) {
        fprintf(out, " %" PRIx64, kind == HB_CALL_REALLOC ? call->old_size : call->count);
    }
    if (kind != HB_CALL_ADD_RANGE && kind != HB_CALL_REMOVE_RANGE && kind != HB_CALL_USABLE) {
        fprintf(out, " %" PRIx64, call->size);
    }
    if (hb_call_allocates(kind)) {
        fprintf(out, " %" PRIx64, call->align);
    }
}

/* How a wrong pointer is refused may be a matter of odds, and differs then. */
static void print_answer(FILE *out, const struct hb_call *call)
{
    const bool is_done = call->actual_status == HB_OK;
    if (!call->is_exact && !is_done) {
        fputs(" : ~", out);
        return;
    }
    fprintf(out, " : %s", hb_status_name(call->actual_status));
    if (is_done && hb_call_allocates(call->kind)) {
        print_address(out, &call->actual);
    } else if (is_done && call->kind == HB_CALL_USABLE) {
        fprintf(out, " %" PRIx64, call->size);
    }
    if (call->is_exact) {
        fprintf(out, " %" PRIu64, call->work);
    }
}

static void print_call(void *context, const struct hb_call *call)
{
    struct printer *printer = context;
    print_operands(printer->out, call);
    if (call->kind != HB_CALL_INIT && hb_call_is_made(call->kind)) {
        print_answer(printer->out, call);
    }
    fputc('\n', printer->out);
    printer->is_too_large |= call->kind == HB_CALL_ADD_RANGE && call->actual_status == HB_OK &&
                             (uint64_t)call->end.offset > printer->arena_bytes;
}

/* What is printed of a stream is held back until it is known that all of it fits. */
static bool play(struct printer *printer, const char *name, const struct hb_bytes *bytes)
{
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    struct hb_run_result result;
    struct hb_run_options options = {.observe = print_call, .observe_context = printer};
    char *text = NULL;
    size_t text_bytes = 0;
    printer->out = open_memstream(&text, &text_bytes);
    if (printer->out == NULL) {
        return false;
    }
    printer->is_too_large = false;
    fprintf(printer->out, "# %s %s\n", printer->target->name, name);
    const bool was_run = hb_run(&ops, printer->target, &options, &result);
    const char *const oracle = was_run ? hb_oracle_name(result.verdict.oracle) : "";
    fprintf(printer->out, ". %s\n", oracle);
    (void)fclose(printer->out);
    printer->objections += was_run && result.verdict.oracle != HB_ORACLE_NONE;
    printer->left_out += printer->is_too_large;
    if (!printer->is_too_large) {
        (void)fwrite(text, 1, text_bytes, stdout);
        printer->printed++;
    }
    free(text);
    return was_run;
}

static char *read_file(const char *path, size_t *byte_count)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0;
    errno = 0;
    /* up to a byte that text has not: all of it */
    const ssize_t length = file != NULL ? getdelim(&text, &room, '\0', file) : -1;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (length < 0) {
        fprintf(stderr, "%s: %s\n", path, errno != 0 ? strerror(errno) : "it is empty");
        free(text);
        return NULL;
    }
    *byte_count = (size_t)length;
    return text;
}

static bool play_file(struct printer *printer, const char *path)
{
    size_t text_bytes = 0;
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    char *text = read_file(path, &text_bytes);
    if (text == NULL) {
        return false;
    }
    const char *const slash = strrchr(path, '/');
    bool ok = hb_ops_parse(text, text_bytes, &bytes, &error);
    if (!ok) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.reason);
    }
    free(text);
    ok = ok && play(printer, slash != NULL ? slash + 1 : path, &bytes);
    free(bytes.data);
    return ok;
}

/* Each in an arena of the size that there is. */
static bool play_generated(struct printer *printer, uint64_t number, enum hb_stream_kind kind)
{
    struct hb_bytes bytes = {0};
    if (!hb_generate(number, kind, 400, 0, &bytes)) {
        return false;
    }
    struct hb_ops_header header = hb_ops_view(bytes.data, bytes.count).header;
    header.arena_log2 = HB_ARENA_LOG2_MIN;
    while (UINT64_C(2) << header.arena_log2 <= printer->arena_bytes) {
        header.arena_log2++;
    }
    hb_ops_encode_header(&header, bytes.data);
    char name[64];
    (void)snprintf(name, sizeof name, "%s-%" PRIu64, hb_stream_kind_name(kind), number);
    const bool ok = play(printer, name, &bytes);
    free(bytes.data);
    return ok;
}

int main(int argc, char **argv)
{
    char error[200];
    struct printer printer = {0};
    bool ok = argc >= 4;
    if (!ok) {
        fprintf(stderr, "usage: %s TARGET ARENA_BYTES STREAMS FILE.hbedt...\n", argv[0]);
        return 2;
    }
    printer.arena_bytes = strtoull(argv[2], NULL, 0);
    printer.target = hb_target_find(argv[1], error, sizeof error);
    if (printer.target == NULL) {
        fprintf(stderr, "%s\n", error);
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        ok &= play_file(&printer, argv[i]);
    }
    const uint64_t streams = strtoull(argv[3], NULL, 0);
    for (uint64_t number = 1; number <= streams; number++) {
        for (unsigned kind = 0; kind < HB_STREAM_KIND_COUNT; kind++) {
            ok &= play_generated(&printer, number, (enum hb_stream_kind)kind);
        }
    }
    fprintf(stderr, "%s: %u streams, %u more do not fit into %" PRIu64 " bytes\n", argv[1],
            printer.printed, printer.left_out, printer.arena_bytes);
    ok &= fflush(stdout) == 0 && ferror(stdout) == 0 && printer.printed > 0;
    if (!ok) {
        return 2;
    }
    return printer.objections == 0 ? 0 : 1;
}
