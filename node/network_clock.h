// The network clock: the system's clock plus an offset, which is zero except in a development network, where the
// operator may move it forward so that a day can be replayed in any year (docs/protocol.md, time). Block time, expiry
// and skew use it; timers never do. Any thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

class NetworkClock {
 public:
  using SystemClock = std::function<TimeMs()>;
  static TimeMs system_now();

  // `file` keeps a development network's offset over restarts; it need not exist. Of another network the file is never
  // read. DAMAGED when the file holds no offset.
  static Result<std::unique_ptr<NetworkClock>> open(std::filesystem::path file, bool development,
                                                    SystemClock system = &system_now);

  // Where a new development network's clock begins, in the past or to come: once, before the first `open`.
  // WRONG_STATE when the file exists.
  static Result<void> begin_at(const std::filesystem::path& file, TimeMs time, SystemClock system = &system_now);

  TimeMs now() const { return system_() + offset_.load(std::memory_order_relaxed); }

  // On disk before it shows. WRONG_STATE unless this is a development network, BAD_VALUE for a time before now.
  Result<TimeMs> move_to(TimeMs time);

 private:
  NetworkClock(std::filesystem::path file, bool development, SystemClock system, std::int64_t offset)
      : file_(std::move(file)), development_(development), system_(std::move(system)), offset_(offset) {}

  const std::filesystem::path file_;
  const bool development_;
  const SystemClock system_;
  std::mutex moving_;  // one move at a time, the file's and the offset's together
  std::atomic<std::int64_t> offset_;
};

}  // namespace jinshi::node
