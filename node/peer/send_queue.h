// What waits for one peer: bounded by bytes and by count, in two lanes, so that a vote never waits behind a flood of
// transactions. A full lane of votes drops its oldest, which the newest make useless; a full lane of transactions drops
// what comes, for who passed it on passes it on again. The caller locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "proto/types.h"

namespace jinshi::node {

using PeerBytes = std::shared_ptr<const std::string>;

// Whether a serialised PeerMessage carries transactions passed on, by its first byte.
bool is_bulk(ByteView message);

class SendQueue {
 public:
  // Of each lane.
  struct Limits {
    std::size_t bytes = 8 << 20;
    std::size_t messages = 16'384;
  };

  explicit SendQueue(Limits limits) : limits_(limits) {}

  void push(PeerBytes message);
  // Votes first; null when nothing waits.
  PeerBytes pop();
  // From now on; what doesn't fit any more is dropped, the oldest first.
  void bound(Limits limits);

  bool empty() const { return votes_.messages.empty() && bulk_.messages.empty(); }
  std::size_t bytes() const { return votes_.bytes + bulk_.bytes; }
  std::size_t messages() const { return votes_.messages.size() + bulk_.messages.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Lane {
    std::deque<PeerBytes> messages;
    std::size_t bytes = 0;

    void push(PeerBytes message);
    PeerBytes pop();
  };
  bool has_room(const Lane& lane, std::size_t size) const {
    return lane.messages.size() < limits_.messages && lane.bytes + size <= limits_.bytes;
  }

  Limits limits_;
  Lane votes_, bulk_;
  std::uint64_t dropped_ = 0;
};

}  // namespace jinshi::node
