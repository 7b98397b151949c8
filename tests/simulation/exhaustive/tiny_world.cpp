#include "tests/simulation/exhaustive/tiny_world.h"

#include "ledger/crypto/certificate_check.h"
#include "proto/assert.h"
#include "proto/canonical.h"
#include "tests/simulation/hash_chain.h"
#include "tests/simulation/test_scheme.h"

namespace jinshi::exhaustive {
namespace {

constexpr consensus::EpochNumber kEpoch = 1;

v1::OrderingParameters ordering() {
  v1::OrderingParameters ordering;
  ordering.set_window(1);
  ordering.set_rotation_interval(10'000);
  ordering.set_heartbeat_ms(1000);
  ordering.set_progress_timeout_ms(500);
  ordering.set_max_clock_skew_ms(1000);
  ordering.set_fairness_batches(8);
  ordering.set_batch_operations(10);
  ordering.set_batch_bytes(1 << 20);
  return ordering;
}

}  // namespace

TinyWorld::TinyWorld(std::size_t byzantine, std::size_t views) : byzantine_(byzantine), views_(views) {
  v1::Epoch first;
  first.set_number(kEpoch);
  first.set_protocol_version(1);
  *first.mutable_ordering() = ordering();
  consensus::KnownSet known;
  known.epoch = kEpoch;
  known.window = 1;
  known.rotation_interval = ordering().rotation_interval();
  for (std::size_t i = 0; i < kValidators; ++i) {
    signers_.push_back(simulation::make_signer(i, false));
    known.keys.push_back(signers_.back()->public_key());
    known.organisations.push_back(organisation(i));
    auto& validator = *first.mutable_set()->add_validators();
    validator.set_organisation(organisation(i));
    validator.set_consensus_key(std::string(known.keys.back().encoded()));
    validator.set_governance_key(std::string(34, 'g'));
  }
  const simulation::HashChain chain(first, kNow, {});
  chain_id_ = chain.chain_id();
  set_ = known.hash = crypto::digest(crypto::Tag::kSet, encode(first.set()));
  const auto restored = chain.restored();
  epochs_ = restored.epochs;
  genesis_ = restored.certified;
  for (std::size_t i = 0; i <= kValidators; ++i) {
    v1::Batch batch;
    batch.set_proposer(organisation(i == kSecond ? byzantine : i));
    batch.set_time(i == kSecond ? kNow + 1 : kNow);
    const std::string bytes = encode(batch);
    simulation::HashChain executor = chain;
    batches_.push_back({consensus::blob(bytes), consensus::batch_digest(bytes), executor.execute(bytes, {})});
  }
  verifier_ = std::make_unique<consensus::Verifier>(chain_id_, chain.genesis(), std::vector{std::move(known)});
}

Value TinyWorld::value_of(const Digest& batch) const {
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    if (batches_[i].digest == batch) return static_cast<Value>(i);
  }
  return kNoValue;
}

Value TinyWorld::value_of_header(const Digest& header) const {
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    if (batches_[i].block.header == header) return static_cast<Value>(i);
  }
  return kNoValue;
}

consensus::Replica TinyWorld::fresh_replica(std::size_t validator) const {
  consensus::Config config;
  config.organisation = organisation(validator);
  config.chain_id = chain_id_;
  config.nonce = "n";
  consensus::RestoredState restored;
  restored.epochs = epochs_;
  restored.certified = genesis_;
  restored.certified_time = kNow;
  restored.log.emplace();
  return consensus::Replica(std::move(config), std::move(restored), signers_[validator].get());
}

std::string TinyWorld::sign(std::size_t validator, v1::Phase phase, consensus::View view, Height height,
                            const Digest& digest) const {
  auto signature = signers_[validator]->sign(
      consensus::vote_signing_bytes(chain_id_, {kEpoch, view, phase, height, digest}));
  JINSHI_ASSERT(signature.has_value(), "the cheap scheme always signs");
  return *signature;
}

std::string TinyWorld::sign_header(std::size_t validator, const Digest& header) const {
  auto signature = signers_[validator]->sign(crypto::header_signing_bytes(header));
  JINSHI_ASSERT(signature.has_value(), "the cheap scheme always signs");
  return *signature;
}

}  // namespace jinshi::exhaustive
