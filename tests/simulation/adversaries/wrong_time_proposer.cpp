// Proposes batches of another day.
#include "jinshi/v1/block.pb.h"
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class WrongTimeProposer final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string&, const Packet& packet) override {
    const auto* message = std::get_if<consensus::Message>(&packet);
    const auto* proposal = message == nullptr ? nullptr : std::get_if<consensus::Proposal>(message);
    if (proposal == nullptr || proposal->proposer != my.organisation) return {packet};
    v1::Batch batch;
    batch.ParseFromString(*proposal->batch);
    // The same lie to all: this one is no equivocator.
    const std::int64_t day = 86'400'000;
    batch.set_time(batch.time() + (proposal->height % 3 == 0 ? day : proposal->height % 3 == 1 ? -day : 0));
    return {consensus::Message(my.resign(*proposal, batch))};
  }
};

}  // namespace

std::unique_ptr<Adversary> wrong_time_proposer() { return std::make_unique<WrongTimeProposer>(); }

}  // namespace jinshi::simulation
