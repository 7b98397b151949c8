// Section 4 of the rules: leave a view. Castro and Liskov 1999 section 4.4.
#include <algorithm>

#include "consensus/replica.h"
#include "proto/canonical.h"

namespace jinshi::consensus {
namespace {

// The newest of one validator that are kept: a leader needs those of its own view, which the sender may have left.
constexpr std::size_t kViewChangesKept = 4;

}  // namespace

void Replica::start_view_change(View view) {
  if (view <= view_ || !may_vote()) return;
  // So far behind what it has prepared that nobody would believe it: others have the certificates that it lost.
  const auto highest = std::ranges::find_if(slots_.rbegin(), slots_.rend(),
                                            [](const auto& one) { return one.second.prepared != nullptr; });
  if (highest != slots_.rend() && highest->first > certified_->height + kWindowsPrepared * epoch_.window) return;
  v1::ViewChangeBody body;
  body.set_epoch(epoch_.number);
  body.set_view(view);
  body.set_validator(*epoch_.self);
  *body.mutable_certified() = certified_->bytes;
  for (const auto& [height, at] : slots_) {
    // Of this epoch by being in a slot, and below `view` since no vote of a later view was cast.
    if (at.prepared) *body.add_prepared() = to_wire(*at.prepared);
  }
  v1::ViewChange message;
  message.set_body(encode(body));
  const auto signature = sign(v1::PHASE_VIEW_CHANGE, view, 0, view_change_digest(message.body()));
  if (!signature) return;
  message.set_signature(*signature);

  view_ = view;
  active_ = false;
  new_view_.reset();
  entered_view_ = now_.steady;
  view_timer_started_.reset();
  batch_asked_ = false;
  own_view_change_ = *from_wire(message);
  logged_ballot_ = std::max(logged_ballot_, ballot());
  v1::LogEntry entry;
  *entry.mutable_view_change() = message;
  persist(std::move(entry));
  broadcast(own_view_change_);
  keep_view_change(own_view_change_);
  look_at_view_timer();
  join_others();
  try_new_view();
}

void Replica::handle(const std::string&, const ViewChangePtr& view_change) {
  if (view_change->at.epoch != epoch_.number) return;
  if (is_own_and_strange(*view_change)) return;
  if (view_change->at.view < view_) return;
  keep_view_change(view_change);
  look_at_view_timer();
  join_others();
  try_new_view();
}

void Replica::keep_view_change(const ViewChangePtr& view_change) {
  auto& held = view_changes_[view_change->validator];
  held.try_emplace(view_change->at.view, view_change);
  while (held.size() > kViewChangesKept) held.erase(held.begin());
}

std::size_t Replica::reached(View view) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      view_changes_, [&](const auto& one) { return one.second.rbegin()->first >= view; }));
}

// The timer of a view starts when a quorum asked for it or a higher one: no replica runs ahead alone.
void Replica::look_at_view_timer() {
  if (view_timer_started_ || reached(view_) < epoch_.quorum) return;
  view_timer_started_ = now_.steady;
}

// The highest view that f+1 others have reached: one of them is honest.
void Replica::join_others() {
  std::vector<View> views;
  for (const auto& [validator, held] : view_changes_) {
    if (validator != epoch_.self) views.push_back(held.rbegin()->first);
  }
  if (views.size() <= epoch_.faulty) return;
  std::ranges::sort(views, std::greater<>());
  start_view_change(views[epoch_.faulty]);
}

}  // namespace jinshi::consensus
