// The ids of transactions that got a leaf and have not yet expired: what makes a replay plain. Ids lie by the hour of
// their expiry, floor(expires_at / 3,600,000 ms); each hour is an append-only RFC 9162 tree whose leaves are the ids'
// 32 bytes in order of acceptance, dropped at the start of the first block whose time is at or past the hour's end
// (docs/protocol.md, live ids). The header's live-ids root is a digest of `roots`, which the caller makes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_set>
#include <vector>

#include "ledger/merkle/rfc9162.h"
#include "proto/error.h"

namespace jinshi::merkle {

inline constexpr TimeMs kHourMs = 3'600'000;

// Rounded down, before 1970 too.
[[nodiscard]] constexpr std::int64_t hour_of(TimeMs time) { return time / kHourMs - (time % kHourMs < 0 ? 1 : 0); }

struct HourRoot {
  std::int64_t hour = 0;
  std::uint64_t count = 0;
  Digest root;
  friend bool operator==(const HourRoot&, const HourRoot&) = default;
};

// A row of the store: the n-th id of an hour, n from 0.
struct LiveIdRow {
  std::int64_t hour = 0;
  std::uint64_t n = 0;
  Digest id;
  friend bool operator==(const LiveIdRow&, const LiveIdRow&) = default;
};

class LiveIds {
 public:
  class Block;

  // Adds a stored row, hour by hour and in order of n. REASON_DAMAGED when one is missing or came before.
  [[nodiscard]] Result<void> restore(const LiveIdRow& row);

  // Whether the id, of a body with this `expires_at`, is live.
  [[nodiscard]] bool contains(const Digest& id, TimeMs expires_at) const;
  // Live hours with their trees, ascending.
  [[nodiscard]] std::vector<HourRoot> roots() const;
  [[nodiscard]] std::uint64_t size() const;

  // The block's view: changes nothing here until it is committed. The LiveIds must outlive it and not change meanwhile.
  [[nodiscard]] Block begin_block(TimeMs block_time) const;
  void commit(Block&& block);

 private:
  struct Hour {
    Frontier tree;
    std::unordered_set<Digest, DigestHash> ids;
  };
  std::map<std::int64_t, Hour> hours_;
};

// A block under execution: the hours that its time has ended are gone, the ids that it accepts are there.
class LiveIds::Block {
 public:
  [[nodiscard]] bool contains(const Digest& id, TimeMs expires_at) const;
  // False, and nothing happens, for an id that is live already or whose hour has been dropped.
  bool add(const Digest& id, TimeMs expires_at);

  [[nodiscard]] std::vector<HourRoot> roots() const;
  // For the store's batch: rows to write, and hours whose rows may be deleted.
  [[nodiscard]] const std::vector<LiveIdRow>& added() const { return added_; }
  [[nodiscard]] const std::vector<std::int64_t>& dropped_hours() const { return dropped_; }

 private:
  friend class LiveIds;
  Block(const LiveIds& before, TimeMs block_time);

  const LiveIds* before_;
  std::int64_t first_live_hour_;
  std::map<std::int64_t, Hour> touched_;  // the whole tree of each hour that grew, but only its new ids
  std::vector<LiveIdRow> added_;
  std::vector<std::int64_t> dropped_;
};

}  // namespace jinshi::merkle
