# SPDX-License-Identifier: MIT
#
# What the tests of the drop-in malloc for AddressSanitizer are built from: included by
# ../CMakeLists.txt.

# Memory errors: in programs with the sanitizer's own malloc, with the annotated one, and, as a
# canary, with the one that is not annotated (which needs a runtime that is an archive, as clang's
# is). test_cases.sh runs them; with gcc on request.
if(TARGET bestfit_malloc)
    add_executable(dropin_compare_cases dropin/compare_cases.c)
    target_link_libraries(dropin_compare_cases PRIVATE heapbed_test)
    file(GLOB case_sources CONFIGURE_DEPENDS dropin/cases/*.c)
    add_library(dropin_cases OBJECT ${case_sources})
    target_include_directories(dropin_cases PRIVATE dropin/cases)
    # The errors are meant; and they are to be made as they stand.
    target_compile_options(
        dropin_cases PRIVATE -fsanitize=address -O0 -fno-builtin -Wno-deprecated-declarations
                             $<$<C_COMPILER_ID:GNU>:-Wno-free-nonheap-object>)
    target_link_libraries(dropin_cases PRIVATE heapbed_test)

    # heapbed_dropin_cases(WAY LINK_OPTIONS...)
    function(heapbed_dropin_cases way)
        add_executable(dropin_cases_${way} $<TARGET_OBJECTS:dropin_cases>)
        target_link_options(dropin_cases_${way} PRIVATE -fsanitize=address)
        target_link_libraries(dropin_cases_${way} PRIVATE Threads::Threads ${ARGN})
    endfunction()
    heapbed_dropin_cases(native)
    heapbed_dropin_cases(annotated ${PROJECT_BINARY_DIR}/libbestfit_malloc_asan.a)
    add_dependencies(dropin_cases_annotated bestfit_malloc_asan)
    set(programs dropin_cases_native dropin_cases_annotated)
    if(CMAKE_C_COMPILER_ID MATCHES "Clang")
        heapbed_dropin_cases(plain -Wl,--whole-archive bestfit_malloc_static
                             -Wl,--no-whole-archive)
        list(APPEND programs dropin_cases_plain)
    else()
        set_target_properties(dropin_cases ${programs} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    set_target_properties(dropin_compare_cases ${programs}
                          PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endif()

# A real program: the bed, as it is in a build with AddressSanitizer, linked once more.
if(HEAPBED_SANITIZERS AND TARGET bed_cli)
    add_executable(bed_on_dropin $<TARGET_OBJECTS:bed_cli>)
    set_target_properties(bed_on_dropin PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                   ${PROJECT_BINARY_DIR}/tests)
    target_link_libraries(
        bed_on_dropin PRIVATE heapbed heapbed_file ${CJSON_LIBRARY} heapbed_instrumented
                              ${PROJECT_BINARY_DIR}/libbestfit_malloc_asan.a)
    add_dependencies(bed_on_dropin bestfit_malloc_asan)
    heapbed_add_test(dropin.bed bash ${CMAKE_CURRENT_SOURCE_DIR}/dropin/bed_on_dropin.sh
                     $<TARGET_FILE:bed_cli> $<TARGET_FILE:bed_on_dropin>)
endif()
