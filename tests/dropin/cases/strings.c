/* SPDX-License-Identifier: MIT
 *
 * Strings of char and of wchar_t, by the functions that write and read them.
 */
#include "cases.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* NOLINTBEGIN(clang-analyzer-*,bugprone-not-null-terminated-result,cert-*) the errors are meant */

#define LENGTH 20
static const char text[] = "twenty letters long.";
static const wchar_t wide_text[] = L"twenty letters long.";
_Static_assert(sizeof text == LENGTH + 1, "20 letters");

/* Room for the text, or for all but its end. An empty string. */
static char *room(bool is_bad)
{
    char *data = obtain(is_bad ? LENGTH : LENGTH + 1);

    *data = '\0';
    return carry(data);
}

static wchar_t *wide_room(bool is_bad)
{
    wchar_t *data = obtain((is_bad ? LENGTH : LENGTH + 1) * sizeof *data);

    *data = L'\0';
    return carry(data);
}

/* The text, with its end or without. */
static char *full(bool is_bad)
{
    char *data = obtain(is_bad ? LENGTH : LENGTH + 1);

    memcpy(data, text, is_bad ? LENGTH : LENGTH + 1);
    return carry(data);
}

static wchar_t *wide_full(bool is_bad)
{
    const size_t bytes = (is_bad ? LENGTH : LENGTH + 1) * sizeof(wchar_t);
    wchar_t *data = obtain(bytes);

    memcpy(data, wide_text, bytes);
    return carry(data);
}

static void overflow_strcpy(bool is_bad)
{
    strcpy(room(is_bad), text);
}

static void overflow_strncpy(bool is_bad)
{
    strncpy(room(is_bad), text, LENGTH + 1);
}

static void overflow_strcat(bool is_bad)
{
    strcat(room(is_bad), text);
}

static void overflow_strncat(bool is_bad)
{
    strncat(room(is_bad), text, 100);
}

static void overflow_sprintf(bool is_bad)
{
    sprintf(room(is_bad), "%s", text);
}

static void overflow_snprintf(bool is_bad)
{
    snprintf(room(is_bad), LENGTH + 1, "%s", text);
}

static void overflow_sscanf(bool is_bad)
{
    sscanf(text, "%20c", room(is_bad) + (is_bad ? 1 : 0));
}

static void overflow_stpcpy(bool is_bad)
{
    stpcpy(room(is_bad), text);
}

static void overflow_letters(bool is_bad)
{
    char *data = room(is_bad);
    size_t i = 0;

    for (; text[i] != '\0'; i++) {
        data[i] = text[i];
    }
    data[i] = '\0';
}

static void overflow_wcscpy(bool is_bad)
{
    wcscpy(wide_room(is_bad), wide_text);
}

static void overflow_wcsncpy(bool is_bad)
{
    wcsncpy(wide_room(is_bad), wide_text, LENGTH + 1);
}

static void overflow_wcscat(bool is_bad)
{
    wcscat(wide_room(is_bad), wide_text);
}

static void overflow_wcsncat(bool is_bad)
{
    wcsncat(wide_room(is_bad), wide_text, 100);
}

static void overflow_wmemset(bool is_bad)
{
    wmemset(wide_room(is_bad), L'w', LENGTH + 1);
}

static void overflow_wmemcpy(bool is_bad)
{
    wmemcpy(wide_room(is_bad), wide_text, LENGTH + 1);
}

static void overflow_swprintf(bool is_bad)
{
    swprintf(wide_room(is_bad), LENGTH + 1, L"%ls", wide_text);
}

static void overflow_wide_letters(bool is_bad)
{
    wchar_t *data = wide_room(is_bad);
    size_t i = 0;

    for (; wide_text[i] != L'\0'; i++) {
        data[i] = wide_text[i];
    }
    data[i] = L'\0';
}

static void overread_strlen(bool is_bad)
{
    use(&(size_t){strlen(full(is_bad))}, 1);
}

static void overread_strcpy(bool is_bad)
{
    char local[200];

    use(strcpy(local, full(is_bad)), 1);
}

static void overread_strcmp(bool is_bad)
{
    use(&(int){strcmp(text, full(is_bad))}, 1);
}

static void overread_strchr(bool is_bad)
{
    const char *data = full(is_bad);
    const char *found = strchr(data, '#');

    use(found != NULL ? found : data, 1);
}

static void overread_strdup(bool is_bad)
{
    free(strdup(full(is_bad)));
}

static void overread_puts(bool is_bad)
{
    puts(full(is_bad));
}

static void overread_printf(bool is_bad)
{
    printf("text: %s\n", full(is_bad));
}

static void overread_fwrite(bool is_bad)
{
    fwrite(full(is_bad), 1, LENGTH + 1, stdout);
    fflush(stdout);
}

static void overread_atoi(bool is_bad)
{
    char *data = memset(full(is_bad), '7', is_bad ? LENGTH : 3);

    use(&(int){atoi(data)}, 1);
}

static void overread_wcslen(bool is_bad)
{
    use(&(size_t){wcslen(wide_full(is_bad))}, 1);
}

static void overread_wprintf(bool is_bad)
{
    printf("text: %ls\n", wide_full(is_bad));
}

/* Nothing was ever written into it. */
static void overread_fresh(bool is_bad)
{
    char *data = obtain(LENGTH);

    data[is_bad ? 0 : LENGTH - 1] = is_bad ? 'x' : '\0';
    use(&(size_t){strlen(data)}, 1);
}

static void underwrite_strcpy(bool is_bad)
{
    strcpy(room(false) - (is_bad ? 8 : 0), text);
}

static void underwrite_strncpy(bool is_bad)
{
    strncpy(room(false) - (is_bad ? 8 : 0), text, LENGTH);
}

static void underwrite_wcscpy(bool is_bad)
{
    wcscpy(wide_room(false) - (is_bad ? 8 : 0), wide_text);
}

static void underread_strcpy(bool is_bad)
{
    char local[200];

    use(strcpy(local, full(false) - (is_bad ? 8 : 0)), 1);
}

static void underread_strncpy(bool is_bad)
{
    char local[200] = "";

    use(strncpy(local, full(false) - (is_bad ? 8 : 0), LENGTH), 1);
}

/* The end of the text is looked for backwards, and not found. */
static void underread_backwards(bool is_bad)
{
    const char *data = full(false);
    const char *end = data + LENGTH - 1;

    while (*end != (is_bad ? '#' : 't')) {
        end--;
    }
    use(end, 1);
}

static void after_free_puts(bool is_bad)
{
    char *data = full(false);

    if (is_bad) {
        release(data);
    }
    puts(data);
}

static void after_free_strlen(bool is_bad)
{
    char *data = full(false);

    if (is_bad) {
        release(data);
    }
    use(&(size_t){strlen(data)}, 1);
}

static char *reversed(const char *string, bool is_bad)
{
    const size_t length = strlen(string);
    char *result = obtain(length + 1);

    for (size_t i = 0; i < length; i++) {
        result[i] = string[length - 1 - i];
    }
    result[length] = '\0';
    if (is_bad) {
        release(result);
    }
    return result;
}

static void after_free_returned(bool is_bad)
{
    printf("%s\n", reversed(text, is_bad));
}

static void double_free_string(bool is_bad)
{
    char *data = about(strdup(text), LENGTH + 1);

    puts(data);
    release(data);
    if (is_bad) {
        release(carry(data));
    }
}

/* The text is searched by moving the pointer that is freed. */
static void not_at_start_search(bool is_bad)
{
    char *data = full(false);
    char *found = data;

    while (*found != 'l') {
        found++;
    }
    release(is_bad ? found : data);
}

static void not_at_start_token(bool is_bad)
{
    char *data = full(false);
    char *token = strtok(data, " ");

    while (is_bad && token != NULL && *token != 'l') {
        token = strtok(NULL, " ");
    }
    release(token);
}

static void non_heap_literal(bool is_bad)
{
    release(carry(is_bad ? about((void *)(uintptr_t)text, sizeof text) : full(false)));
}
/* NOLINTEND(clang-analyzer-*,bugprone-not-null-terminated-result,cert-*) */

const struct shape string_shapes[] = {
    SHAPE(overflow, strcpy),     SHAPE(overflow, strncpy),      SHAPE(overflow, strcat),
    SHAPE(overflow, strncat),    SHAPE(overflow, sprintf),      SHAPE(overflow, snprintf),
    SHAPE(overflow, sscanf),     SHAPE(overflow, stpcpy),       SHAPE(overflow, letters),
    SHAPE(overflow, wcscpy),     SHAPE(overflow, wcsncpy),      SHAPE(overflow, wcscat),
    SHAPE(overflow, wcsncat),    SHAPE(overflow, wmemset),      SHAPE(overflow, wmemcpy),
    SHAPE(overflow, swprintf),   SHAPE(overflow, wide_letters), SHAPE(overread, strlen),
    SHAPE(overread, strcpy),     SHAPE(overread, strcmp),       SHAPE(overread, strchr),
    SHAPE(overread, strdup),     SHAPE(overread, puts),         SHAPE(overread, printf),
    SHAPE(overread, fwrite),     SHAPE(overread, atoi),         SHAPE(overread, wcslen),
    SHAPE(overread, wprintf),    SHAPE(overread, fresh),        SHAPE(underwrite, strcpy),
    SHAPE(underwrite, strncpy),  SHAPE(underwrite, wcscpy),     SHAPE(underread, strcpy),
    SHAPE(underread, strncpy),   SHAPE(underread, backwards),   SHAPE(after_free, puts),
    SHAPE(after_free, strlen),   SHAPE(after_free, returned),   SHAPE(double_free, string),
    SHAPE(not_at_start, search), SHAPE(not_at_start, token),    SHAPE(non_heap, literal),
};
const size_t string_shape_count = sizeof string_shapes / sizeof *string_shapes;
