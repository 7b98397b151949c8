// Says nothing of one kind, for a while, to some.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class VoteWithholder final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    if (my.random.chance(0.01)) kind_ = my.random.below(std::variant_size_v<consensus::Message>);
    if (my.random.chance(0.01)) from_ = my.random.below(my.peers.size());
    const auto* message = std::get_if<consensus::Message>(&packet);
    if (message == nullptr) return {packet};
    if (message->index() == kind_) return {};
    // Its votes never reach this one.
    if (to == my.peers[from_ % my.peers.size()] && message->index() < 4) return {};
    return {packet};
  }

 private:
  std::size_t kind_ = 2, from_ = 0;
};

}  // namespace

std::unique_ptr<Adversary> vote_withholder() { return std::make_unique<VoteWithholder>(); }

}  // namespace jinshi::simulation
