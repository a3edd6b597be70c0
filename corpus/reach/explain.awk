# SPDX-License-Identifier: MIT
#
# awk -v core=core/ -f explain.awk UNREACHED.txt SIDES: compares what was not reached with the reviewed
# list. Prints what is missing there ("new"), what is there but was reached or is not in the core any
# more ("stale"), and the sums ("sum"). Places are named by the text of the condition, or of the line,
# and by how many of the same text came before it in the file: so they survive changes elsewhere.

function text_of(file, at,    parts, text) {
    if (!(file in is_read)) {
        is_read[file] = 1
        count = 0
        while ((getline text < (core file)) > 0) {
            source[file, ++count] = text
        }
        if (count == 0) {
            print "unreadable " core file
        }
    }
    if (split(at, parts, ":") == 1) {
        text = source[file, at]
    } else if (parts[1] == parts[3]) {
        text = substr(source[file, parts[1]], parts[2], parts[4] - parts[2])
    } else {
        text = substr(source[file, parts[1]], parts[2])
        for (count = parts[1] + 1; count < parts[3]; count++) {
            text = text " " source[file, count]
        }
        text = text " " substr(source[file, parts[3]], 1, parts[4] - 1)
    }
    gsub(/[ \t]+/, " ", text)
    gsub(/^ | $/, "", text)
    return text
}

# A line that holds nothing but a brace says nothing of its own, nor does one for the preprocessor, but
# for a macro: there clang has the end of what is in front.
function is_empty_line(text) { return text ~ /^[{}; ]*$/ || text ~ /^#(if|ifdef|ifndef|elif|else|endif)/ }

FILENAME == ARGV[1] {
    if ($0 ~ /^reason /) {
        name = $2
        sub(/:$/, "", name)
        reasons[name] = 1
    } else if ($0 !~ /^(#|$)/) {
        reason = $1
        key = substr($0, length(reason) + 2)
        listed[key] = FNR
        if (!(reason in reasons)) {
            print "stale line " FNR ": there is no reason '" reason "'"
        }
        used[reason] = 1
    }
    next
}

{
    text = text_of($1, $2)
    if ($3 == "-" && is_empty_line(text)) {
        next
    }
    same = $1 " " $3 " " text
    key = $1 " " ($3 == "-" ? "line" : $3) " (" ++seen[same] ") " text
    total[$3 == "-" ? "lines" : "branches"]++
    if ($4 > 0) {
        reached[$3 == "-" ? "lines" : "branches"]++
        if (key in listed) {
            print "stale line " listed[key] ": is reached: " key
        }
    } else {
        unreached[key] = $1 ":" $2
        if (!(key in listed)) {
            print "new " $1 ":" $2 " " key
        }
    }
    is_there[key] = 1
}

END {
    for (key in listed) {
        if (!(key in is_there)) {
            print "stale line " listed[key] ": no such place in the core: " key
        }
    }
    for (name in reasons) {
        if (!(name in used)) {
            print "stale reason " name ": no entry has it"
        }
    }
    print "sum", total["lines"] + 0, reached["lines"] + 0, total["branches"] + 0, reached["branches"] + 0, length(listed)
}
