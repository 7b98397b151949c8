#include "node/clock_text.h"

#include <charconv>
#include <chrono>
#include <optional>

namespace jinshi::node {
namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count, unsigned most) {
  if (at + count > text.size()) return std::nullopt;
  const auto value = whole<unsigned>(text.substr(at, count));
  return value && *value <= most ? value : std::nullopt;
}

}  // namespace

Result<TimeMs> parse_time(std::string_view text) {
  const auto bad = [] {
    return fail(v1::REASON_BAD_VALUE, "a time is milliseconds UTC, or written as 2026-11-23T08:00:00+08:00");
  };
  if (const auto ms = whole<TimeMs>(text)) {
    if (*ms <= 0) return bad();
    return *ms;
  }
  const auto year = digits(text, 0, 4, 9999), month = digits(text, 5, 2, 12), day = digits(text, 8, 2, 31);
  const auto hour = digits(text, 11, 2, 23), minute = digits(text, 14, 2, 59);
  if (!year || !month || !day || !hour || !minute || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':') {
    return bad();
  }
  std::string_view rest = text.substr(16);
  unsigned second = 0;
  if (rest.starts_with(':')) {
    const auto value = digits(rest, 1, 2, 59);
    if (!value) return bad();
    second = *value;
    rest.remove_prefix(3);
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return bad();
  int zone_minutes = 0;
  if (rest != "Z") {
    const auto zone_hour = digits(rest, 1, 2, 23), zone_minute = digits(rest, 4, 2, 59);
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' || !zone_hour || !zone_minute) {
      return bad();
    }
    zone_minutes = static_cast<int>(*zone_hour * 60 + *zone_minute) * (rest[0] == '-' ? -1 : 1);
  }
  const std::chrono::sys_time<std::chrono::milliseconds> time =
      std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
      std::chrono::seconds(second) - std::chrono::minutes(zone_minutes);
  const TimeMs ms = time.time_since_epoch().count();
  if (ms <= 0) return bad();
  return ms;
}

}  // namespace jinshi::node
