// The words for bytes on disk that are not what they should be.
#pragma once

#include <string>

#include "proto/error.h"

namespace jinshi::ledger {

// "block 7 on disk is missing: ..." and the mend.
inline std::unexpected<Error> damaged(const std::string& what, const std::string& how) {
  return fail(v1::REASON_DAMAGED, what + " on disk " + how +
                                      ": restore the data directory from a copy, or let the node follow anew");
}

}  // namespace jinshi::ledger
