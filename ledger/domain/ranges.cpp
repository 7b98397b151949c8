#include "ledger/domain/ranges.h"

#include <string>

namespace jinshi::ledger {
namespace {

std::int64_t value_of(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  return field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32 ? reflection->GetUInt32(message, &field)
                                                                               : reflection->GetInt64(message, &field);
}

}  // namespace

Result<void> check_ranges(const google::protobuf::Message& message, std::span<const Range> ranges) {
  for (const Range& range : ranges) {
    const auto& field = *message.GetDescriptor()->FindFieldByNumber(range.field);
    const std::int64_t value = value_of(message, field);
    if (value >= range.min && value <= range.max) continue;
    return fail(v1::REASON_PARAMETER_RANGE,
                field.name() + " is " + std::to_string(value) + ": give it " + std::to_string(range.min) + " to " +
                    std::to_string(range.max),
                {static_cast<std::uint32_t>(range.field)});
  }
  return {};
}

}  // namespace jinshi::ledger
