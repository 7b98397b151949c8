#include "cli/network_clocks.h"

#include <algorithm>
#include <future>

#include "cli/devnet.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kPatienceMs = 2000;
// What asking costs; far below any max_clock_skew_ms.
constexpr std::int64_t kCloseEnoughMs = 50;

TimeMs ms_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - then).count();
}

// `ask` of every one at once: a clock moves a second away from its fellows while they are asked one by one.
template <class Answer, class Each, class Ask>
std::vector<Outcome<Answer>> ask_all(const std::vector<Each>& all, const Ask& ask) {
  std::vector<std::future<Outcome<Answer>>> asked;
  for (const Each& each : all) asked.push_back(std::async(std::launch::async, [&ask, &each] { return ask(each); }));
  std::vector<Outcome<Answer>> answers;
  for (auto& one : asked) answers.push_back(one.get());
  return answers;
}

}  // namespace

Outcome<void> NetworkClocks::open() {
  if (!places_.empty()) return {};
  // Without a list there is the one node that config.toml names: it runs elsewhere, or by hand.
  const auto nodes = read_nodes(folder_);
  for (const NodePlace& node : nodes ? *nodes : std::vector<NodePlace>(1)) {
    const auto endpoints = read_endpoints(folder_, node.name);
    if (!endpoints) return std::unexpected(endpoints.error());
    auto client = Client::open(*endpoints, kPatienceMs);
    if (!client) return std::unexpected(client.error());
    places_.push_back({node, std::move(*client)});
  }
  return {};
}

Outcome<TimeMs> NetworkClocks::move_to(std::optional<TimeMs> time) {
  if (time && reached_ && *reached_ + ms_since(reached_at_) >= *time) return 0;
  if (auto opened = open(); !opened) return std::unexpected(opened.error());

  struct Clock {
    const Client* client;
    TimeMs time;
  };
  std::vector<const Place*> running;
  for (const Place& place : places_) {
    // A network of one may be run by hand, without a pid file.
    if (places_.size() == 1 || running_node(folder_, place.node) != 0) running.push_back(&place);
  }
  const auto asked_at = std::chrono::steady_clock::now();
  const auto answers = ask_all<Clock>(running, [&](const Place* place) -> Outcome<Clock> {
    const auto status = place->client.status();
    if (!status) return std::unexpected(status.error());
    return Clock{&place->client, status->clock() - ms_since(asked_at)};
  });
  std::vector<Clock> clocks;
  for (const auto& answer : answers) {
    if (answer) clocks.push_back(*answer);
  }
  if (clocks.empty()) {
    return failed(v1::REASON_NOT_WRITABLE, "no node of this network answers: `jinshi devnet status` shows who runs");
  }
  const TimeMs before = std::ranges::max(clocks, {}, &Clock::time).time;
  const TimeMs target = std::max(before, time.value_or(before));
  std::erase_if(clocks, [&](const Clock& clock) { return clock.time + kCloseEnoughMs >= target; });
  const auto moves = ask_all<TimeMs>(clocks, [&](const Clock& clock) -> Outcome<TimeMs> {
    const auto moved = clock.client->move_clock(target + ms_since(asked_at));
    if (!moved) return std::unexpected(moved.error());
    return moved->clock();
  });
  for (const auto& moved : moves) {
    // BAD_VALUE: another command has moved it further since it was asked.
    if (moved || may_be_retried(moved.error()) || moved.error().reason == v1::REASON_BAD_VALUE) continue;
    return std::unexpected(moved.error());
  }
  reached_ = target;
  reached_at_ = asked_at;
  return before;
}

}  // namespace jinshi::cli
