// What the vote log costs on the disk that holds the folder given: groups a second and the latency of one, alone and
// with many that wait at once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "node/ordering/vote_log_writer.h"
#include "proto/canonical.h"

namespace {

using namespace std::chrono;
using jinshi::node::VoteLog;

std::string entry_of(jinshi::Height height, std::size_t bytes) {
  jinshi::v1::LogEntry entry;
  entry.mutable_batch()->set_height(height);
  entry.mutable_batch()->set_batch(std::string(bytes, 'b'));
  return jinshi::encode(entry);
}

void run(const std::filesystem::path& folder, std::size_t bytes, std::size_t at_once, std::size_t count) {
  std::filesystem::remove_all(folder);
  auto files = jinshi::node::log_files_on_disk(folder);
  const VoteLog::Owner owner{{}, std::string(33, 'k')};
  if (!files || !VoteLog::create(**files, owner)) return;
  auto opened = VoteLog::open(**files, owner);
  if (!opened) return;
  std::vector<double> latencies(count);
  std::atomic<std::size_t> in_flight = 0;
  const auto begin = steady_clock::now();
  {
    jinshi::node::VoteLogWriter writer(std::move(opened->log),
                                       [](const jinshi::Error& error) { std::puts(error.message.c_str()); });
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t now = in_flight; now >= at_once; now = in_flight) in_flight.wait(now);
      ++in_flight;
      if (i % 64 == 63) writer.trim(0, i - 32);
      writer.append({entry_of(i + 1, bytes)}, [&, i, sent = steady_clock::now()] {
        latencies[i] = duration<double, std::micro>(steady_clock::now() - sent).count();
        --in_flight;
        in_flight.notify_one();
      });
    }
  }
  const double seconds = duration<double>(steady_clock::now() - begin).count();
  std::ranges::sort(latencies);
  std::printf("%7zu bytes, %2zu at once: %7.0f groups/s, median %6.0f us, 99%% %6.0f us, worst %6.0f us\n", bytes, at_once,
              static_cast<double>(count) / seconds, latencies[count / 2], latencies[count * 99 / 100], latencies.back());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::puts("usage: vote_log_bench <folder on the disk to measure>"), 1;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "vote_log_bench";
  for (const std::size_t bytes : {600, 8192, 262144}) {
    for (const std::size_t at_once : {1, 4, 16}) run(folder, bytes, at_once, bytes > 100'000 ? 600 : 3000);
  }
  std::filesystem::remove_all(folder);
}
