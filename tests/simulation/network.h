// The links between simulated nodes: delay, loss, duplication, reordering, and links that are cut, one way or both.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "tests/simulation/event_queue.h"
#include "tests/simulation/random.h"

namespace jinshi::simulation {

using NodeNumber = std::size_t;

struct NetworkSettings {
  SimulatedMs shortest_ms = 1, longest_ms = 5;
  double loss = 0, duplication = 0;
  double straggler = 0;  // takes up to a second more: overtaken by whatever is sent behind it
};

class Network {
 public:
  explicit Network(NetworkSettings settings) : settings_(settings) {}

  NetworkSettings& settings() { return settings_; }
  void cut(NodeNumber from, NodeNumber to) { cut_.emplace(from, to); }
  void cut_both(NodeNumber a, NodeNumber b) {
    cut(a, b);
    cut(b, a);
  }
  void mend(NodeNumber from, NodeNumber to) { cut_.erase({from, to}); }
  void mend_all() { cut_.clear(); }
  // Nodes of different groups don't hear one another.
  void partition(const std::vector<std::vector<NodeNumber>>& groups);
  bool is_cut(NodeNumber from, NodeNumber to) const { return cut_.contains({from, to}); }

  // How long each copy of a packet takes; none where it is lost.
  std::vector<SimulatedMs> delays(NodeNumber from, NodeNumber to, Random& random) const;

 private:
  NetworkSettings settings_;
  std::set<std::pair<NodeNumber, NodeNumber>> cut_;
};

}  // namespace jinshi::simulation
