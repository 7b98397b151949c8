// What decides a replica's behaviour, as one digest. Left out: clocks and what only they are compared with; whose
// signatures stand in a certificate; votes of views that were left, which only answer a status or a recovery.
#include "consensus/replica.h"
#include "ledger/crypto/sha256.h"

namespace jinshi::consensus {
namespace {

class Writer {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(value >> shift));
  }
  void digest(const Digest& value) { bytes_.append(value.view()); }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  void ballot(const Ballot& value) {
    number(value.epoch);
    number(value.view);
  }
  void certified(const CertifiedHeaderPtr& value) {
    number(value ? value->height + 1 : 0);
    if (value) digest(value->digest);
  }
  void prepared(const PrepareCertificate& value) {
    ballot(value.at);
    number(value.height);
    digest(value.digest);
  }
  Digest done() const { return crypto::sha256(bytes_); }

 private:
  std::string bytes_;
};

// What the unordered hold, in an order of its own.
template <class Map>
std::map<Digest, const typename Map::mapped_type*> sorted(const Map& map) {
  std::map<Digest, const typename Map::mapped_type*> in_order;
  for (const auto& [key, value] : map) in_order.emplace(key, &value);
  return in_order;
}

}  // namespace

Digest Replica::fingerprint() const {
  Writer out;
  out.ballot(ballot());
  out.number(active_);
  out.number(recovering_);
  out.number(batch_asked_);
  out.number(view_timer_started_.has_value());
  out.text(follows_because_);
  out.number(answered_recovery_.size());
  for (const auto& organisation : answered_recovery_) out.text(organisation);

  out.number(epoch_.self ? *epoch_.self + 1 : 0);
  out.number(epoch_.first_height);
  out.digest(epoch_.set);
  out.number(last_height_of_epoch().value_or(0));
  out.certified(certified_);
  out.certified(known_certified_);
  out.number(pending_certified_.size());
  for (const auto& [height, certified] : pending_certified_) out.certified(certified);
  out.number(delivered_);
  out.number(executed_);
  out.number(static_cast<std::uint64_t>(next_due_.value_or(-1)));
  out.number(flushed_.executed);
  out.number(flushed_.certified);
  out.number(trimmed_);
  out.number(base_);
  out.number(top_);
  for (const auto& [height, digest] : reproposed_) {
    out.number(height);
    out.digest(digest);
  }

  out.number(slots_.size());
  for (const auto& [height, at] : slots_) {
    out.number(height);
    out.number(at.accepted ? 1 + at.accepted->fresh + 2 * at.accepted->listed + 4 * at.accepted->proposal.has_value()
                           : 0);
    if (at.accepted) out.digest(at.accepted->digest);
    out.number(at.prepared != nullptr);
    if (at.prepared) out.prepared(*at.prepared);
    out.number(at.sent_commit.has_value());
    if (at.sent_commit) out.ballot(at.sent_commit->at);
    out.number(at.decided ? 1 + at.decided_by_commits : 0);
    if (at.decided) out.digest(*at.decided);
    out.number(at.executed.has_value());
    if (at.executed) out.digest(at.executed->header);
    out.number(at.own_header.has_value());
    for (auto votes = at.prepares().lower_bound(view_); votes != at.prepares().end(); ++votes) {
      out.number(votes->first);
      out.number(votes->second.size());
      for (const auto& [validator, vote] : votes->second) {
        out.number(validator);
        out.digest(vote.digest);
      }
    }
    if (!at.decided_by_commits) {
      for (const auto& [validator, votes] : at.commits()) {
        out.number(votes.size());
        for (const auto& [view, digest] : votes) {
          out.number(validator);
          out.number(view);
          out.digest(digest);
        }
      }
    }
    out.number(at.header_votes.size());
    for (const auto& [validator, vote] : at.header_votes) {
      out.number(validator);
      out.digest(vote.header);
    }
  }
  out.number(batches_.size());
  for (const auto& [digest, batch] : sorted(batches_)) {
    out.digest(digest);
    out.number(batch->logged);
    out.number(batch->height);
  }
  out.number(wanted_.size());
  for (const auto& [digest, wanted] : sorted(wanted_)) {
    out.digest(digest);
    out.text(wanted->from);
  }
  out.number(early_.size());
  for (const auto& [height, proposal] : early_) {
    out.number(height);
    out.ballot(proposal.at);
    out.digest(proposal.digest);
  }
  out.number(waiting_.empty());
  out.number(waiting_.unlisted());
  out.number(waiting_.most_passed_over().batches);

  // Of a view that was entered or left none counts any more.
  const View open = active_ ? view_ + 1 : view_;
  for (const auto& [validator, held] : view_changes_) {
    for (auto at = held.lower_bound(open); at != held.end(); ++at) {
      out.number(validator);
      out.ballot(at->second->at);
      out.certified(at->second->certified);
      out.number(at->second->prepared.size());
      for (const auto& certificate : at->second->prepared) out.prepared(*certificate);
    }
  }
  out.number(own_votes_.size());
  for (const auto& [place, vote] : own_votes_) {
    out.number(place.first);
    out.number(place.second);
    out.number(vote.phase);
    out.digest(vote.digest);
  }
  out.number(own_headers_.size());
  for (const auto& [height, header] : own_headers_) {
    out.number(height);
    out.digest(header);
  }
  out.ballot(logged_ballot_);
  out.number(logged_trim_);
  out.number(unread_log_.size());
  return out.done();
}

}  // namespace jinshi::consensus
