// Expected failures are values: a reason that the API shares, the field at fault, and a sentence with the mend.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "jinshi/v1/reason.pb.h"

namespace jinshi {

// The field at fault as a path of protobuf field numbers and, after a repeated field, its index.
using FieldPath = std::vector<std::uint32_t>;

struct Error {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  FieldPath field;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(v1::Reason reason, std::string message, FieldPath field = {}) {
  return std::unexpected(Error{reason, std::move(field), std::move(message)});
}

}  // namespace jinshi
