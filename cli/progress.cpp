#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace jinshi::cli {
namespace {

constexpr std::size_t kBarWidth = 24;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr const char* kClearLine = "\r\x1b[K";

std::string with_one_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string duration_of(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(seconds, 3.6e8) + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

std::string amount_of(std::string_view unit, std::uint64_t count) {
  if (unit != "bytes") return std::to_string(count) + " " + std::string(unit);
  constexpr const char* kNames[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(count);
  std::size_t name = 0;
  for (; value >= 1000 && name + 1 < std::size(kNames); ++name) value /= 1000;
  return (name == 0 ? std::to_string(count) : with_one_decimal(value)) + " " + kNames[name];
}

std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t total, double seconds) {
  const double share = total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  std::string bar(kBarWidth, ' ');
  std::fill_n(bar.begin(), filled, '=');
  if (filled < kBarWidth) bar[filled] = '>';
  const std::string percent = std::to_string(static_cast<int>(share * 100));
  std::string line = "[" + bar + "] " + std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent +
                     " %  " + amount_of(unit, done) + " of " + amount_of(unit, total);
  if (seconds <= 0 || done == 0) return line;
  const double rate = static_cast<double>(done) / seconds;
  line += "  " + amount_of(unit, static_cast<std::uint64_t>(rate)) + "/s";
  if (done < total) line += "  " + duration_of(static_cast<double>(total - done) / rate) + " left";
  return line;
}

Progress::Progress(std::string_view unit, std::uint64_t total)
    : unit_(unit), total_(total), visible_(::isatty(STDERR_FILENO) == 1) {}

void Progress::advance(std::uint64_t count) {
  done_ += count;
  if (!visible_) return;
  if (const auto now = Clock::now(); now - last_ >= kRedraw) draw(now);
}

void Progress::draw(Clock::time_point now) {
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::fprintf(stderr, "%s%s", kClearLine, progress_line(unit_, done_, total_, seconds).c_str());
  std::fflush(stderr);
}

void Progress::finish() {
  if (drawn_) std::fputs(kClearLine, stderr);
  drawn_ = visible_ = false;
}

}  // namespace jinshi::cli
