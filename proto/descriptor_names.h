// How people read what the bytes say in numbers: paths of fields, values of enums, events.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace jinshi {

// A path from a message of that type as "rights[0].holder"; empty for the message itself. A repeated field's index may
// be absent at the end. What the descriptor doesn't know, such as an unknown field or a path that goes on inside
// `bytes`, stays a number.
std::string field_name(const google::protobuf::Descriptor& descriptor, const FieldPath& path);

// A value of an enum without the enum's own name: ASSET_KIND_PUBLIC_DATA is "PUBLIC_DATA". Lives as long as the
// process.
std::string_view value_name(const google::protobuf::EnumValueDescriptor& value);
// The inverse; null when the enum has no such value.
const google::protobuf::EnumValueDescriptor* find_value(const google::protobuf::EnumDescriptor& type,
                                                        std::string_view name);

// Events by their field number in Operation and by the name of their message, such as IssueCertificate.
std::optional<std::string_view> event_name(std::uint32_t number);
std::optional<std::uint32_t> event_number(std::string_view name);

}  // namespace jinshi
