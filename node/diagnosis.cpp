#include "node/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>

namespace jinshi::node {
namespace {

// A disk may take its time for a large block; beyond this an operator should look.
constexpr std::int64_t kSlowBlockMs = 10'000;

}  // namespace

Diagnosis diagnose(const DiagnosisFacts& facts) {
  const auto& ordering = facts.ordering;
  const Height next = ordering.height + 1;
  const std::int64_t spent = facts.now - ordering.since;
  const std::int64_t quiet = facts.now - ordering.last_block;
  switch (ordering.at) {
    case OrderingStatus::At::kFailed:
      return {true, fmt::format("stalled: {}", ordering.failure)};
    case OrderingStatus::At::kStopped:
      return {true, "stalled: the node is stopping"};
    case OrderingStatus::At::kExecuting:
      if (spent > kSlowBlockMs) {
        return {true, fmt::format("stalled: block {} has been executing for {} ms: is the disk slow?", next, spent)};
      }
      return {false, fmt::format("working: block {} is executing, {} transactions wait", next, facts.waiting)};
    case OrderingStatus::At::kCertifying:
      if (spent > kSlowBlockMs) {
        return {true, fmt::format("stalled: block {} has waited {} ms for its certificate", next, spent)};
      }
      return {false, fmt::format("working: block {} is being certified, {} transactions wait", next, facts.waiting)};
    case OrderingStatus::At::kWaiting:
      break;
  }
  if (facts.waiting > 0 && quiet > std::max(ordering.progress_timeout_ms, kSlowBlockMs)) {
    return {true, fmt::format("stalled: {} transactions wait, and no block came for {} ms", facts.waiting, quiet)};
  }
  if (quiet > 2 * std::max(ordering.heartbeat_ms, kSlowBlockMs)) {
    return {true, fmt::format("stalled: no heartbeat for {} ms", quiet)};
  }
  if (facts.waiting > 0) return {false, fmt::format("working: {} transactions wait", facts.waiting)};
  const auto ahead = [](std::int64_t ms) { return std::max<std::int64_t>(0, ms); };
  std::string text =
      fmt::format("idle: nothing waits; the next heartbeat is in {} ms", ahead(ordering.heartbeat_ms - quiet));
  if (ordering.next_due) {
    text += fmt::format(", the next due entry in {} ms", ahead(*ordering.next_due - facts.network_now));
  }
  return {false, text};
}

}  // namespace jinshi::node
