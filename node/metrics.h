// What the node counts, in Prometheus' text form. Names are stable: dashboards and alarms go by them
// (docs/operators.md lists them). Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "jinshi/v1/reason.pb.h"
#include "proto/types.h"

namespace jinshi::node {

class Metrics {
 public:
  // What is read when somebody asks, rather than counted as it happens.
  struct Levels {
    Height height = 0;
    std::int64_t block_time_lag_ms = 0;  // network clock minus the head's time
    std::size_t pool_transactions = 0;
    std::size_t pool_bytes = 0;
    std::size_t pool_waiting = 0;
    std::int64_t clock_offset_ms = 0;
    bool stalled = false;
  };

  Metrics(std::string_view version, std::string_view chain_id);
  ~Metrics();

  // Set before anybody asks.
  void levels_from(std::function<Levels()> source);

  // outcome: queued, accepted, partly, refused, not_taken, expired, unknown.
  void count_submit(std::string_view outcome, v1::Reason reason);
  void observe_block(std::size_t transactions, double execute_seconds, double certify_seconds);
  void count_call(std::string_view method, std::string_view code);
  void stream_opened(std::string_view method);
  void stream_closed(std::string_view method);

  std::string text() const;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace jinshi::node
