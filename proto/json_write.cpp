#include <algorithm>
#include <vector>

#include "proto/assert.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"
#include "proto/json_fields.h"
#include "proto/types.h"

namespace jinshi {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

boost::json::value whole(std::int64_t value) {
  if (value > json::kLargestExact || value < -json::kLargestExact) return boost::json::string(std::to_string(value));
  return value;
}

boost::json::value whole(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(json::kLargestExact)) return boost::json::string(std::to_string(value));
  return value;
}

boost::json::value event(std::uint32_t number) {
  if (const auto name = event_name(number)) return boost::json::string(*name);
  return number;
}

boost::json::value text(const FieldDescriptor& field, const std::string& value) {
  return field.type() == FieldDescriptor::TYPE_BYTES ? boost::json::string(to_hex(value)) : boost::json::string(value);
}

// An enum is open: a number without a name stays a number.
boost::json::value named(const FieldDescriptor& field, int number) {
  if (const auto* value = field.enum_type()->FindValueByNumber(number)) return boost::json::string(value_name(*value));
  return number;
}

boost::json::value singular(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return whole(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return whole(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32: {
      const std::uint32_t value = reflection.GetUInt32(message, &field);
      return json::is_event(field) ? event(value) : boost::json::value(value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return named(field, reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return text(field, reflection.GetStringReference(message, &field, &scratch));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return to_json(reflection.GetMessage(message, &field));
    default:
      break;
  }
  JINSHI_ASSERT(false, "no message has floating point");
}

boost::json::value element(const Message& message, const FieldDescriptor& field, int i) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetRepeatedInt32(message, &field, i);
    case FieldDescriptor::CPPTYPE_INT64:
      return whole(reflection.GetRepeatedInt64(message, &field, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return whole(reflection.GetRepeatedUInt64(message, &field, i));
    case FieldDescriptor::CPPTYPE_UINT32: {
      const std::uint32_t value = reflection.GetRepeatedUInt32(message, &field, i);
      return json::is_event(field) ? event(value) : boost::json::value(value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetRepeatedBool(message, &field, i);
    case FieldDescriptor::CPPTYPE_ENUM:
      return named(field, reflection.GetRepeatedEnumValue(message, &field, i));
    case FieldDescriptor::CPPTYPE_STRING:
      return text(field, reflection.GetRepeatedStringReference(message, &field, i, &scratch));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return to_json(reflection.GetRepeatedMessage(message, &field, i));
    default:
      break;
  }
  JINSHI_ASSERT(false, "no message has floating point");
}

void write_indented(const boost::json::value& json, const std::string& indent, std::string& out) {
  const std::string inner = indent + "  ";
  const char* separator = "\n";
  if (const auto* object = json.if_object(); object && !object->empty()) {
    out += '{';
    for (const auto& [name, value] : *object) {
      out += separator + inner + boost::json::serialize(name) + ": ";
      write_indented(value, inner, out);
      separator = ",\n";
    }
    out += '\n' + indent + '}';
  } else if (const auto* array = json.if_array(); array && !array->empty()) {
    out += '[';
    for (const auto& value : *array) {
      out += separator + inner;
      write_indented(value, inner, out);
      separator = ",\n";
    }
    out += '\n' + indent + ']';
  } else {
    out += boost::json::serialize(json);
  }
}

}  // namespace

boost::json::value to_json(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);  // by number
  boost::json::object object;
  for (const auto* field : fields) {
    if (!field->is_repeated()) {
      object.emplace(field->name(), singular(message, *field));
      continue;
    }
    boost::json::array array;
    array.reserve(static_cast<std::size_t>(reflection.FieldSize(message, field)));
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) array.push_back(element(message, *field, i));
    object.emplace(field->name(), std::move(array));
  }
  return object;
}

std::string to_json_text(const Message& message) {
  std::string text;
  write_indented(to_json(message), "", text);
  return text + '\n';
}

}  // namespace jinshi
