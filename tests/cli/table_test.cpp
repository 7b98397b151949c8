#include "cli/table.h"

#include <catch2/catch.hpp>

#include "cli/output.h"

namespace jinshi::cli {

TEST_CASE("a wide character takes two columns, a combining one none") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("金石") == 4);
  CHECK(display_width("示例医院 (Sample)") == 8 + 9);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("\xF0\xA0\x80\x80") == 2);  // U+20000
  CHECK(display_width("\xFF\xE4\xB8") == 3);      // what is not UTF-8, a column a byte
}

TEST_CASE("columns line up whatever script their cells are in") {
  Table table({"id", "name", "zone"});
  table.row({"a", "示例医院", "MEDICAL"});
  table.row({"bank-of-all", "Bank", "FINANCE"});
  table.row({"c"});
  CHECK(table.text() ==
        "id           name      zone\n"
        "a            示例医院  MEDICAL\n"
        "bank-of-all  Bank      FINANCE\n"
        "c\n");
}

TEST_CASE("nothing from a ledger rewrites what is on the screen") {
  CHECK(printable("a\x1B[2Jb") == "a\xEF\xBF\xBD[2Jb");
  CHECK(printable("x\xE2\x80\xAEy") == "x\xEF\xBF\xBDy");  // U+202E turns the direction of writing
  CHECK(printable("a\nb") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(printable("文物") == "文物");
}

TEST_CASE("a message is shown as rows of field and value, with times as people write them") {
  const auto table = rows_of(boost::json::parse(
      R"({"asset": "a", "rights": [{"right": "HOLD"}, {"right": "PROCESS"}], "expires_at": 1795392000000})"));
  CHECK(table.text() ==
        "asset            a\n"
        "rights[0].right  HOLD\n"
        "rights[1].right  PROCESS\n"
        "expires_at       2026-11-23T08:00:00.000+08:00\n");
}

}  // namespace jinshi::cli
