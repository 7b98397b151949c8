#include "ledger/domain/case.h"

#include <algorithm>

namespace jinshi::ledger {

bool Signers::has(std::string_view organisation) const { return keys_of(organisation) > 0; }

std::size_t Signers::keys_of(std::string_view organisation) const {
  return static_cast<std::size_t>(std::ranges::count(keys_, organisation, &SigningKey::organisation));
}

std::size_t Signers::transaction_keys_of(std::string_view organisation) const {
  return static_cast<std::size_t>(std::ranges::count_if(keys_, [&](const SigningKey& key) {
    return key.organisation == organisation && key.purpose == v1::KEY_PURPOSE_TRANSACTION;
  }));
}

std::vector<std::string> Signers::organisations() const {
  std::vector<std::string> all;
  for (const SigningKey& key : keys_) {
    if (std::ranges::find(all, key.organisation) == all.end()) all.push_back(key.organisation);
  }
  return all;
}

const google::protobuf::Message& event_of(const v1::Operation& operation) {
  const auto* field = v1::Operation::descriptor()->FindFieldByNumber(operation.event_case());
  JINSHI_ASSERT(field != nullptr, "an operation that is judged has an event");
  return operation.GetReflection()->GetMessage(operation, field);
}

const google::protobuf::Message& Case::event_message() const { return event_of(operation); }

FieldPath field_of(const Case& at, std::string_view name) {
  const auto* field = at.event_message().GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr) return {};
  return {static_cast<std::uint32_t>(field->number())};
}

std::unexpected<Error> refuse(const Case& at, v1::Reason reason, std::string_view field, std::string message) {
  return fail(reason, std::move(message), field_of(at, field));
}

}  // namespace jinshi::ledger
