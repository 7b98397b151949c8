// A vote log in memory: what is synced outlives a power cut, and what the shipped log would let go is let go.
#pragma once

#include <string>
#include <vector>

#include "jinshi/v1/consensus.pb.h"
#include "node/ordering/log_entry.h"
#include "tests/simulation/random.h"

namespace jinshi::simulation {

class SimulatedLog {
 public:
  void append(const v1::LogEntry& entry);
  // Everything appended, ever; and how much of it is on disk.
  std::uint64_t appended() const { return dropped_ + entries_.size(); }
  std::uint64_t synced() const { return synced_; }
  void sync_to(std::uint64_t count);
  void crash(Random& random);
  // As the node reads it at a start: the trim point, then what is still needed.
  std::vector<v1::LogEntry> read() const;
  std::size_t size() const { return entries_.size(); }

 private:
  void drop_unneeded();

  std::vector<std::string> entries_;
  std::uint64_t dropped_ = 0, synced_ = 0;
  node::LogNeeds needs_;  // of what is synced
  bool trimmed_ = false;
};

}  // namespace jinshi::simulation
