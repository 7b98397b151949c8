// Proposes what no check of bytes lets pass.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class InvalidProposer final : public Adversary {
 public:
  TransactionPtr slips_in(const Means& my) override {
    if (!my.random.chance(0.3)) return nullptr;
    return make_transaction("invalid " + std::to_string(my.random.next()));
  }
};

}  // namespace

std::unique_ptr<Adversary> invalid_proposer() { return std::make_unique<InvalidProposer>(); }

}  // namespace jinshi::simulation
