#include <limits>
#include <vector>

#include "proto/canonical.h"

namespace jinshi {

// protobuf writes known fields in ascending order, packed, with minimal varints and without defaults; what it would
// also write are messages without content and whatever unknown a message carries.
std::string encode(const google::protobuf::Message& message) {
  std::string bytes;
  JINSHI_ASSERT(message.SerializeToString(&bytes), "a message fits in 2 GiB and its text is UTF-8");
#ifndef NDEBUG
  const auto checked = check_canonical(*message.GetDescriptor(), bytes, std::numeric_limits<std::uint32_t>::max());
  JINSHI_ASSERT(checked.has_value(), checked.error().message.c_str());
#endif
  return bytes;
}

void prune(google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i)
        prune(*reflection.MutableRepeatedMessage(&message, field, i));
      continue;
    }
    google::protobuf::Message& nested = *reflection.MutableMessage(&message, field);
    prune(nested);
    if (!field->real_containing_oneof() && nested.ByteSizeLong() == 0) reflection.ClearField(&message, field);
  }
}

}  // namespace jinshi
