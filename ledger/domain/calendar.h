// Civil dates of the zone, which keeps UTC+8 all year: parsing, arithmetic and working days. Integers only; no clock,
// no time zone database, no locale.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jinshi/v1/governance.pb.h"
#include "proto/types.h"

namespace jinshi::ledger {

// A day from 1900-01-01 to 9999-12-31, ordered. Arithmetic that would leave this range stops at its end, so a Date can
// always be written down and no input makes it overflow.
class Date {
 public:
  constexpr Date() = default;  // 1970-01-01
  // `days` since 1970-01-01, which may be negative.
  static constexpr Date from_days(std::int64_t days) {
    Date date;
    date.days_ = static_cast<std::int32_t>(days < kFirst ? kFirst : days > kLast ? kLast : days);
    return date;
  }
  static constexpr Date first() { return from_days(kFirst); }
  static constexpr Date last() { return from_days(kLast); }

  constexpr std::int32_t days() const { return days_; }
  friend constexpr auto operator<=>(Date, Date) = default;

 private:
  static constexpr std::int32_t kFirst = -25'567;   // 1900-01-01, a Monday
  static constexpr std::int32_t kLast = 2'932'896;  // 9999-12-31
  std::int32_t days_ = 0;
};

// ISO 8601's numbers.
enum class Weekday { kMonday = 1, kTuesday, kWednesday, kThursday, kFriday, kSaturday, kSunday };

// Exactly `YYYY-MM-DD`, a day that the Gregorian calendar has, in the range of Date; else empty.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
[[nodiscard]] std::string format_date(Date date);

// The date in UTC+8 at that moment, and the moment at which that date begins there.
[[nodiscard]] Date date_of(TimeMs time);
[[nodiscard]] TimeMs start_of(Date date);

[[nodiscard]] Date add_days(Date date, std::int64_t days);
[[nodiscard]] int year_of(Date date);
[[nodiscard]] Weekday weekday_of(Date date);

// `YYYY-MM`: the month in UTC+8 at that moment, that of a date, and whether a text is one in the range of Date.
[[nodiscard]] std::string month_of(TimeMs time);
[[nodiscard]] std::string month_of(Date date);
[[nodiscard]] bool is_valid_month(std::string_view text);

// Which days are worked: Monday to Friday but for the holidays listed, and those weekend days that are listed as
// working (a holiday's make-up days). A listed weekend holiday or working weekday changes nothing; order and repeats
// don't matter. A text that is no date, which the parameter's own format check refuses, is passed over.
class WorkdayCalendar {
 public:
  WorkdayCalendar() = default;
  explicit WorkdayCalendar(const v1::WorkdayCalendar& parameter);

  [[nodiscard]] bool is_working_day(Date date) const;
  // The working days after `from`, up to and including `to`; none when `to` is not after `from`.
  [[nodiscard]] std::int64_t working_days_between(Date from, Date to) const;

 private:
  std::vector<Date> weekday_holidays_;  // ascending, as is the next
  std::vector<Date> working_weekends_;
};

// The `count`-th working day after `from`, which is not counted itself; `from` when the count is 0.
[[nodiscard]] Date add_working_days(Date from, std::uint32_t count, const WorkdayCalendar& calendar);

}  // namespace jinshi::ledger
