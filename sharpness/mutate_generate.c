/* SPDX-License-Identifier: MIT
 *
 * The grammar that is understood is that of this project: functions whose bodies are declarations,
 * expressions, if, else, while, for, switch and return, formatted by clang-format.
 */
#include "mutate_generate.h"

#include "mutate_lex.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct mutants *mutants;
    struct tokens tokens;
    size_t source;
    const char *function;
    size_t file_first; /* the first mutant of the file */
    size_t region;
};

static const char *const what_names[MUTATE_WHAT_COUNT] = {
    "comparison", "arithmetic", "bits", "logic", "constant", "step", "condition", "statement"};

const char *mutate_what_name(enum mutate_what what)
{
    return what_names[what];
}

static void *grown(void *items, size_t count, size_t item_bytes)
{
    if (count != 0 && (count & (count - 1)) != 0) {
        return items;
    }
    void *more = realloc(items, (count == 0 ? 1 : 2 * count) * item_bytes);
    if (more == NULL) {
        (void)fputs("bed mutate: out of memory\n", stderr);
        exit(2);
    }
    return more;
}

/* -- one mutant ------------------------------------------------------------------------------ */

/* The text with every run of blanks as one. */
static char *copy_flat(const char *text, size_t bytes)
{
    char *copy = calloc(bytes + 1, 1);
    size_t count = 0;
    for (size_t i = 0; copy != NULL && i < bytes; i++) {
        if (!isspace((unsigned char)text[i])) {
            copy[count++] = text[i];
        } else if (count > 0 && copy[count - 1] != ' ') {
            copy[count++] = ' ';
        }
    }
    while (copy != NULL && count > 0 && copy[count - 1] == ' ') {
        copy[--count] = '\0';
    }
    return copy != NULL ? copy : grown(NULL, 0, SIZE_MAX / 4); /* says so, and ends */
}

static char *copy_line(const struct source *source, size_t at)
{
    size_t begin = at;
    size_t end = at;
    while (begin > 0 && source->text[begin - 1] != '\n') {
        begin--;
    }
    while (end < source->text_bytes && source->text[end] != '\n') {
        end++;
    }
    return copy_flat(source->text + begin, end - begin);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return (hash ^ 0xff) * UINT64_C(1099511628211);
}

static bool are_alike(const struct mutant *one, const struct mutant *other)
{
    return one->what == other->what && strcmp(one->function, other->function) == 0 &&
           strcmp(one->line_text, other->line_text) == 0 &&
           strcmp(one->original, other->original) == 0 &&
           strcmp(one->replacement, other->replacement) == 0;
}

static void name_mutant(const struct mutants *mutants, size_t first, struct mutant *mutant)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    char number[16];
    mutant->occurrence = 1;
    for (size_t i = first; i < mutants->count; i++) {
        mutant->occurrence += are_alike(&mutants->items[i], mutant);
    }
    hash = hash_text(hash, mutant->file);
    hash = hash_text(hash, mutant->function);
    hash = hash_text(hash, mutant->line_text);
    hash = hash_text(hash, mutate_what_name(mutant->what));
    hash = hash_text(hash, mutant->original);
    hash = hash_text(hash, mutant->replacement);
    (void)snprintf(number, sizeof number, "%u", mutant->occurrence);
    hash = hash_text(hash, number);
    (void)snprintf(mutant->id, sizeof mutant->id, "%010" PRIx64,
                   (hash ^ hash >> 40) & 0xffffffffff);
}

static void add_mutant(struct parser *parser, enum mutate_what what, size_t begin, size_t end,
                       unsigned line, const char *replacement)
{
    struct mutants *mutants = parser->mutants;
    const struct source *source = &mutants->sources[parser->source];
    struct mutant mutant = {.file = source->path,
                            .function = copy_flat(parser->function, strlen(parser->function)),
                            .line_text = copy_line(source, begin),
                            .original = copy_flat(source->text + begin, end - begin),
                            .replacement = copy_flat(replacement, strlen(replacement)),
                            .what = what,
                            .line = line,
                            .source = parser->source,
                            .begin = begin,
                            .end = end,
                            .region = parser->region,
                            .number = (unsigned)mutants->count + 1};
    name_mutant(mutants, parser->file_first, &mutant);
    mutants->items = grown(mutants->items, mutants->count, sizeof *mutants->items);
    mutants->items[mutants->count++] = mutant;
    if (parser->region != NO_REGION) {
        mutants->regions[parser->region].count++;
    }
}

/* -- the changes of a token ------------------------------------------------------------------ */

/* Of an operator with two operands, and what can stand in its place. */
static const struct change {
    const char *from;
    enum mutate_what what;
    const char *to[2];
} changes[] = {
    {"<", MUTATE_COMPARISON, {"<=", ">="}},  {"<=", MUTATE_COMPARISON, {"<", ">"}},
    {">", MUTATE_COMPARISON, {">=", "<="}},  {">=", MUTATE_COMPARISON, {">", "<"}},
    {"==", MUTATE_COMPARISON, {"!=", NULL}}, {"!=", MUTATE_COMPARISON, {"==", NULL}},
    {"+", MUTATE_ARITHMETIC, {"-", NULL}},   {"-", MUTATE_ARITHMETIC, {"+", NULL}},
    {"*", MUTATE_ARITHMETIC, {"/", NULL}},   {"/", MUTATE_ARITHMETIC, {"*", NULL}},
    {"%", MUTATE_ARITHMETIC, {"*", NULL}},   {"+=", MUTATE_ARITHMETIC, {"-=", NULL}},
    {"-=", MUTATE_ARITHMETIC, {"+=", NULL}}, {"*=", MUTATE_ARITHMETIC, {"/=", NULL}},
    {"/=", MUTATE_ARITHMETIC, {"*=", NULL}}, {"&", MUTATE_BITS, {"|", NULL}},
    {"|", MUTATE_BITS, {"&", NULL}},         {"^", MUTATE_BITS, {"|", NULL}},
    {"<<", MUTATE_BITS, {">>", NULL}},       {">>", MUTATE_BITS, {"<<", NULL}},
    {"&=", MUTATE_BITS, {"|=", NULL}},       {"|=", MUTATE_BITS, {"&=", NULL}},
    {"^=", MUTATE_BITS, {"|=", NULL}},       {"<<=", MUTATE_BITS, {">>=", NULL}},
    {">>=", MUTATE_BITS, {"<<=", NULL}},     {"&&", MUTATE_LOGIC, {"||", NULL}},
    {"||", MUTATE_LOGIC, {"&&", NULL}},
};

static void change_token(struct parser *parser, size_t index, enum mutate_what what, const char *to)
{
    const struct token *token = &parser->tokens.items[index];
    add_mutant(parser, what, token->begin, token->end, token->line, to);
}

static void change_mark(struct parser *parser, size_t index)
{
    const struct tokens *tokens = &parser->tokens;
    const bool is_not = token_is(tokens, index, "!");
    if (is_not || token_is(tokens, index, "~")) {
        change_token(parser, index, is_not ? MUTATE_LOGIC : MUTATE_BITS, "");
    } else if (token_is(tokens, index, "++")) {
        change_token(parser, index, MUTATE_STEP, "--");
    } else if (token_is(tokens, index, "--")) {
        change_token(parser, index, MUTATE_STEP, "++");
    } else if (tokens->items[index].is_spaced) {
        for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
            for (size_t k = 0; k < 2 && token_is(tokens, index, changes[i].from); k++) {
                if (changes[i].to[k] != NULL) {
                    change_token(parser, index, changes[i].what, changes[i].to[k]);
                }
            }
        }
    }
}

/* One more and one less; of 0 only one more. Base and suffix stay. */
static void change_number(struct parser *parser, size_t index)
{
    const struct token *token = &parser->tokens.items[index];
    const char *text = parser->tokens.text + token->begin;
    char *suffix = NULL;
    const uint64_t value = strtoull(text, &suffix, 0);
    const size_t suffix_bytes = (size_t)(parser->tokens.text + token->end - suffix);
    for (int more = 1; more >= 0; more--) {
        char to[64];
        const uint64_t changed = more != 0 ? value + 1 : value - 1;
        if (more == 0 && value == 0) {
            continue;
        }
        (void)snprintf(to, sizeof to, text[1] == 'x' ? "0x%" PRIx64 "%.*s" : "%" PRIu64 "%.*s",
                       changed, (int)suffix_bytes, suffix);
        change_token(parser, index, MUTATE_CONSTANT, to);
    }
}

static void change_tokens(struct parser *parser, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        const enum token_kind kind = parser->tokens.items[i].kind;
        if (kind == TOKEN_NUMBER) {
            change_number(parser, i);
        } else if (kind == TOKEN_MARK) {
            change_mark(parser, i);
        } else if (token_is(&parser->tokens, i, "true")) {
            change_token(parser, i, MUTATE_CONSTANT, "false");
        } else if (token_is(&parser->tokens, i, "false")) {
            change_token(parser, i, MUTATE_CONSTANT, "true");
        }
    }
}

/* -- regions --------------------------------------------------------------------------------- */

static void region_open(struct parser *parser, enum region_kind kind, size_t begin, size_t end)
{
    struct mutants *mutants = parser->mutants;
    const struct token *items = parser->tokens.items;
    mutants->regions = grown(mutants->regions, mutants->region_count, sizeof *mutants->regions);
    parser->region = mutants->region_count++;
    mutants->regions[parser->region] = (struct region){.kind = kind,
                                                       .source = parser->source,
                                                       .begin = items[begin].begin,
                                                       .end = items[end - 1].end,
                                                       .line = items[begin].line,
                                                       .first = mutants->count};
}

static void region_close(struct parser *parser)
{
    struct region *region = &parser->mutants->regions[parser->region];
    if (region->count == 0) {
        region->kind = REGION_IDLE;
    }
    parser->region = NO_REGION;
}

/* The tokens [begin, end) are an expression. */
static void take_value(struct parser *parser, enum region_kind kind, size_t begin, size_t end)
{
    if (begin == end) {
        return;
    }
    region_open(parser, kind, begin, end);
    change_tokens(parser, begin, end);
    region_close(parser);
}

/* As take_value, of an if or while. */
static void take_condition(struct parser *parser, size_t begin, size_t end)
{
    const struct token *items = parser->tokens.items;
    const bool is_while = token_is(&parser->tokens, begin - 2, "while");
    region_open(parser, REGION_VALUE, begin, end);
    change_tokens(parser, begin, end);
    if (!is_while) {
        add_mutant(parser, MUTATE_CONDITION, items[begin].begin, items[end - 1].end,
                   items[begin].line, "true");
    }
    add_mutant(parser, MUTATE_CONDITION, items[begin].begin, items[end - 1].end, items[begin].line,
               "false");
    region_close(parser);
}

static bool is_hook(const struct tokens *tokens, size_t index)
{
    static const char *const hooks[] = {"BF_STEP",      "BF_ACCESS_BEGIN", "BF_READ_END",
                                        "BF_WRITE_END", "BF_ON_MALLOC",    "BF_ON_FREE",
                                        "BF_ON_RESIZE", "BF_ON_ADD_RANGE", "BF_ON_REMOVE_RANGE"};
    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        if (token_is(tokens, index, hooks[i])) {
            return true;
        }
    }
    return false;
}

/* A statement with its semicolon. That something is not used, (void)x, is no statement to drop; nor
 * are the hooks for a test bed and for sanitizers, which are nothing by default. */
static void take_statement(struct parser *parser, size_t begin, size_t end)
{
    const struct token *items = parser->tokens.items;
    if (token_is(&parser->tokens, begin + 1, "void") || is_hook(&parser->tokens, begin)) {
        return;
    }
    region_open(parser, REGION_STATEMENT, begin, end);
    change_tokens(parser, begin, end);
    add_mutant(parser, MUTATE_STATEMENT, items[begin].begin, items[end - 1].end, items[begin].line,
               ";");
    region_close(parser);
}

/* -- statements ------------------------------------------------------------------------------ */

static bool opens(const struct tokens *tokens, size_t index)
{
    return token_is(tokens, index, "(") || token_is(tokens, index, "{") ||
           token_is(tokens, index, "[");
}

static bool closes(const struct tokens *tokens, size_t index)
{
    return token_is(tokens, index, ")") || token_is(tokens, index, "}") ||
           token_is(tokens, index, "]");
}

/* The first of these marks from a token on that is in no bracket opened since, or what closes a
 * bracket that was opened before. */
static size_t find_mark(const struct tokens *tokens, size_t index, const char *mark,
                        const char *other)
{
    for (size_t depth = 0; index < tokens->count; index++) {
        if (depth == 0 && (token_is(tokens, index, mark) || token_is(tokens, index, other) ||
                           closes(tokens, index))) {
            break;
        }
        depth += opens(tokens, index);
        depth -= closes(tokens, index);
    }
    return index;
}

static bool begins_declaration(const struct tokens *tokens, size_t index)
{
    static const char *const types[] = {"const",  "struct",    "enum",     "volatile",  "unsigned",
                                        "size_t", "uintptr_t", "uint64_t", "uint32_t",  "bool",
                                        "void",   "char",      "int",      "block_word"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (token_is(tokens, index, types[i])) {
            return true;
        }
    }
    return false;
}

/* What initialises, of a declaration [begin, end): an expression or several in braces. */
static void take_declaration(struct parser *parser, size_t begin, size_t end)
{
    const struct tokens *tokens = &parser->tokens;
    size_t at = find_mark(tokens, begin, "=", ";") + 1;
    if (at >= end) {
        return;
    }
    if (!token_is(tokens, at, "{")) {
        take_value(parser, REGION_VALUE, at, end);
        return;
    }
    while (!token_is(tokens, at, "}")) {
        const size_t next = find_mark(tokens, at + 1, ",", "}");
        take_value(parser, REGION_VALUE, at + 1, next);
        at = next;
    }
}

/* for (first; condition; step): all in regions; returns what is behind the bracket. */
static size_t take_for(struct parser *parser, size_t index)
{
    const struct tokens *tokens = &parser->tokens;
    const size_t first_end = find_mark(tokens, index + 2, ";", ";");
    const size_t condition_end = find_mark(tokens, first_end + 1, ";", ";");
    const size_t step_end = find_mark(tokens, condition_end + 1, ")", ")");
    if (begins_declaration(tokens, index + 2)) {
        take_declaration(parser, index + 2, first_end);
    } else {
        take_value(parser, REGION_STEP, index + 2, first_end);
    }
    take_value(parser, REGION_VALUE, first_end + 1, condition_end);
    take_value(parser, REGION_STEP, condition_end + 1, step_end);
    return step_end + 1;
}

/* What begins at a token, up to the statement that it governs where there is one. Returns what is
 * behind. */
static size_t take_piece(struct parser *parser, size_t index)
{
    const struct tokens *tokens = &parser->tokens;
    if (tokens->items[index].kind == TOKEN_DIRECTIVE || token_is(tokens, index, "{") ||
        token_is(tokens, index, "}") || token_is(tokens, index, "else") ||
        token_is(tokens, index, ";")) {
        return index + 1;
    }
    if (token_is(tokens, index, "case") || token_is(tokens, index, "default")) {
        return find_mark(tokens, index, ":", ":") + 1;
    }
    if (token_is(tokens, index, "switch")) {
        return find_mark(tokens, index + 2, ")", ")") + 1;
    }
    if (token_is(tokens, index, "if") || token_is(tokens, index, "while")) {
        const size_t end = find_mark(tokens, index + 2, ")", ")");
        take_condition(parser, index + 2, end);
        return end + 1;
    }
    if (token_is(tokens, index, "for")) {
        return take_for(parser, index);
    }
    const size_t end = find_mark(tokens, index, ";", ";");
    if (token_is(tokens, index, "return") && end > index + 1) {
        take_value(parser, REGION_VALUE, index + 1, end);
    } else if (begins_declaration(tokens, index)) {
        take_declaration(parser, index, end);
    } else {
        take_statement(parser, index, end + 1);
    }
    return end + 1;
}

/* -- what is outside functions --------------------------------------------------------------- */

static char *copy_text(const char *text, size_t bytes, const char *prefix)
{
    const size_t room = strlen(prefix) + bytes + 1;
    char *copy = calloc(room, 1);
    if (copy == NULL) {
        (void)fputs("bed mutate: out of memory\n", stderr);
        exit(2);
    }
    (void)snprintf(copy, room, "%s%.*s", prefix, (int)bytes, text);
    return copy;
}

/* The body of a macro. */
static void take_directive(struct parser *parser, const struct token *directive)
{
    const char *text = parser->tokens.text;
    struct tokens outside = parser->tokens;
    struct tokens inside =
        tokens_read(text, directive->begin + 1, directive->end, directive->line, true);
    size_t body = 2;
    if (token_is(&inside, 0, "define") && inside.count > 2) {
        const struct token *name = &inside.items[1];
        char *function = copy_text(text + name->begin, name->end - name->begin, "#define ");
        if (token_is(&inside, 2, "(") && inside.items[2].begin == name->end) {
            body = find_mark(&inside, 3, ")", ")") + 1;
        }
        parser->function = function;
        parser->tokens = inside;
        change_tokens(parser, body, inside.count);
        parser->tokens = outside;
        free(function);
    }
    tokens_free(&inside);
}

/* A function's body, from its bracket on; returns what is behind. */
static size_t take_body(struct parser *parser, size_t index, size_t name)
{
    const struct token *token = &parser->tokens.items[name];
    const size_t end = find_mark(&parser->tokens, index + 1, "}", "}");
    char *function = copy_text(parser->tokens.text + token->begin, token->end - token->begin, "");
    parser->function = function;
    for (size_t i = index + 1; i < end;) {
        i = take_piece(parser, i);
    }
    free(function);
    return end + 1;
}

static void take_file(struct parser *parser)
{
    const struct tokens *tokens = &parser->tokens;
    size_t name = 0;
    bool is_enum = false;
    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->items[i].kind == TOKEN_DIRECTIVE) {
            continue;
        }
        if (token_is(tokens, i, "(") && i > 0) {
            name = i - 1;
            i = find_mark(tokens, i + 1, ")", ")");
        } else if (token_is(tokens, i, "enum")) {
            is_enum = true;
        } else if (token_is(tokens, i, ";")) {
            is_enum = false;
        } else if (token_is(tokens, i, "{") && token_is(tokens, i - 1, ")")) {
            i = take_body(parser, i, name) - 1;
            is_enum = false;
        } else if (token_is(tokens, i, "{") && tokens->items[i - 1].kind == TOKEN_WORD) {
            const size_t end = find_mark(tokens, i + 1, "}", "}");
            if (is_enum) {
                parser->function = "enum";
                change_tokens(parser, i + 1, end);
            }
            i = end;
        }
    }
    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->items[i].kind == TOKEN_DIRECTIVE) {
            take_directive(parser, &tokens->items[i]);
        }
    }
}

static char *read_file(const char *root, const char *path, size_t *bytes)
{
    char name[4096];
    char *text = NULL;
    (void)snprintf(name, sizeof name, "%s/%s", root, path);
    FILE *file = fopen(name, "rbe");
    if (file == NULL) {
        (void)fprintf(stderr, "bed mutate: %s: %s\n", name, strerror(errno));
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        const long end = ftell(file);
        (void)fseek(file, 0, SEEK_SET);
        text = end >= 0 ? calloc((size_t)end + 2, 1) : NULL;
        *bytes = text != NULL ? fread(text, 1, (size_t)end, file) : 0;
    }
    (void)fclose(file);
    if (text == NULL) {
        (void)fprintf(stderr, "bed mutate: %s cannot be read\n", name);
    }
    return text;
}

bool mutants_add_file(struct mutants *mutants, const char *root, const char *path)
{
    struct source source = {.path = path};
    source.text = read_file(root, path, &source.text_bytes);
    if (source.text == NULL) {
        return false;
    }
    mutants->sources = grown(mutants->sources, mutants->source_count, sizeof source);
    mutants->sources[mutants->source_count++] = source;
    struct parser parser = {.mutants = mutants,
                            .tokens = tokens_read(source.text, 0, source.text_bytes, 1, false),
                            .source = mutants->source_count - 1,
                            .function = "",
                            .file_first = mutants->count,
                            .region = NO_REGION};
    take_file(&parser);
    tokens_free(&parser.tokens);
    return true;
}

void mutant_print_change(const struct mutant *mutant, char *text, size_t text_bytes)
{
    const bool is_long = strlen(mutant->original) > 60;
    (void)snprintf(text, text_bytes, "%.57s%s -> %s", mutant->original, is_long ? "..." : "",
                   mutant->replacement[0] != '\0' ? mutant->replacement : "nothing");
}
