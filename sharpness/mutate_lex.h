/* SPDX-License-Identifier: MIT
 *
 * The tokens of a C file, as far as mutation needs them. Comments are passed over; a preprocessor
 * line is one token, whatever lines it goes on over, and read again where it is a macro.
 *
 * No grammar tells a product from a pointer here: the text is formatted by clang-format, which puts
 * blanks on both sides of an operator that has two operands, and of no other.
 */
#ifndef HB_MUTATE_LEX_H
#define HB_MUTATE_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_MARK, TOKEN_DIRECTIVE };

struct token {
    enum token_kind kind;
    size_t begin; /* offsets in the text */
    size_t end;
    unsigned line;  /* from 1 */
    bool is_spaced; /* a blank or a line's end on both sides */
};

struct tokens {
    const char *text;
    struct token *items;
    size_t count;
};

/* Of text[begin, end); is_directive: it is the inside of one, and '#' nothing special. Ends the
 * program where there is no memory. */
struct tokens tokens_read(const char *text, size_t begin, size_t end, unsigned line,
                          bool is_directive);
void tokens_free(struct tokens *tokens);

/* Whether a token is that text. */
bool token_is(const struct tokens *tokens, size_t index, const char *text);

#endif
