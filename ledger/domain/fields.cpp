#include "ledger/domain/fields.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "jinshi/v1/options.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "ledger/crypto/commitment.h"
#include "ledger/crypto/public_key.h"
#include "ledger/domain/calendar.h"
#include "ledger/domain/identifiers.h"
#include "ledger/domain/text.h"
#include "proto/assert.h"
#include "proto/descriptor_names.h"
#include "proto/descriptor_plans.h"

namespace jinshi::ledger {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

constexpr std::uint32_t kDefaultMaxCount = 64;
constexpr std::uint32_t kDefaultMaxBytes = 200;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

struct Plan;

struct FieldPlan {
  const FieldDescriptor* field = nullptr;
  bool optional = false;
  bool has_rule = false;
  bool unique = false;
  v1::Format format = v1::FORMAT_UNSPECIFIED;
  std::uint32_t max_count = kDefaultMaxCount;
  std::uint32_t max_bytes = kDefaultMaxBytes;
  std::int64_t min = 0;
  std::int64_t max = 0;
  const OneofDescriptor* oneof = nullptr;
  bool first_of_required_oneof = false;
  const Plan* nested = nullptr;  // null for an Operation
};

struct Plan {
  std::vector<FieldPlan> fields;  // by number
};

bool is_required(const OneofDescriptor& oneof) {
  for (int i = 0; i < oneof.field_count(); ++i)
    if (!oneof.field(i)->options().GetExtension(v1::rule).optional()) return true;
  return false;
}

void build(const Descriptor& descriptor, const DescriptorPlans<Plan>::Nested& nested, Plan& plan) {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < descriptor.field_count(); ++i) fields.push_back(descriptor.field(i));
  std::ranges::sort(fields, {}, &FieldDescriptor::number);
  std::vector<const OneofDescriptor*> oneofs;
  for (const FieldDescriptor* field : fields) {
    const v1::FieldRule& rule = field->options().GetExtension(v1::rule);
    FieldPlan& row = plan.fields.emplace_back();
    row.field = field;
    row.has_rule = field->options().HasExtension(v1::rule);
    row.optional = rule.optional();
    row.unique = rule.unique();
    row.format = rule.format();
    if (rule.max_count() != 0) row.max_count = rule.max_count();
    if (rule.max_bytes() != 0) row.max_bytes = rule.max_bytes();
    row.min = rule.min();
    row.max = rule.max();
    if ((row.oneof = field->real_containing_oneof())) {
      row.first_of_required_oneof = std::ranges::find(oneofs, row.oneof) == oneofs.end() && is_required(*row.oneof);
      oneofs.push_back(row.oneof);
    }
    const Descriptor* type = field->message_type();
    JINSHI_ASSERT(!(type && row.unique), "unique is a rule of plain values");
    if (type && type != v1::Operation::descriptor()) row.nested = nested(*type);
  }
}

const Plan& plan_of(const Descriptor& descriptor) {
  static DescriptorPlans<Plan> plans(&build);
  return plans.of(descriptor);
}

// Whether a value has its format; `max_bytes` bounds text alone.
bool has_format(v1::Format format, std::string_view value, std::uint32_t max_bytes) {
  switch (format) {
    case v1::FORMAT_ID:
      return is_valid_id(value);
    case v1::FORMAT_DATE:
      return parse_date(value).has_value();
    case v1::FORMAT_DIGEST:
      return value.size() == kDigestBytes;
    case v1::FORMAT_CREDIT_CODE:
      return is_credit_code(value);
    case v1::FORMAT_LEI:
      return is_lei(value);
    case v1::FORMAT_CERTIFICATE_NUMBER:
      return parse_certificate_number(value).has_value();
    case v1::FORMAT_INDUSTRY:
      return is_industry_code(value);
    case v1::FORMAT_REGION_CODE:
      return is_region_code(value);
    case v1::FORMAT_PUBLIC_KEY:
      return crypto::PublicKey::parse(value).has_value();
    case v1::FORMAT_COUNTRY:
      return is_country_code(value);
    case v1::FORMAT_CENTRE_CODE:
      return is_centre_code(value);
    case v1::FORMAT_SIGNATURE:
      return value.size() == kSignatureBytes;
    case v1::FORMAT_IDENTIFIER:
      return is_valid_word(value);
    default:
      return is_valid_text(value, max_bytes);
  }
}

struct Complaint {
  v1::Reason reason;
  std::string text;
};

Complaint complaint_of(v1::Format format, std::uint32_t max_bytes) {
  switch (format) {
    case v1::FORMAT_ID:
      return {v1::REASON_BAD_ID, "is not an id: write 1 to 64 of A-Z a-z 0-9 - _ ."};
    case v1::FORMAT_DATE:
      return {v1::REASON_BAD_DATES, "is not a date: write a day that exists as YYYY-MM-DD"};
    case v1::FORMAT_DIGEST:
      return {v1::REASON_BAD_VALUE, "is not a digest: send 32 bytes"};
    case v1::FORMAT_CREDIT_CODE:
      return {v1::REASON_BAD_CREDIT_CODE, "is not a credit code (GB 32100): check its 18 characters"};
    case v1::FORMAT_LEI:
      return {v1::REASON_BAD_CREDIT_CODE, "is not an LEI (ISO 17442): check its 20 characters"};
    case v1::FORMAT_CERTIFICATE_NUMBER:
      return {v1::REASON_BAD_CERTIFICATE_NUMBER,
              "is not a certificate number: write centre, year, kind, serial and check, as SOC-2026-DA-000001-6"};
    case v1::FORMAT_INDUSTRY:
      return {v1::REASON_BAD_VALUE, "is not an industry of GB/T 4754: write its letter and 2 to 4 digits"};
    case v1::FORMAT_REGION_CODE:
      return {v1::REASON_BAD_VALUE, "is not a region of GB/T 2260: write six digits"};
    case v1::FORMAT_PUBLIC_KEY:
      return {v1::REASON_BAD_VALUE,
              "is not a public key: send the scheme's byte, 1, and a compressed point (33 bytes)"};
    case v1::FORMAT_COUNTRY:
      return {v1::REASON_BAD_VALUE, "is not a country of ISO 3166: write its two letters"};
    case v1::FORMAT_CENTRE_CODE:
      return {v1::REASON_BAD_VALUE, "is not a centre's code: write three of A-Z"};
    case v1::FORMAT_SIGNATURE:
      return {v1::REASON_BAD_VALUE, "is not a signature: send 64 bytes"};
    case v1::FORMAT_EVENT:
      return {v1::REASON_BAD_VALUE, "is not an event: send the field number of one in Operation"};
    case v1::FORMAT_IDENTIFIER:
      return {v1::REASON_BAD_VALUE, "is not an identifier: write up to 64 of A-Z 0-9 _, a letter first"};
    default:
      return {v1::REASON_BAD_TEXT, "is not text that can be recorded: write at most " + std::to_string(max_bytes) +
                                       " bytes of UTF-8 in normal form C, without control characters"};
  }
}

// One walk over one event. Every step returns false once something is refused.
class Walk {
 public:
  explicit Walk(const Descriptor& top) : top_(top) {}

  bool message(const Plan& plan, const Message& message);
  Error take_error() { return std::move(error_); }

 private:
  bool singular(const FieldPlan& row, const Reflection& reflection, const Message& message);
  bool repeated(const FieldPlan& row, const Reflection& reflection, const Message& message);
  bool all_different(const FieldPlan& row, const Reflection& reflection, const Message& message);
  bool text(const FieldPlan& row, const std::string& value);
  template <class Integer>
  bool integer(const FieldPlan& row, Integer value);
  bool commitment(const FieldPlan& row, const Reflection& reflection, const Message& message);

  bool refuse(v1::Reason reason, const std::string& problem) {
    error_ = Error{reason, path_, field_name(top_, path_) + " " + problem};
    return false;
  }
  bool missing() { return refuse(v1::REASON_MISSING_FIELD, "is missing: give it a value"); }

  const Descriptor& top_;
  FieldPath path_;
  Error error_;
};

bool Walk::message(const Plan& plan, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldPlan& row : plan.fields) {
    path_.push_back(static_cast<std::uint32_t>(row.field->number()));
    if (row.oneof && !reflection.HasField(message, row.field)) {
      if (row.first_of_required_oneof && !reflection.HasOneof(message, row.oneof))
        return refuse(v1::REASON_MISSING_FIELD,
                      "or another choice of '" + row.oneof->name() + "' is missing: send one");
    } else if (!(row.field->is_repeated() ? repeated(row, reflection, message) : singular(row, reflection, message))) {
      return false;
    }
    path_.pop_back();
  }
  return true;
}

bool Walk::singular(const FieldPlan& row, const Reflection& reflection, const Message& message) {
  std::string scratch;
  switch (row.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string& value = reflection.GetStringReference(message, row.field, &scratch);
      if (value.empty()) return row.optional || missing();
      return text(row, value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!reflection.HasField(message, row.field)) return row.optional || missing();
      if (row.nested && !this->message(*row.nested, reflection.GetMessage(message, row.field))) return false;
      return commitment(row, reflection, message);
    case FieldDescriptor::CPPTYPE_ENUM:
      return row.optional || reflection.GetEnumValue(message, row.field) != 0 || missing();
    case FieldDescriptor::CPPTYPE_UINT32:
      return integer(row, reflection.GetUInt32(message, row.field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return integer(row, reflection.GetUInt64(message, row.field));
    case FieldDescriptor::CPPTYPE_INT32:
      return integer(row, reflection.GetInt32(message, row.field));
    case FieldDescriptor::CPPTYPE_INT64:
      return integer(row, reflection.GetInt64(message, row.field));
    default:
      return true;  // a boolean is whatever it is
  }
}

bool Walk::repeated(const FieldPlan& row, const Reflection& reflection, const Message& message) {
  const int count = reflection.FieldSize(message, row.field);
  if (count == 0) return row.optional || missing();
  if (static_cast<std::uint32_t>(count) > row.max_count)
    return refuse(v1::REASON_TOO_MANY,
                  "has " + std::to_string(count) + " elements: send at most " + std::to_string(row.max_count));
  std::string scratch;
  for (int i = 0; i < count; ++i) {
    path_.push_back(static_cast<std::uint32_t>(i));
    bool good = true;
    switch (row.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string& value = reflection.GetRepeatedStringReference(message, row.field, i, &scratch);
        good = value.empty() ? missing() : text(row, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        good = !row.nested || this->message(*row.nested, reflection.GetRepeatedMessage(message, row.field, i));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        good = reflection.GetRepeatedEnumValue(message, row.field, i) != 0 || missing();
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        good = integer(row, reflection.GetRepeatedUInt32(message, row.field, i));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        good = integer(row, reflection.GetRepeatedUInt64(message, row.field, i));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        good = integer(row, reflection.GetRepeatedInt32(message, row.field, i));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        good = integer(row, reflection.GetRepeatedInt64(message, row.field, i));
        break;
      default:
        break;
    }
    if (!good) return false;
    path_.pop_back();
  }
  return !row.unique || count == 1 || all_different(row, reflection, message);
}

// Refuses the earliest element that stood before.
bool Walk::all_different(const FieldPlan& row, const Reflection& reflection, const Message& message) {
  const auto check = [&]<class Value>(auto value_at, std::type_identity<Value>) {
    std::vector<std::pair<Value, std::uint32_t>> sorted;
    for (int i = 0; i < reflection.FieldSize(message, row.field); ++i)
      sorted.emplace_back(value_at(i), static_cast<std::uint32_t>(i));
    std::ranges::sort(sorted);
    std::uint32_t again = 0;
    for (std::size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i].first == sorted[i - 1].first && (again == 0 || sorted[i].second < again)) again = sorted[i].second;
    if (again == 0) return true;
    path_.push_back(again);
    return refuse(v1::REASON_BAD_VALUE, "stands in the list twice: send it once");
  };
  std::string scratch;
  const FieldDescriptor* field = row.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return check(  // views of the elements themselves: `scratch` is for ropes, which we have none of
          [&](int i) -> std::string_view { return reflection.GetRepeatedStringReference(message, field, i, &scratch); },
          std::type_identity<std::string_view>());
    case FieldDescriptor::CPPTYPE_UINT32:
      return check([&](int i) { return reflection.GetRepeatedUInt32(message, field, i); },
                   std::type_identity<std::uint32_t>());
    case FieldDescriptor::CPPTYPE_ENUM:
      return check([&](int i) { return reflection.GetRepeatedEnumValue(message, field, i); },
                   std::type_identity<int>());
    default:
      break;
  }
  JINSHI_ASSERT(false, "unique is a rule of text, bytes, enums and uint32");
}

bool Walk::text(const FieldPlan& row, const std::string& value) {
  if (row.format == v1::FORMAT_UNSPECIFIED && row.field->type() == FieldDescriptor::TYPE_BYTES) {
    if (value.size() <= row.max_bytes) return true;
    return refuse(v1::REASON_TOO_LARGE, "is too long: send at most " + std::to_string(row.max_bytes) + " bytes");
  }
  if (has_format(row.format, value, row.max_bytes)) return true;
  const Complaint complaint = complaint_of(row.format, row.max_bytes);
  return refuse(complaint.reason, complaint.text);
}

bool Walk::commitment(const FieldPlan& row, const Reflection& reflection, const Message& message) {
  if (row.field->message_type() != v1::Commitment::descriptor()) return true;
  const Message& value = reflection.GetMessage(message, row.field);
  const auto checked = crypto::check_commitment(static_cast<const v1::Commitment&>(value));
  if (checked) return true;
  path_.insert(path_.end(), checked.error().field.begin(), checked.error().field.end());
  return refuse(checked.error().reason, "is no commitment: " + checked.error().message);
}

template <class Integer>
bool Walk::integer(const FieldPlan& row, Integer value) {
  if (row.format == v1::FORMAT_EVENT) {
    if (std::in_range<std::uint32_t>(value) && event_name(static_cast<std::uint32_t>(value))) return true;
    const Complaint complaint = complaint_of(row.format, 0);
    return refuse(complaint.reason, complaint.text);
  }
  if (!row.has_rule || (row.optional && value == 0)) return true;
  if (std::cmp_less(value, row.min) || (row.max != 0 && std::cmp_greater(value, row.max)))
    return refuse(v1::REASON_BAD_VALUE, "is out of range: send " + std::to_string(row.min) +
                                            (row.max != 0 ? " to " + std::to_string(row.max) : " or more"));
  return true;
}

}  // namespace

Result<void> check_fields(const Message& event) {
  Walk walk(*event.GetDescriptor());
  if (!walk.message(plan_of(*event.GetDescriptor()), event)) return std::unexpected(walk.take_error());
  return {};
}

}  // namespace jinshi::ledger
