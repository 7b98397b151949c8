// A chain made by hand: a genesis, signed headers, receipts and record proofs straight from the trees, without
// execution. Everything is fixed, so that the same call makes the same bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "ledger/crypto/secret_key.h"
#include "ledger/domain/record_key.h"
#include "proto/types.h"

namespace jinshi::test {

// 2026-11-24T00:00:00Z, the time of the genesis; block h is of `kTime + h * 1000` unless said otherwise.
inline constexpr TimeMs kTime = 1'795'478'400'000;

crypto::SecretKey key_named(std::string_view name);
std::string public_key_named(std::string_view name);
std::string sign(std::string_view key_name, std::string_view signing_bytes);
// Another valid signature of the same, and one that differs in its s alone, which is then in the upper half.
std::string sign_otherwise(std::string_view key_name, std::string_view signing_bytes);
std::string with_high_s(std::string signature);
Digest digest_named(std::string_view name);

v1::Operation operation_named(std::string_view name);  // WithdrawApplication of an asset, with a salt

struct MadeTransaction {
  std::string body;
  std::vector<std::string> operations;
  std::vector<std::string> signatures;
  std::vector<std::string> results;
  std::uint64_t leaf_index = 0;
};

struct MadeSigner {
  std::string key;  // a name
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
};

class MadeChain {
 public:
  // Validators of the genesis: 1 to 7.
  explicit MadeChain(std::size_t validators);

  const std::string& genesis() const { return genesis_; }
  const Digest& chain_id() const { return chain_id_; }
  const v1::ValidatorSet& genesis_set() const { return genesis_set_; }
  // `count` validators whose keys are not the genesis's; `which` tells such sets apart.
  v1::ValidatorSet other_set(std::string_view which, std::size_t count) const;

  v1::TransactionBody body(const std::vector<std::string>& operations, const std::vector<MadeSigner>& signers) const;
  MadeTransaction sign_body(const v1::TransactionBody& body, const std::vector<std::string>& operations,
                            const std::vector<MadeSigner>& signers) const;

  // A leaf of history. Outcomes are all APPLIED but of the operations refused, which have REASON_FROZEN.
  MadeTransaction order(std::vector<v1::Operation> operations, const std::vector<MadeSigner>& signers, Height height,
                        const std::vector<std::size_t>& refused = {});
  void order(MadeTransaction& transaction, Height height, std::uint32_t index = 0);
  v1::Receipt due_leaf(const std::vector<v1::Due>& due, Height height);  // of its first entry, without paths to a head
  void fill_history(std::size_t leaves);                                 // of other transactions

  std::string put(v1::Record record);  // gives its bytes
  void erase(const ledger::RecordKey& key);

  // As things stand now.
  v1::Header header(Height height, const v1::ValidatorSet& set) const;
  // By the validators of the set with these indices; all of a quorum if none are given.
  v1::CertifiedHeader certify(const v1::Header& header, const v1::ValidatorSet& set,
                              std::optional<std::vector<std::uint32_t>> by = std::nullopt) const;
  // By the validator of that index, with its consensus key.
  std::string sign_as(const v1::ValidatorSet& set, std::uint32_t validator, std::string_view signing_bytes) const;
  v1::Link link(v1::Header last, const v1::ValidatorSet& set, const v1::ValidatorSet& next) const;

  v1::Receipt receipt(const MadeTransaction& transaction, std::uint32_t operation) const;  // without head and links
  v1::TreePath history_path(std::uint64_t leaf_index) const;
  std::vector<Digest> history_leaves() const;
  v1::RecordProof record_proof(const std::string& record) const;  // without head and links
  v1::RecordProof absence_proof(const ledger::RecordKey& key) const;

 private:
  std::string genesis_;
  Digest chain_id_;
  v1::ValidatorSet genesis_set_;
  std::map<std::string, std::string> key_names_;  // consensus key to its name
  std::vector<std::string> leaves_;
  std::map<Digest, Digest> state_;
  std::uint64_t created_ = 0;
};

std::string file_of(v1::Receipt receipt, const v1::CertifiedHeader& head, const std::vector<v1::Link>& links = {});
std::string file_of(v1::RecordProof proof, const v1::CertifiedHeader& head, const std::vector<v1::Link>& links = {});

}  // namespace jinshi::test
