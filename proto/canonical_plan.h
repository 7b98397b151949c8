// What the canonical walk needs to know of a message type, laid out for one pass.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace jinshi::canonical {

// How a value is written and what bounds it.
enum class Kind : std::uint8_t { kUint32, kInt32, kUint64, kInt64, kBool, kEnum, kString, kBytes, kMessage };

enum WireType : std::uint8_t { kVarint = 0, kLengthDelimited = 2 };

struct MessagePlan;

struct FieldPlan {
  std::uint32_t number = 0;
  std::uint32_t since = 1;  // the later of the field's and its message type's
  Kind kind{};
  WireType wire{};
  bool repeated = false;
  bool packed = false;
  bool in_oneof = false;
  std::uint64_t oneof_bit = 0;             // one bit for each oneof of the message
  const MessagePlan* message = nullptr;    // of kMessage
  std::vector<std::uint64_t> enum_values;  // of kEnum: a bit for each value that is known
  const google::protobuf::FieldDescriptor* descriptor = nullptr;
};

struct MessagePlan {
  std::uint32_t since = 1;
  std::vector<FieldPlan> fields;  // by number, ascending
  const google::protobuf::Descriptor* descriptor = nullptr;
};

const MessagePlan& plan_of(const google::protobuf::Descriptor& descriptor);

}  // namespace jinshi::canonical
