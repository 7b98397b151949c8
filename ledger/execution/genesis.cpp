#include "ledger/execution/genesis.h"

#include <algorithm>
#include <set>

#include "ledger/crypto/digest.h"
#include "ledger/domain/fields.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/organisation.h"
#include "ledger/domain/validators.h"
#include "ledger/execution/transaction.h"

namespace jinshi::ledger {
namespace {

using G = v1::Genesis;

FieldPath at(int field) { return {static_cast<std::uint32_t>(field)}; }

const v1::AdmitOrganisation* find_organisation(const v1::Genesis& genesis, const std::string& id) {
  const auto found = std::ranges::find(genesis.organisations(), id, &v1::AdmitOrganisation::org);
  return found == genesis.organisations().end() ? nullptr : &*found;
}

Result<void> check_organisations(const v1::Genesis& genesis) {
  std::set<std::string> ids, codes, keys;
  for (int i = 0; i < genesis.organisations_size(); ++i) {
    const auto& organisation = genesis.organisations(i);
    FieldPath here = at(G::kOrganisationsFieldNumber);
    here.push_back(static_cast<std::uint32_t>(i));
    if (auto fields = check_fields(organisation); !fields) {
      Error error = fields.error();
      error.field.insert(error.field.begin(), here.begin(), here.end());
      return std::unexpected(std::move(error));
    }
    const std::string code = organisation.lei().empty() ? organisation.credit_code() : organisation.lei();
    if (code.empty()) return fail(v1::REASON_MISSING_FIELD, "an organisation has a credit code, or an LEI", here);
    if (!ids.insert(organisation.org()).second) return fail(v1::REASON_ID_TAKEN, "an organisation twice", here);
    if (!codes.insert(code).second) return fail(v1::REASON_CREDIT_CODE_TAKEN, "a code twice", here);
    std::vector<std::string> all;
    for (const auto& key : organisation.keys()) all.push_back(key.public_key());
    for (const auto& key : organisation.tls_keys()) all.push_back(key.spki_digest());
    if (organisation.has_governance_key()) all.push_back(organisation.governance_key().public_key());
    if (organisation.has_consensus_key()) all.push_back(organisation.consensus_key().public_key());
    for (const auto& key : all) {
      if (!keys.insert(key).second) return fail(v1::REASON_KEY_TAKEN, "a key stands twice in the genesis", here);
    }
  }
  return {};
}

Result<void> check_validators(const v1::Genesis& genesis) {
  if (genesis.validators().empty()) {
    return fail(v1::REASON_MISSING_FIELD, "name at least one validator", at(G::kValidatorsFieldNumber));
  }
  std::set<std::string> seen;
  for (int i = 0; i < genesis.validators_size(); ++i) {
    const auto* organisation = find_organisation(genesis, genesis.validators(i));
    FieldPath here = at(G::kValidatorsFieldNumber);
    here.push_back(static_cast<std::uint32_t>(i));
    if (organisation == nullptr) return fail(v1::REASON_UNKNOWN_ORGANISATION, "a validator is an organisation", here);
    if (!seen.insert(organisation->org()).second) return fail(v1::REASON_BAD_VALUE, "a validator twice", here);
    if (std::ranges::find(organisation->roles(), v1::ROLE_VALIDATOR) == organisation->roles().end()) {
      return fail(v1::REASON_ROLE_MISSING, "give '" + organisation->org() + "' the role VALIDATOR", here);
    }
    if (!organisation->has_governance_key() || !organisation->has_consensus_key()) {
      return fail(v1::REASON_MISSING_FIELD, "a validator has a governance key and a consensus key", here);
    }
  }
  return {};
}

v1::ValidatorSet set_of(const v1::Genesis& genesis) {
  v1::ValidatorSet set;
  for (const auto& id : genesis.validators()) {
    const auto* organisation = find_organisation(genesis, id);
    auto& validator = *set.add_validators();
    validator.set_organisation(id);
    validator.set_consensus_key(organisation->consensus_key().public_key());
    validator.set_governance_key(organisation->governance_key().public_key());
  }
  return set;
}

class Nothing final : public RecordView {
 public:
  const v1::Record* find(const RecordKey&) const override { return nullptr; }
};

}  // namespace

Result<v1::Genesis> read_genesis(ByteView bytes) {
  auto genesis = decode<v1::Genesis>(bytes);
  if (!genesis) return genesis;
  if (genesis->format() != 1 || genesis->suite() != kSuite || genesis->protocol_version() != kProtocolVersion) {
    return fail(v1::REASON_NEEDS_NEWER_VERIFIER, "the genesis asks for a format, suite or protocol version above 1");
  }
  if (genesis->time() <= 0) return fail(v1::REASON_MISSING_FIELD, "time is missing", at(G::kTimeFieldNumber));
  if (auto fine = check_parameters(genesis->parameters()); !fine) {
    Error error = fine.error();
    error.field.insert(error.field.begin(), G::kParametersFieldNumber);
    return std::unexpected(std::move(error));
  }
  if (auto fine = check_organisations(*genesis); !fine) return std::unexpected(fine.error());
  if (auto fine = check_validators(*genesis); !fine) return std::unexpected(fine.error());
  if (auto fine = check_ordering(genesis->ordering()); !fine) {
    Error error = fine.error();
    error.field.insert(error.field.begin(), G::kOrderingFieldNumber);
    return std::unexpected(std::move(error));
  }
  return genesis;
}

Digest chain_id_of(ByteView genesis) { return crypto::digest(crypto::Tag::kGenesis, genesis); }

void write_genesis(const v1::Genesis& genesis, Overlay& records) {
  *records.create(keys::parameters()).mutable_parameters() = genesis.parameters();
  auto& epoch = *records.create(keys::epochs()).mutable_epochs()->mutable_current();
  epoch.set_number(1);
  *epoch.mutable_set() = set_of(genesis);
  epoch.set_protocol_version(genesis.protocol_version());
  *epoch.mutable_ordering() = genesis.ordering();
  for (const auto& organisation : genesis.organisations()) admit(organisation, records);
}

const RecordView& empty_records() {
  static const Nothing nothing;
  return nothing;
}

Digest set_hash(const v1::ValidatorSet& set) { return crypto::digest(crypto::Tag::kSet, encode(set)); }

}  // namespace jinshi::ledger
