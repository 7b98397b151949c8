// Section 1 of the rules: order. PRE-PREPARE, PREPARE, COMMIT; many heights in flight between the watermarks.
#include <algorithm>

#include "consensus/replica.h"
#include "proto/assert.h"

namespace jinshi::consensus {
namespace {

constexpr std::uint32_t kShareAll = 1;

}  // namespace

// --- the proposer ---

Height Replica::next_to_propose() const {
  Height last = std::max(certified_->height, top_);
  for (const Slot* next = find_slot(last + 1); next != nullptr && next->accepted; next = find_slot(last + 1)) ++last;
  return last + 1;
}

bool Replica::has_reason_to_propose(Height height) const {
  if (last_height_of_epoch()) return true;  // the epoch is filled up to its end
  const bool busy = std::ranges::any_of(slots_, [&](const auto& one) {
    return one.first < height && one.second.accepted && !one.second.decided;
  });
  // While a height is being ordered others gather for the next batch; a full one need not wait.
  if (busy) return waiting_.unlisted() >= config_.full_batch_transactions;
  if (waiting_.unlisted() > 0) return true;
  return height == certified_->height + 1 && (heartbeat_due() || due_entry_waits());
}

void Replica::propose() {
  if (!active_ || !may_vote() || batch_asked_) return;
  const Height height = next_to_propose();
  if (!in_window(height) || proposer(height) != epoch_.self || !has_reason_to_propose(height)) return;
  if (own_votes_.contains({height, view_})) return;  // said before a restart; it is sent again, not anew
  if (const Slot* at = find_slot(height); at != nullptr && at->decided) return;
  batch_asked_ = true;
  emit(WantBatch{ballot(), height, proposal_time()});
}

void Replica::on(const BatchOffered& event) {
  batch_asked_ = false;
  const Height height = event.height;
  if (!active_ || !may_vote() || event.at != ballot() || height != next_to_propose() || !in_window(height)) {
    return propose();
  }
  v1::PrePrepare message;
  message.set_epoch(epoch_.number);
  message.set_view(view_);
  message.set_height(height);
  message.set_validator(*epoch_.self);
  message.set_batch(*event.batch);
  auto proposal = from_wire(message);
  JINSHI_ASSERT(proposal.has_value(), "the pool offers canonical batches");
  auto signature = sign(v1::PHASE_PRE_PREPARE, view_, height, proposal->digest);
  if (!signature) return;
  proposal->signature = *signature;
  last_proposed_time_ = proposal->time;
  Batch& batch = batches_[proposal->digest];
  batch.bytes = event.batch;
  batch.ids = event.ids;
  batch.had_room = event.had_room;
  batch.height = height;
  Slot& at = slot(height);
  at.accepted = Accepted{proposal->digest, true, proposal->time, now_.steady, *proposal, false};
  list(height);
  cast(height, v1::PHASE_PRE_PREPARE, proposal->digest, proposal->signature);
  broadcast(*proposal);
  record_prepare(height, view_, *epoch_.self,
                 {proposal->digest, v1::PHASE_PRE_PREPARE, kShareAll, proposal->signature});
  propose();
}

// --- PRE-PREPARE ---

void Replica::handle(const std::string&, const Proposal& proposal) {
  if (proposal.at.epoch != epoch_.number || proposal.at.view < view_) return;
  if (is_own_and_strange(proposal)) return;
  if (proposal.height <= certified_->height || proposal.height > certified_->height + 2 * epoch_.window) return;
  if (!active_ || proposal.at.view > view_ || !in_window(proposal.height)) {
    auto [early, added] = early_.try_emplace(proposal.height, proposal);
    if (!added && early->second.at < proposal.at) early->second = proposal;
    return;
  }
  if (proposal.height <= top_) return;  // the NEW-VIEW is the proposal there
  accept(proposal);
}

void Replica::accept(const Proposal& proposal) {
  const Height height = proposal.height;
  Slot& at = slot(height);
  if (!at.accepted) {
    at.accepted = Accepted{proposal.digest, true, proposal.time, now_.steady, proposal, false};
    if (!holds(proposal.digest)) {
      need_payload(height, proposal.digest, proposal.batch, epoch_.organisations[proposal.validator], true);
    }
  } else if (at.accepted->digest == proposal.digest && !at.accepted->proposal) {
    at.accepted->proposal = proposal;  // restored from the log without its signature
  }
  record_prepare(height, proposal.at.view, proposal.validator,
                 {proposal.digest, v1::PHASE_PRE_PREPARE, kShareAll, proposal.signature});
  list(height);
  vote(height);
}

void Replica::accept_again(Height height, const Digest& digest) {
  Slot& at = slot(height);
  at.accepted = Accepted{digest, false, 0, now_.steady, std::nullopt, false};
  if (!holds(digest)) need_payload(height, digest, nullptr, epoch_.organisations[view_ % epoch_.size()], false);
  list(height);
  vote(height);
  check_prepared(height);
}

void Replica::need_payload(Height height, const Digest& digest, Blob batch, const std::string& from, bool fresh) {
  const auto [wanted, added] = wanted_.try_emplace(digest, Wanted{now_.steady, from, height, fresh});
  if (!added) return;
  emit(NeedPayload{digest, height, std::move(batch), from});
}

void Replica::on(const PayloadHeld& event) {
  wanted_.erase(event.digest);
  Batch& batch = batches_[event.digest];
  batch.bytes = event.batch;
  batch.ids = event.ids;
  batch.had_room = event.had_room;
  std::vector<Height> heights;
  for (const auto& [height, at] : slots_) {
    if ((at.accepted && at.accepted->digest == event.digest) || at.decided == event.digest) heights.push_back(height);
  }
  if (heights.empty()) batches_.erase(event.digest);  // came too late
  for (const Height height : heights) {
    batches_[event.digest].height = height;
    list(height);
    vote(height);
    sign_header(height);
  }
  deliver();
  propose();
}

void Replica::on(const PayloadInvalid& event) {
  wanted_.erase(event.digest);
  std::optional<Proposal> proposal;
  for (const auto& [height, at] : slots_) {
    if (at.accepted && at.accepted->digest == event.digest && at.accepted->proposal) proposal = at.accepted->proposal;
  }
  if (!proposal || proposal->at != ballot()) return;
  v1::Evidence evidence;
  evidence.set_epoch(epoch_.number);
  evidence.set_validator(proposal->validator);
  auto& fault = *evidence.mutable_invalid_proposal();
  *fault.mutable_proposal() = to_wire(*proposal);
  fault.set_transaction(event.transaction);
  emit(EvidenceFound{std::move(evidence)});
  broadcast(*proposal);
  suspect("the proposal for height " + std::to_string(proposal->height) + " lists what can't pass");
}

// Held and accepted: its transactions wait for no other proposal.
void Replica::list(Height height) {
  if (height <= certified_->height) return;
  Slot& at = slot(height);
  if (!at.accepted || at.accepted->listed || !holds(at.accepted->digest)) return;
  at.accepted->listed = true;
  if (at.accepted->digest == kNullBatch) return;
  Batch& batch = batches_.at(at.accepted->digest);
  batch.height = std::max(batch.height, height);
  waiting_.list(batch.ids);
  if (at.accepted->fresh) waiting_.batch_accepted(batch.ids, batch.had_room, now_.steady);
  emit(Listed{at.accepted->digest});
}

// --- PREPARE ---

void Replica::vote(Height height) {
  if (!active_ || !may_vote() || !in_window(height)) return;
  Slot& at = slot(height);
  if (!at.accepted || !holds(at.accepted->digest)) return;
  if (at.accepted->fresh && proposer(height) == epoch_.self) return;  // the PRE-PREPARE was the vote
  if (own_votes_.contains({height, view_})) return;                   // one digest for one (epoch, view, height)
  if (at.decided && *at.decided != at.accepted->digest) return;
  if (at.accepted->fresh && !time_in_bounds(at.accepted->time)) return;
  const auto signature = sign(v1::PHASE_PREPARE, view_, height, at.accepted->digest);
  if (!signature) return;
  const PrepareVote prepare{ballot(), height, at.accepted->digest, *epoch_.self, kShareAll, *signature};
  cast(height, v1::PHASE_PREPARE, prepare.digest, prepare.signature);
  broadcast(prepare);
  record_prepare(height, view_, *epoch_.self, {prepare.digest, v1::PHASE_PREPARE, kShareAll, prepare.signature});
}

// On disk before it is on the wire: the payload, then the vote.
void Replica::cast(Height height, v1::Phase phase, const Digest& digest, const std::string& signature) {
  persist_batch(height, digest);
  v1::LogEntry entry;
  auto& logged = *entry.mutable_vote();
  logged.set_epoch(epoch_.number);
  logged.set_view(view_);
  logged.set_height(height);
  logged.set_phase(phase);
  logged.set_digest(digest.string());
  logged.set_signature(signature);
  persist(std::move(entry));
  const bool first = own_votes_.try_emplace({height, view_}, OwnVote{digest, phase, signature}).second;
  JINSHI_ASSERT(first, "a validator signs one digest for one (epoch, view, height)");
}

void Replica::persist_batch(Height height, const Digest& digest) {
  if (digest == kNullBatch) return;
  Batch& batch = batches_.at(digest);
  // Logged for a lower height it may be trimmed with it: two empty batches of one moment are one batch.
  if (batch.logged >= height) return;
  batch.logged = height;
  v1::LogEntry entry;
  entry.mutable_batch()->set_height(height);
  entry.mutable_batch()->set_batch(*batch.bytes);
  persist(std::move(entry));
}

void Replica::handle(const std::string&, const PrepareVote& vote) {
  if (vote.at.epoch != epoch_.number || vote.at.view < view_ || vote.at.view > view_ + 1) return;
  if (is_own_and_strange(vote)) return;
  if (vote.height <= certified_->height || vote.height > certified_->height + 2 * epoch_.window) return;
  record_prepare(vote.height, vote.at.view, vote.validator,
                 {vote.digest, v1::PHASE_PREPARE, vote.share, vote.signature});
}

void Replica::record_prepare(Height height, View view, ValidatorIndex validator, PrepareRecord record) {
  if (const auto against = slot(height).add_prepare(view, validator, record)) {
    return accuse_of_two_votes(height, view, validator, *against, record);
  }
  check_prepared(height);
}

void Replica::check_prepared(Height height) {
  if (!active_ || !may_vote() || !in_window(height)) return;
  Slot& at = slot(height);
  if (!at.accepted || (at.prepared && at.prepared->at == ballot())) return;
  auto certificate = at.certificate(ballot(), height, at.accepted->digest, epoch_.quorum);
  if (!certificate) return;
  at.prepared = certificate;
  v1::LogEntry entry;
  *entry.mutable_prepared() = to_wire(*certificate);
  persist(std::move(entry));
  send_commit(height);
}

// --- COMMIT ---

void Replica::send_commit(Height height) {
  Slot& at = slot(height);
  const CommitVote commit{ballot(), height, at.prepared->digest};
  at.sent_commit = commit;
  broadcast(commit);
  at.add_commit(view_, *epoch_.self, commit.digest);
  check_decided(height);
}

void Replica::handle(const std::string& from, const CommitVote& commit) {
  const auto sender = index_of(from);
  if (!sender || sender == epoch_.self || commit.at.epoch != epoch_.number) return;
  if (commit.height <= certified_->height || commit.height > certified_->height + 2 * epoch_.window) return;
  slot(commit.height).add_commit(commit.at.view, *sender, commit.digest);
  check_decided(commit.height);
}

void Replica::check_decided(Height height) {
  Slot& at = slot(height);
  if (at.decided_by_commits) return;
  const auto digest = at.committed(epoch_.quorum);
  if (!digest) return;
  if (at.decided && *at.decided != *digest) {
    return follow_only("height " + std::to_string(height) + " is certified with another batch than a quorum committed");
  }
  at.decided = digest;
  at.decided_by_commits = true;
  if (!holds(*digest)) need_payload(height, *digest, nullptr, epoch_.organisations[view_ % epoch_.size()], false);
  deliver();
  sign_header(height);
  propose();
}

// Never further ahead of execution than a change of the set lies: what is executed is of this epoch.
void Replica::deliver() {
  while (delivered_ < executed_ + epoch_.window) {
    if (const auto last = last_height_of_epoch(); last && delivered_ >= *last) return;
    const Slot* next = find_slot(delivered_ + 1);
    if (next == nullptr || !next->decided || !holds(*next->decided)) return;
    ++delivered_;
    const bool null = *next->decided == kNullBatch;
    emit(Deliver{delivered_, *next->decided, null ? nullptr : batches_.at(*next->decided).bytes});
  }
}

}  // namespace jinshi::consensus
