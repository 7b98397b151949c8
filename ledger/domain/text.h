// Which text and which ids may be recorded: one spelling for what reads the same, the same answer on every node for
// ever. Pure functions of their arguments.
#pragma once

#include <cstddef>
#include <string_view>

namespace jinshi::ledger {

inline constexpr std::size_t kMaxIdBytes = 64;
inline constexpr std::size_t kMaxNameBytes = 200;

// Whether `utf8` is at most `max_bytes` long, well-formed UTF-8 (Unicode 14 table 3-7: no overlong forms, no
// surrogates), made of the code points of unicode_table.h alone, and in canonical order: a combining mark never follows
// one of a higher class (UAX #15 section 9). Such text is in NFC. Text that is in NFC but needs more than the quick
// check to show it, such as Hangul in separate jamo, is refused. Empty text passes: a missing field is another's check.
[[nodiscard]] bool is_valid_text(std::string_view utf8, std::size_t max_bytes);

// Whether `id` is 1 to 64 characters of A-Z a-z 0-9 - _ and the full stop.
[[nodiscard]] bool is_valid_id(std::string_view id);

// Whether `word` is 1 to 64 characters of A-Z 0-9 and _ that begin with a letter: a zone or a purpose, such as
// MODEL_TRAINING, which parameters list instead of an enum.
[[nodiscard]] bool is_valid_word(std::string_view word);

}  // namespace jinshi::ledger
