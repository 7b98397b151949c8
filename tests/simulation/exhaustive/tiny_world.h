// What every state of the search shares: four validators with cheap keys, one height to be ordered, and the batches that
// can stand there, each already executed to its header.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "consensus/replica.h"
#include "consensus/verifier.h"

namespace jinshi::exhaustive {

inline constexpr std::size_t kValidators = 4;
inline constexpr std::size_t kQuorum = 3;  // of the rules, whatever the core under test counts
inline constexpr Height kHeight = 1;       // the one that is ordered

// A batch by its place in TinyWorld::batches: each validator's own, and a second of the Byzantine one.
using Value = std::uint8_t;
inline constexpr Value kNoValue = 0xFF;

struct Batch {
  consensus::Blob bytes;
  Digest digest;
  consensus::BlockExecuted block;
};

class TinyWorld {
 public:
  // Views up to `views - 1`; view v is led by validator v mod 4.
  TinyWorld(std::size_t byzantine, std::size_t views);

  std::size_t byzantine() const { return byzantine_; }
  std::size_t views() const { return views_; }
  bool is_honest(std::size_t validator) const { return validator != byzantine_; }
  static std::size_t leader(consensus::View view) { return view % kValidators; }
  // What the validator proposes; the Byzantine one also proposes `kSecond`.
  static Value own(std::size_t validator) { return static_cast<Value>(validator); }
  static constexpr Value kSecond = kValidators;

  const std::vector<Batch>& batches() const { return batches_; }
  Value value_of(const Digest& batch) const;
  Value value_of_header(const Digest& header) const;
  const Digest& chain_id() const { return chain_id_; }
  const Digest& set() const { return set_; }
  const consensus::CertifiedHeaderPtr& genesis() const { return genesis_; }
  const consensus::Verifier& verifier() const { return *verifier_; }
  static std::string organisation(std::size_t validator) { return std::string(1, static_cast<char>('a' + validator)); }

  // As it comes out of its start: it has asked its peers, and nobody holds anything of its key.
  consensus::Replica fresh_replica(std::size_t validator) const;
  std::string sign(std::size_t validator, v1::Phase phase, consensus::View view, Height height,
                   const Digest& digest) const;
  std::string sign_header(std::size_t validator, const Digest& header) const;

  static constexpr TimeMs kNow = 1'800'000'000'000;

 private:
  std::size_t byzantine_, views_;
  std::vector<std::unique_ptr<crypto::Signer>> signers_;
  std::shared_ptr<const v1::Epochs> epochs_;
  std::vector<Batch> batches_;
  Digest chain_id_, set_;
  consensus::CertifiedHeaderPtr genesis_;
  std::unique_ptr<consensus::Verifier> verifier_;
};

}  // namespace jinshi::exhaustive
