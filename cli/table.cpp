#include "cli/table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace jinshi::cli {
namespace {

struct Range {
  std::uint32_t first, last;
};

// UAX #11, Wide and Fullwidth, by block: finer than a terminal's own tables differ among themselves.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};
constexpr std::array kZero = {
    Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200D},
    Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F},
};
// C0, DEL and C1; marks and overrides of direction; line and paragraph separators.
constexpr std::array kUnsafe = {
    Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0x061C, 0x061C},
    Range{0x200E, 0x200F}, Range{0x2028, 0x202E}, Range{0x2066, 0x2069},
};

bool within(std::span<const Range> ranges, std::uint32_t point) {
  return std::ranges::any_of(ranges, [point](const Range& r) { return r.first <= point && point <= r.last; });
}

struct Character {
  std::uint32_t point;
  std::size_t bytes;
  bool valid;
};

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (bytes == 0 || bytes > text.size()) return {lead, 1, false};
  std::uint32_t point = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6 != 2) return {lead, 1, false};
    point = point << 6 | (next & 0x3Fu);
  }
  return {point, bytes, true};
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const Character character = first_character(utf8);
    utf8.remove_prefix(character.bytes);
    width += !character.valid ? 1 : within(kZero, character.point) ? 0 : within(kWide, character.point) ? 2 : 1;
  }
  return width;
}

std::string printable(std::string_view utf8) {
  std::string text;
  while (!utf8.empty()) {
    const Character character = first_character(utf8);
    if (character.valid && !within(kUnsafe, character.point)) {
      text += utf8.substr(0, character.bytes);
    } else {
      text += "\xEF\xBF\xBD";
    }
    utf8.remove_prefix(character.bytes);
  }
  return text;
}

std::string Table::text() const {
  std::vector<std::vector<std::string>> lines;
  if (!headings_.empty()) lines.push_back(headings_);
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(printable(cell));
  }
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string shown;
    for (std::size_t i = 0; i < line.size(); ++i) {
      shown += line[i] + std::string(widths[i] - display_width(line[i]) + 2, ' ');
    }
    shown.erase(shown.find_last_not_of(' ') + 1);
    text += shown + "\n";
  }
  return text;
}

}  // namespace jinshi::cli
