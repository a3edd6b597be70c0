# SPDX-License-Identifier: MIT
#
# The core in fewer files, made of its own text and never committed:
#
#   cmake -DFORM=single -DOUTPUT=bestfit_single.h -P core/cmake/amalgamate.cmake
#
#   single     header and source in one file: #define BESTFIT_IMPLEMENTATION in one C file
#   header     bestfit.h with config.h in it
#   source     bestfit.c with all that it includes, but bestfit.h: the other of two files to copy
#   installed  bestfit.h of a library that has been built: DEFINITIONS, as given to its compiler, are
#              written into it, and a program that defines others is refused, as it would see another
#              struct bf_heap than the library does
#
# include(amalgamate.cmake) gives the same as functions.

cmake_minimum_required(VERSION 3.21)

get_filename_component(bestfit_core ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

# What config.h lets a build decide. (tests/packaging/test_amalgamation.sh compares.)
set(bestfit_choices
    BF_INDEX_LIST
    BF_RANGES_MAX
    BF_PROFILE_SMALL
    BF_PROFILE_LARGE
    BF_EXACT_BINS_LOG2
    BF_OCTAVE_BINS_LOG2
    BF_HARDENING
    BF_QUARANTINE_BYTES
    BF_GUARD_BYTES
    BF_STEP
    BF_LOCK
    BF_UNLOCK
    BF_PANIC
    BF_COPY
    BF_ZERO
    BF_PREFIX)

# The version is that of bestfit.h, and nowhere else.
function(bestfit_version result)
    file(READ ${bestfit_core}/bestfit.h text)
    set(numbers "")
    foreach(part MAJOR MINOR PATCH)
        if(NOT text MATCHES "#define BF_VERSION_${part} +([0-9]+)")
            message(FATAL_ERROR "bestfit.h has no BF_VERSION_${part}")
        endif()
        list(APPEND numbers ${CMAKE_MATCH_1})
    endforeach()
    list(JOIN numbers "." version)
    set(${result} ${version} PARENT_SCOPE)
endfunction()

# Appends a file of the core to `text`, with what it includes in the place of the #include, once. A
# file that one arm of a condition has is still to come for the other arm: what had been met is
# remembered at each #if. (A macro, as it calls itself and all share `text`, `met` and `depth`; what
# it needs after a call lies on a stack, by depth.)
macro(bestfit_append path)
    math(EXPR depth "${depth} + 1")
    set(path_${depth} ${path})
    file(READ ${path} rest_${depth})
    file(RELATIVE_PATH name ${bestfit_core} ${path})
    string(APPEND text "/* ---- ${name} ---- */\n")
    set(rest_${depth} "\n${rest_${depth}}")
    while(rest_${depth} MATCHES "\n#(include \"([^\"]+)\"[^\n]*|if|elif|else|endif)")
        set(directive "${CMAKE_MATCH_0}")
        set(kind "${CMAKE_MATCH_1}")
        set(included "${CMAKE_MATCH_2}")
        string(FIND "${rest_${depth}}" "${directive}" begin)
        string(LENGTH "${directive}" length)
        math(EXPR end "${begin} + ${length}")
        string(SUBSTRING "${rest_${depth}}" 0 ${begin} before)
        string(SUBSTRING "${rest_${depth}}" ${end} -1 rest_${depth})
        string(APPEND text "${before}")
        if(kind MATCHES "^include")
            cmake_path(GET path_${depth} PARENT_PATH folder)
            if(included STREQUAL "bestfit.h" OR NOT EXISTS ${folder}/${included})
                set(folder ${bestfit_core})
            endif()
            cmake_path(SET included_path NORMALIZE ${folder}/${included})
            string(APPEND text "\n")
            if(NOT included_path IN_LIST met)
                list(APPEND met ${included_path})
                bestfit_append(${included_path})
            endif()
        else()
            string(APPEND text "${directive}")
            bestfit_condition(${kind})
        endif()
    endwhile()
    string(APPEND text "${rest_${depth}}")
    math(EXPR depth "${depth} - 1")
endmacro()

macro(bestfit_condition kind)
    if("${kind}" STREQUAL "if")
        math(EXPR arms "${arms} + 1")
        set(met_before_${arms} "${met}")
        set(met_in_others_${arms} "")
    elseif("${kind}" MATCHES "^el")
        list(APPEND met_in_others_${arms} ${met})
        set(met "${met_before_${arms}}")
    else()
        list(APPEND met ${met_in_others_${arms}})
        list(REMOVE_DUPLICATES met)
        math(EXPR arms "${arms} - 1")
    endif()
endmacro()

# What a copy of the text has to carry, and where it comes from.
function(bestfit_banner result sentence)
    bestfit_version(version)
    set(banner "/* SPDX-License-Identifier: MIT\n *\n * bestfit ${version}, ${sentence}\n")
    string(APPEND banner " * Made by core/cmake/amalgamate.cmake; change the files in core/, not this one.\n")
    foreach(licence ${bestfit_core}/LICENSE ${bestfit_core}/../LICENSE)
        if(EXISTS ${licence})
            file(READ ${licence} words)
            string(STRIP "${words}" words)
            string(REPLACE "\n" "\n * " words "\n\n${words}")
            string(REPLACE " * \n" " *\n" words "${words}")
            string(SUBSTRING "${words}" 1 -1 words)
            string(APPEND banner "${words}\n")
            break()
        endif()
    endforeach()
    set(${result} "${banner} */\n" PARENT_SCOPE)
endfunction()

# The configuration of a library, as text in front of its header.
function(bestfit_configuration result definitions)
    list(TRANSFORM bestfit_choices REPLACE "(.+)" "defined(\\1)" OUTPUT_VARIABLE conditions)
    list(JOIN conditions " || \\\n    " condition)
    set(lines "#ifndef BF_BESTFIT_H\n#if ${condition}\n#error \"what config.h decides was decided \
when this library was built; to decide, compile the source\"\n#endif\n")
    foreach(definition ${definitions})
        if(NOT definition MATCHES "^(BF_[A-Z0-9_]+)(=(.*))?$" OR NOT CMAKE_MATCH_1 IN_LIST
                                                                 bestfit_choices)
            message(FATAL_ERROR "config.h does not decide this: ${definition}")
        endif()
        set(value 1)
        if("${CMAKE_MATCH_2}" MATCHES "^=(.*)$")
            set(value "${CMAKE_MATCH_1}")
        endif()
        string(REGEX REPLACE "=.*" "" name ${definition})
        string(APPEND lines "#define ${name} ${value}\n")
    endforeach()
    set(${result} "${lines}#endif\n" PARENT_SCOPE)
endfunction()

# bestfit_amalgamate(FORM OUTPUT [DEFINITION...])
function(bestfit_amalgamate form output)
    set(text "")
    set(met ${bestfit_core}/bestfit.h)
    set(depth 0)
    set(arms 0)
    if(form STREQUAL "installed")
        bestfit_banner(banner "the header of a library that has been built.")
        bestfit_configuration(text "${ARGN}")
        bestfit_append(${bestfit_core}/bestfit.h)
    elseif(form STREQUAL "header")
        bestfit_banner(banner "the header of two files; bestfit.c is the other.")
        bestfit_append(${bestfit_core}/bestfit.h)
    elseif(form STREQUAL "source")
        bestfit_banner(banner "the source of two files; bestfit.h is the other.")
        # What a header may leave unused, a source may not, says clang.
        set(text "#include \"bestfit.h\"\n\n#if defined(__clang__)\n\
#pragma clang diagnostic ignored \"-Wunused-function\"\n#endif\n\n")
        bestfit_append(${bestfit_core}/bestfit.c)
    elseif(form STREQUAL "single")
        bestfit_banner(banner "in one file. In one C file, best one of its own:\n *\n\
 *     #define BESTFIT_IMPLEMENTATION\n *     #include \"bestfit_single.h\"\n *\n\
 * All others, C or C++, include it without the definition.")
        bestfit_append(${bestfit_core}/bestfit.h)
        string(APPEND text "\n#if defined(BESTFIT_IMPLEMENTATION) && !defined(BESTFIT_IMPLEMENTED)\n\
#define BESTFIT_IMPLEMENTED\n#ifdef __cplusplus\n\
#error \"BESTFIT_IMPLEMENTATION belongs into a C file\"\n#endif\n\n")
        bestfit_append(${bestfit_core}/bestfit.c)
        string(APPEND text "\n#endif /* BESTFIT_IMPLEMENTATION */\n")
    else()
        message(FATAL_ERROR "FORM is single, header, source or installed, not '${form}'")
    endif()
    # Each file has said its licence; one is enough.
    string(REGEX REPLACE "/[*] SPDX-License-Identifier: MIT\n [*]\n [*] " "/* " text "${text}")
    string(REGEX REPLACE "\n\n\n+" "\n\n" text "${text}")
    file(CONFIGURE OUTPUT ${output} CONTENT "${banner}\n${text}" @ONLY NEWLINE_STYLE UNIX)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    if(NOT DEFINED OUTPUT)
        message(FATAL_ERROR "amalgamate.cmake needs -DFORM=single|header|source|installed -DOUTPUT=FILE")
    endif()
    cmake_path(ABSOLUTE_PATH OUTPUT)
    bestfit_amalgamate("${FORM}" ${OUTPUT} ${DEFINITIONS})
endif()
