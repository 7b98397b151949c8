// Proposes transactions that it never gave to anyone, and answers for them to a few only.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class PayloadWithholder final : public Adversary {
 public:
  std::vector<Packet> outgoing(const Means& my, const std::string& to, const Packet& packet) override {
    if (std::holds_alternative<PayloadAnswer>(packet) && !serves(my, to)) return {};
    return {packet};
  }
  TransactionPtr slips_in(const Means& my) override {
    if (!my.random.chance(0.5)) return nullptr;
    return make_transaction("withheld " + std::to_string(my.random.next()));
  }

 private:
  // One peer, or all but one: its choice of the moment.
  bool serves(const Means& my, const std::string& to) {
    if (my.random.chance(0.02)) favoured_ = my.random.below(my.peers.size());
    if (my.random.chance(0.02)) all_but_one_ = !all_but_one_;
    return (my.peers[favoured_ % my.peers.size()] == to) != all_but_one_;
  }
  std::size_t favoured_ = 0;
  bool all_but_one_ = false;
};

}  // namespace

std::unique_ptr<Adversary> payload_withholder() { return std::make_unique<PayloadWithholder>(); }

}  // namespace jinshi::simulation
