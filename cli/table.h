// Tables for terminals: columns line up whatever script their cells are in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jinshi::cli {

// How many columns of a terminal the text takes: East Asian wide and fullwidth characters two (UAX #11), combining ones
// none. What is not UTF-8 counts a column a byte.
std::size_t display_width(std::string_view utf8);

// What a terminal may show: control characters, and those that turn the direction of writing, become U+FFFD, so that
// nothing from a ledger or a file can rewrite what is on the screen.
std::string printable(std::string_view utf8);

class Table {
 public:
  // Without headings a table is a plain alignment of its rows.
  explicit Table(std::vector<std::string> headings = {}) : headings_(std::move(headings)) {}

  // Missing cells are empty.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Two spaces between columns, none at the end of a line, a line a row.
  std::string text() const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace jinshi::cli
