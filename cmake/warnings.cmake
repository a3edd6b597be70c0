# SPDX-License-Identifier: MIT
#
# The warnings that every line of the project is compiled with, as one target to link to (privately:
# they are nobody else's business).

add_library(heapbed_warnings INTERFACE)
target_compile_options(
    heapbed_warnings
    INTERFACE -Wall
              -Wextra
              -Wpedantic
              -Wconversion
              -Wshadow
              -Wstrict-prototypes
              -Wmissing-prototypes
              -Wundef
              -Wvla
              $<$<BOOL:${HEAPBED_WERROR}>:-Werror>)
