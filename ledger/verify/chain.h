// Which validators certify which heights: from a start that the verifier trusts, along the links of a file, to the set
// in force at a header's height (docs/protocol.md, verification). Sets are matched by hash and height, never by epoch
// number: a set that comes back, or an epoch that keeps its set, is nothing special.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jinshi/v1/proof.pb.h"
#include "ledger/crypto/public_key.h"
#include "ledger/verify/steps.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

// What a claim rests on, in order: the trusted start, each change of validators, the head.
struct ChainStep {
  enum class Kind { kGenesis, kTrustedHeader, kLink, kHead };
  Kind kind = Kind::kGenesis;
  Height height = 0;
  TimeMs time = 0;
  std::size_t validators = 0;  // in the set that is in force after this step
  std::size_t signatures = 0;  // of the certificate that was checked; 0 for a start
};

class Chain {
 public:
  // The chain id is the genesis's digest, and its validators certify from height 1. CONFIGURATION for bytes that are no
  // genesis, NEEDS_NEWER_VERIFIER for one of a later format, suite or version.
  static Result<Chain> from_genesis(ByteView genesis);

  // From a later header: the canonical bytes of a Link whose set is the one that the header names as its own, which
  // then certifies from that height on, or as the next, which certifies from the next height on. That the header is the
  // chain's is the caller's to know.
  static Result<Chain> from_trusted(ByteView link);

  const Digest& chain_id() const { return chain_id_; }

  // Checks the links, one after another, and takes up their sets. With a trusted header as start, links before it are
  // left unread: their number is in `links_skipped`.
  Result<void> follow(const google::protobuf::RepeatedPtrField<v1::Link>& links);
  std::size_t links_skipped() const { return skipped_; }

  // The head that a file's paths lead to, certified by the set of the last link.
  Result<v1::Header> head(const v1::CertifiedHeader& certified);
  // A header of any height since the start.
  Result<v1::Header> header(const v1::CertifiedHeader& certified, const Place& place) const;

  // The validators that certify now: after the last link that was followed, in the set's order.
  const std::vector<crypto::PublicKey>& validators() const { return reigns_.back().keys; }

  const std::vector<ChainStep>& steps() const { return steps_; }

 private:
  struct Reign {
    std::vector<crypto::PublicKey> keys;
    Digest set;  // its hash
    Height from = 0;
  };
  static Result<Reign> reign_of(const Place& place, const v1::ValidatorSet& set, Height from);

  Result<v1::Header> read_header(const Place& place, ByteView bytes) const;
  Result<void> check_certified(const Place& place, const v1::Header& header, const v1::CertifiedHeader& certified,
                               const Reign& reign) const;

  Digest chain_id_;
  std::vector<Reign> reigns_;  // by height
  std::optional<v1::CertifiedHeader> trusted_;
  std::size_t skipped_ = 0;
  std::vector<ChainStep> steps_;
};

}  // namespace jinshi::ledger
