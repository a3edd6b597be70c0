# SPDX-License-Identifier: MIT
#
# The manual, made of the contract: a page for each function and type of bestfit.h, bestfit(3) for
# what holds for all of them, and bestfit_config(3) for config.h.
#
#   awk -v folder=FOLDER -f manual.awk bestfit.h config.h
#
# What it relies on, beside the project's layout of code: a comment in the first column is the
# contract of the declaration that follows it; in it a sentence "Returns ..." begins what is returned
# (where a comment has more than one, the paragraph of the first), "Cost: ..." what it costs, and
# "Source: ..." the end. Lines that are indented are lists, or, from four spaces on and in no list,
# code. A declaration without a comment is an error.

function fail(text)
{
    print "manual.awk: " FILENAME ":" FNR ": " text > "/dev/stderr"
    failed = 1
    exit 1
}

# A line of text as roff wants it.
function roff(text)
{
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    sub(/^[.\047]/, "\\\\\\&&", text)
    return text
}

# -- comments ---------------------------------------------------------------------------------

# Sentences that begin a section begin a line.
function split_sections(text,    paragraph_count, i, paragraphs, first)
{
    gsub(/ Returns /, "\nReturns ", text)
    gsub(/ Returns,/, "\nReturns,", text)
    gsub(/ Cost: /, "\nCost: ", text)
    gsub(/ Source: /, "\nSource: ", text)
    sub(/^Returns/, "\nReturns", text)
    if (gsub(/\nReturns[ ,]/, "&", text) < 2) {
        sub(/\nReturns[ ,]/, "\n@RETURN VALUE&", text)
    } else {
        paragraph_count = split(text, paragraphs, /\n\n/)
        text = ""
        for (i = 1; i <= paragraph_count; i++) {
            if (!first && paragraphs[i] ~ /\nReturns[ ,]/) {
                first = i
                text = text "@RETURN VALUE\n"
            }
            text = text paragraphs[i] (i < paragraph_count ? "\n\n" : "")
        }
    }
    sub(/\nCost: /, "\n@COST\n", text)
    sub(/\nSource: /, "\n@SOURCE\n", text)
    return text
}

# The text of a comment as the body of a page. in_list: "", "bullet" or "table".
function print_body(page, text,    lines, line_count, i, line, in_list, in_code, words)
{
    line_count = split(text, lines, "\n")
    for (i = 1; i <= line_count; i++) {
        line = lines[i]
        if (in_code && line !~ /^    /) {
            print ".fi\n.RE" > page
            in_code = 0
        }
        if (line ~ /^@/) {
            print ".SH " substr(line, 2) > page
            in_list = ""
        } else if (line ~ /^ *$/) {
            print ".PP" > page
            in_list = ""
        } else if (line ~ /^  - /) {
            print ".IP \\(bu 2\n" roff(substr(line, 5)) > page
            in_list = "bullet"
        } else if (line ~ /^ +BF_[A-Z_]+(  .*)?$/) {
            sub(/^ +/, "", line)
            words = line
            sub(/^BF_[A-Z_]+ */, "", words)
            sub(/ .*/, "", line)
            print ".TP 4\n.B " line "\n" (words == "" ? "otherwise" : roff(words)) > page
            in_list = "table"
        } else if (line ~ /^  [a-z]+  +/) {
            sub(/^ +/, "", line)
            words = line
            sub(/^[a-z]+ */, "", words)
            sub(/ .*/, "", line)
            print ".TP 4\n.B " line "\n" roff(words) > page
            in_list = "table"
        } else if (line ~ /^    / && in_list == "") {
            if (!in_code) {
                print ".PP\n.RS 4\n.nf" > page
            }
            in_code = 1
            print roff(substr(line, 5)) > page
        } else {
            if (in_list != "" && line !~ /^ /) {
                print ".PP" > page
                in_list = ""
            }
            sub(/^ +/, "", line)
            print roff(line) > page
        }
    }
    if (in_code) {
        print ".fi\n.RE" > page
    }
}

# What NAME wants: the first sentence, without its full stop.
function summary(text)
{
    gsub(/\n+/, " ", text)
    sub(/[.;] .*/, "", text)
    sub(/[.:]$/, "", text)
    return text
}

# -- pages ------------------------------------------------------------------------------------

function begin_page(name, text,    page)
{
    page = folder "/" name ".3"
    print ".\\\" Made by core/cmake/manual.awk of " FILENAME_SHORT() "; change that." > page
    print ".TH " toupper(name) " 3 \"\" \"bestfit " version "\" \"bestfit\"" > page
    print ".SH NAME\n" name " \\- " roff(summary(text)) > page
    pages[name] = summary(text)
    return page
}

function FILENAME_SHORT(    name)
{
    name = FILENAME
    sub(/.*\//, "", name)
    return name
}

function print_synopsis(page, declaration)
{
    print ".SH SYNOPSIS\n.nf\n.B #include <bestfit.h>\n.PP" > page
    print roff_lines(declaration) > page
    print ".fi" > page
}

function roff_lines(text,    lines, count, i, result)
{
    count = split(text, lines, "\n")
    for (i = 1; i <= count; i++) {
        result = result (i > 1 ? "\n" : "") roff(lines[i])
    }
    return result
}

# Of calls on one heap: that is what the type of the heap says.
function print_threads(page, declaration)
{
    print ".SH THREAD SAFETY" > page
    if (declaration ~ /\(const struct bf_heap /) {
        print "Reads the heap: may run together with others that only read it (those that take a" > page
        print "const heap), and with none that changes it, unless BF_LOCK and BF_UNLOCK see to that." > page
    } else if (declaration ~ /\(struct bf_heap /) {
        print "Changes the heap: no other call on the same heap may run at the same time, unless" > page
        print "BF_LOCK and BF_UNLOCK see to that" (declaration ~ /bf_init/ ? " (bf_init takes no lock)" : "") \
            ". Calls on other heaps may." > page
    } else {
        print "Looks at no heap: may be called at any time." > page
    }
}

function print_ending(page, name, text,    word, seen)
{
    print ".SH SEE ALSO" > page
    while (match(text, /bf_[a-z_]+/)) {
        word = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (word != name && !(word in seen)) {
            seen[word] = 1
            print ".BR " word " (3)," > page
        }
    }
    print ".BR bestfit (3)," > page
    print ".BR bestfit_config (3)" > page
    close(page)
}

# A function, with the type of its name where there is one.
function function_page(name, text, declaration,    page)
{
    page = begin_page(name, text)
    print_synopsis(page, declaration ((name in types) ? "\n\n" types[name] : ""))
    print ".SH DESCRIPTION" > page
    print_body(page, split_sections(text))
    print_threads(page, declaration)
    print_ending(page, name, text)
}

function type_page(name, text, declaration,    page)
{
    page = begin_page(name, text)
    print_synopsis(page, declaration)
    print ".SH DESCRIPTION" > page
    print_body(page, declaration ~ /\(\*/ ? split_sections(text) : text)
    print_ending(page, name, text)
}

function overview_page(    page, name, names, count, i, j, other)
{
    page = begin_page("bestfit", "a best-fit allocator for ranges of memory that you hand it")
    print_synopsis(page, "cc ... $(pkg-config --cflags --libs bestfit)")
    print ".SH DESCRIPTION" > page
    print_body(page, overview)
    print ".SH CONSTANTS" > page
    print ".nf\n" roff_lines(constants) "\n.fi" > page
    print ".SH FUNCTIONS AND TYPES" > page
    count = 0
    for (name in pages) {
        for (i = ++count; i > 1 && names[i - 1] > name; i--) {
            names[i] = names[i - 1]
        }
        names[i] = name
    }
    for (i = 1; i <= count; i++) {
        if (names[i] !~ /^bestfit/) {
            print ".TP 4\n.BR " names[i] " (3)\n" roff(pages[names[i]]) > page
        }
    }
    print_ending(page, "bestfit", "")
}

# -- bestfit.h --------------------------------------------------------------------------------

function declared(text, declaration,    name)
{
    if (match(declaration, /bf_[a-z_]+\(/)) {
        name = substr(declaration, RSTART, RLENGTH - 1)
    } else if (match(declaration, /\(\*bf_[a-z_]+\)/)) {
        name = substr(declaration, RSTART + 2, RLENGTH - 3)
    } else if (match(declaration, /^(struct|enum) bf_[a-z_]+/)) {
        name = substr(declaration, RSTART, RLENGTH)
        sub(/.* /, "", name)
    } else {
        fail("what is declared here? " declaration)
    }
    if (text == "") {
        fail(name " has no contract")
    }
    if (declaration ~ /^(struct|enum) bf_[a-z_]+ \{/) {
        types[name] = declaration
    }
    if (declaration ~ /\(\*|^(struct|enum) bf_[a-z_]+ \{/) {
        type_page(name, text, declaration)
    } else {
        function_page(name, text, declaration)
    }
}

function version_part(line)
{
    sub(/.* /, "", line)
    version = version (version == "" ? "" : ".") line
}

# -- config.h: each comment with the names that are decided below it --------------------------

function config_end()
{
    if (config_text != "") {
        if (config_names != "") {
            print ".SS " config_names > config_page
        }
        print_body(config_page, config_text)
    }
    config_text = config_names = ""
}

function config_line(line,    name)
{
    if (line ~ /^#(ifndef|ifdef|define) BF_|^#(el)?if defined\(BF_/ && match(line, /BF_[A-Z0-9_]+/)) {
        name = substr(line, RSTART, RLENGTH)
        if (name !~ /BF_CONFIG_H|BF_JOIN/ && index(" " config_names " ", " " name " ") == 0) {
            config_names = config_names (config_names == "" ? "" : " ") name
        }
    }
}

# -- lines ------------------------------------------------------------------------------------

# The constants are shown as they are written: what lies in front of the first declaration, without
# the comment that belongs to that.
in_constants && /^\/\*/ {
    constants_before = constants
}

in_constants {
    constants = constants (constants == "" ? "" : "\n") $0
}

/^extern "C"/ {
    getline
    in_constants = 1
}

FNR == 1 {
    is_config = FILENAME ~ /config\.h$/
    comment = ""
    comment_count = 0
    if (is_config) {
        config_page = begin_page("bestfit_config", "what is decided when building the core")
        print ".SH DESCRIPTION" > config_page
    }
}

# A note for C++ between a contract and its declaration.
/^#if defined\(__cplusplus\)/, /^#endif/ {
    next
}

/^\/\*/ {
    in_comment = 1
    comment = ""
}

in_comment {
    line = $0
    ends = sub(/ *\*\/ *$/, "", line)
    sub(/^\/\* ?/, "", line)
    sub(/^ \* ?/, "", line)
    if (line !~ /^SPDX/) {
        comment = comment (comment == "" ? "" : "\n") line
    }
    if (ends) {
        in_comment = 0
        comment_count++
        sub(/^\n+/, "", comment)
        sub(/\n+$/, "", comment)
        if (is_config) {
            config_end()
            config_text = comment
        } else if (comment_count == 1) {
            overview = comment
            comment = ""
        }
    }
    next
}

is_config {
    config_line($0)
    next
}

/^#define BF_VERSION_/ {
    version_part($0)
}

/^#/ || /\\$/ {
    next
}

/^(enum|struct|typedef|bool|const|void|size_t) / {
    if (in_constants) {
        constants = constants_before
        in_constants = 0
    }
    in_declaration = 1
    declaration = ""
}

in_declaration {
    declaration = declaration (declaration == "" ? "" : "\n") $0
    if ($0 ~ /^}?;$|\);$/) {
        in_declaration = 0
        declared(comment, declaration)
        comment = ""
    }
}

END {
    if (failed) {
        exit 1
    }
    config_end()
    close(config_page)
    overview_page()
}
