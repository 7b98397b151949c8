// Section 5 of the rules: suspect a proposer, by progress and by fairness.
#include <algorithm>

#include "consensus/replica.h"

namespace jinshi::consensus {
namespace {

constexpr std::int64_t kLongestTimeoutMs = 30'000;
// Waiting in bounded steps notices a network clock that was moved by hand.
constexpr std::int64_t kLongestWaitMs = 60'000;

}  // namespace

std::int64_t Replica::timeout_ms() const {
  std::int64_t timeout = epoch_.progress_timeout_ms;
  const std::int64_t longest = std::max(kLongestTimeoutMs, timeout);
  for (unsigned failed = 0; failed < failed_views_ && timeout < longest; ++failed) timeout *= 2;
  return std::min(timeout, longest);
}

// Since when the longest waiting thing waits.
std::optional<SteadyMs> Replica::waits_since() const {
  std::optional<SteadyMs> since = waiting_.oldest_since();
  const auto consider = [&](SteadyMs began) {
    if (!since || began < *since) since = began;
  };
  for (const auto& [height, at] : slots_) {
    if (at.accepted) consider(at.accepted->since);
  }
  if (epoch_announced_ && last_height_of_epoch()) consider(*epoch_announced_);
  if (const SteadyMs overdue = last_certificate_ + 2 * epoch_.heartbeat_ms; now_.steady >= overdue) consider(overdue);
  return since;
}

std::optional<SteadyMs> Replica::suspicion_at() const {
  const auto since = waits_since();
  if (!since) return std::nullopt;
  return std::max({*since, entered_view_, last_certificate_}) + timeout_ms();
}

void Replica::look_for_suspicion() {
  if (!may_vote()) return;
  // Without a quorum that asks for this view or a higher one nobody goes past it.
  look_at_view_timer();
  if (!view_timer_started_) return;
  if (!active_) {
    if (now_.steady < *view_timer_started_ + timeout_ms()) return;
    ++failed_views_;
    return suspect("no NEW-VIEW came");
  }
  // Who lacks certified blocks catches up; the proposer is not to blame.
  if (known_certified_ && known_certified_->height > certified_->height) return;
  if (const auto at = suspicion_at()) {
    if (now_.steady >= *at) {
      ++failed_views_;
      return suspect("no certificate came for " + std::to_string(timeout_ms()) + " ms while something waits");
    }
    if (!passed_on_again_ && !waiting_.empty() && now_.steady >= *at - timeout_ms() / 2) {
      passed_on_again_ = true;
      emit(PassOnAgain{});
    }
  }
  const auto passed = waiting_.most_passed_over();
  if (passed.batches >= epoch_.fairness_batches &&
      now_.steady >= std::max(passed.since, entered_view_) + epoch_.progress_timeout_ms) {
    suspect("a transaction was passed over by " + std::to_string(passed.batches) + " batches");
  }
}

void Replica::suspect(std::string why) {
  if (!may_vote()) return;
  emit(Suspicion{ballot(), std::move(why)});
  start_view_change(view_ + 1);
}

void Replica::arm_timer() {
  SteadyMs at = last_status_ + status_interval_ms();
  const auto consider = [&](SteadyMs when) {
    if (when > now_.steady) at = std::min(at, when);
  };
  if (!active_ && view_timer_started_) consider(*view_timer_started_ + timeout_ms());
  if (active_) {
    if (const auto suspicion = suspicion_at()) {
      consider(*suspicion);
      consider(*suspicion - timeout_ms() / 2);
    }
    consider(last_certificate_ + epoch_.heartbeat_ms);
    if (next_due_) consider(now_.steady + std::clamp<TimeMs>(*next_due_ - now_.network, 1, kLongestWaitMs));
  }
  at = std::max(at, now_.steady + 1);
  if (at == armed_) return;
  armed_ = at;
  emit(ArmTimer{at});
}

}  // namespace jinshi::consensus
