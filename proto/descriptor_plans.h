// What is worked out once for each message type from its descriptor, and from then on read by any thread without a
// lock. Plans live as long as the cache, which is meant to be a static of the one file that knows what its plans are.
#pragma once

#include <google/protobuf/descriptor.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace jinshi {

template <class Plan>
class DescriptorPlans {
 public:
  // The plan of a sub-message: its address is good at once, its contents when the outermost build has ended.
  using Nested = std::function<const Plan*(const google::protobuf::Descriptor&)>;
  using Build = void (*)(const google::protobuf::Descriptor& descriptor, const Nested& nested, Plan& plan);

  explicit DescriptorPlans(Build build) : build_(build) { publish(); }

  const Plan& of(const google::protobuf::Descriptor& descriptor) {
    const Table& table = *published_.load(std::memory_order_acquire);
    if (const auto found = table.find(&descriptor); found != table.end()) [[likely]]
      return *found->second;
    const std::lock_guard lock(mutex_);
    const Plan* plan = find_or_build(descriptor);
    publish();
    return *plan;
  }

 private:
  using Table = std::unordered_map<const google::protobuf::Descriptor*, const Plan*>;

  const Plan* find_or_build(const google::protobuf::Descriptor& descriptor) {
    if (const auto found = building_.find(&descriptor); found != building_.end()) return found->second;
    Plan& plan = plans_.emplace_back();
    building_.emplace(&descriptor, &plan);  // before its fields: a message may hold itself
    build_(
        descriptor, [this](const google::protobuf::Descriptor& nested) { return find_or_build(nested); }, plan);
    return &plan;
  }

  // A reader may still hold an older table, so none is ever freed: there are at most as many as message types.
  void publish() {
    tables_.push_back(std::make_unique<const Table>(building_));
    published_.store(tables_.back().get(), std::memory_order_release);
  }

  Build build_;
  std::mutex mutex_;  // guards all below but the published pointer
  std::deque<Plan> plans_;
  Table building_;
  std::vector<std::unique_ptr<const Table>> tables_;
  std::atomic<const Table*> published_ = nullptr;
};

}  // namespace jinshi
