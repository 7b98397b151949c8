// Proposes one batch to one half and another to the other, and votes for each where it proposed it.
#include "jinshi/v1/block.pb.h"
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class EquivocatingProposer final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    const auto* message = std::get_if<consensus::Message>(&packet);
    if (message == nullptr || !my.in_other_half(to)) return {packet};
    if (const auto* proposal = std::get_if<consensus::Proposal>(message)) {
      if (proposal->proposer != my.organisation) return {packet};
      v1::Batch batch;
      batch.ParseFromString(*proposal->batch);
      batch.set_time(batch.time() + 1);
      if (batch.envelopes_size() > 0) batch.mutable_envelopes()->RemoveLast();
      const auto other = my.resign(*proposal, batch);
      other_[proposal->digest] = other.digest;
      kept_[other.digest] = other.batch;
      return {consensus::Message(other)};
    }
    if (const auto* commit = std::get_if<consensus::CommitVote>(message)) {
      const auto other = other_.find(commit->digest);
      if (other == other_.end()) return {packet};
      return {consensus::Message(consensus::CommitVote{commit->at, commit->height, other->second})};
    }
    return {packet};
  }

 private:
  std::map<Digest, Digest> other_;
  std::map<Digest, consensus::Blob> kept_;
};

}  // namespace

std::unique_ptr<Adversary> equivocating_proposer() { return std::make_unique<EquivocatingProposer>(); }

}  // namespace jinshi::simulation
