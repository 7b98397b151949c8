// Work spread over threads whose results are taken in the order in which it was given: for streams that are hashed or
// encrypted piece by piece. Memory is bounded: no more than `limit` pieces are under way.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <thread>

#include "cli/failure.h"

namespace jinshi::cli {

inline std::size_t worker_count() { return std::max(2u, std::thread::hardware_concurrency()); }

template <class T>
class OrderedTasks {
 public:
  // `take` runs on the caller's thread.
  explicit OrderedTasks(std::function<Outcome<void>(T)> take, std::size_t limit = 2 * worker_count())
      : take_(std::move(take)), limit_(limit) {}

  // Waits for the oldest piece when all places are taken. An error is that of an older piece.
  template <class Work>
  Outcome<void> give(Work work) {
    while (waiting_.size() >= limit_) {
      if (auto taken = take_oldest(); !taken) return taken;
    }
    waiting_.push_back(std::async(std::launch::async, std::move(work)));
    return {};
  }

  Outcome<void> finish() {
    while (!waiting_.empty()) {
      if (auto taken = take_oldest(); !taken) return taken;
    }
    return {};
  }

 private:
  Outcome<void> take_oldest() {
    T result = waiting_.front().get();
    waiting_.pop_front();
    return take_(std::move(result));
  }

  std::function<Outcome<void>(T)> take_;
  std::size_t limit_;
  std::deque<std::future<T>> waiting_;
};

}  // namespace jinshi::cli
