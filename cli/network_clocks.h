// The clocks of a development network's nodes on this machine, moved together: validators whose clocks differ by more
// than max_clock_skew_ms withhold their votes from one another's blocks.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "cli/client.h"
#include "cli/network_nodes.h"

namespace jinshi::cli {

class NetworkClocks {
 public:
  explicit NetworkClocks(NetworkFolder folder) : folder_(std::move(folder)) {}

  // Brings every node that runs to `time`, or to the furthest of them where that is later or no time is given, all at
  // once. A node that doesn't run or doesn't answer is left behind: `devnet start` brings it up to the others. Returns
  // the network's time before; 0 when it was known to be later than `time` and no node was asked. WRONG_STATE outside
  // development, NOT_WRITABLE when no node answers.
  Outcome<TimeMs> move_to(std::optional<TimeMs> time);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Place {
    NodePlace node;
    Client client;
  };
  Outcome<void> open();

  NetworkFolder folder_;
  std::vector<Place> places_;
  std::optional<TimeMs> reached_;  // every node's clock, at `reached_at_`
  Moment reached_at_ = {};
};

}  // namespace jinshi::cli
