#include "tests/ledger/verify/made_chain.h"

#include <secp256k1.h>

#include <algorithm>

#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/digest.h"
#include "ledger/crypto/secp256k1_context.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/validators.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/verify/paths.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::test {
namespace {

using crypto::Tag;

struct Member {
  const char* id;
  const char* credit_code;
};

constexpr Member kMembers[] = {{"zone-office", "11110112MA0990004L"},     {"registry-public", "12110112MA0120113A"},
                               {"registry-social", "91110112MA0120228B"}, {"exchange", "91110112MA020013XT"},
                               {"registry-ip", "12110112MA0700193J"},     {"museum", "12110112MA0910457Q"},
                               {"hospital", "12110112MA09101238"}};

std::string consensus_name(const std::string& organisation) { return organisation + "/consensus"; }

v1::Genesis make_genesis(std::size_t validators) {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_suite(1);
  genesis.set_protocol_version(1);
  genesis.set_name("vectors");
  genesis.set_time(kTime);
  *genesis.mutable_parameters() = ledger::default_parameters();
  *genesis.mutable_ordering() = ledger::default_ordering();
  for (std::size_t i = 0; i < validators; ++i) {
    const Member& member = kMembers[i];
    auto& organisation = *genesis.add_organisations();
    organisation.set_org(member.id);
    organisation.set_credit_code(member.credit_code);
    organisation.set_name(std::string("Sample ") + member.id);
    organisation.set_kind(v1::ORGANISATION_KIND_INSTITUTION);
    organisation.add_roles(v1::ROLE_VALIDATOR);
    organisation.add_keys()->set_public_key(public_key_named(member.id));
    organisation.mutable_governance_key()->set_public_key(public_key_named(std::string(member.id) + "/governance"));
    organisation.mutable_consensus_key()->set_public_key(public_key_named(consensus_name(member.id)));
    genesis.add_validators(member.id);
  }
  return genesis;
}

std::vector<Digest> hashes_of(const std::vector<std::string>& leaves) {
  std::vector<Digest> hashes;
  for (const auto& leaf : leaves) hashes.push_back(merkle::leaf_hash(leaf));
  return hashes;
}

v1::TreePath path_in(const std::vector<std::string>& leaves, std::uint64_t index) {
  return ledger::to_message(merkle::inclusion_path(index, hashes_of(leaves)));
}

merkle::StateTree tree_of(const std::map<Digest, Digest>& state) {
  merkle::StateTree::Builder builder(state.size());
  for (const auto& [key, record] : state) builder.add({key, record, 0});
  auto tree = builder.finish(1);
  JINSHI_ASSERT(tree, "a map has every key once");
  return std::move(*tree);
}

}  // namespace

crypto::SecretKey key_named(std::string_view name) {
  auto key = crypto::SecretKey::parse(digest_named("key " + std::string(name)).view());
  JINSHI_ASSERT(key, "a digest is below the group's order, but for one in 2^128");
  return std::move(*key);
}

std::string public_key_named(std::string_view name) { return std::string(key_named(name).public_key().encoded()); }

std::string sign(std::string_view key_name, std::string_view signing_bytes) {
  return *crypto::SoftwareSigner(key_named(key_name)).sign(signing_bytes);
}

std::string sign_otherwise(std::string_view key_name, std::string_view signing_bytes) {
  const crypto::SecretKey key = key_named(key_name);
  const Digest hash = crypto::sha256(signing_bytes);
  const Digest more = digest_named("another nonce");
  const auto raw = [](ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); };
  secp256k1_ecdsa_signature signature;
  std::string bytes(64, '\0');
  const bool made = secp256k1_ecdsa_sign(crypto::secp256k1(), &signature, raw(hash.view()), raw(key.scalar()),
                                         secp256k1_nonce_function_rfc6979, more.bytes.data()) == 1;
  JINSHI_ASSERT(made, "a key signs");
  secp256k1_ecdsa_signature_serialize_compact(crypto::secp256k1(), reinterpret_cast<unsigned char*>(bytes.data()),
                                              &signature);
  return bytes;
}

std::string with_high_s(std::string signature) {
  // n - s, n being the group's order.
  const std::string n = *from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    int digit = static_cast<unsigned char>(n[i]) - static_cast<unsigned char>(signature[32 + i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    signature[32 + i] = static_cast<char>(digit + borrow * 256);
  }
  return signature;
}

Digest digest_named(std::string_view name) { return crypto::sha256("jinshi vectors: " + std::string(name)); }

v1::Operation operation_named(std::string_view name) {
  v1::Operation operation;
  operation.set_salt(digest_named("salt " + std::string(name)).string().substr(0, 16));
  operation.mutable_withdraw_application()->set_asset(std::string(name));
  return operation;
}

MadeChain::MadeChain(std::size_t validators) {
  const v1::Genesis genesis = make_genesis(validators);
  genesis_ = encode(genesis);
  chain_id_ = crypto::digest(Tag::kGenesis, genesis_);
  for (const auto& organisation : genesis.organisations()) {
    auto& validator = *genesis_set_.add_validators();
    validator.set_organisation(organisation.org());
    validator.set_consensus_key(organisation.consensus_key().public_key());
    validator.set_governance_key(organisation.governance_key().public_key());
  }
}

v1::ValidatorSet MadeChain::other_set(std::string_view which, std::size_t count) const {
  v1::ValidatorSet set;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = std::string(which) + "-" + std::to_string(i);
    auto& validator = *set.add_validators();
    validator.set_organisation(name);
    validator.set_consensus_key(public_key_named(consensus_name(name)));
    validator.set_governance_key(public_key_named(name + "/governance"));
  }
  return set;
}

v1::TransactionBody MadeChain::body(const std::vector<std::string>& operations,
                                    const std::vector<MadeSigner>& signers) const {
  v1::TransactionBody body;
  body.set_suite(1);
  body.set_chain_id(chain_id_.string());
  body.set_mode(v1::MODE_EACH);
  for (const auto& signer : signers) {
    auto& listed = *body.add_signers();
    listed.set_public_key(public_key_named(signer.key));
    for (const auto& [first, count] : signer.ranges) {
      auto& range = *listed.add_operations();
      range.set_first(first);
      range.set_count(count);
    }
  }
  body.set_nonce(digest_named("nonce").string().substr(0, 16));
  body.set_expires_at(kTime + 3'600'000);
  body.set_operations_root(merkle::merkle_root(hashes_of(operations)).string());
  body.set_operation_count(static_cast<std::uint32_t>(operations.size()));
  return body;
}

MadeTransaction MadeChain::sign_body(const v1::TransactionBody& body, const std::vector<std::string>& operations,
                                     const std::vector<MadeSigner>& signers) const {
  MadeTransaction made{encode(body), operations, {}, {}, 0};
  const Digest id = crypto::digest(Tag::kBody, made.body);
  for (const auto& signer : signers) {
    made.signatures.push_back(sign(signer.key, crypto::signing_bytes(Tag::kTransaction, id.view())));
  }
  return made;
}

MadeTransaction MadeChain::order(std::vector<v1::Operation> operations, const std::vector<MadeSigner>& signers,
                                 Height height, const std::vector<std::size_t>& refused) {
  std::vector<std::string> encoded;
  for (const auto& operation : operations) encoded.push_back(encode(operation));
  MadeTransaction made = sign_body(body(encoded, signers), encoded, signers);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    v1::OperationResult result;
    result.set_salt(operations[i].salt());
    result.set_by("museum");
    result.set_changes(digest_named("changes " + std::to_string(i)).string());
    result.set_outcome(v1::OPERATION_OUTCOME_APPLIED);
    if (std::ranges::find(refused, i) != refused.end()) {
      result.set_outcome(v1::OPERATION_OUTCOME_REFUSED);
      result.set_reason(v1::REASON_FROZEN);
      result.add_field(v1::WithdrawApplication::kAssetFieldNumber);
      result.set_changes(crypto::digest(Tag::kChanges, "").string());
    }
    made.results.push_back(encode(result));
  }
  order(made, height);
  return made;
}

void MadeChain::order(MadeTransaction& transaction, Height height, std::uint32_t index) {
  v1::Envelope envelope;
  const Digest id = crypto::digest(Tag::kBody, transaction.body);
  envelope.set_id(id.string());
  for (const auto& signature : transaction.signatures) envelope.add_signatures(signature);
  v1::HistoryLeaf leaf;
  leaf.set_height(height);
  leaf.set_index(index);
  leaf.set_time(kTime + static_cast<TimeMs>(height) * 1000);
  leaf.set_id(id.string());
  leaf.set_envelope(crypto::digest(Tag::kEnvelope, encode(envelope)).string());
  leaf.set_outcome(v1::TRANSACTION_OUTCOME_PARTLY);
  leaf.set_results_root(merkle::merkle_root(hashes_of(transaction.results)).string());
  transaction.leaf_index = leaves_.size();
  leaves_.push_back(encode(leaf));
}

v1::Receipt MadeChain::due_leaf(const std::vector<v1::Due>& due, Height height) {
  std::vector<std::string> operations, results;
  for (const auto& entry : due) {
    operations.push_back(encode(entry));
    v1::OperationResult result;
    result.set_outcome(v1::OPERATION_OUTCOME_APPLIED);
    result.set_changes(digest_named("due changes").string());
    results.push_back(encode(result));
  }
  v1::DueEnvelope envelope;
  envelope.set_operations_root(merkle::merkle_root(hashes_of(operations)).string());
  envelope.set_operation_count(static_cast<std::uint32_t>(operations.size()));
  v1::HistoryLeaf leaf;
  leaf.set_height(height);
  leaf.set_time(kTime + static_cast<TimeMs>(height) * 1000);
  leaf.set_id(Digest{}.string());
  leaf.set_envelope(crypto::digest(Tag::kDue, encode(envelope)).string());
  leaf.set_outcome(v1::TRANSACTION_OUTCOME_ACCEPTED);
  leaf.set_results_root(merkle::merkle_root(hashes_of(results)).string());
  leaves_.push_back(encode(leaf));

  v1::Receipt receipt;
  receipt.mutable_due()->set_operations_root(envelope.operations_root());
  receipt.mutable_due()->set_operation_count(envelope.operation_count());
  receipt.set_operation(operations.front());
  *receipt.mutable_operation_path() = path_in(operations, 0);
  receipt.set_result(results.front());
  *receipt.mutable_result_path() = path_in(results, 0);
  receipt.set_leaf(leaves_.back());
  receipt.set_leaf_index(leaves_.size() - 1);
  return receipt;
}

void MadeChain::fill_history(std::size_t leaves) {
  for (std::size_t i = 0; i < leaves; ++i) {
    v1::HistoryLeaf leaf;
    leaf.set_height(1);
    leaf.set_index(static_cast<std::uint32_t>(leaves_.size()));
    leaf.set_time(kTime + 1000);
    leaf.set_id(digest_named("id " + std::to_string(leaves_.size())).string());
    leaf.set_envelope(digest_named("envelope " + std::to_string(leaves_.size())).string());
    leaf.set_outcome(v1::TRANSACTION_OUTCOME_ACCEPTED);
    leaf.set_results_root(digest_named("results").string());
    leaves_.push_back(encode(leaf));
  }
}

std::string MadeChain::put(v1::Record record) {
  record.set_created(++created_);
  record.set_version(1);
  record.set_changed_height(1);
  std::string bytes = encode(record);
  state_[ledger::key_of(record).digest()] = crypto::digest(Tag::kRecord, bytes);
  return bytes;
}

void MadeChain::erase(const ledger::RecordKey& key) { state_.erase(key.digest()); }

v1::Header MadeChain::header(Height height, const v1::ValidatorSet& set) const {
  v1::Header header;
  header.set_format(1);
  header.set_suite(1);
  header.set_chain_id(chain_id_.string());
  header.set_height(height);
  header.set_epoch(1);
  header.set_parent(digest_named("parent " + std::to_string(height)).string());
  header.set_batch(digest_named("batch " + std::to_string(height)).string());
  header.set_proposer(set.validators(0).organisation());
  header.set_time(kTime + static_cast<TimeMs>(height) * 1000);
  header.set_history_size(leaves_.size());
  header.set_history_root(merkle::merkle_root(hashes_of(leaves_)).string());
  header.set_state_root(tree_of(state_).root().string());
  header.set_live_ids_root(crypto::digest(Tag::kLiveIds, "").string());
  header.set_set(crypto::digest(Tag::kSet, encode(set)).string());
  header.set_protocol_version(1);
  header.set_extension_root(Digest{}.string());
  return header;
}

std::string MadeChain::sign_as(const v1::ValidatorSet& set, std::uint32_t validator,
                               std::string_view signing_bytes) const {
  return sign(consensus_name(set.validators(static_cast<int>(validator)).organisation()), signing_bytes);
}

v1::CertifiedHeader MadeChain::certify(const v1::Header& header, const v1::ValidatorSet& set,
                                       std::optional<std::vector<std::uint32_t>> by) const {
  v1::CertifiedHeader certified;
  certified.set_header(encode(header));
  const std::string message = crypto::header_signing_bytes(crypto::digest(Tag::kHeader, certified.header()));
  if (!by) {
    by.emplace();
    const auto n = static_cast<std::size_t>(set.validators_size());
    for (std::size_t i = n - crypto::quorum(n); i < n; ++i) by->push_back(static_cast<std::uint32_t>(i));
  }
  certified.mutable_certificate();
  for (const std::uint32_t index : *by) {
    auto& signature = *certified.mutable_certificate()->add_signatures();
    signature.set_validator(index);
    const auto in_set = std::min(static_cast<int>(index), set.validators_size() - 1);
    signature.set_signature(sign(consensus_name(set.validators(in_set).organisation()), message));
  }
  return certified;
}

v1::Link MadeChain::link(v1::Header last, const v1::ValidatorSet& set, const v1::ValidatorSet& next) const {
  last.set_next_set(crypto::digest(Tag::kSet, encode(next)).string());
  last.set_next_set_height(last.height() + 1);
  v1::Link link;
  *link.mutable_last() = certify(last, set);
  *link.mutable_next_set() = next;
  return link;
}

v1::Receipt MadeChain::receipt(const MadeTransaction& transaction, std::uint32_t operation) const {
  v1::Receipt receipt;
  auto& part = *receipt.mutable_transaction();
  part.set_body(transaction.body);
  for (const auto& signature : transaction.signatures) part.add_signatures(signature);
  receipt.set_operation_index(operation);
  receipt.set_operation(transaction.operations[operation]);
  *receipt.mutable_operation_path() = path_in(transaction.operations, operation);
  receipt.set_result(transaction.results[operation]);
  *receipt.mutable_result_path() = path_in(transaction.results, operation);
  receipt.set_leaf(leaves_[transaction.leaf_index]);
  receipt.set_leaf_index(transaction.leaf_index);
  return receipt;
}

v1::TreePath MadeChain::history_path(std::uint64_t leaf_index) const { return path_in(leaves_, leaf_index); }

std::vector<Digest> MadeChain::history_leaves() const { return hashes_of(leaves_); }

v1::RecordProof MadeChain::record_proof(const std::string& record) const {
  const auto tree = tree_of(state_);
  const auto decoded = decode<v1::Record>(record);
  v1::RecordProof proof;
  proof.set_record(record);
  *proof.mutable_path() = ledger::to_message(tree.prove(ledger::key_of(*decoded).digest()), ledger::Claim::kPresent);
  return proof;
}

v1::RecordProof MadeChain::absence_proof(const ledger::RecordKey& key) const {
  v1::RecordProof proof;
  *proof.mutable_path() = ledger::to_message(tree_of(state_).prove(key.digest()), ledger::Claim::kAbsent);
  return proof;
}

std::string file_of(v1::Receipt receipt, const v1::CertifiedHeader& head, const std::vector<v1::Link>& links) {
  v1::ProofFile file;
  file.set_format(1);
  *file.mutable_receipt() = std::move(receipt);
  *file.mutable_receipt()->mutable_head() = head;
  for (const auto& link : links) *file.mutable_receipt()->add_links() = link;
  prune(file);
  return encode(file);
}

std::string file_of(v1::RecordProof proof, const v1::CertifiedHeader& head, const std::vector<v1::Link>& links) {
  v1::ProofFile file;
  file.set_format(1);
  *file.mutable_record() = std::move(proof);
  *file.mutable_record()->mutable_head() = head;
  for (const auto& link : links) *file.mutable_record()->add_links() = link;
  prune(file);
  return encode(file);
}

}  // namespace jinshi::test
