// A progress line on a terminal: how far, how fast, how long still. Silent where stderr is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace jinshi::cli {

class Progress {
 public:
  // `unit` names what is counted, such as "events"; "bytes" are shown in multiples of 1,000.
  Progress(std::string_view unit, std::uint64_t total);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Draws at most ten times a second. One thread at a time.
  void advance(std::uint64_t count);
  // Clears the line; once, and nothing is drawn afterwards.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool visible_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

// "4.2 GB", and any other unit in full: "1234 events".
std::string amount_of(std::string_view unit, std::uint64_t count);

// The line without its end: "[=====>    ]  52 %  1.2 GB of 2.3 GB  310.0 MB/s  4 s left".
std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t total, double seconds);

}  // namespace jinshi::cli
