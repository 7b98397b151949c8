// A new development network in its folder: keys, TLS identities, genesis, each node's configuration and block 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/session.h"

namespace jinshi::cli {

struct DevnetPlan {
  std::string organisations;               // whose first four admissions are the genesis; empty: the sample day
  std::size_t validators = 0, audits = 0;  // 0 validators: one, `validator`
  std::string validator = "zone-office";
  std::uint16_t port = 0;  // 0: 7400 for a network of one, else whatever is free
  std::size_t keys_each = 1;
};

// `clock_begins`: when its clock does, on all nodes alike; else it is the system's. Where it fails there is no genesis,
// and so no network.
Outcome<void> make_devnet(const Session& session, const DevnetPlan& plan, std::optional<TimeMs> clock_begins);

}  // namespace jinshi::cli
