# SPDX-License-Identifier: Apache-2.0
# Flags and the three ways to declare a target of this project.

add_library(zos_flags INTERFACE)
target_compile_options(zos_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough -Wconversion -Wsign-conversion
    $<$<BOOL:${ZOS_WERROR}>:-Werror>)
# gcc sees moved-from coroutine frames as maybe uninitialised when it inlines them, and calls lambda
# types in coroutine frames linkless in unity batches.
target_compile_options(zos_flags INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-subobject-linkage>")
# QT_NO_CONTEXTLESS_CONNECT stays off: QCoro 0.12 headers break under it; the lint looks for such connects.
add_compile_definitions(QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING
    QT_NO_KEYWORDS QT_NO_FOREACH QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_STRICT_ITERATORS QT_USE_QSTRINGBUILDER QT_DISABLE_DEPRECATED_UP_TO=0x060800
    ZOS_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR})
if(ZOS_HARDENING)
    add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=3 -fcf-protection
        -fstack-clash-protection -D_GLIBCXX_ASSERTIONS)
    add_link_options(-Wl,-z,relro,-z,now -pie)
endif()

# CMake does not run moc again when a source joins a target: its rule knows only the old sources.
function(zos_moc_follows_sources target)
    get_target_property(sources ${target} SOURCES)
    if(NOT sources STREQUAL "${zos_sources_of_${target}}")
        file(REMOVE ${CMAKE_CURRENT_BINARY_DIR}/${target}_autogen/timestamp)
        set(zos_sources_of_${target} "${sources}" CACHE INTERNAL "")
    endif()
endfunction()

# zos_add_library(<target> [PUBLIC libs...] [PRIVATE libs...])
# All *.cpp and *.h of the current folder (not of folders below).
function(zos_add_library target)
    cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp *.h)
    file(GLOB bodies CONFIGURE_DEPENDS *.cpp)
    if(bodies)
        add_library(${target} STATIC ${sources})
        target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE zos_flags ${arg_PRIVATE})
        zos_moc_follows_sources(${target})
    else()
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE ${arg_PUBLIC})
    endif()
endfunction()

# zos_add_program(<name> libs...)  all *.cpp and *.h of the current folder but tests
function(zos_add_program name)
    file(GLOB sources CONFIGURE_DEPENDS *.cpp *.h)
    list(FILTER sources EXCLUDE REGEX "/tst_")
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE zos_flags ${ARGN})
    zos_moc_follows_sources(${name})
endfunction()

# zos_add_tests(<target> [SOAK] [LABELS l...] [TIMEOUT s] [LIBS libs...])
# One program from all tst_*.cpp of the current folder; every class in it (ZOS_TEST) becomes a
# CTest entry named <folder>/<class>. SOAK: and another of the label soak, which runs the long form
# of the same functions (ZOS_SOAK is set).
function(zos_add_tests target)
    cmake_parse_arguments(arg "SOAK" "TIMEOUT" "LABELS;LIBS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS tst_*.cpp)
    if(NOT sources)
        return()
    endif()
    if(NOT arg_LABELS)
        set(arg_LABELS unit)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE zos_flags zos_test_support ${arg_LIBS})
    zos_moc_follows_sources(${target})
    target_compile_definitions(${target} PRIVATE ZOS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
    set(command $<TARGET_FILE:${target}>)
    if("system" IN_LIST arg_LABELS OR "bench" IN_LIST arg_LABELS)
        list(PREPEND command ${CMAKE_SOURCE_DIR}/tests/support/isolated) # one world for each entry
    endif()
    foreach(source ${sources})
        file(STRINGS ${source} lines REGEX "^ZOS_TEST\\(")
        foreach(line ${lines})
            string(REGEX REPLACE "^ZOS_TEST\\(([A-Za-z0-9_]+)\\).*" "\\1" class "${line}")
            set(environment "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0")
            add_test(NAME ${folder}/${class} COMMAND ${command} ${class})
            set_tests_properties(${folder}/${class} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
                ENVIRONMENT "${environment}" SKIP_REGULAR_EXPRESSION "ZOS-ALL-SKIPPED")
            if(arg_SOAK)
                add_test(NAME soak/${folder}/${class} COMMAND ${command} ${class})
                set_tests_properties(soak/${folder}/${class} PROPERTIES LABELS soak TIMEOUT 1800
                    ENVIRONMENT "${environment};ZOS_SOAK=1;QTEST_FUNCTION_TIMEOUT=7200000" SKIP_REGULAR_EXPRESSION "ZOS-ALL-SKIPPED")
            endif()
        endforeach()
    endforeach()
endfunction()
