#include "consensus/replica.h"

#include <algorithm>

#include "ledger/crypto/certificate_check.h"
#include "proto/assert.h"

namespace jinshi::consensus {

Replica::Replica(Config config, RestoredState restored, const crypto::Signer* signer)
    : config_(std::move(config)), signer_(signer) {
  epochs_ = std::move(restored.epochs);
  certified_ = std::move(restored.certified);
  certified_time_ = executed_time_ = restored.certified_time;
  next_due_ = restored.next_due;
  delivered_ = executed_ = certified_->height;
  flushed_ = {executed_, executed_};
  logged_trim_ = certified_->height;
  read_epoch(epochs_->current());
  JINSHI_ASSERT(restored.executed.size() == restored.executed_batches.size(), "each block is one batch's");
  for (std::size_t i = 0; i < restored.executed.size(); ++i) {
    BlockExecuted& block = restored.executed[i];
    JINSHI_ASSERT(block.height == executed_ + 1, "executed blocks follow one another");
    executed_ = delivered_ = block.height;
    executed_time_ = block.time;
    Slot& at = slot(block.height);
    at.decided = restored.executed_batches[i];
    at.executed = std::move(block);
  }
  look_at_epoch();
  if (!restored.log) {
    follow_only("it has no vote log: what this key has signed is not known here");
  } else {
    recovering_ = true;  // nothing is signed before the log can take it
    unread_log_ = std::move(*restored.log);
    restore_log();
  }
  effects_.clear();
}

Effects Replica::step(const Event& event, const Moment& now) {
  now_ = now;
  std::visit([&](const auto& one) { on(one); }, event);
  arm_timer();
  return std::exchange(effects_, {});
}

void Replica::on(const Started&) {
  entered_view_ = last_certificate_ = last_status_ = now_.steady;
  if (view_ == 0 || active_) view_timer_started_ = now_.steady;
  recovering_ = epoch_.self && follows_because_.empty() && epoch_.quorum > 1;
  if (!follows_because_.empty()) emit(FollowsOnly{follows_because_});
  for (auto& [height, at] : slots_) {
    if (at.accepted) at.accepted->since = now_.steady;
  }
  deliver();
  resend_own();
  open_reproposals();
  tell_status();
  if (!recovering_) look_at_all();
}

void Replica::on(const TransactionsKnown& event) {
  for (const auto& transaction : event.transactions) waiting_.add(transaction, now_.steady);
  propose();
}

void Replica::on(const TransactionsGone& event) {
  for (const Digest& id : event.ids) waiting_.remove(id);
}

void Replica::on(const TimePassed&) {
  if (now_.steady >= last_status_ + status_interval_ms()) {
    tell_status();
    ask_for_payloads_again();
    // Votes that were withheld for their batch's time are tried again.
    if (active_) {
      for (auto at = slots_.begin(); at != slots_.end(); ++at) vote(at->first);
    }
  }
  look_for_suspicion();
  propose();
}

void Replica::receive(const std::string& from, const VerifiedMessage& message) {
  std::visit([&](const auto& one) { handle(from, one); }, message.message());
}

bool Replica::wants(const Message& message) const {
  struct Wants {
    const Replica& my;
    bool current(const Ballot& at) const { return at.epoch == my.epoch_.number; }
    bool near(Height height) const {
      return height > my.certified_->height && height <= my.certified_->height + 2 * my.epoch_.window;
    }
    bool operator()(const Proposal& m) const {
      if (!current(m.at) || m.at.view < my.view_ || !near(m.height)) return false;
      const Slot* at = my.find_slot(m.height);
      return at == nullptr || m.at.view != my.view_ || at->prepare_of(m.at.view, m.validator) == nullptr ||
             at->prepare_of(m.at.view, m.validator)->digest != m.digest || !at->accepted || !at->accepted->proposal;
    }
    bool operator()(const PrepareVote& m) const {
      if (!current(m.at) || m.at.view < my.view_ || m.at.view > my.view_ + 1 || !near(m.height)) return false;
      const Slot* at = my.find_slot(m.height);
      if (at == nullptr) return true;
      // Beyond a quorum nothing is read.
      if (at->prepared && at->prepared->at == m.at && at->prepared->digest == m.digest) return false;
      const PrepareRecord* held = at->prepare_of(m.at.view, m.validator);
      return held == nullptr || held->digest != m.digest;
    }
    bool operator()(const CommitVote& m) const {
      const Slot* at = my.find_slot(m.height);
      return current(m.at) && near(m.height) && (at == nullptr || !at->decided_by_commits);
    }
    bool operator()(const HeaderVote& m) const {
      if (m.epoch != my.epoch_.number || !near(m.height)) return false;
      const Slot* at = my.find_slot(m.height);
      return at == nullptr || !at->header_votes.contains(m.validator);
    }
    bool operator()(const ViewChangePtr& m) const {
      if (!current(m->at)) return false;
      if (my.epoch_.self == m->validator) return !my.accounts_for(*m);
      if (m->at.view < my.view_ || (m->at.view == my.view_ && my.active_)) return false;
      const auto held = my.view_changes_.find(m->validator);
      return held == my.view_changes_.end() || !held->second.contains(m->at.view);
    }
    bool operator()(const NewViewPtr& m) const {
      if (!current(m->at) || m->at.view < my.view_) return false;
      return m->at.view > my.view_ || !my.active_ || (my.new_view_ && my.new_view_->digest != m->digest);
    }
    bool operator()(const Status&) const { return true; }
    bool operator()(const CertifiedHeaderPtr& m) const { return m->height > my.certified_->height; }
    bool operator()(const RecoveryRequest&) const { return true; }
    bool operator()(const RecoveryAnswerPtr& m) const { return my.recovering_ && m->nonce == my.config_.nonce; }
  };
  return std::visit(Wants{*this}, message);
}

std::optional<std::string> Replica::sign(v1::Phase phase, View view, Height height, const Digest& digest) {
  auto signature = signer_->sign(vote_signing_bytes(config_.chain_id, {epoch_.number, view, phase, height, digest}));
  if (signature) return std::move(*signature);
  follow_only("its key does not sign: " + signature.error().message);
  return std::nullopt;
}

void Replica::follow_only(std::string why) {
  if (!follows_because_.empty()) return;
  follows_because_ = std::move(why);
  recovering_ = false;
  emit(FollowsOnly{follows_because_});
}

bool Replica::in_window(Height height) const {
  if (const auto last = last_height_of_epoch(); last && height > *last) return false;
  return height > certified_->height && height <= certified_->height + epoch_.window;
}

std::optional<ValidatorIndex> Replica::index_of(const std::string& organisation) const {
  const auto found = std::ranges::find(epoch_.organisations, organisation);
  if (found == epoch_.organisations.end()) return std::nullopt;
  return static_cast<ValidatorIndex>(found - epoch_.organisations.begin());
}

ValidatorIndex Replica::proposer(Height height) const {
  return proposer_of(height, view_, epoch_.rotation_interval, epoch_.size());
}

std::vector<std::string> Replica::others() const {
  std::vector<std::string> others;
  for (const auto& organisation : epoch_.organisations) {
    if (organisation != config_.organisation) others.push_back(organisation);
  }
  return others;
}

const Slot* Replica::find_slot(Height height) const {
  const auto found = slots_.find(height);
  return found == slots_.end() ? nullptr : &found->second;
}

ReplicaStatus Replica::status() const {
  ReplicaStatus status;
  status.at = ballot();
  status.active = active_;
  status.certified = certified_->height;
  status.executed = executed_;
  status.is_validator = epoch_.self.has_value();
  status.recovering = recovering_;
  status.follows_because = follows_because_;
  status.leader = epoch_.organisations[proposer(next_to_propose())];
  status.transactions_waiting = waiting_.unlisted();
  status.waits_since = waits_since();
  status.peers = peers_;

  const auto lacking = [&](std::string what, SteadyMs since, auto&& has) {
    ReplicaStatus::Lacking line{std::move(what), {}, since};
    for (ValidatorIndex i = 0; i < epoch_.size(); ++i) {
      if (!has(i)) line.organisations.push_back(epoch_.organisations[i]);
    }
    if (!line.organisations.empty()) status.lacking.push_back(std::move(line));
  };
  if (!active_) {
    lacking("VIEW-CHANGE", entered_view_, [&](ValidatorIndex i) {
      const auto held = view_changes_.find(i);
      return held != view_changes_.end() && held->second.rbegin()->first >= view_;
    });
  }
  if (slots_.empty()) return status;
  const auto& [height, at] = *slots_.begin();
  status.height_in_flight = height;
  const SteadyMs since = at.accepted ? at.accepted->since : last_certificate_;
  if (at.executed) {
    lacking("header signature", since, [&](ValidatorIndex i) { return at.header_votes.contains(i); });
  } else if (!at.decided && at.prepared && at.prepared->at == ballot()) {
    lacking("COMMIT", since, [&](ValidatorIndex i) { return at.has_commit(view_, i); });
  } else if (!at.decided && at.accepted) {
    lacking("PREPARE", since, [&](ValidatorIndex i) { return at.prepare_of(view_, i) != nullptr; });
  }
  return status;
}

}  // namespace jinshi::consensus
