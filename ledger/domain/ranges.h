// Numbers that a zone may set, each within bounds: wide enough for any zone, narrow enough that a slip of the pen is
// caught.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <span>

#include "proto/error.h"

namespace jinshi::ledger {

struct Range {
  int field;  // a uint32 or int64 of the message
  std::int64_t min;
  std::int64_t max;
};

// PARAMETER_RANGE with the first field that is out of its range.
Result<void> check_ranges(const google::protobuf::Message& message, std::span<const Range> ranges);

}  // namespace jinshi::ledger
