#include "proto/canonical_plan.h"

#include <algorithm>

#include "jinshi/v1/options.pb.h"
#include "proto/assert.h"
#include "proto/descriptor_plans.h"

namespace jinshi::canonical {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxEnumValue = 4095;  // a bit each: an enum that needs more is a mistake

Kind kind_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_UINT32:
      return Kind::kUint32;
    case FieldDescriptor::TYPE_INT32:
      return Kind::kInt32;
    case FieldDescriptor::TYPE_UINT64:
      return Kind::kUint64;
    case FieldDescriptor::TYPE_INT64:
      return Kind::kInt64;
    case FieldDescriptor::TYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::TYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::TYPE_STRING:
      return Kind::kString;
    case FieldDescriptor::TYPE_BYTES:
      return Kind::kBytes;
    case FieldDescriptor::TYPE_MESSAGE:
      return Kind::kMessage;
    default:
      break;
  }
  JINSHI_ASSERT(false, "canonical types have no floats, groups, fixed or zigzag integers");
}

std::vector<std::uint64_t> values_of(const EnumDescriptor& type) {
  std::vector<std::uint64_t> bits;
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    JINSHI_ASSERT(number >= 0 && number <= kMaxEnumValue, "an enum's values are small");
    const std::size_t word = static_cast<std::size_t>(number) / 64;
    if (bits.size() <= word) bits.resize(word + 1);
    bits[word] |= std::uint64_t{1} << (number % 64);
  }
  return bits;
}

std::uint32_t since_of(const Descriptor& message) {
  return std::max(1u, message.options().GetExtension(v1::message_since));
}

void build(const Descriptor& descriptor, const DescriptorPlans<MessagePlan>::Nested& nested, MessagePlan& plan) {
  JINSHI_ASSERT(descriptor.file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO3,
                "canonical types are proto3");
  JINSHI_ASSERT(descriptor.oneof_decl_count() <= 64, "a message has at most 64 oneofs");
  plan.descriptor = &descriptor;
  plan.since = since_of(descriptor);
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    JINSHI_ASSERT(!field.is_map(), "canonical types have no maps");
    JINSHI_ASSERT(!field.has_optional_keyword(), "canonical types have no `optional` fields");
    JINSHI_ASSERT(field.is_packed() == field.is_packable(), "canonical types pack their repeated scalars");
    FieldPlan& row = plan.fields.emplace_back();
    row.number = static_cast<std::uint32_t>(field.number());
    row.since = std::max(1u, field.options().GetExtension(v1::since));
    row.kind = kind_of(field);
    row.repeated = field.is_repeated();
    row.packed = field.is_packed();
    row.wire = row.packed || row.kind >= Kind::kString ? kLengthDelimited : kVarint;
    if (const auto* oneof = field.containing_oneof()) {
      row.in_oneof = true;
      row.oneof_bit = std::uint64_t{1} << oneof->index();
    }
    if (row.kind == Kind::kEnum) row.enum_values = values_of(*field.enum_type());
    if (row.kind == Kind::kMessage) {
      row.message = nested(*field.message_type());
      row.since = std::max(row.since, since_of(*field.message_type()));
    }
    row.descriptor = &field;
  }
  std::ranges::sort(plan.fields, {}, &FieldPlan::number);
}

}  // namespace

const MessagePlan& plan_of(const Descriptor& descriptor) {
  static DescriptorPlans<MessagePlan> plans(&build);
  return plans.of(descriptor);
}

}  // namespace jinshi::canonical
