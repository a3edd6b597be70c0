/* SPDX-License-Identifier: MIT
 *
 * Whether a process has reported what it did, and nothing else. A cell that must fire counts as one
 * that reports only where the report is exact: that address, that access, our line with that class.
 * One that must be silent counts as one that reports whatever it says.
 */
#include "matrix.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 65536

static const char *text_append(char *text, const char *folder, const char *prefix, pid_t process)
{
    const size_t length = strlen(text);
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s%ld", folder, prefix, (long)process);
    FILE *file = fopen(path, "re");

    if (file != NULL) {
        text[length + fread(text + length, 1, TEXT_BYTES - 1 - length, file)] = '\0';
        (void)fclose(file);
    }
    return text;
}

static void complain(struct outcome *outcome, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct outcome *outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(outcome->why, sizeof outcome->why, format, arguments);
    va_end(arguments);
}

static bool is_free(const struct outcome *outcome)
{
    return strcmp(outcome->access_name, "free") == 0;
}

static bool is_write(const struct outcome *outcome)
{
    return strcmp(outcome->access_name, "write") == 0;
}

static bool is_class(const struct outcome *outcome, const char *name)
{
    return strcmp(outcome->class_name, name) == 0;
}

/* The number behind the words, in hexadecimal; 0 where they are not there. */
static uintptr_t address_behind(const char *text, const char *words)
{
    const char *at = strstr(text, words);

    return at == NULL ? 0 : (uintptr_t)strtoumax(at + strlen(words), NULL, 16);
}

/* -- our own line ------------------------------------------------------------------------------ */

#define OVERFLOW  "heap-buffer-overflow"
#define UNDERFLOW "heap-buffer-underflow"
#define FREED     "use-after-free"

/* What provenance must call a byte of a heap: it goes by where the byte is, and cannot know from
 * where a pointer came. So slack and headers between two blocks are told as the nearer one's, with
 * a line for the other. *other: what it may be called as well. */
static const char *byte_class(const struct outcome *outcome, const char **other)
{
    const enum place place = outcome->record.place;

    *other = NULL;
    if (place == PLACE_SLACK) {
        *other = UNDERFLOW;
        return OVERFLOW;
    }
    if (is_class(outcome, "use-after-free") ||
        (!is_class(outcome, "heap-overflow") && (place == PLACE_FREE || place == PLACE_LINK))) {
        /* In front of a block may also lie what never was one. */
        *other = is_class(outcome, "underflow") ? UNDERFLOW : NULL;
        return FREED;
    }
    if (strcmp(outcome->position, "first-byte-of-a-touching-range") == 0) {
        return "wild";
    }
    if (place == PLACE_HEADER && !is_class(outcome, "heap-overflow")) {
        if (is_class(outcome, "header") &&
            strcmp(outcome->position, "first-byte/after-split") == 0) {
            return OVERFLOW; /* of what was never handed out: nobody but the one in front */
        }
        *other = OVERFLOW;
        return UNDERFLOW;
    }
    return is_class(outcome, "underflow") ? UNDERFLOW : OVERFLOW;
}

static const char *provenance_class(const struct outcome *outcome, const char **other)
{
    *other = NULL;
    if (is_class(outcome, "double-free")) {
        /* Of a block that is live again, smaller, only the size can be wrong. */
        *other = outcome->record.place == PLACE_LIVE ? "size-mismatch" : NULL;
        return "double-free";
    }
    if (is_class(outcome, "mismatched-size")) {
        return "size-mismatch";
    }
    return is_free(outcome) ? "invalid-free" : byte_class(outcome, other);
}

static bool is_told(const struct outcome *outcome, const char *class_name, const char *text)
{
    char line[96];
    (void)snprintf(line, sizeof line, "bestfit: 0x%" PRIxPTR " is %s: ", outcome->record.address,
                   class_name);
    return strstr(text, line) != NULL;
}

/* Whether a byte between two blocks, told as the one's, is told as the other's too. */
static bool tells_both(const struct outcome *outcome, const char *text)
{
    const enum place place = outcome->record.place;

    return (place != PLACE_SLACK && place != PLACE_HEADER) ||
           strstr(text, "\nbestfit: or ") != NULL;
}

static bool has_provenance(struct outcome *outcome, const char *text)
{
    const char *other = NULL;
    const char *wanted = provenance_class(outcome, &other);

    if (is_told(outcome, wanted, text) ||
        (other != NULL && is_told(outcome, other, text) && tells_both(outcome, text))) {
        return true;
    }
    const char *line = strstr(text, "bestfit: 0x");

    complain(outcome, "0x%" PRIxPTR " is not told as %s, but: %.80s", outcome->record.address,
             wanted, line != NULL ? line : "no line of ours");
    return false;
}

/* -- one backend each -------------------------------------------------------------------------- */

/* Whether it ended the program, then and there: what only tells, and goes on, leaves a heap to the
 * next mistake. */
static bool has_ended(struct outcome *outcome)
{
    if (outcome->exit_status != 0 && !outcome->record.is_over) {
        return true;
    }
    complain(outcome, "told, but the program goes on: exit status %d%s", outcome->exit_status,
             outcome->record.is_over ? ", past the one thing" : "");
    return false;
}

static bool asan_is_exact(struct outcome *outcome, const char *text)
{
    /* use-after-poison; unknown-crash where the 8 bytes behind are open. */
    const char *report = strstr(text, "ERROR: AddressSanitizer: ");
    const uintptr_t address = report == NULL ? 0 : address_behind(report, " on address ");

    if (address != outcome->record.address && address != outcome->record.access) {
        complain(outcome, "reported at 0x%" PRIxPTR ", not at 0x%" PRIxPTR, address,
                 outcome->record.address);
        return false;
    }
    if (!is_free(outcome) &&
        strstr(text, is_write(outcome) ? "\nWRITE of size " : "\nREAD of size ") == NULL) {
        complain(outcome, "the report names another access");
        return false;
    }
    return has_provenance(outcome, text) && has_ended(outcome);
}

static bool msan_is_exact(struct outcome *outcome, const char *text)
{
    if (is_free(outcome)) {
        return has_provenance(outcome, text) && has_ended(outcome);
    }
    if (strstr(text, "MemorySanitizer: use-of-uninitialized-value") == NULL) {
        complain(outcome, "reported, but not as a use of what is not initialised");
        return false;
    }
    if (strstr(text, "  Memory was marked as uninitialized\n") == NULL) {
        complain(outcome, "the report does not say where the value is from");
        return false;
    }
    return has_ended(outcome);
}

static bool valgrind_is_exact(struct outcome *outcome, const char *text)
{
    const char *wanted = is_write(outcome) ? "Invalid write of size " : "Invalid read of size ";
    const char *report = strstr(text, wanted);

    if (is_free(outcome)) {
        return has_provenance(outcome, text) && has_ended(outcome);
    }
    if (is_class(outcome, "uninitialised-read") || is_class(outcome, "use-after-remove-range")) {
        if (strstr(text, "depends on uninitialised value") != NULL &&
            strstr(text, "Uninitialised value was created by") != NULL) {
            return true;
        }
        complain(outcome, "the report does not say that, or since when, it is not initialised");
        return false;
    }
    const uintptr_t address = report == NULL ? 0 : address_behind(report, "  Address ");
    const size_t byte_count = report == NULL ? 0 : strtoul(report + strlen(wanted), NULL, 10);

    if (outcome->record.address - address >= byte_count) {
        complain(outcome, "not reported as '%s', but of %zu at 0x%" PRIxPTR ", not 0x%" PRIxPTR,
                 wanted, byte_count, address, outcome->record.address);
        return false;
    }
    return true;
}

/* What a free must return. */
static bool status_is_right(const struct outcome *outcome)
{
    const int status = outcome->record.status;

    if (is_class(outcome, "mismatched-size")) {
        return status == BF_WRONG_SIZE;
    }
    if (is_class(outcome, "double-free")) {
        return status == BF_DOUBLE_FREE ||
               (status == BF_WRONG_SIZE && outcome->record.place == PLACE_LIVE);
    }
    return status == BF_INVALID_ADDRESS || status == BF_CORRUPTED;
}

static bool hardening_is_exact(struct outcome *outcome)
{
    const struct record *record = &outcome->record;
    const bool is_right =
        is_free(outcome) ? status_is_right(outcome)
                         : record->status == BF_CORRUPTED && record->fault_at == record->block_at;

    if (!is_right) {
        complain(outcome, "status %d, block 0x%" PRIxPTR ", not 0x%" PRIxPTR, record->status,
                 record->fault_at, record->block_at);
    }
    return is_right;
}

static bool is_exact(struct outcome *outcome, const char *text)
{
    switch (outcome->backend) {
    case BACKEND_ASAN:
        return asan_is_exact(outcome, text);
    case BACKEND_MSAN:
        return msan_is_exact(outcome, text);
    case BACKEND_VALGRIND:
        return valgrind_is_exact(outcome, text);
    default:
        return hardening_is_exact(outcome);
    }
}

/* -- all of them ------------------------------------------------------------------------------- */

/* Whether anything at all was said, or went otherwise than a right program goes. With nothing that
 * looks, a wrong call may end in any way (once it was made: judge_unprepared). */
static bool is_noisy(const struct outcome *outcome, const char *text)
{
    const bool is_lost = outcome->backend == BACKEND_NOTHING && !outcome->is_twin;

    return text[0] != '\0' || outcome->record.status != BF_OK ||
           (!is_lost && (outcome->exit_status != 0 || !outcome->record.is_over));
}

static void judge_silence(struct outcome *outcome, const char *text)
{
    outcome->has_reported = is_noisy(outcome, text);
    if (outcome->has_reported) {
        complain(outcome, "exit status %d, signal %d, status %d: %.80s", outcome->exit_status,
                 outcome->signal_number, outcome->record.status, text);
    }
}

/* Whatever was expected, the other thing came of it: nothing has been seen of the one thing. */
static void judge_unprepared(struct outcome *outcome, const char *text)
{
    outcome->has_reported = !outcome->is_expected;
    complain(outcome, "ended while it was prepared: exit status %d, signal %d: %.100s",
             outcome->exit_status, outcome->signal_number, text);
}

static void judge_report(struct outcome *outcome, const char *text)
{
    if (!is_noisy(outcome, text)) {
        complain(outcome, "not a word");
    } else {
        outcome->has_reported = is_exact(outcome, text);
    }
}

void outcome_judge(const char *work, struct outcome *outcome)
{
    static char text[TEXT_BYTES];

    text[0] = '\0';
    (void)text_append(text, work, "", outcome->process);
    (void)text_append(text, work, "valgrind.", outcome->process);
    outcome->reason = outcome->is_twin ? "the twin: nothing is wrong" : rules_reason(outcome);
    outcome->is_expected = outcome->reason == NULL;
    if (!outcome->record.is_ready) {
        judge_unprepared(outcome, text);
    } else if (outcome->is_expected) {
        judge_report(outcome, text);
    } else {
        judge_silence(outcome, text);
    }
    for (char *at = outcome->why; *at != '\0'; at++) {
        *at = *at == '\n' || *at == '\t' ? ' ' : *at;
    }
}
