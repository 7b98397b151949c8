// The transactions that wait to be ordered, by id: since when, and whether they are treated fairly
// (docs/protocol.md, suspicion). Ids and digests only; the pool holds the rest.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "consensus/event.h"

namespace jinshi::consensus {

class Waiting {
 public:
  void add(const KnownTransaction& transaction, SteadyMs now);
  // Listed in a certified block, by any envelope; or expired.
  void remove(const Digest& id);

  // A proposal that was accepted lists these; they count as ordered by nobody yet, but need no further proposal.
  void list(const std::vector<Digest>& ids);
  void unlist(const std::vector<Digest>& ids);

  bool empty() const { return by_id_.empty(); }
  std::size_t unlisted() const { return by_id_.size() - listed_; }
  // When the one that waits longest began to wait.
  std::optional<SteadyMs> oldest_since() const;

  // A proposal was accepted: how many batches passed over the oldest transaction that this replica passed on, though
  // they had room for it or hold later arrivals.
  void batch_accepted(const std::vector<Digest>& ids, bool had_room, SteadyMs now);
  struct PassedOver {
    std::size_t batches = 0;
    SteadyMs since = 0;
  };
  PassedOver most_passed_over() const;
  // A new proposer starts with a clean slate.
  void forgive() { batches_.clear(); }

 private:
  using Arrival = std::uint64_t;
  struct Entry {
    Arrival arrival = 0;
    SteadyMs since = 0;
    bool passed_on = false;
    std::uint32_t listed = 0;  // by how many accepted proposals
  };
  struct Batch {
    Arrival before = 0;  // arrivals from here on came after it was accepted
    Arrival latest = 0;  // the latest arrival that it holds; 0 = none
    bool had_room = false;
  };

  std::unordered_map<Digest, Entry, DigestHash> by_id_;
  std::map<Arrival, Digest> in_order_;
  std::size_t listed_ = 0;
  Arrival next_ = 1;
  std::deque<Batch> batches_;
};

}  // namespace jinshi::consensus
