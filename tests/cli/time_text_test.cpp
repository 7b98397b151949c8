#include "cli/time_text.h"

#include <catch2/catch.hpp>

namespace jinshi::cli {

TEST_CASE("a time is read with its offset and shown in the zone's") {
  CHECK(parse_time("1970-01-01T00:00Z") == 0);
  CHECK(parse_time("2026-11-23T08:00+08:00") == 1795392000000);
  CHECK(parse_time("2026-11-23T08:00:00+08:00") == 1795392000000);
  CHECK(parse_time("2026-11-23T00:00:00.250Z") == 1795392000250);
  CHECK(parse_time("2026-11-22T19:00:00-05:00") == 1795392000000);
  CHECK(format_time(1795392000250) == "2026-11-23T08:00:00.250+08:00");
}

TEST_CASE("what is no time with an offset is refused") {
  for (const char* text : {"", "2026-11-23", "2026-11-23T08:00", "2026-11-23 08:00Z", "2026-02-30T08:00Z",
                           "2026-11-23T24:00Z", "2026-11-23T08:60Z", "2026-11-23T8:00Z", "2026-11-23T08:00Zx",
                           "2026-11-23T08:00+15:00", "2026-11-23T08:00:00.5Z", "2026-11-23T08:00:+08:00"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

}  // namespace jinshi::cli
