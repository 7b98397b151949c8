#include "cli/time_text.h"

#include <chrono>
#include <cstdio>

#include "ledger/domain/calendar.h"

namespace jinshi::cli {
namespace {

// Reads digits off the front of a text; turns false at the first thing that is not as asked.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return broken();
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char expected) { whole_ = take(expected) && whole_; }
  bool done() const { return whole_ && rest_.empty(); }

 private:
  int broken() {
    whole_ = false;
    return 0;
  }
  std::string_view rest_;
  bool whole_ = true;
};

}  // namespace

std::optional<TimeMs> parse_time(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  const auto date = ledger::parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  Scanner scanner(text.substr(10));
  scanner.need('T');
  const int hour = scanner.digits(2);
  scanner.need(':');
  const int minute = scanner.digits(2);
  int second = 0, millisecond = 0;
  if (scanner.take(':')) {
    second = scanner.digits(2);
    if (scanner.take('.')) millisecond = scanner.digits(3);
  }
  TimeMs offset = 0;
  if (!scanner.take('Z')) {
    const bool west = scanner.take('-');
    if (!west) scanner.need('+');
    const int offset_hours = scanner.digits(2);
    scanner.need(':');
    const int offset_minutes = scanner.digits(2);
    if (offset_hours > 14 || offset_minutes > 59) return std::nullopt;
    offset = (offset_hours * 60 + offset_minutes) * 60'000 * (west ? -1 : 1);
  }
  if (!scanner.done() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const TimeMs of_day = ((hour * 60 + minute) * 60 + second) * 1000LL + millisecond;
  return std::int64_t{date->days()} * 86'400'000 + of_day - offset;
}

std::string format_time(TimeMs time) {
  const TimeMs of_day = time - ledger::start_of(ledger::date_of(time));
  char text[64];  // as the compiler counts; 13 are used
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d.%03d", static_cast<int>(of_day / 3'600'000 % 24),
                static_cast<int>(of_day / 60'000 % 60), static_cast<int>(of_day / 1000 % 60),
                static_cast<int>(of_day % 1000));
  return ledger::format_date(ledger::date_of(time)) + text + "+08:00";
}

TimeMs system_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace jinshi::cli
