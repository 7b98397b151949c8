// Rule 4.5: status instead of reliable queues. Each tells where it stands; peers answer with what it lacks.
#include <algorithm>

#include "consensus/replica.h"

namespace jinshi::consensus {
namespace {

// How many heights one answer covers: those lowest in flight are what anyone waits for.
constexpr std::size_t kHeightsAnswered = 16;

}  // namespace

std::int64_t Replica::status_interval_ms() const {
  return std::clamp<std::int64_t>(epoch_.progress_timeout_ms / 4, 10, 1000);
}

void Replica::tell_status() {
  last_status_ = now_.steady;
  broadcast(Status{ballot(), active_, certified_->height, executed_});
  if (recovering_) ask_peers();
  if (!active_ && own_view_change_ && own_view_change_->at == ballot()) broadcast(own_view_change_);
  if (known_certified_ && known_certified_->height > delivered_) emit(NeedSync{fetch_above(), {}});
}

void Replica::ask_for_payloads_again() {
  const SteadyMs patience = 2 * status_interval_ms();
  for (auto& [digest, wanted] : wanted_) {
    if (now_.steady < wanted.asked + patience) continue;
    wanted.asked = now_.steady;
    // Another one each time: whoever prepared it holds it.
    const auto last = index_of(wanted.from).value_or(0);
    ValidatorIndex next = static_cast<ValidatorIndex>((last + 1) % epoch_.size());
    if (next == epoch_.self) next = static_cast<ValidatorIndex>((next + 1) % epoch_.size());
    wanted.from = epoch_.organisations[next];
    Blob batch;
    for (const auto& [height, at] : slots_) {
      if (at.accepted && at.accepted->digest == digest && at.accepted->proposal) batch = at.accepted->proposal->batch;
    }
    emit(NeedPayload{digest, wanted.height, std::move(batch), wanted.from});
  }
}

void Replica::handle(const std::string& from, const Status& theirs) {
  const auto before = peers_.find(from);
  const bool stands_still = before == peers_.end() || before->second.status == theirs;
  peers_[from] = {theirs, now_.steady};
  // Who makes progress lacks only what is on its way.
  if (stands_still) answer_status(from, theirs);
  // The certificates of an epoch yet to come can't be checked here: fetching leads there one epoch at a time.
  if ((stands_still && theirs.certified > delivered_) || theirs.at.epoch > epoch_.number) {
    emit(NeedSync{fetch_above(), from});
  }
}

void Replica::answer_status(const std::string& to, const Status& theirs) {
  if (theirs.certified < certified_->height) emit(Send{to, certified_});
  if (theirs.at.epoch < epoch_.number) {
    emit(Send{to, Status{ballot(), active_, certified_->height, executed_}});
  }
  if (theirs.at.epoch != epoch_.number) return;
  const bool behind = theirs.at.view < view_ || (theirs.at.view == view_ && !theirs.active);
  if (behind && active_ && new_view_) {
    emit(Send{to, new_view_});
  } else if (behind) {
    for (const auto& [validator, held] : view_changes_) {
      // The newest of each, and those of the asker's view, which its leader may be waiting for.
      emit(Send{to, held.rbegin()->second});
      if (const auto same = held.find(theirs.at.view); same != held.end() && same->first != held.rbegin()->first) {
        emit(Send{to, same->second});
      }
    }
  }
  std::size_t answered = 0;
  for (const auto& [height, at] : slots_) {
    if (height <= theirs.certified) continue;
    if (++answered > kHeightsAnswered) return;
    send_slot(to, height, at, theirs);
  }
}

void Replica::send_slot(const std::string& to, Height height, const Slot& at, const Status& theirs) {
  if (theirs.at == ballot() && theirs.active && active_ && theirs.executed < height) {
    if (at.accepted && at.accepted->proposal) emit(Send{to, *at.accepted->proposal});
    if (const auto votes = at.prepares().find(view_); votes != at.prepares().end()) {
      for (const auto& [validator, vote] : votes->second) {
        if (vote.phase != v1::PHASE_PREPARE) continue;
        emit(Send{to, PrepareVote{ballot(), height, vote.digest, validator, vote.share, vote.signature}});
      }
    }
  }
  if (at.sent_commit) emit(Send{to, *at.sent_commit});
  if (at.own_header) emit(Send{to, *at.own_header});
}

}  // namespace jinshi::consensus
