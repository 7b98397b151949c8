#include "load_quick.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <thread>

#include "ledger/verify/verify.h"

namespace jinshi::bench {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::chrono::seconds kDrain{5};
// What a window may take beyond what the last one committed.
constexpr double kSpare = 1.6;

struct Window {
  double committed = 0;  // a second
  double p50_ms = 0, p99_ms = 0;
  double rate = 0;   // signature checks a second of one thread
  double ratio = 0;  // committed to (cores x rate / validators)
  double node_us = 0, load_us = 0;  // processor time for a transaction: of one node, of this program
  double share = 0;                 // of the machine's processors that all of these had
  std::size_t receipts = 0, others = 0;
  std::string trouble;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_of(const std::vector<Window>& windows, double Window::* member) {
  std::vector<double> values;
  for (const auto& window : windows) values.push_back(window.*member);
  return median(std::move(values));
}

std::size_t valid_among(const std::vector<std::string>& samples, const ledger::Chain& chain) {
  return static_cast<std::size_t>(
      std::ranges::count_if(samples, [&](const auto& file) { return ledger::verify_file(file, chain).has_value(); }));
}

class Quick {
 public:
  Quick(const Network& network, const QuickPlan& plan, cli::SignerPtr signer, ledger::Chain chain)
      : network_(network),
        plan_(plan),
        signer_(std::move(signer)),
        chain_(std::move(chain)),
        supply_(network.chain_id(), network.signing_organisation(), signer_) {}

  cli::Outcome<void> measure() {
    double before = verification_rate(signer_, plan_.rate_seconds);
    double expected = static_cast<double>(cores_) * before / 8;
    for (std::size_t i = 0; i < plan_.windows; ++i) {
      const double seconds = plan_.warm_seconds + plan_.window_seconds;
      const auto wanted = static_cast<std::size_t>(expected * seconds * kSpare);
      if (auto filled = supply_.fill(wanted); !filled) return cli::failed(filled.error());
      auto window = one_window();
      if (!window) return std::unexpected(window.error());
      const double after = verification_rate(signer_, plan_.rate_seconds);
      window->rate = (before + after) / 2;
      window->ratio = window->committed /
                      (static_cast<double>(cores_) * window->rate / static_cast<double>(network_.validators().size()));
      before = after;
      if (window->committed > 0) expected = window->committed;
      windows_.push_back(*window);
    }
    return {};
  }

  void show(const cli::Output& output) const {
    std::size_t receipts = 0, others = 0;
    std::string trouble;
    boost::json::array ratios;
    for (const auto& window : windows_) {
      receipts += window.receipts;
      others += window.others;
      if (trouble.empty()) trouble = window.trouble;
      ratios.emplace_back(std::round(window.ratio * 1000) / 1000);
    }
    const auto rounded = [this](double Window::* member, double unit = 1) {
      return std::round(median_of(windows_, member) / unit) * unit;
    };
    boost::json::object all{{"validators", network_.validators().size()},
                            {"cores", cores_},
                            {"windows", windows_.size()},
                            {"committed_per_second", rounded(&Window::committed)},
                            {"p50_ms", rounded(&Window::p50_ms)},
                            {"p99_ms", rounded(&Window::p99_ms)},
                            {"signature_checks_per_second_of_one_thread", rounded(&Window::rate)},
                            {"ratio", std::round(median_of(windows_, &Window::ratio) * 1000) / 1000},
                            {"ratio_of_each_window", std::move(ratios)},
                            {"node_processor_us_per_transaction", rounded(&Window::node_us)},
                            {"load_processor_us_per_transaction", rounded(&Window::load_us)},
                            {"share_of_processors", rounded(&Window::share, 0.01)},
                            {"receipts", receipts},
                            {"receipts_checked", checked_},
                            {"of_these_valid", valid_},
                            {"without_receipt", others}};
    if (!trouble.empty()) all["first_without"] = trouble;
    output.show(cli::rows_of(all), all);
  }

  cli::Outcome<void> verdict() const {
    if (checked_ > 0 && valid_ == checked_) return {};
    return cli::failed(v1::REASON_BAD_PROOF, fmt::format("{} of {} receipts are valid", valid_, checked_));
  }

 private:
  cli::Outcome<Window> one_window() {
    auto streams = network_.load(supply_, plan_.streams, plan_.in_flight, false);
    if (!streams) return std::unexpected(streams.error());
    std::this_thread::sleep_for(Seconds(plan_.warm_seconds));
    const auto begin = Clock::now();
    const double nodes_before = network_.processor_seconds(), self_before = processor_seconds_of("self");
    std::this_thread::sleep_for(Seconds(plan_.window_seconds));
    const auto end = Clock::now();
    const double nodes = network_.processor_seconds() - nodes_before, self = processor_seconds_of("self") - self_before;
    for (const auto& stream : *streams) stream->send_nothing_more();
    Window window;
    std::vector<double> latencies;
    for (const auto& stream : *streams) {
      const auto outcomes = stream->end(kDrain);
      for (const auto& receipt : outcomes.receipts) {
        if (receipt.received < begin || receipt.received >= end) continue;
        latencies.push_back(Seconds(receipt.received - receipt.sent).count() * 1000);
      }
      window.receipts += outcomes.receipts.size();
      window.others += outcomes.others;
      if (window.trouble.empty()) window.trouble = outcomes.trouble;
      checked_ += outcomes.samples.size();
      valid_ += valid_among(outcomes.samples, chain_);
    }
    if (latencies.empty()) {
      return cli::failed(v1::REASON_NOT_WRITABLE, "nothing was committed within a window: " + window.trouble);
    }
    std::ranges::sort(latencies);
    const auto count = static_cast<double>(latencies.size());
    window.committed = count / Seconds(end - begin).count();
    window.p50_ms = latencies[latencies.size() / 2];
    window.p99_ms = latencies[latencies.size() * 99 / 100];
    window.node_us = nodes * 1e6 / count / static_cast<double>(network_.validators().size());
    window.load_us = self * 1e6 / count;
    window.share = (nodes + self) / (static_cast<double>(cores_) * Seconds(end - begin).count());
    return window;
  }

  const Network& network_;
  const QuickPlan plan_;
  const cli::SignerPtr signer_;
  const ledger::Chain chain_;
  const std::size_t cores_ = std::max(1U, std::thread::hardware_concurrency());
  Supply supply_;
  std::vector<Window> windows_;
  std::size_t checked_ = 0, valid_ = 0;
};

}  // namespace

cli::Outcome<void> quick(const Network& network, const QuickPlan& plan, const cli::Output& output) {
  auto signer = network.signer();
  if (!signer) return std::unexpected(signer.error());
  auto chain = ledger::Chain::from_genesis(network.genesis());
  if (!chain) return cli::failed(chain.error());
  Quick run(network, plan, *signer, std::move(*chain));
  if (auto measured = run.measure(); !measured) return measured;
  run.show(output);
  return run.verdict();
}

}  // namespace jinshi::bench
