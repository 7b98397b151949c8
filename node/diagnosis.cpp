#include "node/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace jinshi::node {
namespace {

// A disk or a network may take its time for a large block; beyond this an operator should look.
constexpr std::int64_t kSlowBlockMs = 10'000;

std::string stalled_by(const OrderingStatus& ordering, std::int64_t now) {
  const std::string waited_for = who_is_waited_for(ordering, now);
  return waited_for.empty() ? "" : "; " + waited_for;
}

}  // namespace

std::string who_is_waited_for(const OrderingStatus& ordering, std::int64_t now) {
  std::string text;
  for (const auto& lacking : ordering.replica.lacking) {
    if (!text.empty()) text += "; ";
    text += fmt::format("no {} from {} for {} ms", lacking.what, fmt::join(lacking.organisations, ", "),
                        std::max<std::int64_t>(0, now - lacking.since));
    if (ordering.replica.height_in_flight && lacking.what != "VIEW-CHANGE") {
      text += fmt::format(" at height {}", *ordering.replica.height_in_flight);
    }
  }
  return text;
}

Diagnosis diagnose(const DiagnosisFacts& facts) {
  const auto& ordering = facts.ordering;
  const auto& replica = ordering.replica;
  const std::int64_t quiet = facts.now - ordering.last_block;
  if (!ordering.failure.empty()) return {true, fmt::format("stalled: {}", ordering.failure)};
  if (ordering.stopped) return {true, "stalled: the node is stopping"};
  if (replica.recovering && quiet > kSlowBlockMs) {
    return {true, fmt::format("stalled: asks its peers what it has signed, and too few have answered for {} ms", quiet)};
  }
  if (quiet > 2 * std::max(ordering.heartbeat_ms, kSlowBlockMs)) {
    return {true, fmt::format("stalled: no block for {} ms, not even a heartbeat{}", quiet,
                              stalled_by(ordering, facts.now))};
  }
  if (facts.waiting > 0 && quiet > std::max(2 * ordering.progress_timeout_ms, kSlowBlockMs)) {
    return {true, fmt::format("stalled: {} transactions wait, and no block came for {} ms{}", facts.waiting, quiet,
                              stalled_by(ordering, facts.now))};
  }
  if (ordering.catching_up) {
    return {false, fmt::format("working: catches up from height {}", replica.executed)};
  }
  if (!replica.active && replica.is_validator) {
    return {false, fmt::format("working: changes to view {} of epoch {}{}", replica.at.view, replica.at.epoch,
                               stalled_by(ordering, facts.now))};
  }
  if (facts.waiting > 0) {
    return {false, fmt::format("working: {} transactions wait, {} blocks are in flight", facts.waiting,
                               replica.executed - replica.certified)};
  }
  const auto ahead = [](std::int64_t ms) { return std::max<std::int64_t>(0, ms); };
  std::string text =
      fmt::format("idle: nothing waits; the next heartbeat is in {} ms", ahead(ordering.heartbeat_ms - quiet));
  if (ordering.next_due) {
    text += fmt::format(", the next due entry in {} ms", ahead(*ordering.next_due - facts.network_now));
  }
  return {false, text};
}

}  // namespace jinshi::node
