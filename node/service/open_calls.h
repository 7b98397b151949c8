// The calls that stay open: streams and waits. A server waits for each of them when it shuts down, so each is told to
// end. Any thread.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace jinshi::node {

class OpenCall {
 public:
  virtual ~OpenCall() = default;
  // The node stops: say what can be said, and finish.
  virtual void end() = 0;
  // A block was certified.
  virtual void head_moved() {}
};

class OpenCalls {
 public:
  // False when the node is stopping: end at once.
  bool add(const std::shared_ptr<OpenCall>& call) {
    const std::scoped_lock lock(mutex_);
    if (ended_) return false;
    std::erase_if(calls_, [](const auto& known) { return known.expired(); });
    calls_.push_back(call);
    return true;
  }

  void head_moved() {
    for (const auto& call : all()) call->head_moved();
  }

  void end() {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    for (const auto& call : all()) call->end();
  }

 private:
  std::vector<std::shared_ptr<OpenCall>> all() {
    const std::scoped_lock lock(mutex_);
    std::vector<std::shared_ptr<OpenCall>> calls;
    for (const auto& known : calls_) {
      if (auto call = known.lock()) calls.push_back(std::move(call));
    }
    return calls;
  }

  std::mutex mutex_;  // guards both below
  std::vector<std::weak_ptr<OpenCall>> calls_;
  bool ended_ = false;
};

}  // namespace jinshi::node
