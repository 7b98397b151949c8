#include "tests/ledger/verify/set_changes.h"

#include <functional>
#include <map>

#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/digest.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/validators.h"
#include "ledger/execution/executor.h"
#include "ledger/execution/genesis.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/verify/paths.h"
#include "proto/assert.h"
#include "proto/canonical.h"
#include "tests/ledger/verify/made_chain.h"

namespace jinshi::test {
namespace {

using crypto::Tag;
using Names = std::vector<std::string>;
using Links = std::vector<v1::Link>;

const std::string kGenesis = "genesis-of-changing-sets";

struct Member {
  const char* id;
  const char* credit_code;
};
constexpr Member kMembers[] = {{"zone-office", "11110112MA0990004L"},
                               {"registry-public", "12110112MA0120113A"},
                               {"registry-social", "91110112MA0120228B"},
                               {"exchange", "91110112MA020013XT"},
                               {"registry-ip", "12110112MA0700193J"}};
const Names kFirst = {"zone-office", "registry-public", "registry-social", "exchange"};
const Names kSecond = {"zone-office", "registry-public", "registry-social", "registry-ip"};

v1::Genesis make_genesis() {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_suite(1);
  genesis.set_protocol_version(1);
  genesis.set_name("vectors of changing sets");
  genesis.set_time(kTime);
  *genesis.mutable_parameters() = ledger::default_parameters();
  *genesis.mutable_ordering() = ledger::default_ordering();
  genesis.mutable_ordering()->set_window(1);
  for (const Member& member : kMembers) {
    const std::string id = member.id;
    auto& organisation = *genesis.add_organisations();
    organisation.set_org(id);
    organisation.set_credit_code(member.credit_code);
    organisation.set_name("Sample " + id);
    organisation.set_kind(v1::ORGANISATION_KIND_INSTITUTION);
    organisation.add_roles(v1::ROLE_VALIDATOR);
    organisation.add_keys()->set_public_key(public_key_named(id));
    organisation.mutable_governance_key()->set_public_key(public_key_named(id + "/governance"));
    organisation.mutable_consensus_key()->set_public_key(public_key_named(id + "/consensus"));
  }
  for (const auto& id : kFirst) genesis.add_validators(id);
  return genesis;
}

class State final : public ledger::RecordView {
 public:
  const v1::Record* find(const ledger::RecordKey& key) const override {
    const auto found = records_.find(key.digest());
    return found == records_.end() ? nullptr : &found->second;
  }
  void apply(const std::vector<ledger::RecordChange>& changes) {
    for (const auto& change : changes) {
      records_.erase(change.key.digest());
      if (change.after) records_.emplace(change.key.digest(), *decode<v1::Record>(*change.after));
    }
  }
  Digest root() const {
    merkle::StateTree::Builder builder(records_.size());
    for (const auto& [key, record] : records_) builder.add({key, crypto::digest(Tag::kRecord, encode(record)), 0});
    return builder.finish(1)->root();
  }

 private:
  std::map<Digest, v1::Record> records_;
};

class ChangingChain {
 public:
  ChangingChain() : genesis_(encode(make_genesis())), chain_id_(ledger::chain_id_of(genesis_)) {
    for (const Member& member : kMembers) knows(std::string(member.id) + "/consensus");
    knows("registry-ip/consensus-2");
    finish(ledger::execute_genesis(*ledger::read_genesis(genesis_), chain_id_));
  }

  const std::string& genesis() const { return genesis_; }
  Height height() const { return headers_.back().height(); }

  // A block of one transaction of one operation, signed by these keys.
  void block(const v1::Operation& operation, const Names& signers) {
    const auto transaction = sign(operation, signers);
    v1::Batch batch;
    batch.set_proposer(kFirst.front());
    batch.set_time(kTime + static_cast<TimeMs>(height() + 1) * 1000);
    batch.add_envelopes(transaction->envelope().string());
    execute(encode(batch), {transaction});
  }
  void null_block() { execute({}, {}); }

  void set_validators(const Names& organisations) {
    v1::Operation operation;
    operation.set_salt(salt());
    for (const auto& id : organisations) operation.mutable_set_validators()->add_validators(id);
    block(operation, {"zone-office/governance", "registry-public/governance", "registry-social/governance"});
  }

  void set_controls(const std::string& organisation) {
    v1::Operation operation;
    operation.set_salt(salt());
    operation.mutable_set_controls()->set_org(organisation);
    block(operation, {organisation});
  }

  void add_consensus_key(const std::string& organisation, const std::string& key) {
    v1::Operation operation;
    operation.set_salt(salt());
    v1::AddKey& event = *operation.mutable_add_key();
    event.set_org(organisation);
    event.set_purpose(v1::KEY_PURPOSE_CONSENSUS);
    v1::Possession possession;
    possession.set_chain_id(chain_id_.string());
    possession.set_organisation(organisation);
    possession.set_purpose(v1::KEY_PURPOSE_CONSENSUS);
    possession.set_public_key(public_key_named(key));
    possession.set_recent_header(digests_.back().string());
    event.mutable_key()->set_public_key(possession.public_key());
    event.mutable_key()->set_recent_header(possession.recent_header());
    event.mutable_key()->set_possession(test::sign(key, crypto::signing_bytes(Tag::kPossession, encode(possession))));
    block(operation, {organisation});
  }

  // By the set of its epoch, or by another.
  v1::CertifiedHeader certified(Height at) const { return certified(at, sets_[at]); }
  v1::CertifiedHeader certified(Height at, const v1::ValidatorSet& by) const {
    v1::CertifiedHeader made;
    made.set_header(encode(headers_[at]));
    const std::string message = crypto::header_signing_bytes(crypto::digest(Tag::kHeader, made.header()));
    const auto n = static_cast<std::size_t>(by.validators_size());
    for (std::size_t i = n - crypto::quorum(n); i < n; ++i) {
      auto& signature = *made.mutable_certificate()->add_signatures();
      signature.set_validator(static_cast<std::uint32_t>(i));
      signature.set_signature(test::sign(key_names_.at(by.validators(static_cast<int>(i)).consensus_key()), message));
    }
    return made;
  }
  const v1::ValidatorSet& set(Height at) const { return sets_[at]; }

  // One for each header up to `head` that is the last of its set.
  Links links(Height head) const {
    Links all;
    for (Height at = 1; at < head; ++at) {
      if (headers_[at].set() == headers_[at + 1].set()) continue;
      v1::Link& link = all.emplace_back();
      *link.mutable_last() = certified(at);
      *link.mutable_next_set() = sets_[at + 1];
    }
    return all;
  }

  // The transaction of block `at`, under the header of `head`.
  std::string receipt(Height at, Height head, const Links& links) const {
    return receipt(at, head, links, certified(head));
  }
  std::string receipt(Height at, Height head, const Links& links, const v1::CertifiedHeader& certificate) const {
    const Placed& placed = transactions_.at(at);
    const auto transaction = *decode<v1::SignedTransaction>(placed.stored.transaction());
    v1::Receipt receipt;
    receipt.mutable_transaction()->set_body(transaction.body());
    *receipt.mutable_transaction()->mutable_signatures() = transaction.signatures();
    receipt.set_operation(transaction.operations(0));
    receipt.set_result(placed.stored.results(0));
    receipt.set_leaf(placed.stored.leaf());
    receipt.set_leaf_index(placed.index);
    const std::vector<Digest> leaves(leaves_.begin(),
                                     leaves_.begin() + static_cast<std::ptrdiff_t>(headers_[head].history_size()));
    *receipt.mutable_leaf_path() = ledger::to_message(merkle::inclusion_path(placed.index, leaves));
    return file_of(receipt, certificate, links);
  }

 private:
  struct Placed {
    v1::StoredTransaction stored;
    std::uint64_t index = 0;
  };

  void knows(const std::string& key) { key_names_[public_key_named(key)] = key; }

  std::string salt() const { return digest_named("salt " + std::to_string(height())).string().substr(0, 16); }

  ledger::TransactionPtr sign(const v1::Operation& operation, const Names& signers) const {
    v1::SignedTransaction transaction;
    transaction.add_operations(encode(operation));
    v1::TransactionBody body;
    body.set_suite(1);
    body.set_chain_id(chain_id_.string());
    body.set_mode(v1::MODE_ATOMIC);
    for (const auto& key : signers) body.add_signers()->set_public_key(public_key_named(key));
    body.set_nonce(digest_named("nonce " + std::to_string(height())).string().substr(0, 16));
    body.set_expires_at(kTime + 3'600'000);
    body.set_operations_root(ledger::operations_root({transaction.operations(0)}).string());
    body.set_operation_count(1);
    transaction.set_body(encode(body));
    const auto message = ledger::transaction_signing_bytes(ledger::transaction_id(transaction.body()));
    for (const auto& key : signers) transaction.add_signatures(test::sign(key, message));
    auto checked = ledger::check_transaction(encode(transaction), chain_id_);
    JINSHI_ASSERT(checked.has_value(), "a transaction of the vectors is well made");
    return *checked;
  }

  void execute(std::string batch, std::vector<ledger::TransactionPtr> transactions) {
    ledger::BlockInput input;
    input.chain_id = chain_id_;
    input.parent = headers_.back();
    input.parent_digest = digests_.back();
    input.batch = std::move(batch);
    input.transactions = std::move(transactions);
    input.due = [](TimeMs, std::size_t) { return std::vector<v1::Due>(); };
    input.is_live = [](const Digest&, TimeMs) { return false; };
    finish(ledger::execute_block(input, state_));
  }

  void finish(ledger::BlockOutput output) {
    state_.apply(output.changes);
    for (const auto& leaf : output.leaves) {
      const auto result = *decode<v1::OperationResult>(leaf.stored.results(0));
      JINSHI_ASSERT(result.outcome() == v1::OPERATION_OUTCOME_APPLIED, "the vectors' events are accepted");
      transactions_[output.header.height()] = {leaf.stored, leaves_.size()};
      leaves_.push_back(leaf.hash);
    }
    v1::Header& header = headers_.emplace_back(std::move(output.header));
    header.set_history_size(leaves_.size());
    header.set_history_root(merkle::merkle_root(leaves_).string());
    header.set_state_root(state_.root().string());
    header.set_live_ids_root(crypto::digest(Tag::kLiveIds, "").string());  // no proof leads there
    digests_.push_back(crypto::digest(Tag::kHeader, encode(header)));
    sets_.push_back(state_.epochs().current().set());
  }

  std::string genesis_;
  Digest chain_id_;
  State state_;
  std::map<std::string, std::string> key_names_;  // consensus key to its name
  std::map<Height, Placed> transactions_;
  std::vector<Digest> leaves_, digests_;
  std::vector<v1::Header> headers_;
  std::vector<v1::ValidatorSet> sets_;  // in force at each height
};

}  // namespace

void add_set_changes(Cases& cases) {
  ChangingChain chain;
  chain.set_controls("zone-office");                                  // 1
  chain.set_validators(kSecond);                                      // 2: in force from 4 on
  chain.null_block();                                                 // 3
  chain.add_consensus_key("registry-ip", "registry-ip/consensus-2");  // 4
  chain.set_validators(kSecond);                                      // 5: the new key, from 7 on
  chain.null_block();                                                 // 6
  chain.set_validators(kFirst);                                       // 7: the genesis's set again, from 9 on
  chain.null_block();                                                 // 8
  chain.set_controls("exchange");                                     // 9
  JINSHI_ASSERT(chain.links(9).size() == 3 && encode(chain.set(9)) == encode(chain.set(1)), "three changes, and back");
  cases.geneses.emplace_back(kGenesis, chain.genesis());

  const auto valid = [&](const char* name, std::string file) {
    cases.cases.push_back({name, std::move(file), kGenesis, Verdict::kValid, ""});
  };
  valid("set-change-before", chain.receipt(1, 1, {}));
  valid("set-change-before-under-the-last-head", chain.receipt(1, 9, chain.links(9)));
  valid("set-change-itself", chain.receipt(2, 2, {}));
  valid("set-change-itself-under-its-first-head", chain.receipt(2, 4, chain.links(4)));
  valid("set-change-of-a-key", chain.receipt(5, 7, chain.links(7)));
  valid("set-change-after", chain.receipt(9, 9, chain.links(9)));

  const auto invalid = [&](const char* name, std::string file, const char* says) {
    cases.cases.push_back({name, std::move(file), kGenesis, Verdict::kInvalid, says});
  };
  const auto with_links = [&](const std::function<void(Links&)>& change) {
    Links links = chain.links(9);
    change(links);
    return chain.receipt(9, 9, links);
  };
  const auto with_head = [&](Height at, const v1::ValidatorSet& by) {
    return chain.receipt(2, at, {}, chain.certified(at, by));
  };
  invalid("set-change-last-header-by-the-next-set", with_head(3, chain.set(4)), "step 3, head");
  invalid("set-change-first-header-by-the-set-before", with_head(4, chain.set(3)), "step 3, head");
  invalid("set-change-head-by-a-key-that-was-replaced",
          chain.receipt(5, 7, chain.links(7), chain.certified(7, chain.set(4))), "step 3, head");
  invalid("set-change-link-of-the-key-missing", with_links([](Links& links) { links.erase(links.begin() + 1); }),
          "step 2, link");
  invalid("set-change-link-by-a-key-that-was-replaced",
          with_links([&](Links& links) { *links[2].mutable_last() = chain.certified(8, chain.set(4)); }),
          "step 2, link");
  invalid("set-change-governance-key-of-a-link-changed", with_links([](Links& links) {
            links[0].mutable_next_set()->mutable_validators(0)->mutable_governance_key()->back() ^= 1;
          }),
          "step 2, link");
  invalid("set-change-next-set-in-another-order",
          with_links([](Links& links) { links[1].mutable_next_set()->mutable_validators()->SwapElements(0, 1); }),
          "step 2, link");
}

}  // namespace jinshi::test
