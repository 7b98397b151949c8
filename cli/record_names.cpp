#include "cli/record_names.h"

#include <charconv>

#include "cli/time_text.h"
#include "ledger/domain/case.h"
#include "proto/canonical.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The chosen member of Record's oneof.
const Message* inner_record(const v1::Record& record) {
  const auto* choice =
      record.GetReflection()->GetOneofFieldDescriptor(record, v1::Record::descriptor()->FindOneofByName("kind"));
  return choice == nullptr ? nullptr : &record.GetReflection()->GetMessage(record, choice);
}

bool is_column(const FieldDescriptor& field, int place) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return false;
  return place == 0 || field.name() == "name" || field.options().GetExtension(v1::rule).indexed();
}

std::vector<const FieldDescriptor*> columns_of(const Descriptor& type) {
  std::vector<const FieldDescriptor*> columns;
  for (int i = 0; i < type.field_count(); ++i) {
    if (is_column(*type.field(i), i)) columns.push_back(type.field(i));
  }
  return columns;
}

std::string cell(const boost::json::value* value) {
  if (value == nullptr) return {};
  if (const auto* text = value->if_string()) return std::string(*text);
  if (const auto* list = value->if_array()) {
    std::string joined;
    for (const auto& one : *list) joined += (joined.empty() ? "" : ",") + cell(&one);
    return joined;
  }
  return boost::json::serialize(*value);
}

Outcome<void> set_part(Message& message, const FieldDescriptor& field, std::string_view text) {
  boost::json::object json;
  json[field.name()] = std::string(text);
  // `from_json` clears what is there already: read apart, then merge.
  const std::unique_ptr<Message> part(message.New());
  if (auto read = from_json(json, *part); !read) return failed(read.error(), message.GetDescriptor());
  message.MergeFrom(*part);
  return {};
}

Outcome<void> set_parts(Message& message, std::string_view text) {
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto slash = i + 1 < type.field_count() ? text.find('/') : std::string_view::npos;
    if (text.empty()) {
      return misused("this key has several parts: write them with slashes, as in museum/REGISTRATION");
    }
    if (auto set = set_part(message, *type.field(i), text.substr(0, slash)); !set) return set;
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  }
  return {};
}

std::string place(const v1::LedgerEvent& event) {
  return std::to_string(event.height()) + "." + std::to_string(event.leaf_index()) + "." +
         std::to_string(event.operation_index());
}

}  // namespace

std::string record_kinds() {
  std::string all;
  const auto* kinds = v1::StateKey::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds->field_count(); ++i) all += (i == 0 ? "" : ", ") + kinds->field(i)->name();
  return all;
}

Outcome<v1::StateKey> state_key(std::string_view kind, std::string_view id) {
  const auto* field = v1::StateKey::descriptor()->FindFieldByName(std::string(kind));
  if (field == nullptr)
    return misused("'" + std::string(kind) + "' is no kind of record: name one of " + record_kinds());
  v1::StateKey key;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    auto& parts = *key.GetReflection()->MutableMessage(&key, field);
    if (parts.GetDescriptor()->field_count() == 0) {
      if (!id.empty()) return misused("there is one record of the kind " + std::string(kind) + ": give no id");
      return key;
    }
    if (auto set = set_parts(parts, id); !set) return std::unexpected(set.error());
    return key;
  }
  if (id.empty()) return misused("give the " + std::string(kind) + "'s id");
  if (auto set = set_part(key, *field, id); !set) return std::unexpected(set.error());
  return key;
}

boost::json::object describe_record(const v1::Record& record) {
  boost::json::object json;
  const auto* inner = inner_record(record);
  if (inner != nullptr) json = to_json(*inner).get_object();
  json["record"] = boost::json::object{
      {"created", record.created()}, {"version", record.version()}, {"changed_height", record.changed_height()}};
  return json;
}

Table table_of(const std::vector<v1::Record>& records) {
  const auto* first = records.empty() ? nullptr : inner_record(records.front());
  if (first == nullptr) return Table();
  const auto columns = columns_of(*first->GetDescriptor());
  std::vector<std::string> headings;
  for (const auto* column : columns) headings.push_back(column->name());
  Table table(headings);
  for (const auto& record : records) {
    const auto json = to_json(*inner_record(record)).get_object();
    std::vector<std::string> cells;
    for (const auto* column : columns) cells.push_back(cell(json.if_contains(column->name())));
    table.row(std::move(cells));
  }
  return table;
}

boost::json::object describe_event(const v1::LedgerEvent& event) {
  boost::json::object json{{"cursor", place(event)},
                           {"height", event.height()},
                           {"leaf_index", event.leaf_index()},
                           {"operation_index", event.operation_index()},
                           {"time", event.time()}};
  if (!event.id().empty()) json["id"] = to_hex(event.id());
  if (event.due()) {
    json["event"] = "Due";
    if (const auto due = decode<v1::Due>(event.operation())) json["args"] = to_json(*due);
  } else if (const auto operation = decode<v1::Operation>(event.operation());
             operation && operation->event_case() != v1::Operation::EVENT_NOT_SET) {
    const auto& inner = ledger::event_of(*operation);
    json["event"] = inner.GetDescriptor()->name();
    json["args"] = to_json(inner);
    const FieldPath path(event.result().field().begin(), event.result().field().end());
    if (!path.empty()) json["field"] = field_name(*inner.GetDescriptor(), path);
  } else {
    json["operation"] = to_hex(event.operation());
  }
  json["by"] = event.result().by();
  json["outcome"] =
      std::string(value_name(*v1::OperationOutcome_descriptor()->FindValueByNumber(event.result().outcome())));
  if (event.result().reason() != v1::REASON_UNSPECIFIED)
    json["reason"] = std::string(reason_name(event.result().reason()));
  return json;
}

Table table_of(const std::vector<v1::LedgerEvent>& events) {
  Table table({"cursor", "time", "by", "event", "outcome", "id"});
  for (const auto& event : events) {
    const auto json = describe_event(event);
    std::string outcome = cell(json.if_contains("outcome"));
    for (const char* more : {"reason", "field"}) {
      if (const auto* value = json.if_contains(more)) outcome += " " + cell(value);
    }
    table.row({place(event), format_time(event.time()), cell(json.if_contains("by")), cell(json.if_contains("event")),
               outcome, to_hex(event.id()).substr(0, 16)});
  }
  return table;
}

}  // namespace jinshi::cli
