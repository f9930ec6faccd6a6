# One static library per folder under src/: newbie_target(base LINK fmt::fmt) takes every *.cpp of the
# calling folder. Targets are named newbie_<folder>; include paths are "base/error.h" from src/. What lies in a
# folder cuda/, *.cu too, is built with NEWBIE_CUDA only; what lies in a folder without_cuda/ only without it.
function(newbie_target name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NEWBIE_CUDA)
    list(FILTER sources EXCLUDE REGEX "/without_cuda/[^/]*$")
    file(GLOB_RECURSE kernels CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cu)
  else()
    list(FILTER sources EXCLUDE REGEX "/cuda/[^/]*$")
    set(kernels "")
  endif()
  add_library(newbie_${name} STATIC ${sources} ${kernels})
  target_include_directories(newbie_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(newbie_${name} PUBLIC ${ARG_LINK})
endfunction()

# One test program per folder of tests: newbie_test(unit_base LABEL unit LINK newbie_base) takes every
# *_test.cpp of the calling folder, or those given after SOURCES.
function(newbie_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "LINK;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB_RECURSE ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  endif()
  if(NOT ARG_SOURCES)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE NEWBIE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
                                             NEWBIE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # Tests spend their time compiling, not running.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
