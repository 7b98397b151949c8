// The checks of signatures, before a message becomes an event: pure, on any thread, against the sets that are known.
// A message that passed has another type, so that none reaches the core by forgetting a call.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "consensus/message.h"
#include "ledger/crypto/public_key.h"

namespace jinshi::consensus {

class VerifiedMessage {
 public:
  const Message& message() const { return message_; }

  // For those who know otherwise that it holds: a model that only makes what was signed.
  static VerifiedMessage vouched(Message message) { return VerifiedMessage(std::move(message)); }

 private:
  friend class Verifier;
  explicit VerifiedMessage(Message message) : message_(std::move(message)) {}
  Message message_;
};

// A set of validators as the ledger has it, and the epoch that it rules.
struct KnownSet {
  EpochNumber epoch = 0;
  Digest hash;  // as headers name it
  std::vector<crypto::PublicKey> keys;
  std::vector<std::string> organisations;
  std::uint64_t rotation_interval = 1;
  Height window = 64;
};

// set[(view + height / R) mod n]; docs/protocol.md, proposers.
ValidatorIndex proposer_of(Height height, View view, std::uint64_t rotation_interval, std::size_t validators);

class Verifier {
 public:
  // `sets`: current, those before it that messages may still cite, and the next. `genesis`: the header digest of
  // block 0, which needs no certificate.
  Verifier(Digest chain_id, Digest genesis, std::vector<KnownSet> sets);

  // BAD_SIGNATURE, BAD_PROOF or MALFORMED; HEIGHT_UNKNOWN where the set isn't known (yet, or any more).
  Result<VerifiedMessage> check(Message message) const;

  Result<void> check(const CertifiedHeader& header) const;
  Result<void> check(const PrepareCertificate& certificate) const;

 private:
  Result<const KnownSet*> set_of(EpochNumber epoch) const;
  Result<void> check_vote(const VoteStatement& vote, ValidatorIndex validator, ByteView signature) const;

  Result<void> check_one(const Proposal& message) const;
  Result<void> check_one(const PrepareVote& message) const;
  Result<void> check_one(const CommitVote&) const { return {}; }
  Result<void> check_one(const HeaderVote& message) const;
  Result<void> check_one(const ViewChangePtr& message) const;
  Result<void> check_one(const NewViewPtr& message) const;
  Result<void> check_one(const Status&) const { return {}; }
  Result<void> check_one(const CertifiedHeaderPtr& message) const;
  Result<void> check_one(const RecoveryRequest&) const { return {}; }
  Result<void> check_one(const RecoveryAnswerPtr& message) const;

  Digest chain_id_, genesis_;
  std::vector<KnownSet> sets_;
};
using VerifierPtr = std::shared_ptr<const Verifier>;

}  // namespace jinshi::consensus
