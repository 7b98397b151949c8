#include "cli/operation_input.h"

#include <algorithm>

#include "jinshi/v1/state.pb.h"
#include "ledger/crypto/commitment.h"
#include "ledger/crypto/secret_bytes.h"
#include "ledger/execution/transaction.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool is_commitment(const FieldDescriptor* field) {
  return field != nullptr && field->message_type() == v1::Commitment::descriptor() && !field->is_repeated();
}

// Where the event takes a commitment in place of the named value: value_fen -> value_commitment.
const FieldDescriptor* commitment_for(const Descriptor& event, std::string_view name) {
  if (const auto* field = event.FindFieldByName(std::string(name))) {
    if (is_commitment(field)) return field;
    if (const auto* choice = field->real_containing_oneof()) {
      for (int i = 0; i < choice->field_count(); ++i) {
        if (is_commitment(choice->field(i))) return choice->field(i);
      }
    }
  }
  std::string_view stem = name;
  if (stem.ends_with("_fen")) stem.remove_suffix(4);
  for (const std::string& candidate : {std::string(stem) + "_commitment", std::string(stem)}) {
    if (const auto* field = event.FindFieldByName(candidate); is_commitment(field)) return field;
  }
  return nullptr;
}

// The record that the event creates, and its id: what an opening is bound to.
struct Subject {
  const FieldDescriptor* kind = nullptr;  // in Record
  std::string id;
};

Subject subject_of(const Descriptor& event, const boost::json::object& args) {
  for (int i = 0; i < event.field_count(); ++i) {
    const auto& rule = event.field(i)->options().GetExtension(v1::rule);
    if (rule.creates().empty()) continue;
    const auto* id = args.if_contains(event.field(i)->name());
    if (id == nullptr || !id->is_string()) return {};
    return {v1::Record::descriptor()->FindFieldByName(rule.creates()), std::string(id->get_string())};
  }
  return {};
}

FieldPath path_to(const FieldDescriptor* field) {
  return field == nullptr ? FieldPath{} : FieldPath{static_cast<std::uint32_t>(field->number())};
}

Result<std::string> canonical(const boost::json::value& value, std::string_view name) {
  if (const auto* number = value.if_int64(); number != nullptr && *number >= 0) {
    return crypto::canonical_value(static_cast<std::uint64_t>(*number));
  }
  if (const auto* number = value.if_uint64()) return crypto::canonical_value(*number);
  if (const auto* text = value.if_string()) return std::string(*text);
  return fail(v1::REASON_BAD_VALUE,
              "'" + std::string(name) + "' can't be committed to: write a whole number of zero or more, or text");
}

Result<Secret> commit_to(const Descriptor& event, const FieldDescriptor& field, std::string_view name,
                         const Subject& subject, const boost::json::value& value) {
  if (subject.kind == nullptr) {
    return fail(v1::REASON_MISSING_FIELD, "a commitment is bound to the record's id: give it", path_to(&field));
  }
  const auto* in_record = subject.kind->message_type()->FindFieldByName(field.name());
  if (!is_commitment(in_record)) {
    return fail(v1::REASON_BAD_COMMITMENT, "no commitment to '" + std::string(name) + "' is kept in the record",
                path_to(&field));
  }
  auto bytes = canonical(value, name);
  if (!bytes) return std::unexpected(bytes.error());
  Secret secret{.event = event.name(), .name = std::string(name), .opening = {}, .commitment = {}};
  secret.opening.set_record_kind(subject.kind->name());
  secret.opening.set_record_id(subject.id);
  secret.opening.set_field(static_cast<std::uint32_t>(in_record->number()));
  secret.opening.set_salt(crypto::random_salt());
  secret.opening.set_value(std::move(*bytes));
  secret.commitment = crypto::commit(secret.opening);
  return secret;
}

// Terms are fields that are written apart; what is not confidential among them is a field like any other.
Result<void> merge_terms(boost::json::object& args) {
  const auto* terms = args.if_contains("terms");
  if (terms == nullptr) return {};
  if (!terms->is_object()) return fail(v1::REASON_BAD_VALUE, "terms must be an object of the event's fields");
  const boost::json::object fields = terms->get_object();
  args.erase("terms");
  for (const auto& [name, value] : fields) {
    if (!args.emplace(name, value).second) {
      return fail(v1::REASON_BAD_VALUE, "'" + std::string(name) + "' stands in terms and beside them: write it once");
    }
  }
  return {};
}

Result<std::vector<Secret>> take_confidential(const Descriptor& event, boost::json::object& args) {
  std::vector<Secret> secrets;
  const auto* names = args.if_contains("confidential");
  if (names == nullptr) return secrets;
  if (!names->is_array()) return fail(v1::REASON_BAD_VALUE, "confidential must be a list of names");
  const boost::json::array list = names->get_array();
  args.erase("confidential");
  const Subject subject = subject_of(event, args);
  for (const auto& entry : list) {
    const auto* name = entry.if_string();
    const auto* value = name == nullptr ? nullptr : args.if_contains(*name);
    if (value == nullptr) {
      return fail(v1::REASON_BAD_VALUE,
                  "confidential names a value that is not given: " + boost::json::serialize(entry));
    }
    const auto* field = commitment_for(event, *name);
    if (field == nullptr) {
      return fail(v1::REASON_BAD_COMMITMENT, "this event takes no commitment in place of '" + std::string(*name) +
                                                 "': leave it out of confidential");
    }
    auto secret = commit_to(event, *field, *name, subject, *value);
    if (!secret) return std::unexpected(secret.error());
    args.erase(*name);
    args[field->name()] = to_json(secret->commitment);
    secrets.push_back(std::move(*secret));
  }
  return secrets;
}

}  // namespace

const FieldDescriptor* find_event(std::string_view name) {
  const auto number = event_number(name);
  return number ? v1::Operation::descriptor()->FindFieldByNumber(static_cast<int>(*number)) : nullptr;
}

Result<OperationInput> operation_from_json(std::string_view event, boost::json::object args) {
  const auto* choice = find_event(event);
  if (choice == nullptr) {
    return fail(v1::REASON_UNKNOWN_OPERATION,
                "'" + std::string(event) + "' is no event that this program knows: see `jinshi submit --help`");
  }
  if (auto merged = merge_terms(args); !merged) return std::unexpected(merged.error());
  auto secrets = take_confidential(*choice->message_type(), args);
  if (!secrets) return std::unexpected(secrets.error());
  OperationInput input{.operation = {}, .secrets = std::move(*secrets)};
  auto& message = *input.operation.GetReflection()->MutableMessage(&input.operation, choice);
  if (auto read = from_json(args, message); !read) return std::unexpected(read.error());
  input.operation.set_salt(crypto::random_bytes(ledger::kSaltBytes));
  return input;
}

}  // namespace jinshi::cli
