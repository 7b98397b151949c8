#include "consensus/signing.h"

#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::consensus {
namespace {

constexpr std::uint32_t kSuite = 1;

crypto::Tag tag_of(v1::Phase phase) {
  switch (phase) {
    case v1::PHASE_PRE_PREPARE:
      return crypto::Tag::kPrePrepare;
    case v1::PHASE_PREPARE:
      return crypto::Tag::kPrepare;
    case v1::PHASE_VIEW_CHANGE:
      return crypto::Tag::kViewChange;
    default:
      JINSHI_ASSERT(phase == v1::PHASE_NEW_VIEW, "a vote is of one of four phases");
      return crypto::Tag::kNewView;
  }
}

}  // namespace

Digest batch_digest(ByteView batch) { return batch.empty() ? kNullBatch : crypto::digest(crypto::Tag::kBatch, batch); }
Digest view_change_digest(ByteView body) { return crypto::digest(crypto::Tag::kViewChangeBody, body); }
Digest new_view_digest(ByteView body) { return crypto::digest(crypto::Tag::kNewViewBody, body); }

std::string vote_signing_bytes(const Digest& chain_id, const VoteStatement& vote) {
  v1::Vote signed_vote;
  signed_vote.set_suite(kSuite);
  signed_vote.set_chain_id(chain_id.string());
  signed_vote.set_epoch(vote.epoch);
  signed_vote.set_view(vote.view);
  signed_vote.set_phase(vote.phase);
  signed_vote.set_height(vote.height);
  signed_vote.set_digest(vote.digest.string());
  return crypto::signing_bytes(tag_of(vote.phase), encode(signed_vote));
}

}  // namespace jinshi::consensus
