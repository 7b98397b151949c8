#include "ledger/domain/text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "ledger/domain/unicode_table.h"

namespace jinshi::ledger {
namespace {

// What a leading byte announces: how many bytes follow, its own payload, and the least code point that needs them all.
struct Lead {
  std::size_t following;
  char32_t payload;
  char32_t least;
};

std::optional<Lead> lead_of(std::uint8_t byte) {
  if (byte < 0x80) return Lead{0, byte, 0};
  if ((byte & 0xE0) == 0xC0) return Lead{1, byte & 0x1Fu, 0x80};
  if ((byte & 0xF0) == 0xE0) return Lead{2, byte & 0x0Fu, 0x800};
  if ((byte & 0xF8) == 0xF0) return Lead{3, byte & 0x07u, 0x10000};
  return std::nullopt;
}

// Takes the first code point off `utf8`. Surrogates and what lies beyond U+10FFFF come out too: the table lacks them.
std::optional<char32_t> take_code_point(std::string_view& utf8) {
  const auto lead = lead_of(static_cast<std::uint8_t>(utf8.front()));
  if (!lead || utf8.size() <= lead->following) return std::nullopt;
  char32_t code_point = lead->payload;
  for (const char c : utf8.substr(1, lead->following)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  if (code_point < lead->least) return std::nullopt;
  utf8.remove_prefix(1 + lead->following);
  return code_point;
}

const TextRange* range_of(char32_t code_point) {
  const auto ranges = text_ranges();
  const auto range = std::ranges::lower_bound(ranges, code_point, {}, &TextRange::last);
  return range != ranges.end() && range->first <= code_point ? &*range : nullptr;
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word_character(char c) { return is_capital(c) || (c >= '0' && c <= '9') || c == '_'; }
bool is_id_character(char c) { return is_word_character(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; }

}  // namespace

bool is_valid_text(std::string_view utf8, std::size_t max_bytes) {
  if (utf8.size() > max_bytes) return false;
  std::uint8_t previous_class = 0;
  while (!utf8.empty()) {
    const auto code_point = take_code_point(utf8);
    if (!code_point) return false;
    const TextRange* range = range_of(*code_point);
    if (!range) return false;
    if (range->combining_class != 0 && range->combining_class < previous_class) return false;
    previous_class = range->combining_class;
  }
  return true;
}

bool is_valid_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::ranges::all_of(id, is_id_character);
}

bool is_valid_word(std::string_view word) {
  return !word.empty() && word.size() <= kMaxIdBytes && is_capital(word.front()) &&
         std::ranges::all_of(word, is_word_character);
}

}  // namespace jinshi::ledger
