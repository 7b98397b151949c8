#include "tests/proto/message_filler.h"

#include <algorithm>
#include <limits>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/consensus.pb.h"
#include "jinshi/v1/content.pb.h"
#include "jinshi/v1/draft.pb.h"
#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "proto/canonical.h"

namespace jinshi::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Counts up over one message and all that it holds.
class Counting {
 public:
  void fill(Message& message, const FieldDescriptor* chosen, int depth) {
    std::vector<const FieldDescriptor*> fields;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i)
      fields.push_back(message.GetDescriptor()->field(i));
    std::ranges::sort(fields, {}, &FieldDescriptor::number);
    for (const FieldDescriptor* field : fields) {
      const auto* oneof = field->containing_oneof();
      if (oneof && field != (chosen && chosen->containing_oneof() == oneof ? chosen : oneof->field(0))) continue;
      if (field->message_type() && depth == 0) continue;
      for (int i = 0; i < (field->is_repeated() ? 2 : 1); ++i) one(*field, message, depth);
    }
  }

 private:
  void one(const FieldDescriptor& field, Message& message, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const bool many = field.is_repeated();
    const auto put = [&](auto set, auto add, auto value) { (reflection.*(many ? add : set))(&message, &field, value); };
    ++count_;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32:
        return put(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<std::uint32_t>(count_));
      case FieldDescriptor::CPPTYPE_UINT64:
        return put(&Reflection::SetUInt64, &Reflection::AddUInt64, std::uint64_t{count_} * 1'000);
      case FieldDescriptor::CPPTYPE_INT64:
        return put(&Reflection::SetInt64, &Reflection::AddInt64, std::int64_t{count_} * 1'000'000);
      case FieldDescriptor::CPPTYPE_BOOL:
        return put(&Reflection::SetBool, &Reflection::AddBool, true);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& type = *field.enum_type();
        const int index = type.value_count() == 1 ? 0 : 1 + static_cast<int>(count_) % (type.value_count() - 1);
        return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, type.value(index)->number());
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = field.type() == FieldDescriptor::TYPE_BYTES
                                      ? std::string(4, static_cast<char>(count_))
                                      : field.name().substr(0, 4) + std::to_string(count_);
        return put(&Reflection::SetString, &Reflection::AddString, value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return fill(many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                    nullptr, depth - 1);
      default:
        JINSHI_ASSERT(false, "a kind of field that no message has");
    }
  }

  std::uint32_t count_ = 0;
};

}  // namespace

void RandomFiller::fill(Message& message, int depth) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.containing_oneof() || (field.message_type() && depth == 0)) continue;
    const std::uint64_t count = field.is_repeated() ? (below(2) ? 0 : below(4)) : below(4) != 0;
    for (std::uint64_t n = 0; n < count; ++n) one(field, message, depth);
  }
  for (int i = 0; i < type.oneof_decl_count(); ++i) {
    const auto& oneof = *type.oneof_decl(i);
    const FieldDescriptor& field =
        *oneof.field(static_cast<int>(below(static_cast<std::uint64_t>(oneof.field_count()))));
    if (below(8) != 0 && !(field.message_type() && depth == 0)) one(field, message, depth);
  }
  prune(message);
}

void RandomFiller::one(const FieldDescriptor& field, Message& message, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto put = [&](auto set, auto add, auto value) { (reflection.*(many ? add : set))(&message, &field, value); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<std::uint32_t>(integer()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, integer());
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, static_cast<std::int64_t>(integer()));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, below(2) == 1);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      const int index = static_cast<int>(below(static_cast<std::uint64_t>(type.value_count())));
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, type.value(index)->number());
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString,
                 field.type() == FieldDescriptor::TYPE_BYTES ? bytes() : text());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                  depth - 1);
    default:
      JINSHI_ASSERT(false, "a kind of field that no message has");
  }
}

std::uint64_t RandomFiller::integer() {
  switch (below(4)) {
    case 0:
      return below(3);
    case 1:
      return std::numeric_limits<std::uint64_t>::max() - below(2);
    default:
      return random_() >> below(64);
  }
}

std::string RandomFiller::text() {
  static const std::vector<std::string> kPieces = {"a", "Z", "9", "-", "\"", "\\", "\n", "é", "数", "据", "\U0001f600"};
  std::string text;
  for (std::uint64_t n = below(8); n > 0; --n) text += kPieces[below(kPieces.size())];
  return text;
}

std::string RandomFiller::bytes() {
  std::string bytes(below(3) == 0 ? 32 : below(6), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

void fill_every_field(Message& message, const FieldDescriptor* chosen, int depth) {
  Counting().fill(message, chosen, depth);
  prune(message);
}

std::vector<const Descriptor*> recorded_types() {
  std::vector<const FileDescriptor*> files = {
      v1::Genesis::descriptor()->file(), v1::ProofFile::descriptor()->file(),
      v1::Record::descriptor()->file(),  v1::ContentManifest::descriptor()->file(),
      v1::Draft::descriptor()->file(),   v1::Evidence::descriptor()->file()};
  for (std::size_t i = 0; i < files.size(); ++i)
    for (int n = 0; n < files[i]->dependency_count(); ++n)
      if (const auto* file = files[i]->dependency(n); file->package() == "jinshi.v1" &&
                                                      file->name() != "jinshi/v1/options.proto" &&
                                                      std::ranges::count(files, file) == 0)
        files.push_back(file);
  std::vector<const Descriptor*> types;
  for (const FileDescriptor* file : files)
    for (int i = 0; i < file->message_type_count(); ++i) types.push_back(file->message_type(i));
  std::ranges::sort(types, {}, &Descriptor::name);
  return types;
}

}  // namespace jinshi::test
