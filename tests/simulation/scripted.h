// Worlds for scenarios: four validators a, b, c, d, calm but for what the script does. In view v the set's member v
// proposes, whatever the height.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/simulation/world.h"

namespace jinshi::simulation {

inline constexpr NodeNumber kA = 0, kB = 1, kC = 2, kD = 3;
inline constexpr SimulatedMs kTimeoutMs = 500;

inline Settings scripted(std::size_t validators = 4) {
  Settings settings;
  settings.seed = 7;
  settings.trace = std::getenv("JINSHI_TRACE") != nullptr;
  settings.profile = "scripted";
  settings.validators = validators;
  settings.ordering.set_window(8);
  settings.ordering.set_rotation_interval(10'000);
  settings.ordering.set_heartbeat_ms(60'000);
  settings.ordering.set_progress_timeout_ms(kTimeoutMs);
  settings.ordering.set_max_clock_skew_ms(1000);
  settings.ordering.set_fairness_batches(8);
  settings.ordering.set_batch_operations(1000);
  settings.ordering.set_batch_bytes(1 << 20);
  settings.network.longest_ms = 3;
  settings.batch_transactions = 5;
  return settings;
}

inline bool is_payload_of(const Packet& packet, const Digest& id) {
  const auto holds = [&](const std::vector<TransactionPtr>& transactions) {
    for (const auto& one : transactions) {
      if (one->id == id) return true;
    }
    return false;
  };
  if (const auto* passed = std::get_if<PassedOn>(&packet)) return holds(passed->transactions);
  if (const auto* answer = std::get_if<PayloadAnswer>(&packet)) return holds(answer->transactions);
  return false;
}

template <class T>
const T* message_of(const Packet& packet) {
  const auto* message = std::get_if<consensus::Message>(&packet);
  return message == nullptr ? nullptr : std::get_if<T>(message);
}

template <class T>
const T* sent_in(const consensus::Effect& effect) {
  const auto* send = std::get_if<consensus::Send>(&effect);
  return send == nullptr ? nullptr : std::get_if<T>(&send->message);
}

// Everything of every client, everywhere, and no promise broken.
inline void settles(World& world, SimulatedMs within_ms) {
  const bool settled = world.run_until([&] { return world.all_certified() && world.converged(); }, within_ms);
  INFO(world.watcher().failure().value_or("no promise broken"));
  CHECK(settled);
  CHECK_FALSE(world.watcher().failure());
}

}  // namespace jinshi::simulation
