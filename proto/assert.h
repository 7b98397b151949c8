// Broken invariants stop the process: a ledger that doubts itself must not go on. On in release builds.
// Never for anything that comes from outside: that is checked and refused.
#pragma once

#include <cstdio>
#include <cstdlib>

#define JINSHI_ASSERT(condition, meaning)                                                                  \
  do {                                                                                                     \
    if (!(condition)) [[unlikely]] {                                                                       \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, meaning, #condition); \
      std::abort();                                                                                        \
    }                                                                                                      \
  } while (false)
