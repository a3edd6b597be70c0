# SPDX-License-Identifier: MIT
#
# What the tests of the drop-in malloc are built from, and which way: included by ../CMakeLists.txt.
# The scripts beside it, test_NAME.sh, are registered there like all others; they get the build
# folder.

# heapbed_dropin_program(NAME SOURCE LIBRARIES...)
function(heapbed_dropin_program name source)
    add_executable(${name} dropin/${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    # Nothing is to be known of malloc by its name.
    target_compile_options(${name} PRIVATE -fno-builtin)
    target_link_libraries(${name} PRIVATE heapbed_test Threads::Threads ${CMAKE_DL_LIBS} ${ARGN})
endfunction()

foreach(test api threads forks)
    heapbed_dropin_program(dropin_${test} ${test}.c)
    heapbed_add_test(dropin.${test}.preloaded dropin_${test})
    set_property(TEST dropin.${test}.preloaded APPEND
                 PROPERTY ENVIRONMENT "LD_PRELOAD=$<TARGET_FILE:bestfit_malloc>")
    heapbed_dropin_program(dropin_${test}_linked ${test}.c bestfit_malloc_static)
    set_target_properties(dropin_${test}_linked PROPERTIES ENABLE_EXPORTS ON
                                                           EXPORT_COMPILE_COMMANDS OFF)
    heapbed_add_test(dropin.${test}.linked dropin_${test}_linked)
endforeach()

# Under ThreadSanitizer, which has a malloc of its own: so ours goes by other names.
if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    function(heapbed_dropin_tsan_program name source)
        heapbed_dropin_program(${name} ${source})
        target_compile_options(${name} PRIVATE -fsanitize=thread)
        target_link_options(${name} PRIVATE -fsanitize=thread)
        target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/core)
        target_compile_definitions(${name} PRIVATE ${ARGN})
        set_target_properties(${name} PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
    endfunction()

    heapbed_dropin_tsan_program(dropin_threads_tsan threads.c DROPIN_PREFIX=own_)
    target_sources(dropin_threads_tsan PRIVATE ${PROJECT_SOURCE_DIR}/dropin/heap.c
                                               ${PROJECT_SOURCE_DIR}/dropin/malloc.c
                                               ${PROJECT_SOURCE_DIR}/dropin/report.c)
    heapbed_add_test(dropin.threads.tsan dropin_threads_tsan 15000)
    heapbed_dropin_tsan_program(dropin_locks locks.c)
    set_target_properties(dropin_locks PROPERTIES EXPORT_COMPILE_COMMANDS ON)
    heapbed_add_test(dropin.locks.tsan dropin_locks)
    # The canary: the same without the lock must be found. (And ended, as it may run forever then.)
    heapbed_dropin_tsan_program(dropin_locks_canary locks.c WITHOUT_LOCKS)
    heapbed_add_test(dropin.locks.canary dropin_locks_canary)
    set_tests_properties(dropin.locks.canary PROPERTIES PASS_REGULAR_EXPRESSION
                                                        "WARNING: ThreadSanitizer: data race")
    set_property(TEST dropin.locks.canary APPEND PROPERTY ENVIRONMENT
                                                          "TSAN_OPTIONS=halt_on_error=1")
endif()
