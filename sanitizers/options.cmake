# SPDX-License-Identifier: MIT
#
# The option files beside this one, as the value of an environment variable.

# heapbed_sanitizer_options(FILE RESULT): "a=1:b=2" of a file with a pair a line and # comments.
function(heapbed_sanitizer_options file result)
    file(STRINGS ${file} lines REGEX "^[a-z]")
    list(JOIN lines ":" joined)
    set(${result} ${joined} PARENT_SCOPE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
