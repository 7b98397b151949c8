#include "ledger/domain/calendar.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace jinshi::ledger {
namespace {

constexpr TimeMs kHour = 3'600'000;
constexpr TimeMs kDay = 24 * kHour;

Date date(std::string_view text) {
  const auto parsed = parse_date(text);
  REQUIRE(parsed);
  return *parsed;
}

WorkdayCalendar calendar_of(const std::vector<std::string>& holidays, const std::vector<std::string>& working_days) {
  v1::WorkdayCalendar parameter;
  for (const auto& text : holidays) parameter.add_holidays(text);
  for (const auto& text : working_days) parameter.add_working_days(text);
  return WorkdayCalendar(parameter);
}

// National Day and Mid-Autumn of 2025 as the State Council arranged them: eight days off, two weekend days worked.
WorkdayCalendar national_day_2025() {
  return calendar_of(
      {"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08"},
      {"2025-09-28", "2025-10-11"});
}

}  // namespace

TEST_CASE("dates are counted in days from 1970-01-01") {
  struct Row {
    std::string_view text;
    std::int32_t days;
    Weekday weekday;
  };
  const auto row = GENERATE(values<Row>({{"1900-01-01", -25'567, Weekday::kMonday},
                                         {"1969-12-31", -1, Weekday::kWednesday},
                                         {"1970-01-01", 0, Weekday::kThursday},
                                         {"2000-02-29", 11'016, Weekday::kTuesday},
                                         {"2000-03-01", 11'017, Weekday::kWednesday},
                                         {"2026-11-22", 20'779, Weekday::kSunday},
                                         {"2026-11-23", 20'780, Weekday::kMonday},
                                         {"9999-12-31", 2'932'896, Weekday::kFriday}}));
  INFO(row.text);
  CHECK(date(row.text).days() == row.days);
  CHECK(date(row.text) == Date::from_days(row.days));
  CHECK(format_date(Date::from_days(row.days)) == row.text);
  CHECK(weekday_of(date(row.text)) == row.weekday);
}

TEST_CASE("every day of two centuries follows the one before it") {
  constexpr std::array<int, 12> kMonthDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  Date expected = Date::first();
  int weekday = 0;
  for (int year = 1900; year <= 2104; ++year) {
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int month = 1; month <= 12; ++month) {
      const int last_day = kMonthDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
      for (int day = 1; day <= last_day; ++day) {
        char text[48];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        if (parse_date(text) != expected || format_date(expected) != text || year_of(expected) != year ||
            static_cast<int>(weekday_of(expected)) != weekday + 1) {
          FAIL(text);
        }
        expected = add_days(expected, 1);
        weekday = (weekday + 1) % 7;
      }
    }
  }
}

TEST_CASE("days that the calendar lacks are refused") {
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32", "2026-04-31",
               "2026-06-31", "2026-09-31", "2026-11-31", "2026-02-29", "2026-02-30", "2028-02-30", "1900-02-29",
               "2100-02-29", "2000-02-30", "1899-12-31", "0000-01-01", "2026-99-99");
  INFO(text);
  CHECK_FALSE(parse_date(text));
}

TEST_CASE("leap days pass in leap years") {
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "1904-02-29", "2000-02-29", "2024-02-29", "2028-02-29", "2400-02-29");
  CHECK(format_date(date(text)) == text);
}

TEST_CASE("a date has one spelling") {
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "", "2026", "2026-11", "2026-11-2", "2026-11-023", "2026-1-23", "026-11-23",
               "26-11-23", "2026/11/23", "2026.11.23", "20261123", "2026-11-23 ", " 2026-11-23", "2026-11-23T",
               "+026-11-23", "-026-11-23", "2026-+1-23", "2026-11- 3", "2026-11-2x", "2026-1x-23", "202x-11-23",
               "10000-01-01", "2026-11_23", "2026_11-23", "２０２６-11-23", std::string_view("2026-11-2\0", 10));
  INFO(text);
  CHECK_FALSE(parse_date(text));
}

TEST_CASE("a day begins at midnight in UTC+8") {
  const TimeMs midnight = 1'795'363'200'000;  // 2026-11-22T16:00:00Z
  CHECK(start_of(date("2026-11-23")) == midnight);
  CHECK(format_date(date_of(midnight)) == "2026-11-23");
  CHECK(format_date(date_of(midnight - 1)) == "2026-11-22");
  CHECK(format_date(date_of(midnight + kDay - 1)) == "2026-11-23");
  CHECK(format_date(date_of(midnight + kDay)) == "2026-11-24");

  CHECK(start_of(date("1970-01-01")) == -8 * kHour);
  CHECK(format_date(date_of(0)) == "1970-01-01");
  CHECK(format_date(date_of(-8 * kHour)) == "1970-01-01");
  CHECK(format_date(date_of(-8 * kHour - 1)) == "1969-12-31");
  CHECK(format_date(date_of(16 * kHour - 1)) == "1970-01-01");
  CHECK(format_date(date_of(16 * kHour)) == "1970-01-02");
}

TEST_CASE("a day's first and last moments are its own, before and after 1970") {
  for (std::int64_t days = Date::first().days() + 1; days < Date::last().days(); days += 997) {
    const Date day = Date::from_days(days);
    REQUIRE(date_of(start_of(day)) == day);
    REQUIRE(date_of(start_of(day) - 1) == add_days(day, -1));
    REQUIRE(date_of(start_of(add_days(day, 1)) - 1) == day);
  }
}

TEST_CASE("dates stop at the ends of their range") {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();
  CHECK(format_date(Date::first()) == "1900-01-01");
  CHECK(format_date(Date::last()) == "9999-12-31");
  CHECK(Date::from_days(kLeast) == Date::first());
  CHECK(Date::from_days(kGreatest) == Date::last());
  CHECK(date_of(kLeast) == Date::first());
  CHECK(date_of(kGreatest) == Date::last());
  CHECK(date_of(start_of(Date::first()) - 1) == Date::first());
  CHECK(date_of(start_of(Date::last()) + kDay) == Date::last());
  CHECK(add_days(Date::first(), -1) == Date::first());
  CHECK(add_days(Date::last(), 1) == Date::last());
  CHECK(add_days(Date::first(), kGreatest) == Date::last());
  CHECK(add_days(Date::last(), kLeast) == Date::first());
}

TEST_CASE("days are added over the ends of months and years") {
  CHECK(add_days(date("2026-11-23"), 0) == date("2026-11-23"));
  CHECK(add_days(date("2026-12-31"), 1) == date("2027-01-01"));
  CHECK(add_days(date("2028-02-28"), 1) == date("2028-02-29"));
  CHECK(add_days(date("2027-02-28"), 1) == date("2027-03-01"));
  CHECK(add_days(date("2027-03-01"), -1) == date("2027-02-28"));
  CHECK(add_days(date("1970-01-01"), -1) == date("1969-12-31"));
}

TEST_CASE("dates are ordered as time is") {
  CHECK(date("1969-12-31") < date("1970-01-01"));
  CHECK(date("2026-11-23") < date("2026-12-01"));
  CHECK(date("2026-12-31") < date("2027-01-01"));
  CHECK(date("2026-11-23") <= date("2026-11-23"));
  CHECK(Date() == date("1970-01-01"));
}

TEST_CASE("a month changes at midnight in UTC+8") {
  const TimeMs december = start_of(date("2026-12-01"));
  CHECK(month_of(december - 1) == "2026-11");
  CHECK(month_of(december) == "2026-12");
  CHECK(month_of(start_of(date("2027-01-01")) - 1) == "2026-12");
  CHECK(month_of(start_of(date("2027-01-01"))) == "2027-01");
  CHECK(month_of(date("1900-01-31")) == "1900-01");
}

TEST_CASE("a month is four digits, a hyphen and 01 to 12") {
  CHECK(is_valid_month("1900-01"));
  CHECK(is_valid_month("2026-11"));
  CHECK(is_valid_month("9999-12"));
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "", "1899-12", "2026-00", "2026-13", "2026-1", "202-11", "2026-011", "2026/11",
               "202611", "2026-11 ", " 2026-1", "2026-1x", "x026-11");
  INFO(text);
  CHECK_FALSE(is_valid_month(text));
}

TEST_CASE("without a list, Monday to Friday are worked") {
  const WorkdayCalendar plain;
  CHECK_FALSE(plain.is_working_day(date("2026-11-22")));
  CHECK(plain.is_working_day(date("2026-11-23")));
  CHECK(plain.is_working_day(date("2026-11-27")));
  CHECK_FALSE(plain.is_working_day(date("2026-11-28")));

  struct Row {
    std::string_view from;
    std::uint32_t count;
    std::string_view to;
  };
  const auto row = GENERATE(values<Row>({{"2026-11-23", 0, "2026-11-23"},
                                         {"2026-11-23", 1, "2026-11-24"},
                                         {"2026-11-23", 4, "2026-11-27"},
                                         {"2026-11-23", 5, "2026-11-30"},
                                         {"2026-11-27", 1, "2026-11-30"},
                                         {"2026-11-28", 0, "2026-11-28"},
                                         {"2026-11-28", 1, "2026-11-30"},
                                         {"2026-11-29", 5, "2026-12-04"},
                                         {"2026-12-31", 1, "2027-01-01"},
                                         {"1900-01-01", 1, "1900-01-02"},
                                         {"9999-12-30", 1, "9999-12-31"},
                                         {"9999-12-31", 1, "9999-12-31"},
                                         {"2026-11-23", 4'294'967'295, "9999-12-31"}}));
  INFO(row.from << " + " << row.count);
  CHECK(format_date(add_working_days(date(row.from), row.count, plain)) == row.to);
}

TEST_CASE("working days step over a holiday and onto its make-up days") {
  const auto calendar = national_day_2025();
  CHECK(calendar.is_working_day(date("2025-09-28")));  // a Sunday
  CHECK_FALSE(calendar.is_working_day(date("2025-10-01")));
  CHECK_FALSE(calendar.is_working_day(date("2025-10-08")));
  CHECK(calendar.is_working_day(date("2025-10-09")));
  CHECK(calendar.is_working_day(date("2025-10-11")));  // a Saturday
  CHECK_FALSE(calendar.is_working_day(date("2025-10-12")));

  const std::array<std::string_view, 8> expected = {"2025-09-26", "2025-09-28", "2025-09-29", "2025-09-30",
                                                    "2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13"};
  for (std::uint32_t count = 0; count < expected.size(); ++count) {
    CHECK(format_date(add_working_days(date("2025-09-26"), count, calendar)) == expected[count]);
  }
  CHECK(add_working_days(date("2025-10-01"), 1, calendar) == date("2025-10-09"));
  CHECK(add_working_days(date("2025-10-08"), 1, calendar) == date("2025-10-09"));
  CHECK(calendar.working_days_between(date("2025-09-30"), date("2025-10-08")) == 0);
  CHECK(calendar.working_days_between(date("2025-09-30"), date("2025-10-09")) == 1);
  CHECK(calendar.working_days_between(date("2025-10-09"), date("2025-10-09")) == 0);
  CHECK(calendar.working_days_between(date("2025-10-09"), date("2025-09-01")) == 0);
}

TEST_CASE("a calendar's order, repeats and entries that say nothing don't matter") {
  const auto tidy = calendar_of({"2026-10-01", "2026-10-02"}, {"2026-10-10"});
  const auto untidy = calendar_of({"2026-10-02", "2026-10-03", "2026-10-10", "2026-10-01", "2026-10-02", "2026-09-31"},
                                  {"2026-10-10", "2026-10-01", "", "2026-10-09", "2026-10-10"});
  for (int days = 0; days < 30; ++days) {
    const Date day = add_days(date("2026-09-20"), days);
    CHECK(tidy.is_working_day(day) == untidy.is_working_day(day));
    CHECK(add_working_days(day, 7, tidy) == add_working_days(day, 7, untidy));
  }
}

TEST_CASE("counting working days agrees with walking them, whatever the calendar") {
  std::mt19937 random(20261123);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> holidays;
    std::vector<std::string> working_days;
    const Date origin = Date::from_days(Date::first().days() + static_cast<int>(random() % 80'000));
    for (int i = 0; i < 30; ++i) {
      (random() % 2 ? holidays : working_days)
          .push_back(format_date(add_days(origin, static_cast<int>(random() % 90))));
    }
    const auto calendar = calendar_of(holidays, working_days);
    const Date from = add_days(origin, static_cast<int>(random() % 20));
    Date day = from;
    for (std::uint32_t count = 1; count <= 60; ++count) {
      do day = add_days(day, 1);
      while (!calendar.is_working_day(day));
      INFO("round " << round << ", from " << format_date(from) << ", count " << count);
      REQUIRE(calendar.working_days_between(from, day) == count);
      REQUIRE(add_working_days(from, count, calendar) == day);
    }
  }
}

}  // namespace jinshi::ledger
