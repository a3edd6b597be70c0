/* SPDX-License-Identifier: MIT */
#include "mutate_schema.h"

#include <errno.h>
#include <string.h>

static const char switch_text[] =
    "#ifndef HEAPBED_MUTANT_H\n"
    "#define HEAPBED_MUTANT_H\n"
    "__attribute__((weak, visibility(\"hidden\"))) int heapbed_mutant;\n"
    "extern char *getenv(const char *);\n"
    "extern int atoi(const char *);\n"
    "__attribute__((constructor)) static void heapbed_mutant_choose(void)\n"
    "{\n"
    "    const char *number = getenv(\"HEAPBED_MUTANT\");\n"
    "    heapbed_mutant = number != (void *)0 ? atoi(number) : 0;\n"
    "}\n"
    "#endif\n";

/* The path in a copy of the core of what is core/... in the project. */
static FILE *open_copy(const char *folder, const char *path)
{
    char name[4096];
    const char *inside = strncmp(path, "core/", 5) == 0 ? path + 5 : path;
    (void)snprintf(name, sizeof name, "%s/%s", folder, inside);
    FILE *file = fopen(name, "wbe");
    if (file == NULL) {
        (void)fprintf(stderr, "bed mutate: %s: %s\n", name, strerror(errno));
    }
    return file;
}

static bool close_copy(FILE *file, const char *path)
{
    if (file == NULL) {
        return false;
    }
    const bool ok = ferror(file) == 0;
    if (fclose(file) != 0 || !ok) {
        (void)fprintf(stderr, "bed mutate: a copy of %s cannot be written\n", path);
        return false;
    }
    return true;
}

static void write_span(const struct source *source, size_t begin, size_t end, FILE *out)
{
    (void)fwrite(source->text + begin, 1, end - begin, out);
}

/* A region with one change, on one line. */
static void write_alternative(const struct source *source, const struct region *region,
                              const struct mutant *mutant, FILE *out)
{
    for (size_t i = region->begin; i < region->end; i++) {
        if (i == mutant->begin) {
            (void)fprintf(out, " %s ", mutant->replacement);
            i = mutant->end - 1;
        } else {
            (void)fputc(source->text[i] == '\n' ? ' ' : source->text[i], out);
        }
    }
}

static void write_original(const struct source *source, const struct region *region, FILE *out)
{
    (void)fprintf(out, "\n#line %u \"%s\"\n", region->line, source->path);
    write_span(source, region->begin, region->end, out);
}

static void write_region(const struct mutants *mutants, const bool *is_left_out,
                         const struct region *region, FILE *out)
{
    const struct source *source = &mutants->sources[region->source];
    const struct mutant *first = &mutants->items[region->first];
    const bool is_statement = region->kind == REGION_STATEMENT;
    const char *cast = region->kind == REGION_STEP ? "(void)" : "";
    (void)fprintf(out,
                  is_statement ? "{ if ((unsigned)(heapbed_mutant - %u) >= %zuu) {"
                               : "((unsigned)(heapbed_mutant - %u) >= %zuu ? %s(",
                  first->number, region->count, cast);
    write_original(source, region, out);
    (void)fputs(is_statement ? "\n}" : "\n)", out);
    for (size_t i = 0; i < region->count; i++) {
        if (is_left_out[region->first + i]) {
            continue;
        }
        (void)fprintf(out, "\n#line %u \"mutant\"\n", first[i].number);
        (void)fprintf(
            out, is_statement ? "else if (heapbed_mutant == %u) {" : ": heapbed_mutant == %u ? %s(",
            first[i].number, cast);
        write_alternative(source, region, &first[i], out);
        (void)fputs(is_statement ? "}" : ")", out);
    }
    if (is_statement) {
        (void)fputs("}", out);
    } else {
        (void)fprintf(out, "\n: %s(", cast);
        write_original(source, region, out);
        (void)fputs("\n))", out);
    }
    (void)fputs("\n", out);
}

static bool write_source(const struct mutants *mutants, const bool *is_left_out, size_t index,
                         const char *folder)
{
    const struct source *source = &mutants->sources[index];
    FILE *out = open_copy(folder, source->path);
    size_t at = 0;
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < mutants->region_count; i++) {
        const struct region *region = &mutants->regions[i];
        if (region->source != index || region->kind == REGION_IDLE) {
            continue;
        }
        write_span(source, at, region->begin, out);
        write_region(mutants, is_left_out, region, out);
        at = region->end;
    }
    write_span(source, at, source->text_bytes, out);
    return close_copy(out, source->path);
}

bool schema_write(const struct mutants *mutants, const bool *is_left_out, const char *folder)
{
    for (size_t i = 0; i < mutants->source_count; i++) {
        if (!write_source(mutants, is_left_out, i, folder)) {
            return false;
        }
    }
    FILE *out = open_copy(folder, SCHEMA_SWITCH);
    if (out != NULL) {
        (void)fputs(switch_text, out);
    }
    return close_copy(out, SCHEMA_SWITCH);
}

bool schema_write_one(const struct mutants *mutants, const struct mutant *mutant,
                      const char *folder)
{
    const struct source *source = &mutants->sources[mutant->source];
    FILE *out = open_copy(folder, source->path);
    if (out != NULL) {
        write_span(source, 0, mutant->begin, out);
        (void)fputs(mutant->replacement, out);
        write_span(source, mutant->end, source->text_bytes, out);
    }
    return close_copy(out, source->path);
}

void schema_print_one(const struct mutants *mutants, const struct mutant *mutant, FILE *out)
{
    const struct source *source = &mutants->sources[mutant->source];
    size_t begin = mutant->begin;
    size_t end = mutant->end;
    while (begin > 0 && source->text[begin - 1] != '\n') {
        begin--;
    }
    while (end < source->text_bytes && source->text[end] != '\n') {
        end++;
    }
    for (size_t i = begin; i < end; i++) {
        (void)fprintf(out, i == begin || source->text[i - 1] == '\n' ? "-%c" : "%c",
                      source->text[i]);
    }
    (void)fputs("\n+", out);
    write_span(source, begin, mutant->begin, out);
    (void)fputs(mutant->replacement, out);
    write_span(source, mutant->end, end, out);
    (void)fputs("\n", out);
}
