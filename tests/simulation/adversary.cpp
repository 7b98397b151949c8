#include "tests/simulation/adversary.h"

#include <functional>

#include "jinshi/v1/block.pb.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::simulation {
namespace {

struct Named {
  std::string name;
  std::unique_ptr<Adversary> (*make)();
};

const std::vector<Named>& all() {
  static const std::vector<Named> kAll{
      {"equivocating_proposer", &equivocating_proposer},
      {"payload_withholder", &payload_withholder},
      {"vote_withholder", &vote_withholder},
      {"stale_view_changer", &stale_view_changer},
      {"wrong_time_proposer", &wrong_time_proposer},
      {"header_liar", &header_liar},
      {"double_voter", &double_voter},
      {"replayer", &replayer},
      {"invalid_proposer", &invalid_proposer},
      {"censor", &censor},
      {"twins", &twins},
  };
  return kAll;
}

}  // namespace

std::string Means::sign_vote(const consensus::VoteStatement& vote) const {
  return *signer.sign(consensus::vote_signing_bytes(chain_id, vote));
}

consensus::Proposal Means::resign(consensus::Proposal proposal, const v1::Batch& batch) const {
  const std::string bytes = encode(batch);
  proposal.batch = consensus::blob(bytes);
  proposal.digest = consensus::batch_digest(bytes);
  proposal.time = batch.time();
  proposal.proposer = batch.proposer();
  proposal.signature =
      sign_vote({proposal.at.epoch, proposal.at.view, v1::PHASE_PRE_PREPARE, proposal.height, proposal.digest});
  return proposal;
}

bool Means::in_other_half(const std::string& peer) const {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i] == peer) return i % 2 == 1;
  }
  return false;
}

std::unique_ptr<Adversary> make_adversary(const std::string& name) {
  for (const Named& one : all()) {
    if (one.name == name) return one.make();
  }
  return nullptr;
}

const std::vector<std::string>& adversary_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Named& one : all()) names.push_back(one.name);
    return names;
  }();
  return kNames;
}

}  // namespace jinshi::simulation
