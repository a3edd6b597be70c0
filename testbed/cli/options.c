/* SPDX-License-Identifier: MIT
 *
 * The options of a command, from a table, by getopt_long.
 */
#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 16, HELP = 1000 };

/* Takes a number, whole or not, that is not negative and followed by nothing. */
static bool take_number(const char *text, const struct cli_option *option)
{
    char *end = NULL;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= 0 && number <= 1e9)) {
        return false;
    }
    if (option->kind == CLI_SECONDS) {
        *(double *)option->value = number;
        return true;
    }
    *(unsigned *)option->value = (unsigned)number;
    return (double)(unsigned)number == number;
}

static bool take_option(const char *command, const struct cli_option *option, const char *text)
{
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)option->value = true;
        return true;
    case CLI_TEXT:
        *(const char **)option->value = text;
        return true;
    default:
        if (take_number(text, option)) {
            return true;
        }
        (void)fprintf(stderr, "bed %s: --%s: '%s' is not a number that it takes\n", command,
                      option->name, text);
        return false;
    }
}

int cli_parse(int argc, char **argv, const struct cli_option *options, void (*print_help)(void),
              int *status)
{
    struct option table[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, HELP}};
    char letters[2 * OPTIONS_MAX + 1] = "";
    size_t letter_count = 0;
    char by_letter[128] = {0}; /* index in options + 1 */
    size_t long_count = 1;
    for (int i = 0; options[i].name != NULL && i < OPTIONS_MAX; i++) {
        const bool has_value = options[i].kind != CLI_FLAG;
        if (options[i].name[1] == '\0') {
            letters[letter_count++] = options[i].name[0];
            if (has_value) {
                letters[letter_count++] = ':';
            }
            by_letter[(unsigned char)options[i].name[0] % 128] = (char)(i + 1);
        } else {
            table[long_count++] = (struct option){
                options[i].name, has_value ? required_argument : no_argument, NULL, 128 + i};
        }
    }
    for (int found; (found = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        if (found == HELP) {
            print_help();
            *status = EXIT_OK;
            return -1;
        }
        const int index = found >= 128 ? found - 128 : by_letter[found % 128] - 1;
        if (index < 0 || found == '?' || !take_option(argv[0], &options[index], optarg)) {
            *status = cli_usage_error(argv[0]);
            return -1;
        }
    }
    return optind;
}
