/* SPDX-License-Identifier: MIT
 *
 * Writes events into a shared mapping of a growing file.
 *
 * The file is opened by its path for each window rather than kept open: programs close descriptors
 * that they did not open (daemons, shells), and must not find one more than usual. Windows are
 * allocated before they are mapped, so that a full disk ends the log rather than the program.
 * Nothing here allocates. open and close are cancellation points, and the caller holds a lock:
 * cancellation is off meanwhile.
 */
#define _FILE_OFFSET_BITS 64
#include "event_log.h"

#include <errno.h> /* program_invocation_short_name */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_BYTES 4096

static struct hb_events_header *header;
static struct hb_event *window;
static uint64_t window_index;
static char events_path[PATH_BYTES];

static void *file_map(uint64_t offset, uint64_t bytes)
{
    int descriptor = open(events_path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
        return NULL;
    }
    void *mapping = MAP_FAILED;
    if (posix_fallocate(descriptor, (off_t)offset, (off_t)bytes) == 0) {
        mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, (off_t)offset);
    }
    close(descriptor);
    return mapping == MAP_FAILED ? NULL : mapping;
}

static bool header_is_ours(void)
{
    return header->magic == HB_EVENTS_MAGIC && header->version == HB_EVENTS_VERSION &&
           header->event_bytes == sizeof(struct hb_event);
}

/* The path of this program, as much of it as fits. */
static void program_path(char path[HB_EVENTS_NAME_BYTES])
{
    ssize_t length = readlink("/proc/self/exe", path, HB_EVENTS_NAME_BYTES - 1);
    path[length < 0 ? 0 : length] = '\0';
}

static bool program_is_followed(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return header->follow[0] == '\0' || strcmp(header->follow, name) == 0 ||
           strcmp(header->follow, path) == 0 ||
           strcmp(header->follow, program_invocation_short_name) == 0;
}

static bool header_take(void)
{
    uint32_t nobody = 0;
    return __atomic_compare_exchange_n(&header->process, &nobody, (uint32_t)getpid(), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

bool hb_event_log_open(const char *path)
{
    char program[HB_EVENTS_NAME_BYTES];
    size_t length = strlen(path);
    if (length >= sizeof events_path) {
        return false;
    }
    memcpy(events_path, path, length + 1);
    header = file_map(0, HB_EVENTS_HEADER_BYTES);
    if (header == NULL) {
        return false;
    }
    program_path(program);
    if (header_is_ours() && program_is_followed(program) && header_take()) {
        memcpy(header->program, program, sizeof program);
        return true;
    }
    munmap(header, HB_EVENTS_HEADER_BYTES);
    header = NULL;
    return false;
}

/* Maps the window that holds event number index. */
static bool window_reach(uint64_t index)
{
    uint64_t wanted = index / HB_EVENTS_PER_WINDOW;
    if (window != NULL && wanted == window_index) {
        return true;
    }
    if (window != NULL) {
        munmap(window, HB_EVENTS_WINDOW_BYTES);
    }
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    window =
        file_map(HB_EVENTS_HEADER_BYTES + wanted * HB_EVENTS_WINDOW_BYTES, HB_EVENTS_WINDOW_BYTES);
    pthread_setcancelstate(cancel_state, NULL);
    window_index = wanted;
    return window != NULL;
}

bool hb_event_log_append(const struct hb_event *event)
{
    uint64_t index = header->event_count;
    if (index >= header->event_limit) {
        header->end = HB_EVENTS_AT_LIMIT;
        return false;
    }
    if (!window_reach(index)) {
        header->end = HB_EVENTS_NO_SPACE;
        return false;
    }
    window[index % HB_EVENTS_PER_WINDOW] = *event;
    __atomic_store_n(&header->event_count, index + 1, __ATOMIC_RELEASE);
    return true;
}

void hb_event_log_count_thread(void)
{
    ++header->thread_count;
}
