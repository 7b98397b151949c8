#include "node/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "proto/descriptor_names.h"

namespace jinshi::node {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Half a millisecond to some seconds, each about twice the one before.
const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032,
                                                       0.064,  0.128, 0.256, 0.512, 1.0,   2.0,   5.0};

std::string reason_label(v1::Reason reason) {
  const auto* value = v1::Reason_descriptor()->FindValueByNumber(reason);
  if (reason == v1::REASON_UNSPECIFIED || value == nullptr) return "";
  return std::string(value_name(*value));
}

}  // namespace

struct Metrics::Series {
  prometheus::Registry registry;
  std::function<Levels()> levels;

  prometheus::Gauge& gauge(const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  prometheus::Histogram& histogram(const char* name, const char* help) {
    return BuildHistogram().Name(name).Help(help).Register(registry).Add({}, kSeconds);
  }
  prometheus::Counter& counter(const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }

  prometheus::Gauge& height = gauge("jinshi_height", "Newest certified height");
  prometheus::Gauge& lag =
      gauge("jinshi_block_time_lag_seconds", "Network clock minus the time of the newest certified block");
  prometheus::Gauge& pool_transactions = gauge("jinshi_pool_transactions", "Transactions held, being checked included");
  prometheus::Gauge& pool_bytes = gauge("jinshi_pool_bytes", "Bytes of the transactions held");
  prometheus::Gauge& pool_waiting = gauge("jinshi_pool_waiting", "Transactions in no ordered batch");
  prometheus::Gauge& offset = gauge("jinshi_clock_offset_seconds", "Network clock minus system clock");
  prometheus::Gauge& stalled = gauge("jinshi_stalled", "1 while the node can't make blocks");
  prometheus::Counter& blocks = counter("jinshi_blocks_total", "Blocks certified since the start");
  prometheus::Counter& transactions = counter("jinshi_transactions_total", "Transactions in those blocks");
  prometheus::Histogram& execute = histogram("jinshi_execute_seconds", "Batch to block, on disk");
  prometheus::Histogram& certify = histogram("jinshi_certify_seconds", "Block to certificate, on disk");
  prometheus::Family<prometheus::Counter>& submits =
      BuildCounter().Name("jinshi_submits_total").Help("Answers to submits").Register(registry);
  prometheus::Family<prometheus::Counter>& calls =
      BuildCounter().Name("jinshi_calls_total").Help("Calls answered, by method and gRPC code").Register(registry);
  prometheus::Family<prometheus::Gauge>& streams =
      BuildGauge().Name("jinshi_streams_open").Help("Streams open").Register(registry);
};

Metrics::Metrics(std::string_view version, std::string_view chain_id) : series_(std::make_unique<Series>()) {
  BuildGauge()
      .Name("jinshi_build_info")
      .Help("Always 1; the version that runs, and its chain")
      .Register(series_->registry)
      .Add({{"version", std::string(version)}, {"chain_id", std::string(chain_id)}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::levels_from(std::function<Levels()> source) { series_->levels = std::move(source); }

void Metrics::count_submit(std::string_view outcome, v1::Reason reason) {
  series_->submits.Add({{"outcome", std::string(outcome)}, {"reason", reason_label(reason)}}).Increment();
}

void Metrics::observe_block(std::size_t transactions, double execute_seconds, double certify_seconds) {
  series_->blocks.Increment();
  series_->transactions.Increment(static_cast<double>(transactions));
  series_->execute.Observe(execute_seconds);
  series_->certify.Observe(certify_seconds);
}

void Metrics::count_call(std::string_view method, std::string_view code) {
  series_->calls.Add({{"method", std::string(method)}, {"code", std::string(code)}}).Increment();
}

void Metrics::stream_opened(std::string_view method) {
  series_->streams.Add({{"method", std::string(method)}}).Increment();
}

void Metrics::stream_closed(std::string_view method) {
  series_->streams.Add({{"method", std::string(method)}}).Decrement();
}

std::string Metrics::text() const {
  if (series_->levels) {
    const Levels levels = series_->levels();
    series_->height.Set(static_cast<double>(levels.height));
    series_->lag.Set(static_cast<double>(levels.block_time_lag_ms) / 1000);
    series_->pool_transactions.Set(static_cast<double>(levels.pool_transactions));
    series_->pool_bytes.Set(static_cast<double>(levels.pool_bytes));
    series_->pool_waiting.Set(static_cast<double>(levels.pool_waiting));
    series_->offset.Set(static_cast<double>(levels.clock_offset_ms) / 1000);
    series_->stalled.Set(levels.stalled ? 1 : 0);
  }
  return prometheus::TextSerializer().Serialize(series_->registry.Collect());
}

}  // namespace jinshi::node
