// The vote log's thread: whatever groups wait are written and synced together, and each is told in the order in which
// they came. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "node/ordering/vote_log.h"

namespace jinshi::node {

class VoteLogWriter {
 public:
  // `failed` is called once, on the writer's thread: nothing is written and nobody is told after it.
  VoteLogWriter(std::unique_ptr<VoteLog> log, std::function<void(const Error&)> failed);
  // Writes what waits, then joins; not from the writer's thread.
  ~VoteLogWriter();

  // Canonical LogEntry each. `durable` is called on the writer's thread when they are on disk: what rests on them may
  // be said from then on.
  void append(std::vector<std::string> entries, std::function<void()> durable);

  // Nothing at or below the height, and nothing of an earlier epoch, is needed any more. Goes with the next group: a
  // trim that a crash loses only leaves more to read.
  void trim(std::uint64_t epoch, Height height);

 private:
  struct Waiting {
    std::vector<std::string> entries;
    std::vector<std::function<void()>> told;
  };
  void run();

  const std::unique_ptr<VoteLog> log_;  // the writer's thread
  const std::function<void(const Error&)> failed_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable something_waits_;
  Waiting waiting_;
  bool wanted_ = false;  // somebody waits to be told
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jinshi::node
