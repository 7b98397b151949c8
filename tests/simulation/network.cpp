#include "tests/simulation/network.h"

namespace jinshi::simulation {

void Network::partition(const std::vector<std::vector<NodeNumber>>& groups) {
  for (const auto& group : groups) {
    for (const auto& other : groups) {
      if (&group == &other) continue;
      for (const NodeNumber from : group) {
        for (const NodeNumber to : other) cut(from, to);
      }
    }
  }
}

std::vector<SimulatedMs> Network::delays(NodeNumber from, NodeNumber to, Random& random) const {
  if (is_cut(from, to)) return {};
  std::vector<SimulatedMs> copies;
  const auto one = [&] {
    if (random.chance(settings_.loss)) return;
    SimulatedMs delay = random.between(settings_.shortest_ms, settings_.longest_ms);
    if (random.chance(settings_.straggler)) delay += random.between(1, 1000);
    copies.push_back(delay);
  };
  one();
  if (random.chance(settings_.duplication)) one();
  return copies;
}

}  // namespace jinshi::simulation
