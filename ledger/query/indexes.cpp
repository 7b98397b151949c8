#include "ledger/query/indexes.h"

#include <google/protobuf/descriptor.h>

#include <functional>

#include "jinshi/v1/options.pb.h"

namespace jinshi::ledger {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kMaxDepth = 3;

bool is_indexed(const FieldDescriptor& field) { return field.options().GetExtension(v1::rule).indexed(); }

// An enum's name without its enum's prefix, as JSON shows it.
std::string short_name(const google::protobuf::EnumValueDescriptor& value) {
  const std::string& zero = value.type()->FindValueByNumber(0)->name();
  return value.name().substr(zero.size() - std::string_view("UNSPECIFIED").size());
}

std::string text_of(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return short_name(field.is_repeated() ? *reflection.GetRepeatedEnum(message, &field, index)
                                          : *reflection.GetEnum(message, &field));
  }
  return field.is_repeated() ? reflection.GetRepeatedString(message, &field, index)
                             : reflection.GetString(message, &field);
}

void collect(const Message& message, const std::string& prefix, IndexedValues& values) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message& part = field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                                                   : message.GetReflection()->GetMessage(message, field);
        if (part.GetDescriptor() != v1::Operation::descriptor()) collect(part, prefix + field->name() + ".", values);
      } else if (is_indexed(*field)) {
        values.emplace(prefix + field->name(), text_of(message, *field, i));
      }
    }
  }
}

void collect_names(const google::protobuf::Descriptor& type, const std::string& prefix, int depth,
                   std::set<std::string>& names) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.message_type() != nullptr) {
      if (depth < kMaxDepth && field.message_type() != v1::Operation::descriptor()) {
        collect_names(*field.message_type(), prefix + field.name() + ".", depth + 1, names);
      }
    } else if (is_indexed(field)) {
      names.insert(prefix + field.name());
    }
  }
}

v1::StateKey::KindCase kind_of(const v1::Record& record) {
  return static_cast<v1::StateKey::KindCase>(record.kind_case());
}

}  // namespace

IndexedValues indexed_values(const v1::Record& record) {
  IndexedValues values;
  const auto* field = v1::Record::descriptor()->FindFieldByNumber(record.kind_case());
  if (field != nullptr) collect(record.GetReflection()->GetMessage(record, field), "", values);
  return values;
}

std::set<std::string> filter_names(v1::StateKey::KindCase kind) {
  std::set<std::string> names;
  const auto* field = v1::Record::descriptor()->FindFieldByNumber(kind);
  if (field != nullptr && field->message_type() != nullptr) collect_names(*field->message_type(), "", 0, names);
  return names;
}

DiskKey list_prefix(v1::StateKey::KindCase kind) { return list_prefix(kind, "", ""); }

DiskKey list_prefix(v1::StateKey::KindCase kind, const std::string& field, const std::string& value) {
  return DiskKey().u32(static_cast<std::uint32_t>(kind)).text(field).text(value);
}

void index_record(WriteBatch& batch, std::uint64_t created, const v1::Record* before, const v1::Record* after) {
  const IndexedValues old = before == nullptr ? IndexedValues() : indexed_values(*before);
  const IndexedValues now = after == nullptr ? IndexedValues() : indexed_values(*after);
  for (const auto& [field, value] : old) {
    if (now.contains({field, value})) continue;
    batch.remove(Family::kLists, list_prefix(kind_of(*before), field, value).u64(created).str());
  }
  for (const auto& [field, value] : now) {
    if (old.contains({field, value})) continue;
    batch.put(Family::kLists, list_prefix(kind_of(*after), field, value).u64(created).str(), {});
  }
  if (before == nullptr && after != nullptr) {
    batch.put(Family::kLists, list_prefix(kind_of(*after)).u64(created).str(), {});
  }
  if (before != nullptr && after == nullptr) {
    batch.remove(Family::kLists, list_prefix(kind_of(*before)).u64(created).str());
  }
}

}  // namespace jinshi::ledger
