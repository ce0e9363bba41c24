# rushes_layer(NAME SOURCES ... HEADERS ... USES layer... LIBS lib... TESTS ... BENCHES ... TEST_LIBS lib...)
# One layer: a static library rushes_NAME, a test program NAME_test and a benchmark program NAME_bench.
# Layers of USES are visible to those who use this one; LIBS are this layer's own business.
function(rushes_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;HEADERS;USES;LIBS;TESTS;BENCHES;TEST_LIBS" ${ARGN})
  add_library(rushes_${name} STATIC)
  target_sources(rushes_${name} PRIVATE ${L_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${L_HEADERS})
  if(NOT L_SOURCES)
    set_target_properties(rushes_${name} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
  target_link_libraries(rushes_${name} PRIVATE rushes_options ${L_LIBS})
  foreach(use ${L_USES})
    target_link_libraries(rushes_${name} PUBLIC rushes_${use})
  endforeach()
  set_target_properties(rushes_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

  if(RUSHES_TESTS AND L_TESTS)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${L_TESTS})
    target_link_libraries(${name}_test PRIVATE rushes_options rushes_${name} ${L_LIBS} ${L_TEST_LIBS}
      GTest::gmock GTest::gtest_main)
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
  if(RUSHES_BENCH AND L_BENCHES)
    find_package(benchmark REQUIRED)
    add_executable(${name}_bench ${L_BENCHES})
    target_link_libraries(${name}_bench PRIVATE rushes_options rushes_${name} ${L_LIBS}
      benchmark::benchmark_main)
    # Run briefly, so that it cannot rot.
    add_test(NAME ${name}_bench COMMAND ${name}_bench --benchmark_min_time=0.001)
    set_tests_properties(${name}_bench PROPERTIES LABELS bench)
  endif()
endfunction()
