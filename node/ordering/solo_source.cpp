#include "node/ordering/solo_source.h"

#include <algorithm>

#include "proto/assert.h"

namespace jinshi::node {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

// The network clock may be set by hand beneath a timer; waiting in bounded steps notices that.
constexpr std::int64_t kLongestWaitMs = 60'000;

}  // namespace

std::vector<OrderingEffect> SoloSource::step(const OrderingEvent& event, const Moment& now) {
  JINSHI_ASSERT((phase_ == Phase::kNotStarted) == std::holds_alternative<Started>(event), "started once, first of all");
  return std::visit(Overloaded{[&](const Started& started) -> std::vector<OrderingEffect> {
                                 position_ = started.position;
                                 something_waits_ = started.something_waits;
                                 last_block_ = now.steady;
                                 if (started.uncertified) {
                                   phase_ = Phase::kCertifying;
                                   return {CertifyHeader{position_.height, *started.uncertified}};
                                 }
                                 phase_ = Phase::kIdle;
                                 return {next(now)};
                               },
                               [&](const TransactionsWait&) -> std::vector<OrderingEffect> {
                                 something_waits_ = true;
                                 if (phase_ != Phase::kIdle) return {};
                                 return {next(now)};
                               },
                               [&](const BlockExecuted& block) -> std::vector<OrderingEffect> {
                                 JINSHI_ASSERT(phase_ == Phase::kExecuting, "only an ordered batch is executed");
                                 phase_ = Phase::kCertifying;
                                 return {CertifyHeader{block.height, block.header}};
                               },
                               [&](const BlockCertified& block) -> std::vector<OrderingEffect> {
                                 JINSHI_ASSERT(phase_ == Phase::kCertifying, "only an executed block is certified");
                                 phase_ = Phase::kIdle;
                                 position_ = block.position;
                                 something_waits_ = block.something_waits;
                                 last_block_ = now.steady;
                                 return {next(now)};
                               },
                               [&](const TimePassed&) -> std::vector<OrderingEffect> {
                                 if (phase_ != Phase::kIdle) return {};
                                 return {next(now)};
                               }},
                    event);
}

OrderingEffect SoloSource::next(const Moment& now) {
  const TimeMs time = std::max(now.network, position_.time);
  const SteadyMs heartbeat = last_block_ + position_.heartbeat_ms;
  const bool due = position_.next_due && *position_.next_due <= time;
  if (something_waits_ || due || now.steady >= heartbeat) {
    phase_ = Phase::kExecuting;
    something_waits_ = false;
    return OrderBatch{time};
  }
  SteadyMs at = std::min(heartbeat, now.steady + kLongestWaitMs);
  if (position_.next_due) at = std::min(at, now.steady + (*position_.next_due - now.network));
  return ArmTimer{at};
}

}  // namespace jinshi::node
