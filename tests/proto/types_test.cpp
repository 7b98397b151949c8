#include "proto/types.h"

#include <catch2/catch.hpp>

TEST_CASE("hex reads back what it wrote and refuses what is not hex") {
  CHECK(jinshi::to_hex(std::string("\x00\xff\x10", 3)) == "00ff10");
  CHECK(jinshi::from_hex("00ff10") == std::string("\x00\xff\x10", 3));
  CHECK_FALSE(jinshi::from_hex("0").has_value());
  CHECK_FALSE(jinshi::from_hex("0g").has_value());
}
