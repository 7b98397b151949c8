#include "ledger/domain/key_grants.h"

#include <algorithm>
#include <set>
#include <vector>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/signature.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

constexpr Height kRecentHeaders = 1024;

struct Grant {
  const v1::KeyGrant* key;
  v1::KeyPurpose purpose;
  FieldPath path;
};

FieldPath below(FieldPath path, int field) {
  path.push_back(static_cast<std::uint32_t>(field));
  return path;
}

// The keys that an event brings, but for TLS keys: those are known by a digest and prove nothing here.
std::vector<Grant> grants_of(const Case& at) {
  if (at.operation.has_add_key()) {
    const v1::AddKey& event = at.operation.add_key();
    return {{&event.key(), event.purpose(), {v1::AddKey::kKeyFieldNumber}}};
  }
  std::vector<Grant> grants;
  if (!at.operation.has_admit_organisation()) return grants;
  const v1::AdmitOrganisation& event = at.operation.admit_organisation();
  for (int i = 0; i < event.keys_size(); ++i) {
    grants.push_back({&event.keys(i),
                      v1::KEY_PURPOSE_TRANSACTION,
                      {v1::AdmitOrganisation::kKeysFieldNumber, static_cast<std::uint32_t>(i)}});
  }
  if (event.has_governance_key()) {
    grants.push_back(
        {&event.governance_key(), v1::KEY_PURPOSE_GOVERNANCE, {v1::AdmitOrganisation::kGovernanceKeyFieldNumber}});
  }
  if (event.has_consensus_key()) {
    grants.push_back(
        {&event.consensus_key(), v1::KEY_PURPOSE_CONSENSUS, {v1::AdmitOrganisation::kConsensusKeyFieldNumber}});
  }
  return grants;
}

struct TlsGrant {
  const std::string* digest;
  FieldPath path;
};

std::vector<TlsGrant> tls_grants_of(const Case& at) {
  const int field = v1::TlsKeyGrant::kSpkiDigestFieldNumber;
  if (at.operation.has_add_tls_key()) {
    return {{&at.operation.add_tls_key().key().spki_digest(), below({v1::AddTlsKey::kKeyFieldNumber}, field)}};
  }
  std::vector<TlsGrant> grants;
  const auto& listed = at.operation.admit_organisation().tls_keys();
  for (int i = 0; i < listed.size(); ++i) {
    grants.push_back({&listed.Get(i).spki_digest(),
                      below({v1::AdmitOrganisation::kTlsKeysFieldNumber, static_cast<std::uint32_t>(i)}, field)});
  }
  return grants;
}

const std::string& organisation_of(const Case& at) {
  return at.operation.has_add_key() ? at.operation.add_key().org() : at.operation.admit_organisation().org();
}

Result<void> grant_complete(const Grant& grant) {
  const v1::KeyGrant& key = *grant.key;
  if (key.possession().empty()) {
    return fail(v1::REASON_MISSING_FIELD, "a key shows that it is possessed: let it sign its Possession",
                below(grant.path, v1::KeyGrant::kPossessionFieldNumber));
  }
  const bool consensus = grant.purpose == v1::KEY_PURPOSE_CONSENSUS;
  if (consensus && key.recent_header().empty()) {
    return fail(v1::REASON_MISSING_FIELD, "a consensus key's possession covers a recent header's digest: name it",
                below(grant.path, v1::KeyGrant::kRecentHeaderFieldNumber));
  }
  if (!consensus && !key.recent_header().empty()) {
    return fail(v1::REASON_BAD_VALUE, "only a consensus key's possession covers a recent header: leave it out",
                below(grant.path, v1::KeyGrant::kRecentHeaderFieldNumber));
  }
  if (grant.purpose == v1::KEY_PURPOSE_TRANSACTION) return {};
  if (key.has_only()) {
    return fail(v1::REASON_BAD_VALUE, "what this key signs follows from its purpose: leave the allowance out",
                below(grant.path, v1::KeyGrant::kOnlyFieldNumber));
  }
  if (key.valid_from() != 0) {
    return fail(v1::REASON_BAD_VALUE, "this key is in force when SetValidators takes it up: leave valid_from out",
                below(grant.path, v1::KeyGrant::kValidFromFieldNumber));
  }
  return {};
}

Result<void> grants_complete(const Case& at) {
  for (const Grant& grant : grants_of(at)) {
    if (auto complete = grant_complete(grant); !complete) return complete;
  }
  return {};
}

Result<void> grants_free(const Case& at) {
  std::set<std::string> seen;
  const auto is_free = [&](const std::string& key, const FieldPath& path) -> Result<void> {
    if (at.records.key(key) == nullptr && seen.insert(key).second) return {};
    return fail(v1::REASON_KEY_TAKEN, "this key is or was in use, and keys are never used again: make a new one", path);
  };
  for (const Grant& grant : grants_of(at)) {
    const auto path = below(grant.path, v1::KeyGrant::kPublicKeyFieldNumber);
    if (auto checked = is_free(grant.key->public_key(), path); !checked) return checked;
  }
  for (const TlsGrant& grant : tls_grants_of(at)) {
    if (auto checked = is_free(*grant.digest, grant.path); !checked) return checked;
  }
  return {};
}

// Newest first: an honest key is as fresh as its ceremony.
bool is_recent(const Case& at, ByteView digest) {
  for (Height back = 1; back <= kRecentHeaders && back <= at.block.height; ++back) {
    const v1::Record* record = at.records.find(keys::header(at.block.height - back));
    if (record == nullptr || record->header().height() != at.block.height - back) return false;
    if (record->header().digest() == digest) return true;
  }
  return false;
}

Result<void> recent_header(const Case& at) {
  if (at.carried) return {};
  for (const Grant& grant : grants_of(at)) {
    if (grant.purpose != v1::KEY_PURPOSE_CONSENSUS || is_recent(at, grant.key->recent_header())) continue;
    return fail(v1::REASON_DIGEST_MISMATCH, "this is none of the last 1,024 headers: sign over the newest one",
                below(grant.path, v1::KeyGrant::kRecentHeaderFieldNumber));
  }
  return {};
}

Result<void> grants_possessed(const Case& at) {
  for (const Grant& grant : grants_of(at)) {
    v1::Possession possession;
    possession.set_chain_id(at.block.chain_id.string());
    possession.set_organisation(organisation_of(at));
    possession.set_purpose(grant.purpose);
    possession.set_public_key(grant.key->public_key());
    possession.set_recent_header(grant.key->recent_header());
    const auto key = crypto::PublicKey::parse(grant.key->public_key());
    JINSHI_ASSERT(key.has_value(), "the fields stage parsed the key");
    const auto signed_bytes = crypto::signing_bytes(crypto::Tag::kPossession, encode(possession));
    if (crypto::verify(*key, signed_bytes, grant.key->possession())) continue;
    return fail(v1::REASON_BAD_SIGNATURE,
                "the possession is not this key's signature over this chain, organisation and purpose: sign it again",
                below(grant.path, v1::KeyGrant::kPossessionFieldNumber));
  }
  return {};
}

template <class Keys>
bool is_full(const Keys& keys) {
  return static_cast<std::size_t>(std::ranges::count(keys, 0, [](const auto& key) { return key.revoked_at(); })) >=
         kMaxListedKeys;
}

// Makes room by dropping the key that was revoked first.
template <class Keys>
void make_room(Keys& keys) {
  if (static_cast<std::size_t>(keys.size()) < kMaxListedKeys) return;
  auto oldest = keys.end();
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    if (key->revoked_at() == 0) continue;
    if (oldest == keys.end() || key->revoked_at() < oldest->revoked_at()) oldest = key;
  }
  JINSHI_ASSERT(oldest != keys.end(), "a list that is full of live keys takes no more");
  keys.erase(oldest);
}

void create_key(Overlay& overlay, const std::string& key, const std::string& organisation, v1::KeyPurpose purpose) {
  v1::Key& record = *overlay.create(keys::key(key)).mutable_key();
  record.set_key(key);
  record.set_organisation(organisation);
  record.set_purpose(purpose);
}

}  // namespace

const NamedCheck kGrantsComplete{Stage::kFields, "each key comes with its possession", grants_complete};
const NamedCheck kGrantsFree{Stage::kId, "each key is new to the ledger", grants_free};
const NamedCheck kRecentHeader{Stage::kRule, "a consensus key's header is one of the last 1,024", recent_header};
const NamedCheck kGrantsPossessed{Stage::kRule, "each key's possession verifies", grants_possessed};

bool key_list_is_full(const v1::Organisation& organisation) { return is_full(organisation.keys()); }
bool tls_key_list_is_full(const v1::Organisation& organisation) { return is_full(organisation.tls_keys()); }

void add_key(Overlay& overlay, v1::Organisation& organisation, v1::KeyPurpose purpose, const v1::KeyGrant& grant) {
  create_key(overlay, grant.public_key(), organisation.id(), purpose);
  if (purpose == v1::KEY_PURPOSE_GOVERNANCE) {
    organisation.set_governance_key(grant.public_key());
    return;
  }
  if (purpose == v1::KEY_PURPOSE_CONSENSUS) {
    organisation.set_consensus_key(grant.public_key());
    return;
  }
  make_room(*organisation.mutable_keys());
  v1::OrganisationKey& key = *organisation.add_keys();
  key.set_public_key(grant.public_key());
  key.set_label(grant.label());
  if (grant.has_only()) {
    *key.mutable_only() = grant.only();
    std::ranges::sort(*key.mutable_only()->mutable_events());
  }
  key.set_valid_from(grant.valid_from());
}

void add_tls_key(Overlay& overlay, v1::Organisation& organisation, const v1::TlsKeyGrant& grant) {
  create_key(overlay, grant.spki_digest(), organisation.id(), v1::KEY_PURPOSE_TLS);
  make_room(*organisation.mutable_tls_keys());
  v1::OrganisationTlsKey& key = *organisation.add_tls_keys();
  key.set_spki_digest(grant.spki_digest());
  key.set_label(grant.label());
}

}  // namespace jinshi::ledger
