// Ordering by the only validator (n = 1, quorum 1). It proposes at once when something waits and nothing is in flight,
// so that a batch holds whatever came while the last block was made; an empty block when a due entry's time has come,
// or after the heartbeat without a block (docs/protocol.md, time).
#pragma once

#include "node/ordering/batch_source.h"

namespace jinshi::node {

class SoloSource final : public BatchSource {
 public:
  std::vector<OrderingEffect> step(const OrderingEvent& event, const Moment& now) override;

 private:
  enum class Phase { kNotStarted, kIdle, kExecuting, kCertifying };

  OrderingEffect next(const Moment& now);

  Phase phase_ = Phase::kNotStarted;
  ChainPosition position_;
  SteadyMs last_block_ = 0;
  bool something_waits_ = false;
};

}  // namespace jinshi::node
