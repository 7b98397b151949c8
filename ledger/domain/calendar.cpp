#include "ledger/domain/calendar.h"

#include <algorithm>
#include <chrono>

namespace jinshi::ledger {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kOffsetMs = 8 * 3'600'000;  // UTC+8

std::chrono::year_month_day civil(Date date) { return std::chrono::sys_days(std::chrono::days(date.days())); }

Date to_date(const std::chrono::year_month_day& civil_date) {
  return Date::from_days(std::chrono::sys_days(civil_date).time_since_epoch().count());
}

// Exactly as many decimal digits as the text has characters; never more than four here.
std::optional<unsigned> parse_digits(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::string padded(unsigned value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return std::string(width - digits.size(), '0') + digits;
}

bool is_weekend(Date date) { return weekday_of(date) >= Weekday::kSaturday; }

// Mondays to Fridays from the first Date, a Monday, to `date`.
std::int64_t weekdays_until(Date date) {
  const std::int64_t days = date.days() - Date::first().days() + 1;
  return days / 7 * 5 + std::min<std::int64_t>(days % 7, 5);
}

// How many of the ascending `dates` lie after `from` and not after `to`.
std::int64_t count_between(const std::vector<Date>& dates, Date from, Date to) {
  return std::ranges::upper_bound(dates, to) - std::ranges::upper_bound(dates, from);
}

std::vector<Date> parse_ascending(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<Date> dates;
  for (const std::string& text : texts) {
    if (const auto date = parse_date(text)) dates.push_back(*date);
  }
  std::ranges::sort(dates);
  const auto repeats = std::ranges::unique(dates);
  dates.erase(repeats.begin(), repeats.end());
  return dates;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[7] != '-' || !is_valid_month(text.substr(0, 7))) return std::nullopt;
  const auto day = parse_digits(text.substr(8));
  if (!day) return std::nullopt;
  const std::chrono::year_month_day civil_date(std::chrono::year(static_cast<int>(*parse_digits(text.substr(0, 4)))),
                                               std::chrono::month(*parse_digits(text.substr(5, 2))),
                                               std::chrono::day(*day));
  if (!civil_date.ok()) return std::nullopt;
  return to_date(civil_date);
}

std::string format_date(Date date) {
  return month_of(date) + '-' + padded(static_cast<unsigned>(civil(date).day()), 2);
}

Date date_of(TimeMs time) {
  // Whole days first: near the ends of int64 adding the offset at once would overflow.
  std::int64_t days = time / kDayMs;
  const std::int64_t rest = time % kDayMs + kOffsetMs;
  if (rest < 0) --days;
  if (rest >= kDayMs) ++days;
  return Date::from_days(days);
}

TimeMs start_of(Date date) { return date.days() * kDayMs - kOffsetMs; }

Date add_days(Date date, std::int64_t days) {
  // Clamped first, so that the sum can't overflow; twice the range of Date is enough to reach either end.
  constexpr std::int64_t kEnough = 4'000'000;
  return Date::from_days(date.days() + std::clamp(days, -kEnough, kEnough));
}

int year_of(Date date) { return static_cast<int>(civil(date).year()); }

Weekday weekday_of(Date date) {
  return static_cast<Weekday>((date.days() - Date::first().days()) % 7 + static_cast<int>(Weekday::kMonday));
}

std::string month_of(TimeMs time) { return month_of(date_of(time)); }

std::string month_of(Date date) {
  const auto civil_date = civil(date);
  return padded(static_cast<unsigned>(year_of(date)), 4) + '-' + padded(static_cast<unsigned>(civil_date.month()), 2);
}

bool is_valid_month(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return false;
  const auto year = parse_digits(text.substr(0, 4));
  const auto month = parse_digits(text.substr(5));
  return year && month && *year >= 1900 && *month >= 1 && *month <= 12;
}

WorkdayCalendar::WorkdayCalendar(const v1::WorkdayCalendar& parameter)
    : weekday_holidays_(parse_ascending(parameter.holidays())),
      working_weekends_(parse_ascending(parameter.working_days())) {
  std::erase_if(weekday_holidays_, is_weekend);
  std::erase_if(working_weekends_, [](Date date) { return !is_weekend(date); });
}

bool WorkdayCalendar::is_working_day(Date date) const {
  return is_weekend(date) ? std::ranges::binary_search(working_weekends_, date)
                          : !std::ranges::binary_search(weekday_holidays_, date);
}

std::int64_t WorkdayCalendar::working_days_between(Date from, Date to) const {
  if (to <= from) return 0;
  return weekdays_until(to) - weekdays_until(from) - count_between(weekday_holidays_, from, to) +
         count_between(working_weekends_, from, to);
}

Date add_working_days(Date from, std::uint32_t count, const WorkdayCalendar& calendar) {
  // The count grows with the date, so its first day is found by halving: a large count costs no more than a small one.
  Date low = from;
  Date high = Date::last();
  while (low < high) {
    const Date middle = Date::from_days((std::int64_t{low.days()} + high.days()) >> 1);
    if (calendar.working_days_between(from, middle) >= count) {
      high = middle;
    } else {
      low = add_days(middle, 1);
    }
  }
  return low;
}

}  // namespace jinshi::ledger
