#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "proto/canonical.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"
#include "proto/json_fields.h"

namespace jinshi {
namespace {

using boost::json::value;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// How many letters must change to make one word of another (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] != to[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string closest_field(const Descriptor& type, std::string_view name) {
  if (name.size() > 64) name = name.substr(0, 64);
  const FieldDescriptor* best = nullptr;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (int i = 0; i < type.field_count(); ++i) {
    const std::size_t d = distance(name, type.field(i)->name());
    if (d < best_distance) best = type.field(i), best_distance = d;
  }
  return best ? "; the closest is '" + best->name() + "'" : "";
}

std::string allowed_values(const EnumDescriptor& type) {
  std::string list;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0 && type.value_count() > 1) continue;  // 'unspecified' is written by leaving out
    if (!list.empty()) list += ", ";
    list += value_name(*type.value(i));
  }
  return list;
}

const char* kind_of(const value& json) {
  switch (json.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "true or false";
    case boost::json::kind::string:
      return "text";
    case boost::json::kind::array:
      return "a list";
    case boost::json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

template <class Integer>
std::optional<Integer> integer_of(const value& json) {
  if (const auto* number = json.if_int64())
    return std::in_range<Integer>(*number) ? std::optional(static_cast<Integer>(*number)) : std::nullopt;
  if (const auto* number = json.if_uint64())
    return std::in_range<Integer>(*number) ? std::optional(static_cast<Integer>(*number)) : std::nullopt;
  const auto* text = json.if_string();
  if (!text) return std::nullopt;
  Integer number{};
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(const Descriptor& top) : top_(top) {}

  bool object(const value& json, Message& message, int depth);
  Error take_error() { return std::move(error_); }

 private:
  bool field(const FieldDescriptor& field, const value& json, Message& message, int depth);
  bool one(const FieldDescriptor& field, const value& json, Message& message, int depth);
  template <class Integer>
  std::optional<Integer> integer(const value& json);
  std::optional<std::uint32_t> event(const value& json);
  std::optional<std::string> text(const FieldDescriptor& field, const value& json);

  bool refuse(const std::string& problem, v1::Reason reason = v1::REASON_BAD_VALUE) {
    const std::string name = field_name(top_, path_);
    error_ = Error{reason, path_, (name.empty() ? "the message" : name) + " " + problem};
    return false;
  }

  const Descriptor& top_;
  FieldPath path_;
  Error error_;
};

bool Reader::object(const value& json, Message& message, int depth) {
  const auto* members = json.if_object();
  const Descriptor& type = *message.GetDescriptor();
  if (!members) return refuse(std::string("is ") + kind_of(json) + ": write an object of " + type.name() + "'s fields");
  if (depth > kMaxDepth) return refuse("is nested too deep: leave it out", v1::REASON_TOO_LARGE);
  for (const auto& [name, member] : *members) {
    const FieldDescriptor* known = type.FindFieldByName(std::string(name));
    if (!known)
      return refuse(
          "has no field '" + std::string(name) + "'" + closest_field(type, name) + ": leave it out or rename it",
          v1::REASON_UNKNOWN_FIELD);
    path_.push_back(static_cast<std::uint32_t>(known->number()));
    if (!field(*known, member, message, depth)) return false;
    path_.pop_back();
  }
  return true;
}

bool Reader::field(const FieldDescriptor& field, const value& json, Message& message, int depth) {
  if (json.is_null()) return refuse("is null: leave it out");
  if (!field.is_repeated()) {
    if (const auto* oneof = field.real_containing_oneof(); oneof && message.GetReflection()->HasOneof(message, oneof))
      return refuse("stands beside another choice of '" + oneof->name() + "': write one of them");
    return one(field, json, message, depth);
  }
  const auto* elements = json.if_array();
  if (!elements) return refuse(std::string("is ") + kind_of(json) + ": write a list in brackets");
  std::uint32_t index = 0;
  for (const value& element : *elements) {
    path_.push_back(index++);
    if (!one(field, element, message, depth)) return false;
    path_.pop_back();
  }
  return true;
}

// Sets a singular field or adds one element to a repeated one.
bool Reader::one(const FieldDescriptor& field, const value& json, Message& message, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto put = [&](auto set, auto add, auto&& new_value) {
    if (!new_value) return false;
    (reflection.*(many ? add : set))(&message, &field, *std::move(new_value));
    return true;
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::SetInt32, &Reflection::AddInt32, integer<std::int32_t>(json));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, integer<std::int64_t>(json));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, integer<std::uint64_t>(json));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32,
                 json::is_event(field) ? event(json) : integer<std::uint32_t>(json));
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString, text(field, json));
    case FieldDescriptor::CPPTYPE_BOOL: {
      if (!json.is_bool()) return refuse(std::string("is ") + kind_of(json) + ": write true or false");
      return put(&Reflection::SetBool, &Reflection::AddBool, std::optional(json.get_bool()));
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* name = json.if_string();
      const auto* known = name ? find_value(*field.enum_type(), *name) : nullptr;
      if (!known)
        return refuse(
            (name ? "has the unknown value '" + std::string(*name) + "'" : std::string("is ") + kind_of(json)) +
            ": write one of " + allowed_values(*field.enum_type()));
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, std::optional(known->number()));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* nested = many ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field);
      return object(json, *nested, depth + 1);
    }
    default:
      break;
  }
  JINSHI_ASSERT(false, "no message has floating point");
}

template <class Integer>
std::optional<Integer> Reader::integer(const value& json) {
  const auto number = integer_of<Integer>(json);
  if (!number)
    refuse((json.is_number() ? std::string("is not a whole number in range") : std::string("is ") + kind_of(json)) +
           ": write a whole number from " + std::to_string(std::numeric_limits<Integer>::min()) + " to " +
           std::to_string(std::numeric_limits<Integer>::max()));
  return number;
}

std::optional<std::uint32_t> Reader::event(const value& json) {
  if (const auto* name = json.if_string())
    if (const auto number = event_number(*name)) return number;
  const auto number = integer_of<std::uint32_t>(json);
  if (!number) refuse("is no event: write an event's name, such as IssueCertificate");
  return number;
}

std::optional<std::string> Reader::text(const FieldDescriptor& field, const value& json) {
  const bool is_hex = field.type() == FieldDescriptor::TYPE_BYTES;
  const auto* given = json.if_string();
  if (!given) {
    refuse(std::string("is ") + kind_of(json) + ": write " + (is_hex ? "hex" : "text") + " in quotes");
    return std::nullopt;
  }
  std::string text(*given);
  if (is_hex) {
    auto bytes = from_hex(text);
    if (!bytes) refuse("is not hex: write two of 0-9 a-f for each byte");
    return bytes;
  }
  if (!is_utf8(text)) {
    refuse("is not valid UTF-8: write text as UTF-8");
    return std::nullopt;
  }
  return text;
}

}  // namespace

Result<void> from_json(const value& json, Message& message) {
  message.Clear();
  Reader reader(*message.GetDescriptor());
  if (!reader.object(json, message, 1)) return std::unexpected(reader.take_error());
  prune(message);
  return {};
}

Result<void> from_json_text(std::string_view text, Message& message) {
  boost::json::parser parser;
  boost::json::error_code problem;
  const std::size_t good = parser.write_some(text, problem);
  if (!problem && good < text.size()) problem = boost::json::error::extra_data;
  if (problem)
    return fail(v1::REASON_MALFORMED, "the text is not JSON at byte " + std::to_string(good) + " (" +
                                          problem.message() + "): write one JSON object");
  return from_json(parser.release(), message);
}

}  // namespace jinshi
