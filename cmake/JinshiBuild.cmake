# How every target of the project is compiled: the language, warnings as errors, sanitizers, ccache and mold.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(JINSHI_SANITIZE "" CACHE STRING "address,undefined or thread")
option(JINSHI_FUZZ "Link the programs of tests/fuzz with libFuzzer; see the preset fuzz" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Paths below the source are hashed as relative ones, so that a second build folder or clone finds what the first made.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(JINSHI_SANITIZE)
  add_compile_options(-fsanitize=${JINSHI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${JINSHI_SANITIZE})
endif()

# The flags of our own code; generated code links without them.
add_library(jinshi_warnings INTERFACE)
target_compile_options(jinshi_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)

# jinshi_library(name [PUBLIC targets...] [PRIVATE targets...]): a library of every .cpp in this folder (not below).
# Globbing is deliberate: a new event is a new file in ledger/domain and nothing else.
function(jinshi_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} jinshi_warnings)
endfunction()
