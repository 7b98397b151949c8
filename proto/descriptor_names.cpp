#include "proto/descriptor_names.h"

#include <cctype>

#include "jinshi/v1/transaction.pb.h"

namespace jinshi {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

// The prefix of an enum's values by the style guide: AssetKind has ASSET_KIND_.
std::string prefix_of(const EnumDescriptor& type) {
  std::string prefix;
  for (const char letter : type.name()) {
    if (std::isupper(static_cast<unsigned char>(letter)) && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return prefix + '_';
}

const OneofDescriptor& events() { return *v1::Operation::descriptor()->FindOneofByName("event"); }

}  // namespace

std::string field_name(const Descriptor& descriptor, const FieldPath& path) {
  std::string name;
  const Descriptor* message = &descriptor;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!name.empty()) name += '.';
    const FieldDescriptor* field = message ? message->FindFieldByNumber(static_cast<int>(path[i])) : nullptr;
    if (!field) {
      name += std::to_string(path[i]);
      message = nullptr;
      continue;
    }
    name += field->name();
    if (field->is_repeated() && i + 1 < path.size()) name += '[' + std::to_string(path[++i]) + ']';
    message = field->message_type();
  }
  return name;
}

std::string_view value_name(const EnumValueDescriptor& value) {
  const std::string prefix = prefix_of(*value.type());
  const std::string_view name = value.name();
  return name.size() > prefix.size() && name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

const EnumValueDescriptor* find_value(const EnumDescriptor& type, std::string_view name) {
  for (int i = 0; i < type.value_count(); ++i)
    if (value_name(*type.value(i)) == name) return type.value(i);
  return nullptr;
}

std::optional<std::string_view> event_name(std::uint32_t number) {
  const FieldDescriptor* field = v1::Operation::descriptor()->FindFieldByNumber(static_cast<int>(number));
  if (!field || field->containing_oneof() != &events()) return std::nullopt;
  return field->message_type()->name();
}

std::optional<std::uint32_t> event_number(std::string_view name) {
  for (int i = 0; i < events().field_count(); ++i)
    if (events().field(i)->message_type()->name() == name) return events().field(i)->number();
  return std::nullopt;
}

}  // namespace jinshi
