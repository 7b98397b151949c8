// What the two directions of the JSON mapping share.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>

#include "jinshi/v1/options.pb.h"

namespace jinshi::json {

// The largest magnitude up to which every integer is exact in a double, and so in JavaScript.
inline constexpr std::int64_t kLargestExact = std::int64_t{1} << 53;

inline bool is_event(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(v1::rule).format() == v1::FORMAT_EVENT;
}

}  // namespace jinshi::json
