// A diagnosis, not a status: idle, working or stalled, and why. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/types.h"

namespace jinshi::node {

// What ordering is at, on the steady clock.
struct OrderingStatus {
  enum class At { kWaiting, kExecuting, kCertifying, kFailed, kStopped };
  At at = At::kWaiting;
  std::int64_t since = 0;       // when it began
  std::int64_t last_block = 0;  // when the last block was certified, or the node started
  Height height = 0;            // certified
  std::string failure;          // kFailed: what the disk or the signer said
  // Of the epoch in force.
  std::int64_t heartbeat_ms = 0;
  std::int64_t progress_timeout_ms = 0;
  std::optional<TimeMs> next_due;  // network clock
};

struct DiagnosisFacts {
  OrderingStatus ordering;
  std::int64_t now = 0;  // steady
  TimeMs network_now = 0;
  std::size_t waiting = 0;
};

struct Diagnosis {
  bool stalled = false;
  std::string text;  // "idle: ...", "working: ...", "stalled: ..."
};

Diagnosis diagnose(const DiagnosisFacts& facts);

}  // namespace jinshi::node
