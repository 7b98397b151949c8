// What a network commits, and what one that loses its leader does: the two measurements of scripts/bench.
#pragma once

#include "cli/output.h"
#include "load_network.h"

namespace jinshi::bench {

struct QuickPlan {
  std::size_t windows = 5;
  double window_seconds = 5;
  double warm_seconds = 1;
  double rate_seconds = 0.5;  // of the machine's own signature checks, before and after each window
  std::size_t streams = 4;    // to each node
  std::size_t in_flight = 256;
};
cli::Outcome<void> quick(const Network& network, const QuickPlan& plan, const cli::Output& output);

struct FailoverPlan {
  std::size_t kills = 5;
  std::size_t in_flight = 32;
  std::string daemon;  // jinshid
};
cli::Outcome<void> failover(const Network& network, const FailoverPlan& plan, const cli::Output& output);

}  // namespace jinshi::bench
