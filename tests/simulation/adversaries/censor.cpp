// As a proposer leaves out some transactions for ever.
#include "tests/simulation/adversary.h"

namespace jinshi::simulation {
namespace {

class Censor final : public Adversary {
 public:
  bool leaves_out(const Transaction& transaction) const override { return transaction.id.bytes[0] % 4 == 0; }
};

}  // namespace

std::unique_ptr<Adversary> censor() { return std::make_unique<Censor>(); }

}  // namespace jinshi::simulation
