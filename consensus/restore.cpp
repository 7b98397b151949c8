// Section 3 of the rules: durable before it is said. What the log held is what this replica has said; before it says
// more it asks its peers whether that is all.
#include <algorithm>

#include "consensus/replica.h"
#include "jinshi/v1/transaction.pb.h"
#include "proto/assert.h"

namespace jinshi::consensus {
namespace {

constexpr std::uint32_t kShareAll = 1;

Digest read_digest(const std::string& bytes) {
  const auto digest = Digest::from(bytes);
  JINSHI_ASSERT(digest.has_value(), "the log holds what was written to it");
  return *digest;
}

Ballot ballot_of(const v1::LogEntry& entry) {
  switch (entry.entry_case()) {
    case v1::LogEntry::kVote:
      return {entry.vote().epoch(), entry.vote().view()};
    case v1::LogEntry::kPrepared:
      return {entry.prepared().epoch(), entry.prepared().view()};
    case v1::LogEntry::kHeader:
      return {entry.header().vote().epoch(), 0};
    case v1::LogEntry::kViewChange: {
      const auto read = from_wire(entry.view_change());
      JINSHI_ASSERT(read.has_value(), "the log holds what was written to it");
      return (*read)->at;
    }
    case v1::LogEntry::kNewView: {
      const auto read = from_wire(entry.new_view());
      JINSHI_ASSERT(read.has_value(), "the log holds what was written to it");
      return (*read)->at;
    }
    default:
      return {};  // of every epoch
  }
}

std::vector<Digest> ids_of(const v1::LoggedBatch& batch) {
  std::vector<Digest> ids;
  for (const auto& bytes : batch.transactions()) {
    v1::SignedTransaction transaction;
    JINSHI_ASSERT(transaction.ParseFromString(bytes), "the log holds what was written to it");
    ids.push_back(crypto::digest(crypto::Tag::kBody, transaction.body()));
  }
  return ids;
}

}  // namespace

// Reads what the log says of this epoch; what it says of later ones is kept until they are entered again.
void Replica::restore_log() {
  NewViewPtr new_view;
  std::vector<v1::LogEntry> later;
  for (v1::LogEntry& entry : unread_log_) {
    const Ballot at_ballot = ballot_of(entry);
    const EpochNumber epoch = at_ballot.epoch;
    if (entry.entry_case() == v1::LogEntry::kTrim) {
      logged_ballot_ = std::max(logged_ballot_, Ballot{entry.trim().epoch(), 0});
      logged_trim_ = std::max<Height>(logged_trim_, entry.trim().height());
    } else if (entry.entry_case() == v1::LogEntry::kBatch) {
      const auto& logged = entry.batch();
      if (logged.height() > certified_->height) {
        batches_[batch_digest(logged.batch())] =
            Batch{blob(logged.batch()), ids_of(logged), false, logged.height(), logged.height()};
      }
      later.push_back(std::move(entry));  // an epoch that comes may vote for it again
    } else if (epoch > epoch_.number) {
      logged_ballot_ = std::max(logged_ballot_, at_ballot);
      later.push_back(std::move(entry));
    } else if (epoch == epoch_.number) {
      logged_ballot_ = std::max(logged_ballot_, Ballot{epoch, 0});
      if (entry.has_vote()) {
        const auto& vote = entry.vote();
        logged_ballot_ = std::max(logged_ballot_, Ballot{epoch, vote.view()});
        if (vote.height() <= certified_->height) continue;
        own_votes_[{vote.height(), vote.view()}] = {read_digest(vote.digest()), vote.phase(), vote.signature()};
      } else if (entry.has_prepared()) {
        auto read = from_wire(entry.prepared());
        JINSHI_ASSERT(read.has_value(), "the log holds what was written to it");
        if (read->height <= certified_->height) continue;
        auto& prepared = slot(read->height).prepared;
        if (!prepared || prepared->at < read->at) {
          prepared = std::make_shared<const PrepareCertificate>(std::move(*read));
        }
      } else if (entry.has_view_change()) {
        own_view_change_ = *from_wire(entry.view_change());
        logged_ballot_ = std::max(logged_ballot_, own_view_change_->at);
      } else if (entry.has_new_view()) {
        new_view = *from_wire(entry.new_view());
        logged_ballot_ = std::max(logged_ballot_, new_view->at);
      } else if (entry.has_header()) {
        auto vote = *from_wire(entry.header().vote());
        if (vote.height <= certified_->height) continue;
        Slot& at = slot(vote.height);
        own_headers_[vote.height] = vote.header;
        at.decided = read_digest(entry.header().batch());
        at.decided_by_commits = true;
        // Not said again before the block was computed again: the disk may have changed beneath it.
        if (at.executed && at.executed->header == vote.header && epoch_.self) {
          at.own_header = vote;
          at.header_votes.insert_or_assign(*epoch_.self, vote);
        }
      }
    }
  }
  unread_log_ = std::move(later);
  if (own_view_change_) keep_view_change(own_view_change_);
  if (new_view && (!own_view_change_ || new_view->at >= own_view_change_->at)) {
    new_view_ = new_view;
    view_ = new_view->at.view;
    active_ = true;
    for (const auto& view_change : new_view->view_changes) keep_view_change(view_change);
  } else if (own_view_change_) {
    view_ = own_view_change_->at.view;
    active_ = false;
  }
  restore_view();
}

// Resumes in its view: what it voted for is what it accepted.
void Replica::restore_view() {
  if (!active_) return;
  if (new_view_) read_reproposals(*new_view_);
  for (const auto& [place, vote] : own_votes_) {
    const auto& [height, view] = place;
    if (view != view_ || !epoch_.self) continue;
    Slot& at = slot(height);
    at.accepted = Accepted{vote.digest, height > top_, 0, now_.steady, std::nullopt, false};
    static_cast<void>(at.add_prepare(view, *epoch_.self, {vote.digest, vote.phase, kShareAll, vote.signature}));
    if (vote.phase == v1::PHASE_PRE_PREPARE) {
      v1::PrePrepare message;
      message.set_epoch(epoch_.number);
      message.set_view(view);
      message.set_height(height);
      message.set_validator(*epoch_.self);
      message.set_batch(*batches_.at(vote.digest).bytes);
      message.set_signature(vote.signature);
      at.accepted->proposal = *from_wire(message);
    }
  }
}

// Byte for byte as they were sent.
void Replica::resend_own() {
  if (!epoch_.self || !follows_because_.empty()) return;
  if (!active_ && own_view_change_) broadcast(own_view_change_);
  if (active_ && new_view_ && new_view_->validator == *epoch_.self) broadcast(new_view_);
  for (const auto& [place, vote] : own_votes_) {
    const auto& [height, view] = place;
    if (view != view_) continue;
    const Slot* at = find_slot(height);
    if (vote.phase == v1::PHASE_PRE_PREPARE && at != nullptr && at->accepted && at->accepted->proposal) {
      broadcast(*at->accepted->proposal);
    } else if (vote.phase == v1::PHASE_PREPARE) {
      broadcast(PrepareVote{{epoch_.number, view}, height, vote.digest, *epoch_.self, kShareAll, vote.signature});
    }
  }
  for (const auto& [height, at] : slots_) {
    if (at.own_header) broadcast(*at.own_header);
  }
}

// Everything that had to wait for the first vote.
void Replica::look_at_all() {
  std::vector<Height> heights;
  for (const auto& [height, at] : slots_) heights.push_back(height);
  for (const Height height : heights) {
    list(height);
    vote(height);
    if (height <= certified_->height) continue;
    Slot& at = slot(height);
    if (active_ && may_vote() && at.prepared && at.prepared->at == ballot() && !at.sent_commit) {
      send_commit(height);
    } else {
      check_prepared(height);
    }
    if (height > certified_->height) check_decided(height);
    sign_header(height);
    gather_certificate(height);
  }
  deliver();
  join_others();
  try_new_view();
  propose();
}

void Replica::ask_peers() { broadcast(RecoveryRequest{config_.nonce}); }

void Replica::handle(const std::string& from, const RecoveryRequest& request) {
  RecoveryAnswer answer;
  answer.nonce = request.nonce;
  answer.epoch = epoch_.number;
  const auto asker = index_of(from);
  if (asker) {
    for (const auto& [height, at] : slots_) {
      for (const auto& [view, votes] : at.prepares()) {
        const auto vote = votes.find(*asker);
        if (vote == votes.end()) continue;
        if (vote->second.phase == v1::PHASE_PREPARE) {
          answer.prepares.push_back({{epoch_.number, view},
                                     height,
                                     vote->second.digest,
                                     *asker,
                                     vote->second.share,
                                     vote->second.signature});
        } else if (at.accepted && at.accepted->proposal && at.accepted->proposal->at.view == view) {
          answer.proposals.push_back(*at.accepted->proposal);
        }
      }
      if (const auto vote = at.header_votes.find(*asker); vote != at.header_votes.end()) {
        answer.headers.push_back(vote->second);
      }
    }
    for (const auto& [height, proposal] : early_) {
      if (proposal.validator == *asker) answer.proposals.push_back(proposal);
    }
    if (const auto held = view_changes_.find(*asker); held != view_changes_.end()) {
      answer.view_changes.push_back(held->second.rbegin()->second);
    }
    if (new_view_ && new_view_->validator == *asker) answer.new_views.push_back(new_view_);
  }
  emit(Send{from, std::make_shared<const RecoveryAnswer>(std::move(answer))});
}

void Replica::handle(const std::string& from, const RecoveryAnswerPtr& answer) {
  if (!recovering_ || answer->nonce != config_.nonce) return;
  const auto sender = index_of(from);
  if (!sender || sender == epoch_.self) return;
  for (const auto& one : answer->proposals) is_own_and_strange(one);
  for (const auto& one : answer->prepares) is_own_and_strange(one);
  for (const auto& one : answer->headers) is_own_and_strange(one);
  for (const auto& one : answer->view_changes) is_own_and_strange(*one);
  for (const auto& one : answer->new_views) is_own_and_strange(*one);
  if (!recovering_) return;
  answered_recovery_.insert(from);
  if (answered_recovery_.size() + 1 < epoch_.quorum) return;
  recovering_ = false;
  look_at_all();
}

// --- what others hold of ours ---

// A signature of this key above the log's trim point that the log does not know: it was rolled back, or runs twice.
template <class T>
bool Replica::is_own_and_strange(const T& message) {
  if (!epoch_.self || message.validator != *epoch_.self) return false;
  if (accounts_for(message)) return false;
  follow_only("others hold a signature of this key that its vote log does not know: the log is an old copy, or the key "
              "is used twice. Rotate the key");
  return true;
}
template bool Replica::is_own_and_strange(const Proposal&);
template bool Replica::is_own_and_strange(const PrepareVote&);
template bool Replica::is_own_and_strange(const HeaderVote&);
template bool Replica::is_own_and_strange(const ViewChange&);
template bool Replica::is_own_and_strange(const NewView&);

bool Replica::accounts_for_vote(Ballot at, Height height, v1::Phase phase, const Digest& digest) const {
  if (at.epoch > epoch_.number) {
    return std::ranges::any_of(unread_log_, [&](const v1::LogEntry& entry) {
      const auto& vote = entry.vote();
      return entry.has_vote() && Ballot{vote.epoch(), vote.view()} == at && vote.height() == height &&
             vote.phase() == phase && vote.digest() == digest.view();
    });
  }
  if (at.epoch < epoch_.number || height <= std::max(certified_->height, logged_trim_)) return true;
  const auto own = own_votes_.find({height, at.view});
  return own != own_votes_.end() && own->second.digest == digest && own->second.phase == phase;
}

bool Replica::accounts_for(const Proposal& proposal) const {
  return accounts_for_vote(proposal.at, proposal.height, v1::PHASE_PRE_PREPARE, proposal.digest);
}

bool Replica::accounts_for(const PrepareVote& vote) const {
  return accounts_for_vote(vote.at, vote.height, v1::PHASE_PREPARE, vote.digest);
}

bool Replica::accounts_for(const HeaderVote& vote) const {
  if (vote.epoch > epoch_.number) {
    return std::ranges::any_of(unread_log_, [&](const v1::LogEntry& entry) {
      const auto& logged = entry.header().vote();
      return entry.has_header() && logged.epoch() == vote.epoch && logged.height() == vote.height &&
             logged.header() == vote.header.view();
    });
  }
  if (vote.epoch < epoch_.number || vote.height <= std::max(certified_->height, logged_trim_)) return true;
  const auto own = own_headers_.find(vote.height);
  return own != own_headers_.end() && own->second == vote.header;
}

bool Replica::accounts_for(const ViewChange& view_change) const {
  return view_change.at <= std::max(logged_ballot_, ballot());
}

bool Replica::accounts_for(const NewView& new_view) const { return new_view.at <= std::max(logged_ballot_, ballot()); }

}  // namespace jinshi::consensus
