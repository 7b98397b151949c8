// Section 4 of the rules: enter a view. Every receiver recomputes what the NEW-VIEW proposes again.
#include <algorithm>

#include "consensus/replica.h"
#include "proto/canonical.h"

namespace jinshi::consensus {

void Replica::try_new_view() {
  if (active_ || !may_vote() || view_ % epoch_.size() != *epoch_.self) return;
  v1::NewViewBody body;
  body.set_epoch(epoch_.number);
  body.set_view(view_);
  body.set_validator(*epoch_.self);
  for (const auto& [validator, held] : view_changes_) {
    const auto asked = held.find(view_);
    if (asked == held.end() || static_cast<std::size_t>(body.view_changes_size()) == epoch_.quorum) continue;
    *body.add_view_changes() = asked->second->bytes;
  }
  if (static_cast<std::size_t>(body.view_changes_size()) < epoch_.quorum) return;
  v1::NewView message;
  message.set_body(encode(body));
  const auto signature = sign(v1::PHASE_NEW_VIEW, view_, 0, new_view_digest(message.body()));
  if (!signature) return;
  message.set_signature(*signature);
  const NewViewPtr new_view = *from_wire(message);
  v1::LogEntry entry;
  *entry.mutable_new_view() = message;
  persist(std::move(entry));
  broadcast(new_view);
  enter_view(new_view);
}

void Replica::handle(const std::string&, const NewViewPtr& new_view) {
  if (new_view->at.epoch != epoch_.number || new_view->at.view < view_) return;
  if (is_own_and_strange(*new_view)) return;
  if (new_view->at.view == view_ && active_) {
    if (new_view_ && new_view_->digest != new_view->digest) accuse_of_two_new_views(*new_view_, *new_view);
    return;
  }
  // On disk before anything is signed in its view.
  v1::LogEntry entry;
  *entry.mutable_new_view() = new_view->bytes;
  persist(std::move(entry));
  enter_view(new_view);
}

void Replica::enter_view(const NewViewPtr& new_view) {
  void_proposals();
  view_ = new_view->at.view;
  active_ = true;
  new_view_ = new_view;
  entered_view_ = now_.steady;
  batch_asked_ = false;
  passed_on_again_ = false;
  logged_ballot_ = std::max(logged_ballot_, ballot());
  for (const auto& view_change : new_view->view_changes) keep_view_change(view_change);
  view_timer_started_ = now_.steady;
  waiting_.forgive();
  emit(EnteredView{ballot()});
  read_reproposals(*new_view);
  open_reproposals();
  replay_early();
  for (const auto& view_change : new_view->view_changes) {
    if (view_change->certified->height == base_ && base_ > certified_->height) {
      handle(epoch_.organisations[new_view->validator], view_change->certified);
      break;
    }
  }
  propose();
}

// For each height from the highest certified + 1 to the highest prepared: the digest of the highest view's
// certificate, else null.
void Replica::read_reproposals(const NewView& new_view) {
  base_ = top_ = 0;
  reproposed_.clear();
  for (const auto& view_change : new_view.view_changes) base_ = std::max(base_, view_change->certified->height);
  top_ = base_;
  std::map<Height, PrepareCertificatePtr> highest;
  for (const auto& view_change : new_view.view_changes) {
    for (const auto& certificate : view_change->prepared) {
      if (certificate->height <= base_) continue;
      auto& held = highest[certificate->height];
      if (!held || held->at < certificate->at) held = certificate;
      top_ = std::max(top_, certificate->height);
    }
  }
  for (Height height = base_ + 1; height <= top_; ++height) {
    const auto certificate = highest.find(height);
    reproposed_[height] = certificate == highest.end() ? kNullBatch : certificate->second->digest;
  }
}

// Those within the window; the others wait until it moves.
void Replica::open_reproposals() {
  if (!active_) return;
  std::vector<std::pair<Height, Digest>> open;
  for (const auto& [height, digest] : reproposed_) {
    const Slot* at = find_slot(height);
    if (in_window(height) && (at == nullptr || !at->accepted)) open.emplace_back(height, digest);
  }
  for (const auto& [height, digest] : open) accept_again(height, digest);
}

// What was proposed and not prepared is void; what was prepared comes again.
void Replica::void_proposals() {
  for (auto& [height, at] : slots_) {
    if (!at.accepted) continue;
    if (at.accepted->listed && at.accepted->digest != kNullBatch) {
      waiting_.unlist(batches_.at(at.accepted->digest).ids);
      emit(Unlisted{at.accepted->digest});
    }
    at.accepted.reset();
  }
  wanted_.clear();
}

void Replica::replay_early() {
  if (!active_) return;
  std::vector<Proposal> now_open;
  for (auto early = early_.begin(); early != early_.end();) {
    if (early->second.at < ballot()) {
      early = early_.erase(early);
    } else if (early->second.at == ballot() && in_window(early->first)) {
      now_open.push_back(std::move(early->second));
      early = early_.erase(early);
    } else {
      ++early;
    }
  }
  for (const Proposal& proposal : now_open) {
    if (proposal.height > top_) accept(proposal);
  }
}

}  // namespace jinshi::consensus
