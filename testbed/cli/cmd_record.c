/* SPDX-License-Identifier: MIT
 *
 * bed record: runs a program with the recorder loaded into it, then turns what it allocated into an
 * op stream. How it works and what it cannot see: docs/recording.md.
 */
#include "cli.h"

#include "file.h"
#include "record_convert.h"
#include "record_launch.h"
#include "recorder/event.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERROR_BYTES (PATH_MAX + 512)

/* As many as the largest file that is read can hold beside header and add_range. */
#define OPERATION_LIMIT_MAX ((uint64_t)(HB_FILE_BYTES_MAX / HB_RECORD_BYTES - 3))

static const char usage[] =
    "usage: bed record -o FILE [OPTIONS] -- PROGRAM [ARGUMENTS...]\n"
    "\n"
    "Runs PROGRAM and records its heap calls, of all its threads, as an op stream.\n"
    "\n"
    "  -o, --output FILE    the trace; compressed where the name ends in .zst\n"
    "      --force          replace FILE if it exists\n"
    "      --limit N        record the first N operations, let the program go on\n"
    "      --follow NAME    record the first program of that name that PROGRAM starts\n"
    "                       (cc1 under gcc), rather than PROGRAM itself\n"
    "      --arena-log2 N   an arena of 2^N bytes (12 to 30), rather than twice the peak\n"
    "      --json FILE      also write the summary as JSON; - is standard output\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 a trace was written, whatever PROGRAM's own status (the summary\n"
    "tells it); 2 it could not be.\n";

struct arguments {
    const char *output;
    const char *json;
    const char *follow;
    bool force;
    struct hb_convert_options convert;
    char *const *program;
};

/* What came of the program. */
struct recording {
    char events_path[PATH_MAX];
    int wait_status;
    const struct hb_events_header *header;
    size_t mapped_bytes;
};

static bool complain(const char *text)
{
    fprintf(stderr, "bed record: %s\n", text);
    return false;
}

static bool parse_number(const char *option, const char *text, uint64_t least, uint64_t most,
                         uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        fprintf(stderr, "bed record: --%s %s: give a number from %" PRIu64 " to %" PRIu64 "\n",
                option, text, least, most);
        return false;
    }
    *number = value;
    return true;
}

enum { OPTION_FORCE = 256, OPTION_LIMIT, OPTION_FOLLOW, OPTION_ARENA_LOG2, OPTION_JSON };

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"follow", required_argument, NULL, OPTION_FOLLOW},
    {"arena-log2", required_argument, NULL, OPTION_ARENA_LOG2},
    {"json", required_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool parse_option(struct arguments *arguments, int option)
{
    uint64_t number;
    switch (option) {
    case 'o':
        arguments->output = optarg;
        return true;
    case OPTION_FORCE:
        arguments->force = true;
        return true;
    case OPTION_LIMIT:
        return parse_number("limit", optarg, 1, OPERATION_LIMIT_MAX,
                            &arguments->convert.operation_limit);
    case OPTION_FOLLOW:
        arguments->follow = optarg;
        return strlen(optarg) < HB_EVENTS_NAME_BYTES ||
               complain("--follow: the name is longer than 255 bytes");
    case OPTION_ARENA_LOG2:
        if (!parse_number("arena-log2", optarg, HB_ARENA_LOG2_MIN, HB_ARENA_LOG2_MAX, &number)) {
            return false;
        }
        arguments->convert.arena_log2 = (unsigned)number;
        return true;
    case OPTION_JSON:
        arguments->json = optarg;
        return true;
    default:
        return complain("see bed record --help");
    }
}

/* That the trace can be written is found out before the program runs, not after hours of it. */
static bool check_output(const struct arguments *arguments)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(arguments->output, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - arguments->output) + 1;
    if (length >= sizeof folder) {
        return complain("-o: the path is too long");
    }
    memcpy(folder, arguments->output, length);
    folder[length] = '\0';
    if (access(length == 0 ? "." : folder, W_OK) != 0) {
        fprintf(stderr, "bed record: -o %s: cannot write to its folder: %s\n", arguments->output,
                strerror(errno));
        return false;
    }
    if (!arguments->force && access(arguments->output, F_OK) == 0) {
        fprintf(stderr, "bed record: -o %s: it exists; --force replaces it\n", arguments->output);
        return false;
    }
    return true;
}

/* Options end at the program's name, with or without "--". Sets *is_help where that was asked. */
static bool parse_arguments(struct arguments *arguments, int argc, char **argv, bool *is_help)
{
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "+o:h", options, NULL)) != -1) {
        if (option == 'h') {
            *is_help = true;
            return true;
        }
        if (!parse_option(arguments, option)) {
            return false;
        }
    }
    if (arguments->output == NULL) {
        return complain("say where the trace goes with -o FILE; see bed record --help");
    }
    if (optind >= argc) {
        return complain("name the program to record; see bed record --help");
    }
    arguments->program = argv + optind;
    return check_output(arguments);
}

/* Makes the event file, with the header that tells the library what to record. */
static bool make_events_file(const struct arguments *arguments, struct recording *recording)
{
    struct hb_events_header header = {
        .magic = HB_EVENTS_MAGIC,
        .version = HB_EVENTS_VERSION,
        .event_bytes = sizeof(struct hb_event),
        .event_limit = arguments->convert.operation_limit,
    };
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] != '/') {
        folder = "/tmp";
    }
    int length = snprintf(recording->events_path, sizeof recording->events_path,
                          "%s/heapbed-events-XXXXXX", folder);
    int descriptor = (size_t)length < sizeof recording->events_path
                         ? mkostemp(recording->events_path, O_CLOEXEC)
                         : -1;
    if (descriptor < 0) {
        recording->events_path[0] = '\0';
        fprintf(stderr, "bed record: cannot make a file in %s (set TMPDIR): %s\n", folder,
                strerror(errno));
        return false;
    }
    if (arguments->follow != NULL) {
        memcpy(header.follow, arguments->follow, strlen(arguments->follow) + 1);
    }
    bool is_written = write(descriptor, &header, sizeof header) == (ssize_t)sizeof header &&
                      ftruncate(descriptor, (off_t)HB_EVENTS_HEADER_BYTES) == 0;
    close(descriptor);
    return is_written || complain("cannot write the event file; is the disk full?");
}

static bool map_events(struct recording *recording)
{
    struct stat status;
    int descriptor = open(recording->events_path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        return complain("the event file is gone; record again");
    }
    recording->mapped_bytes = (size_t)status.st_size;
    void *mapping = mmap(NULL, recording->mapped_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapping == MAP_FAILED) {
        return complain("cannot map the event file; record fewer operations with --limit");
    }
    recording->header = mapping;
    return true;
}

/* Events that are there in full, whatever the header says. */
static uint64_t count_events(const struct recording *recording)
{
    uint64_t room = (recording->mapped_bytes - HB_EVENTS_HEADER_BYTES) / sizeof(struct hb_event);
    uint64_t count = __atomic_load_n(&recording->header->event_count, __ATOMIC_ACQUIRE);
    return count < room ? count : room;
}

static bool check_events(const struct arguments *arguments, const struct recording *recording)
{
    if (recording->header->process == 0 && arguments->follow != NULL) {
        fprintf(stderr, "bed record: %s started no program named %s that could be recorded\n",
                arguments->program[0], arguments->follow);
        return false;
    }
    if (recording->header->process == 0) {
        fprintf(stderr,
                "bed record: %s did not load the recorder: a program that is statically linked, "
                "set-user-ID, or for another architecture cannot be recorded\n",
                arguments->program[0]);
        return false;
    }
    if (count_events(recording) == 0) {
        fprintf(stderr, "bed record: %s allocated nothing: there is no trace to write\n",
                recording->header->program);
        return false;
    }
    return true;
}

static void print_end_of_program(const struct recording *recording)
{
    if (WIFSIGNALED(recording->wait_status)) {
        int number = WTERMSIG(recording->wait_status);
        fprintf(stderr, "was killed by signal %d (%s)", number, strsignal(number));
    } else {
        fprintf(stderr, "exited with status %d", WEXITSTATUS(recording->wait_status));
    }
}

static void print_note(uint64_t count, const char *text)
{
    if (count > 0) {
        fprintf(stderr, "  note       %" PRIu64 " %s\n", count, text);
    }
}

static bool is_truncated(const struct recording *recording,
                         const struct hb_convert_summary *summary)
{
    return recording->header->end != HB_EVENTS_OPEN || summary->events < count_events(recording);
}

static void print_summary(const struct arguments *arguments, const struct recording *recording,
                          const struct hb_convert_summary *summary)
{
    fprintf(stderr, "bed record: %s ", arguments->program[0]);
    print_end_of_program(recording);
    fprintf(stderr, "\n  recorded   %s, %" PRIu32 " thread%s\n", recording->header->program,
            recording->header->thread_count, recording->header->thread_count == 1 ? "" : "s");
    fprintf(stderr,
            "  operations %" PRIu64 " (malloc %" PRIu64 ", calloc %" PRIu64 ", realloc %" PRIu64
            ", free %" PRIu64 ")%s\n",
            summary->operations, summary->mallocs, summary->callocs, summary->reallocs,
            summary->frees, is_truncated(recording, summary) ? ", cut short" : "");
    fprintf(stderr, "  peak       %" PRIu64 " bytes live, %" PRIu64 " blocks\n",
            summary->peak_live_bytes, summary->peak_live_blocks);
    fprintf(stderr, "  left       %" PRIu64 " bytes, %" PRIu64 " blocks, never freed\n",
            summary->end_live_bytes, summary->end_live_blocks);
    fprintf(stderr, "  trace      %s: arena 2^%u bytes, 2^%u slots\n", arguments->output,
            summary->arena_log2, summary->slot_log2);
    print_note(summary->zero_sizes, "requests for 0 bytes, recorded as 1");
    print_note(summary->dropped_frees, "frees of blocks that were not seen allocated, dropped");
    print_note(summary->dropped_reallocs,
               "reallocs of blocks that were not seen allocated, recorded as malloc");
    print_note(summary->implied_frees, "blocks freed unseen, their free put where it showed");
    if (recording->header->end == HB_EVENTS_NO_SPACE) {
        fprintf(stderr, "  note       the event file could not grow: free space in its folder, or "
                        "set TMPDIR\n");
    }
}

static void add_end_of_program(cJSON *object, const struct recording *recording)
{
    if (WIFSIGNALED(recording->wait_status)) {
        cJSON_AddNullToObject(object, "exit_status");
        cJSON_AddNumberToObject(object, "signal", WTERMSIG(recording->wait_status));
    } else {
        cJSON_AddNumberToObject(object, "exit_status", WEXITSTATUS(recording->wait_status));
        cJSON_AddNullToObject(object, "signal");
    }
}

static void add_counts(cJSON *object, const struct hb_convert_summary *summary)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"events", summary->events},
        {"operations", summary->operations},
        {"mallocs", summary->mallocs},
        {"callocs", summary->callocs},
        {"reallocs", summary->reallocs},
        {"frees", summary->frees},
        {"peak_live_bytes", summary->peak_live_bytes},
        {"peak_live_blocks", summary->peak_live_blocks},
        {"end_live_bytes", summary->end_live_bytes},
        {"end_live_blocks", summary->end_live_blocks},
        {"zero_sizes", summary->zero_sizes},
        {"dropped_frees", summary->dropped_frees},
        {"dropped_reallocs", summary->dropped_reallocs},
        {"implied_frees", summary->implied_frees},
        {"list_need_bytes", summary->list_need_bytes},
        {"arena_log2", summary->arena_log2},
        {"slot_log2", summary->slot_log2},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
        cJSON_AddNumberToObject(object, counts[i].name, (double)counts[i].value);
    }
}

static bool write_json(const struct arguments *arguments, const struct recording *recording,
                       const struct hb_convert_summary *summary)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "trace", arguments->output);
    cJSON_AddStringToObject(object, "program", recording->header->program);
    add_end_of_program(object, recording);
    cJSON_AddNumberToObject(object, "threads", recording->header->thread_count);
    cJSON_AddBoolToObject(object, "cut_short", is_truncated(recording, summary));
    add_counts(object, summary);
    return cli_write_json(arguments->json, object);
}

/* The events of a program that has ended -> trace and summary. */
static bool write_trace(const struct arguments *arguments, const struct recording *recording)
{
    char error[ERROR_BYTES];
    struct hb_bytes bytes;
    struct hb_convert_summary summary;
    const unsigned char *file = (const unsigned char *)recording->header;
    const struct hb_event *events = (const struct hb_event *)(file + HB_EVENTS_HEADER_BYTES);
    if (!check_events(arguments, recording)) {
        return false;
    }
    if (!hb_convert(events, count_events(recording), &arguments->convert, &bytes, &summary, error,
                    sizeof error)) {
        return complain(error);
    }
    bool is_written =
        hb_file_write(arguments->output, bytes.data, bytes.count, error, sizeof error);
    free(bytes.data);
    if (!is_written) {
        return complain(error);
    }
    print_summary(arguments, recording, &summary);
    return arguments->json == NULL || write_json(arguments, recording, &summary);
}

static bool record(const struct arguments *arguments, struct recording *recording)
{
    char library[PATH_MAX];
    char error[ERROR_BYTES];
    if (!hb_launch_find_library(library, sizeof library, error, sizeof error)) {
        return complain(error);
    }
    if (!make_events_file(arguments, recording)) {
        return false;
    }
    if (!hb_launch(library, recording->events_path, arguments->program, &recording->wait_status,
                   error, sizeof error)) {
        return complain(error);
    }
    return map_events(recording) && write_trace(arguments, recording);
}

int cmd_record(int argc, char **argv)
{
    struct arguments arguments = {.convert.operation_limit = OPERATION_LIMIT_MAX};
    struct recording recording = {0};
    bool is_help = false;
    if (!parse_arguments(&arguments, argc, argv, &is_help)) {
        return EXIT_USAGE;
    }
    if (is_help) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    bool is_done = record(&arguments, &recording);
    if (recording.header != NULL) {
        munmap((void *)(uintptr_t)recording.header, recording.mapped_bytes);
    }
    if (recording.events_path[0] != '\0') {
        unlink(recording.events_path);
    }
    return is_done ? EXIT_OK : EXIT_USAGE;
}
