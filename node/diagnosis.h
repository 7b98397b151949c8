// A diagnosis, not a status: idle, working or stalled, why, and who has not voted for what since when. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "consensus/replica.h"
#include "proto/types.h"

namespace jinshi::node {

// What ordering is at; times are the steady clock's.
struct OrderingStatus {
  consensus::ReplicaStatus replica;
  std::int64_t taken = 0;       // when `replica` was
  std::int64_t last_block = 0;  // when the last block was certified, or the node started
  bool catching_up = false;     // blocks of others are being fetched
  bool stopped = false;
  std::string failure;  // what the disk or the signer said, or where this node came apart from the others
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
  std::string text;  // "idle: ...", "working: ...", "following: ...", "stalled: ..."
};

Diagnosis diagnose(const DiagnosisFacts& facts);

// "centre-a, exchange-b have sent no PREPARE for 1,200 ms"; empty where nobody is waited for.
std::string who_is_waited_for(const OrderingStatus& ordering, std::int64_t now);

}  // namespace jinshi::node
