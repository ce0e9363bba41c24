# One target that every target of ours links: warnings, and what makes results the same everywhere.
option(RUSHES_WERROR "Warnings are errors" OFF)
option(RUSHES_TESTS "Build tests" ON)
option(RUSHES_BENCH "Build benchmarks" ON)
option(RUSHES_FUZZ "Build fuzzers (clang)" OFF)
set(RUSHES_SANITIZE "" CACHE STRING "For -fsanitize=")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

add_library(rushes_options INTERFACE)
target_compile_options(rushes_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # Designated initialisers name what differs from the defaults.
  -Wno-missing-field-initializers
  # A fused multiply-add rounds once where two operations round twice.
  -ffp-contract=off
  -fvisibility=hidden -fstack-protector-strong -fno-omit-frame-pointer)
if(RUSHES_WERROR)
  target_compile_options(rushes_options INTERFACE -Werror)
endif()
if(RUSHES_SANITIZE)
  target_compile_options(rushes_options INTERFACE -fsanitize=${RUSHES_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(rushes_options INTERFACE -fsanitize=${RUSHES_SANITIZE})
else()
  target_compile_definitions(rushes_options INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths below the source are hashed as relative ones, so that one clone's work serves the next.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(rushes_options INTERFACE -fuse-ld=mold)
endif()
target_link_options(rushes_options INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now)
