#include "node/network_clock.h"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>

#include "node/durable_file.h"

namespace jinshi::node {
namespace {

constexpr std::string_view kLabel = "offset_ms ";

// Some 140 years: beyond it, sums of times could overflow in the hands of those who trust the clock.
constexpr std::int64_t kFarthest = std::int64_t{1} << 42;

Result<void> write_offset(const std::filesystem::path& file, std::int64_t offset) {
  return replace_file(file, std::string(kLabel) + std::to_string(offset) + "\n");
}

Result<std::int64_t> read_offset(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::int64_t offset = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kLabel)) {
    const auto [rest, error] = std::from_chars(text.data() + kLabel.size(), end, offset);
    if (error == std::errc{} && rest + 1 == end && *rest == '\n') return offset;
  }
  return fail(v1::REASON_DAMAGED, file.string() +
                                      " holds no clock offset: write 'offset_ms N' into it (N = network time minus "
                                      "system time, in milliseconds), or remove it to go by the system's clock");
}

}  // namespace

TimeMs NetworkClock::system_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<std::unique_ptr<NetworkClock>> NetworkClock::open(std::filesystem::path file, bool development,
                                                         SystemClock system) {
  std::int64_t offset = 0;
  std::error_code ignored;
  if (development && std::filesystem::exists(file, ignored)) {
    const auto kept = read_offset(file);
    if (!kept) return std::unexpected(kept.error());
    offset = *kept;
  }
  return std::unique_ptr<NetworkClock>(new NetworkClock(std::move(file), development, std::move(system), offset));
}

Result<void> NetworkClock::begin_at(const std::filesystem::path& file, TimeMs time, SystemClock system) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    return fail(v1::REASON_WRONG_STATE, file.string() + " exists: the clock has begun; move it with MoveClock");
  }
  if (time <= 0 || time > kFarthest) return fail(v1::REASON_BAD_VALUE, "the clock can't begin at that time");
  return write_offset(file, time - system());
}

Result<TimeMs> NetworkClock::move_to(TimeMs time) {
  if (!development_) {
    return fail(v1::REASON_WRONG_STATE, "the clock moves only in a network whose genesis says `development`");
  }
  const std::scoped_lock lock(moving_);
  const TimeMs system = system_();
  if (time < system + offset_.load(std::memory_order_relaxed)) {
    return fail(v1::REASON_BAD_VALUE, "the clock moves forward only: give a time after the network's", {1});
  }
  if (time > kFarthest) return fail(v1::REASON_BAD_VALUE, "the clock can't move that far", {1});
  if (auto written = write_offset(file_, time - system); !written) return std::unexpected(written.error());
  offset_.store(time - system, std::memory_order_relaxed);
  return now();
}

}  // namespace jinshi::node
