// What decides the order of batches. Pure: events in, effects out, to be carried out in order; it has no clock, socket,
// disk or thread. With one validator it is SoloSource; a network's consensus takes the same place, with votes as
// further events and effects.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "proto/types.h"

namespace jinshi::node {

// Milliseconds of a clock that never jumps, from any start: timers go by it.
using SteadyMs = std::int64_t;

// The clocks as they stood when the event happened.
struct Moment {
  TimeMs network = 0;
  SteadyMs steady = 0;
};

// What the next batch builds on.
struct ChainPosition {
  Height height = 0;
  TimeMs time = 0;
  std::optional<TimeMs> next_due;  // when the due queue's next entry can run
  std::int64_t heartbeat_ms = 0;   // of the epoch in force
};

// Once, first of all. `uncertified` is the last block's header when a crash came before its certificate.
struct Started {
  ChainPosition position;
  std::optional<Digest> uncertified;
  bool something_waits = false;
};
// The pool holds a transaction that no ordered batch lists.
struct TransactionsWait {};
// The batch became a block, on disk and synced.
struct BlockExecuted {
  Height height = 0;
  Digest header;
};
// The header has its certificate.
struct BlockCertified {
  ChainPosition position;
  bool something_waits = false;
};
// The armed time came, or the network clock was moved.
struct TimePassed {};

using OrderingEvent = std::variant<Started, TransactionsWait, BlockExecuted, BlockCertified, TimePassed>;

// Fill a batch from the pool, possibly an empty one, and execute it as the next height.
struct OrderBatch {
  TimeMs time = 0;
};
// Sign the header and gather its certificate.
struct CertifyHeader {
  Height height = 0;
  Digest header;
};
// Give TimePassed then; replaces the time armed before.
struct ArmTimer {
  SteadyMs at = 0;
};

using OrderingEffect = std::variant<OrderBatch, CertifyHeader, ArmTimer>;

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual std::vector<OrderingEffect> step(const OrderingEvent& event, const Moment& now) = 0;
};

}  // namespace jinshi::node
