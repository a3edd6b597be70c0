/* SPDX-License-Identifier: MIT
 *
 * What the commands of heapbed-history share: their files.
 */
#include "command.h"

#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ERROR_BYTES    500
#define PATH_BYTES_MAX 4096

int complain(const struct request *request, const char *what, const char *reason)
{
    (void)fprintf(stderr, "history %s: %s: %s\n", request->command, what, reason);
    return EXIT_USAGE;
}

const char *project_root(void)
{
    const char *root = getenv("HEAPBED_ROOT");

    return root != NULL ? root : HEAPBED_SOURCE_DIR;
}

void date_now(char date[HISTORY_DATE_BYTES])
{
    const time_t now = time(NULL);
    struct tm broken_down;

    (void)strftime(date, HISTORY_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken_down));
}

/* -- input ------------------------------------------------------------------------------------ */

static bool has_read(const struct history *history, const char *path)
{
    for (size_t i = 0; i < history->file_count; i++) {
        if (strcmp(history->files[i], path) == 0) {
            return true;
        }
    }
    return false;
}

/* annotations.jsonl beside a history, where there is one. */
static bool read_annotations_beside(struct history *history, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const int folder_length = slash != NULL ? (int)(slash - path) + 1 : 0;
    char beside[PATH_BYTES_MAX];

    (void)snprintf(beside, sizeof beside, "%.*sannotations.jsonl", folder_length, path);
    return access(beside, F_OK) != 0 || has_read(history, beside) ||
           history_read_annotations(history, beside, stderr);
}

static bool read_with_annotations(struct history *history, const struct request *request,
                                  const char *path)
{
    return history_read(history, path, stderr) &&
           (request->annotations != NULL || read_annotations_beside(history, path));
}

static bool read_default(struct history *history, const struct request *request)
{
    static const char *const names[] = {"bench/history/history.jsonl", "out/history.jsonl"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_BYTES_MAX];

        (void)snprintf(path, sizeof path, "%s/%s", project_root(), names[i]);
        if (access(path, F_OK) == 0 && !read_with_annotations(history, request, path)) {
            return false;
        }
    }
    if (history->file_count == 0) {
        (void)complain(request, names[0], "there is no history yet: ./bed bench appends to one");
    }
    return history->file_count != 0;
}

bool load_history(struct history *history, const struct request *request, int first)
{
    *history = (struct history){0};
    bool ok = request->annotations == NULL ||
              history_read_annotations(history, request->annotations, stderr);

    if (first >= request->word_count) {
        ok = ok && read_default(history, request);
    }
    for (int i = first; ok && i < request->word_count; i++) {
        ok = read_with_annotations(history, request, request->words[i]);
    }
    if (!ok) {
        history_free(history);
        return false;
    }
    history_finish(history, stderr);
    return true;
}

/* -- output ----------------------------------------------------------------------------------- */

bool output_open(struct output *output, const char *path)
{
    const bool is_standard = path == NULL || strcmp(path, "-") == 0;

    *output = (struct output){.path = is_standard ? NULL : path};
    output->file = is_standard ? stdout : open_memstream(&output->text, &output->length);
    return output->file != NULL;
}

bool output_close(struct output *output, char *error, size_t error_bytes)
{
    if (output->path == NULL) {
        const bool ok = fflush(stdout) == 0 && ferror(stdout) == 0;

        (void)snprintf(error, error_bytes, "standard output: %s", strerror(errno));
        return ok;
    }
    bool ok = fclose(output->file) == 0;

    (void)snprintf(error, error_bytes, "no memory");
    ok = ok && hb_file_write(output->path, output->text, output->length, error, error_bytes);
    free(output->text);
    return ok;
}

int write_json(const struct request *request, const char *path, const cJSON *json)
{
    char error[ERROR_BYTES];
    struct output output;
    char *text = cJSON_Print(json);

    if (text == NULL || !output_open(&output, path)) {
        cJSON_free(text);
        return complain(request, "JSON", "no memory");
    }
    (void)fprintf(output.file, "%s\n", text);
    cJSON_free(text);
    return output_close(&output, error, sizeof error) ? EXIT_OK : complain(request, "JSON", error);
}
