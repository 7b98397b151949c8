#include "proto/canonical.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "proto/canonical_plan.h"
#include "proto/descriptor_names.h"

namespace jinshi {
namespace {

using canonical::FieldPlan;
using canonical::Kind;
using canonical::MessagePlan;

// What can be wrong with one varint.
enum class Varint : std::uint8_t { kGood, kTruncated, kLong, kOverflow };

// Reads a minimal varint at `at` and moves on.
inline Varint read_varint(const char*& at, const char* end, std::uint64_t& value) {
  if (at == end) return Varint::kTruncated;
  std::uint64_t byte = static_cast<std::uint8_t>(*at++);
  value = byte & 0x7f;
  if (byte < 0x80) [[likely]]
    return Varint::kGood;
  for (int shift = 7;; shift += 7) {
    if (at == end) return Varint::kTruncated;
    byte = static_cast<std::uint8_t>(*at++);
    if (shift == 63 && byte > 1) return Varint::kOverflow;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return byte == 0 ? Varint::kLong : Varint::kGood;
  }
}

constexpr std::uint32_t kWhole = std::numeric_limits<std::uint32_t>::max();  // all elements of a field

// One walk over one outermost message.
class Walk {
 public:
  explicit Walk(std::uint32_t protocol_version) : version_(protocol_version) {}

  // Where in the outermost message something stands: its field and, of one element of a repeated one, its index there.
  struct Place {
    const Place* above;
    const FieldPlan* field;
    std::uint32_t index;
  };

  bool message(const MessagePlan& plan, const char* at, const char* end, const Place& place, int depth);

  Error error(const MessagePlan& top) {
    const std::string name = field_name(*top.descriptor, path_);
    if (unknown_ != 0) path_.push_back(unknown_);
    return Error{reason_, path_, (name.empty() ? "the message " : name + " ") + problem_};
  }

 private:
  bool scalar(const FieldPlan& field, std::uint64_t value, const Place& here);
  bool packed(const FieldPlan& field, const char* at, const char* end, const Place& here);
  bool wrong_number(const MessagePlan& plan, std::uint64_t number, std::uint32_t last, const Place& place);

  bool bad_varint(Varint problem, const Place& place);
  bool refuse(const Place& place, std::string problem, v1::Reason reason = v1::REASON_MALFORMED) {
    for (const Place* step = &place; step->field; step = step->above) {
      if (step->field->repeated && step->index != kWhole) path_.push_back(step->index);
      path_.push_back(step->field->number);
    }
    std::ranges::reverse(path_);
    reason_ = reason;
    problem_ = std::move(problem);
    return false;
  }

  std::uint32_t version_;
  FieldPath path_;
  std::uint32_t unknown_ = 0;  // the number of an unknown field, which the path ends with but no name has
  v1::Reason reason_ = v1::REASON_UNSPECIFIED;
  std::string problem_;
};

bool Walk::message(const MessagePlan& plan, const char* at, const char* end, const Place& place, int depth) {
  const FieldPlan* field = plan.fields.data();
  const FieldPlan* const fields_end = field + plan.fields.size();
  std::uint32_t last = 0;
  std::uint64_t oneofs_seen = 0;
  Place here{&place, nullptr, 0};

  while (at != end) {
    std::uint64_t tag = 0;
    if (const Varint read = read_varint(at, end, tag); read != Varint::kGood) [[unlikely]]
      return bad_varint(read, place);
    const std::uint64_t number = tag >> 3;
    if (number > last) {
      while (field != fields_end && field->number < number) ++field;
      if (field == fields_end || field->number != number || field->since > version_) [[unlikely]]
        return wrong_number(plan, number, last, place);
      here.field = field;
      here.index = field->packed ? kWhole : 0;
      if (oneofs_seen & field->oneof_bit) [[unlikely]]
        return refuse(here, "stands beside another choice of '" + field->descriptor->containing_oneof()->name() +
                                "': send one of them");
      oneofs_seen |= field->oneof_bit;
      last = static_cast<std::uint32_t>(number);
    } else if (number == last && last != 0 && field->repeated && !field->packed) {
      ++here.index;
    } else {
      return wrong_number(plan, number, last, place);
    }

    if ((tag & 7) != field->wire) [[unlikely]]
      return refuse(here, field->packed
                              ? "is not packed: write all its values in one piece"
                              : "has another wire type than its definition: write it as the .proto file says");
    std::uint64_t value = 0;
    if (const Varint read = read_varint(at, end, value); read != Varint::kGood) [[unlikely]]
      return bad_varint(read, here);

    const bool may_be_default = field->in_oneof || (field->repeated && !field->packed);
    if (value == 0 && !may_be_default) [[unlikely]]
      return refuse(here, field->kind == Kind::kMessage ? "is a message without content: leave it out"
                                                        : "is written though it has its default value: leave it out");
    if (field->wire == canonical::kVarint) {
      if (!scalar(*field, value, here)) return false;
      continue;
    }

    if (value > static_cast<std::uint64_t>(end - at)) [[unlikely]]
      return refuse(here, "is cut short: send all the bytes that its length promises");
    const char* const value_end = at + value;
    switch (field->kind) {
      case Kind::kBytes:
        break;
      case Kind::kString:
        if (!is_utf8({at, static_cast<std::size_t>(value)})) [[unlikely]]
          return refuse(here, "is not valid UTF-8: send text as UTF-8");
        break;
      case Kind::kMessage:
        if (depth == kMaxDepth) [[unlikely]]
          return refuse(here,
                        "is nested too deep: put at most " + std::to_string(kMaxDepth) + " messages inside one another",
                        v1::REASON_TOO_LARGE);
        if (!message(*field->message, at, value_end, here, depth + 1)) return false;
        break;
      default:
        if (!packed(*field, at, value_end, here)) return false;
        break;
    }
    at = value_end;
  }
  return true;
}

bool Walk::packed(const FieldPlan& field, const char* at, const char* end, const Place& here) {
  Place element{here.above, here.field, 0};
  for (; at != end; ++element.index) {
    std::uint64_t value = 0;
    if (const Varint read = read_varint(at, end, value); read != Varint::kGood) [[unlikely]]
      return bad_varint(read, element);
    if (!scalar(field, value, element)) return false;
  }
  return true;
}

bool Walk::scalar(const FieldPlan& field, std::uint64_t value, const Place& here) {
  const auto as_signed = static_cast<std::int64_t>(value);
  switch (field.kind) {
    case Kind::kBool:
      if (value > 1) return refuse(here, "is neither true nor false: write 0 or 1");
      return true;
    case Kind::kUint32:
      if (value > std::numeric_limits<std::uint32_t>::max())
        return refuse(here, "is beyond an unsigned 32-bit number: send at most 4294967295");
      return true;
    case Kind::kInt32:
      if (as_signed != static_cast<std::int32_t>(as_signed))
        return refuse(here, "is beyond a signed 32-bit number: send -2147483648 to 2147483647");
      return true;
    case Kind::kEnum:
      if (value / 64 < field.enum_values.size() && (field.enum_values[value / 64] >> (value % 64) & 1)) return true;
      if (as_signed != static_cast<std::int32_t>(as_signed))
        return refuse(here, "is beyond an enum's number: send a value of " + field.descriptor->enum_type()->name());
      return refuse(here,
                    "has the unknown value " + std::to_string(as_signed) + ": send a known value of " +
                        field.descriptor->enum_type()->name(),
                    v1::REASON_BAD_VALUE);
    default:
      return true;
  }
}

// A number that can't stand where it does: unknown, or known and out of its place. Off the hot path.
bool Walk::wrong_number(const MessagePlan& plan, std::uint64_t number, std::uint32_t last, const Place& place) {
  if (number == 0 || number > static_cast<std::uint64_t>(google::protobuf::FieldDescriptor::kMaxNumber))
    return refuse(place,
                  "has a field number that protobuf doesn't know: send a message of type " + plan.descriptor->name());
  const auto known = std::ranges::find(plan.fields, number, &FieldPlan::number);
  if (known == plan.fields.end() || known->since > version_) {
    refuse(place,
           "has field " + std::to_string(number) + ", which " + plan.descriptor->name() +
               " lacks in protocol version " + std::to_string(version_) + ": leave it out",
           v1::REASON_UNKNOWN_FIELD);
    unknown_ = static_cast<std::uint32_t>(number);
    return false;
  }
  const Place here{&place, &*known, kWhole};
  if (number < last)
    return refuse(here, "stands behind a later field: write fields in ascending order of their numbers");
  return refuse(here,
                known->packed ? "stands twice: write all its values in one piece" : "stands twice: write it once");
}

bool Walk::bad_varint(Varint problem, const Place& place) {
  switch (problem) {
    case Varint::kTruncated:
      return refuse(place, "is cut short: send the whole message");
    case Varint::kLong:
      return refuse(place, "has a number with needless bytes: write it as short as it goes");
    default:
      return refuse(place, "has a number beyond 64 bits: send at most ten bytes of it, below 2^64");
  }
}

}  // namespace

Result<void> check_canonical(const google::protobuf::Descriptor& descriptor, ByteView bytes,
                             std::uint32_t protocol_version) {
  const MessagePlan& plan = canonical::plan_of(descriptor);
  if (plan.since > protocol_version)
    return fail(v1::REASON_UNKNOWN_FIELD, descriptor.name() + " is not known in protocol version " +
                                              std::to_string(protocol_version) +
                                              ": wait until the network runs a later one");
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return fail(v1::REASON_TOO_LARGE, "the message is 2 GiB or larger: send a smaller one");
  Walk walk(protocol_version);
  if (!walk.message(plan, bytes.data(), bytes.data() + bytes.size(), {nullptr, nullptr, 0}, 1)) [[unlikely]]
    return std::unexpected(walk.error(plan));
  return {};
}

bool is_utf8(ByteView bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto* const end = at + bytes.size();
  const auto continues = [&](std::ptrdiff_t offset) { return (at[offset] & 0xc0) == 0x80; };
  while (at != end) {
    if (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        at += 8;
        continue;
      }
    }
    const std::uint8_t lead = *at;
    if (lead < 0x80) {
      at += 1;
    } else if (lead < 0xe0) {
      if (lead < 0xc2 || end - at < 2 || !continues(1)) return false;
      at += 2;
    } else if (lead < 0xf0) {
      if (end - at < 3 || !continues(1) || !continues(2)) return false;
      if ((lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f)) return false;
      at += 3;
    } else {
      if (lead > 0xf4 || end - at < 4 || !continues(1) || !continues(2) || !continues(3)) return false;
      if ((lead == 0xf0 && at[1] < 0x90) || (lead == 0xf4 && at[1] > 0x8f)) return false;
      at += 4;
    }
  }
  return true;
}

}  // namespace jinshi
