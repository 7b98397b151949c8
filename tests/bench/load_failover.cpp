#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <thread>

#include "cli/devnet.h"
#include "load_quick.h"

namespace jinshi::bench {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::seconds kWholeAgain{30}, kBetween{1};
constexpr std::int64_t kProbePatienceMs = 20'000;
constexpr std::size_t kSupply = 120'000;

cli::Outcome<void> wait_until_whole(const Network& network) {
  const auto until = Clock::now() + kWholeAgain;
  for (std::string lacking = network.not_whole(); !lacking.empty(); lacking = network.not_whole()) {
    if (Clock::now() > until) return cli::failed(v1::REASON_NOT_WRITABLE, "after 30 s still: " + lacking);
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

// From the kill to the receipt of a transaction that was sent right after it, by way of another validator: so it was
// ordered by another leader.
cli::Outcome<double> kill_once(const Network& network, Supply& probes, const FailoverPlan& plan,
                               const cli::Output& output) {
  const auto leader = network.leader();
  if (!leader) return std::unexpected(leader.error());
  const auto other = std::ranges::find_if(network.validators(),
                                          [&](const auto& node) { return node.name != leader->name; });
  auto client = network.client(*other, kProbePatienceMs);
  if (!client) return std::unexpected(client.error());
  if (auto connected = client->health(); !connected) return std::unexpected(connected.error());
  const auto begin = Clock::now();
  if (auto killed = cli::kill_node(network.folder(), *leader); !killed) return std::unexpected(killed.error());
  const auto answer = client->submit_and_wait(probes.take()->bytes, kProbePatienceMs);
  const double seconds = Seconds(Clock::now() - begin).count();
  if (!answer) return std::unexpected(answer.error());
  if (answer->status() != v1::SUBMIT_STATUS_RECEIPT) {
    return cli::failed(v1::REASON_NOT_WRITABLE, "no commit followed the kill of " + leader->name);
  }
  output.note(fmt::format("{} killed: {:.2f} s to the next commit, height {}", leader->name, seconds,
                          answer->height()));
  const auto started = cli::start_node(network.folder(), *leader, plan.daemon);
  if (!started) return std::unexpected(started.error());
  if (auto whole = wait_until_whole(network); !whole) return std::unexpected(whole.error());
  return seconds;
}

}  // namespace

cli::Outcome<void> failover(const Network& network, const FailoverPlan& plan, const cli::Output& output) {
  auto signer = network.signer();
  if (!signer) return std::unexpected(signer.error());
  Supply supply(network.chain_id(), network.signing_organisation(), *signer);
  Supply probes(network.chain_id(), network.signing_organisation(), *signer);
  if (auto filled = supply.fill(kSupply); !filled) return cli::failed(filled.error());
  if (auto filled = probes.fill(plan.kills); !filled) return cli::failed(filled.error());
  if (auto whole = wait_until_whole(network); !whole) return whole;
  auto streams = network.load(supply, 1, plan.in_flight, true);
  if (!streams) return std::unexpected(streams.error());
  std::vector<double> times;
  for (std::size_t i = 0; i < plan.kills; ++i) {
    std::this_thread::sleep_for(kBetween);
    const auto seconds = kill_once(network, probes, plan, output);
    if (!seconds) return std::unexpected(seconds.error());
    times.push_back(*seconds);
  }
  std::size_t receipts = 0;
  for (const auto& stream : *streams) stream->send_nothing_more();
  for (const auto& stream : *streams) receipts += stream->end(std::chrono::seconds(5)).receipts.size();
  boost::json::array each;
  for (const double seconds : times) each.emplace_back(std::round(seconds * 100) / 100);
  std::ranges::sort(times);
  const boost::json::object all{{"kills", times.size()},
                                {"median_seconds_to_next_commit", std::round(times[times.size() / 2] * 100) / 100},
                                {"seconds_of_each", std::move(each)},
                                {"receipts", receipts}};
  output.show(cli::rows_of(all), all);
  return {};
}

}  // namespace jinshi::bench
