/* SPDX-License-Identifier: MIT */
#include "mutate_lex.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *text;
    size_t at;
    size_t end;
    unsigned line;
    bool is_directive;
    struct tokens tokens;
};

static char peek(const struct reader *reader, size_t ahead)
{
    return reader->at + ahead < reader->end ? reader->text[reader->at + ahead] : '\0';
}

static void skip_to(struct reader *reader, size_t at)
{
    for (; reader->at < at && reader->at < reader->end; reader->at++) {
        reader->line += reader->text[reader->at] == '\n';
    }
}

/* Behind the next occurrence of a text. */
static size_t behind(const struct reader *reader, const char *what)
{
    const char *found = strstr(reader->text + reader->at, what);
    return found != NULL ? (size_t)(found - reader->text) + strlen(what) : reader->end;
}

/* A directive ends with the line, unless that ends with a backslash or within a comment. */
static size_t directive_end(const struct reader *reader)
{
    size_t at = reader->at;
    while (at < reader->end && (reader->text[at] != '\n' || reader->text[at - 1] == '\\')) {
        if (strncmp(reader->text + at, "/*", 2) == 0) {
            const char *closed = strstr(reader->text + at, "*/");
            at = closed != NULL ? (size_t)(closed - reader->text) + 1 : reader->end;
        }
        at++;
    }
    return at;
}

static size_t quoted_end(const struct reader *reader)
{
    size_t at = reader->at + 1;
    while (at < reader->end && reader->text[at] != reader->text[reader->at]) {
        at += reader->text[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

static size_t word_end(const struct reader *reader)
{
    size_t at = reader->at;
    while (at < reader->end &&
           (isalnum((unsigned char)reader->text[at]) || reader->text[at] == '_')) {
        at++;
    }
    return at;
}

static size_t mark_end(const struct reader *reader)
{
    static const char *const marks[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>",
                                        "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
                                        "*=",  "/=",  "%=",  "&=", "|=", "^=", "##"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strncmp(reader->text + reader->at, marks[i], strlen(marks[i])) == 0) {
            return reader->at + strlen(marks[i]);
        }
    }
    return reader->at + 1;
}

static void add(struct reader *reader, enum token_kind kind, size_t end)
{
    struct tokens *tokens = &reader->tokens;
    const char *text = reader->text;
    if ((tokens->count & (tokens->count - 1)) == 0) {
        const size_t room = tokens->count == 0 ? 1 : 2 * tokens->count;
        struct token *const items = realloc(tokens->items, room * sizeof *items);
        if (items == NULL) {
            (void)fputs("bed mutate: out of memory\n", stderr);
            exit(2);
        }
        tokens->items = items;
    }
    tokens->items[tokens->count++] = (struct token){
        .kind = kind,
        .begin = reader->at,
        .end = end,
        .line = reader->line,
        .is_spaced = reader->at > 0 && isspace((unsigned char)text[reader->at - 1]) &&
                     isspace((unsigned char)text[end])};
    skip_to(reader, end);
}

static void read_one(struct reader *reader)
{
    const char c = peek(reader, 0);
    if (isspace((unsigned char)c) || c == '\\') {
        skip_to(reader, reader->at + 1);
    } else if (c == '/' && peek(reader, 1) == '*') {
        skip_to(reader, behind(reader, "*/"));
    } else if (c == '/' && peek(reader, 1) == '/') {
        skip_to(reader, behind(reader, "\n"));
    } else if (c == '#' && !reader->is_directive) {
        add(reader, TOKEN_DIRECTIVE, directive_end(reader));
    } else if (c == '"' || c == '\'') {
        add(reader, TOKEN_TEXT, quoted_end(reader));
    } else if (isdigit((unsigned char)c)) {
        add(reader, TOKEN_NUMBER, word_end(reader));
    } else if (isalpha((unsigned char)c) || c == '_') {
        add(reader, TOKEN_WORD, word_end(reader));
    } else {
        add(reader, TOKEN_MARK, mark_end(reader));
    }
}

struct tokens tokens_read(const char *text, size_t begin, size_t end, unsigned line,
                          bool is_directive)
{
    struct reader reader = {text, begin, end, line, is_directive, {text, NULL, 0}};
    while (reader.at < reader.end) {
        read_one(&reader);
    }
    return reader.tokens;
}

void tokens_free(struct tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct tokens){0};
}

bool token_is(const struct tokens *tokens, size_t index, const char *text)
{
    if (index >= tokens->count) {
        return false;
    }
    const struct token *token = &tokens->items[index];
    return token->end - token->begin == strlen(text) &&
           strncmp(tokens->text + token->begin, text, strlen(text)) == 0;
}
