// Does something when a scope takes too long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace jinshi::node {

class Deadline {
 public:
  Deadline(std::chrono::milliseconds patience, std::function<void()> too_late)
      : thread_([this, patience, too_late = std::move(too_late)] {
          std::unique_lock lock(mutex_);
          if (!met_.wait_for(lock, patience, [this] { return done_; })) too_late();
        }) {}
  ~Deadline() {
    {
      const std::scoped_lock lock(mutex_);
      done_ = true;
    }
    met_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;  // guards done_
  std::condition_variable met_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace jinshi::node
