// Four validators with fixed keys who sign whatever a test wants, and the verifier that knows them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "consensus/verifier.h"
#include "jinshi/v1/consensus.pb.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::consensus {

struct Council {
  static constexpr std::uint64_t kRotation = 100;
  Digest chain_id = crypto::sha256("chain");
  std::vector<std::unique_ptr<crypto::SoftwareSigner>> signers;
  KnownSet set;
  std::string genesis_header;

  Council() {
    v1::ValidatorSet validators;
    for (int i = 0; i < 4; ++i) {
      auto key = crypto::SecretKey::parse(crypto::sha256("validator " + std::to_string(i)).view());
      JINSHI_ASSERT(key.has_value(), "a hash is a scalar");
      signers.push_back(std::make_unique<crypto::SoftwareSigner>(std::move(*key)));
      auto& one = *validators.add_validators();
      one.set_organisation(name(static_cast<ValidatorIndex>(i)));
      one.set_consensus_key(std::string(signers.back()->public_key().encoded()));
      set.keys.push_back(signers.back()->public_key());
      set.organisations.push_back(one.organisation());
    }
    set.epoch = 1;
    set.hash = crypto::digest(crypto::Tag::kSet, encode(validators));
    set.rotation_interval = kRotation;
    set.window = 64;
    genesis_header = header(0, "");
  }
  static std::string name(ValidatorIndex i) { return std::string(1, static_cast<char>('a' + i)); }

  Verifier verifier() const { return Verifier(chain_id, crypto::digest(crypto::Tag::kHeader, genesis_header), {set}); }
  std::string sign(ValidatorIndex by, const VoteStatement& vote) const {
    return *signers[by]->sign(vote_signing_bytes(chain_id, vote));
  }
  std::string batch(std::string proposer, TimeMs time = 1000) const {
    v1::Batch batch;
    batch.set_proposer(std::move(proposer));
    batch.set_time(time);
    return encode(batch);
  }
  std::string header(Height height, const std::string& state) const {
    v1::Header header;
    header.set_format(1);
    header.set_suite(1);
    header.set_chain_id(chain_id.string());
    header.set_height(height);
    header.set_epoch(1);
    header.set_state_root(crypto::sha256(state).string());
    header.set_set(set.hash.string());
    return encode(header);
  }

  v1::PrePrepare pre_prepare(View view = 0, Height height = 1, ValidatorIndex by = 0, TimeMs time = 1000) const {
    v1::PrePrepare out;
    out.set_epoch(1);
    out.set_view(view);
    out.set_height(height);
    out.set_validator(by);
    out.set_batch(batch(name(by), time));
    out.set_signature(sign(by, {1, view, v1::PHASE_PRE_PREPARE, height, batch_digest(out.batch())}));
    return out;
  }
  v1::Prepare prepare(ValidatorIndex by, View view = 0, Height height = 1, TimeMs time = 1000) const {
    const Digest digest = batch_digest(batch("a", time));
    v1::Prepare out;
    out.set_epoch(1);
    out.set_view(view);
    out.set_height(height);
    out.set_digest(digest.string());
    out.set_validator(by);
    out.set_share(1);
    out.set_signature(sign(by, {1, view, v1::PHASE_PREPARE, height, digest}));
    return out;
  }
  // By the first three, the PRE-PREPARE of validator 0 among them.
  v1::PrepareCertificate certificate(View view = 0, Height height = 1) const {
    const Digest digest = batch_digest(batch("a"));
    v1::PrepareCertificate out;
    out.set_epoch(1);
    out.set_view(view);
    out.set_height(height);
    out.set_digest(digest.string());
    for (ValidatorIndex by = 0; by < 3; ++by) {
      auto& entry = *out.add_entries();
      entry.set_validator(by);
      entry.set_phase(by == 0 ? v1::PHASE_PRE_PREPARE : v1::PHASE_PREPARE);
      entry.set_share(1);
      entry.set_signature(sign(by, {1, view, entry.phase(), height, digest}));
    }
    return out;
  }
  v1::CertifiedHeader genesis() const {
    v1::CertifiedHeader out;
    out.set_header(genesis_header);
    return out;
  }
  v1::CertifiedHeader certified(Height height, const std::string& state = "state") const {
    v1::CertifiedHeader out;
    out.set_header(header(height, state));
    for (ValidatorIndex by = 0; by < 3; ++by) {
      auto& one = *out.mutable_certificate()->add_signatures();
      one.set_validator(by);
      one.set_signature(sign_header(by, out.header()));
    }
    return out;
  }
  std::string sign_header(ValidatorIndex by, const std::string& bytes) const {
    return *signers[by]->sign(crypto::header_signing_bytes(crypto::digest(crypto::Tag::kHeader, bytes)));
  }
  v1::ViewChange sign_view_change(const v1::ViewChangeBody& body) const {
    v1::ViewChange out;
    out.set_body(encode(body));
    out.set_signature(
        sign(body.validator(), {body.epoch(), body.view(), v1::PHASE_VIEW_CHANGE, 0, view_change_digest(out.body())}));
    return out;
  }
  v1::ViewChangeBody view_change_body(ValidatorIndex by, View view = 1) const {
    v1::ViewChangeBody body;
    body.set_epoch(1);
    body.set_view(view);
    body.set_validator(by);
    *body.mutable_certified() = genesis();
    *body.add_prepared() = certificate();
    return body;
  }
  v1::NewView sign_new_view(const v1::NewViewBody& body, ValidatorIndex by) const {
    v1::NewView out;
    out.set_body(encode(body));
    out.set_signature(sign(by, {body.epoch(), body.view(), v1::PHASE_NEW_VIEW, 0, new_view_digest(out.body())}));
    return out;
  }
  v1::NewViewBody new_view_body(std::vector<ValidatorIndex> of = {0, 1, 2}) const {
    v1::NewViewBody body;
    body.set_epoch(1);
    body.set_view(1);
    body.set_validator(1);
    for (const ValidatorIndex by : of) *body.add_view_changes() = sign_view_change(view_change_body(by));
    return body;
  }
  v1::HeaderVote header_vote(ValidatorIndex by) const {
    const std::string bytes = header(1, "state");
    v1::HeaderVote out;
    out.set_epoch(1);
    out.set_height(1);
    out.set_header(crypto::digest(crypto::Tag::kHeader, bytes).string());
    out.set_validator(by);
    out.set_signature(sign_header(by, bytes));
    return out;
  }
};

}  // namespace jinshi::consensus
