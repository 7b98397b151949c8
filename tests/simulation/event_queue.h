// What happens next in a simulated world: by time, then by the order in which it was planned.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace jinshi::simulation {

using SimulatedMs = std::int64_t;

class EventQueue {
 public:
  using Action = std::function<void()>;

  SimulatedMs now() const { return now_; }
  void after(SimulatedMs delay, Action action) { queue_.push({now_ + delay, sequence_++, std::move(action)}); }
  bool empty() const { return queue_.empty(); }
  SimulatedMs next_time() const { return queue_.top().at; }
  void run_one() {
    // The top is const only so that its place is not disturbed, and it goes now.
    Planned next = std::move(const_cast<Planned&>(queue_.top()));
    queue_.pop();
    now_ = next.at;
    next.action();
  }

 private:
  struct Planned {
    SimulatedMs at;
    std::uint64_t sequence;
    Action action;
    bool operator<(const Planned& other) const { return std::pair(at, sequence) > std::pair(other.at, other.sequence); }
  };
  std::priority_queue<Planned> queue_;
  SimulatedMs now_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace jinshi::simulation
