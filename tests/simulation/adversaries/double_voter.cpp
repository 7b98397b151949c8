// Votes for what was proposed and for something else, and commits to what nobody prepared.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class DoubleVoter final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    const auto* message = std::get_if<consensus::Message>(&packet);
    if (message == nullptr) return {packet};
    if (const auto* vote = std::get_if<consensus::PrepareVote>(message)) {
      consensus::PrepareVote lie = *vote;
      lie.digest = my.random.chance(0.5) ? consensus::kNullBatch : last_;
      lie.signature = my.sign_vote({lie.at.epoch, lie.at.view, v1::PHASE_PREPARE, lie.height, lie.digest});
      last_ = vote->digest;
      if (my.random.chance(0.3)) return {consensus::Message(lie), packet};
      if (my.in_other_half(to)) return {consensus::Message(lie)};
    } else if (const auto* commit = std::get_if<consensus::CommitVote>(message)) {
      const consensus::CommitVote lie{commit->at, commit->height, consensus::kNullBatch};
      const consensus::CommitVote early{{commit->at.epoch, commit->at.view + 1}, commit->height, commit->digest};
      if (my.random.chance(0.3)) return {consensus::Message(lie), packet};
      if (my.random.chance(0.3)) return {packet, consensus::Message(early)};
      if (my.in_other_half(to)) return {consensus::Message(lie)};
    }
    return {packet};
  }

 private:
  Digest last_;
};

}  // namespace

std::unique_ptr<Adversary> double_voter() { return std::make_unique<DoubleVoter>(); }

}  // namespace jinshi::simulation
