#include "ledger/domain/text.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/domain/unicode_table.h"

namespace jinshi::ledger {
namespace {

std::string utf8(char32_t code_point) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<std::uint8_t>(value)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | code_point >> 6), byte(0x80 | (code_point & 0x3F))};
  if (code_point < 0x10000) {
    return {byte(0xE0 | code_point >> 12), byte(0x80 | (code_point >> 6 & 0x3F)), byte(0x80 | (code_point & 0x3F))};
  }
  return {byte(0xF0 | code_point >> 18), byte(0x80 | (code_point >> 12 & 0x3F)), byte(0x80 | (code_point >> 6 & 0x3F)),
          byte(0x80 | (code_point & 0x3F))};
}

std::string utf8(std::initializer_list<char32_t> code_points) {
  std::string text;
  for (const char32_t code_point : code_points) text += utf8(code_point);
  return text;
}

bool passes(std::string_view text) { return is_valid_text(text, kMaxNameBytes); }

}  // namespace

TEST_CASE("text in the scripts of the zone passes") {
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "", "a", " ", "~", "Sample Bank", "示例银行 (Sample Bank)", "示例国际数据交易所",
               "《数据二十条》，第一版。", "Société Générale", "Ελλάδα", "Россия", "한국어", "日本語", "𠮷野家", "ﷺ",
               "CC-BY-4.0", "100 %", "😀");
  INFO(text);
  CHECK(passes(text));
}

TEST_CASE("the bound on text counts bytes and is included") {
  CHECK(is_valid_text("", 0));
  CHECK_FALSE(is_valid_text("a", 0));
  CHECK(is_valid_text("石", 3));
  CHECK_FALSE(is_valid_text("石", 2));
  CHECK(passes(std::string(200, 'x')));
  CHECK_FALSE(passes(std::string(201, 'x')));
}

TEST_CASE("bytes that are not well-formed UTF-8 are refused") {
  const auto bytes = GENERATE(values<std::string>({
      "\x80",                      // a continuation alone
      "\xBF",                      //
      "\xC3",                      // cut short
      "\xE7\x9F",                  //
      "\xF0\xA0\xAE",              //
      "\xC3 ",                     // a continuation missing
      "\xE7\x9F ",                 //
      "\xC3\xA9\xA9",              // one too many
      "\xC0\xA1",                  // overlong '!'
      "\xC1\xBF",                  // overlong U+007F
      "\xE0\x80\xA1",              // overlong '!'
      "\xE0\x9F\xBF",              // overlong U+07FF
      "\xF0\x80\x80\xA1",          // overlong '!'
      "\xF0\x8F\xBF\xBD",          // overlong U+FFFD
      "\xED\xA0\x80",              // surrogate U+D800
      "\xED\xBF\xBF",              // surrogate U+DFFF
      "\xED\xA1\x82\xED\xBE\xB7",  // a surrogate pair, as CESU-8 writes it
      "\xF4\x90\x80\x80",          // U+110000
      "\xF7\xBF\xBF\xBF",          //
      "\xF8\x88\x80\x80\x80",      // five bytes
      "\xFE",                      //
      "\xFF",                      //
  }));
  CHECK_FALSE(passes(bytes));
  CHECK_FALSE(passes("a" + bytes));
  CHECK_FALSE(passes(bytes + "a"));
}

TEST_CASE("control characters, surrogates, private use and unassigned code points are refused") {
  const char32_t code_point =
      GENERATE(0x0000, 0x0009, 0x000A, 0x000D, 0x001F, 0x007F, 0x0080, 0x0085, 0x009F,  // controls
               0xE000, 0xF8FF, 0xF0000, 0x10FFFD,                                       // private use
               0x0378, 0x0530, 0x2FE0, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFF, 0x10FFFF,       // never or not assigned
               0x0CF3, 0x11F00, 0x1DF25, 0x1FAE8, 0x31350, 0x323AF,                     // new in Unicode 15
               0x2FFC, 0x31EF, 0x2EBF0,                                                 // new in Unicode 15.1
               0x0897, 0x1C89, 0x1FAE9);                                                // new in Unicode 16
  INFO(std::hex << static_cast<std::uint32_t>(code_point));
  CHECK_FALSE(passes(utf8(code_point)));
}

TEST_CASE("code points that Unicode 14 brought pass") {
  const char32_t code_point = GENERATE(0x061D, 0x0870, 0x20C0, 0x9FFD, 0x9FFF, 0x2A6DF, 0x2B738, 0x1FAE7);
  INFO(std::hex << static_cast<std::uint32_t>(code_point));
  CHECK(passes(utf8(code_point)));
}

TEST_CASE("the code points beside a block's ends are judged apart") {
  CHECK(passes(utf8(0x20)));
  CHECK(passes(utf8(0x7E)));
  CHECK(passes(utf8(0xA0)));
  CHECK(passes(utf8(0xFFFD)));
  CHECK(passes(utf8(0xD7A3)));
  CHECK_FALSE(passes(utf8(0xD7A4)));
  CHECK(passes(utf8(0x3134A)));
  CHECK_FALSE(passes(utf8(0x3134B)));
}

TEST_CASE("what reads the same has one spelling") {
  CHECK(passes(utf8(0x00E9)));               // é
  CHECK_FALSE(passes(utf8({'e', 0x0301})));  // e and an acute accent
  CHECK_FALSE(passes(utf8({'q', 0x0301})));  // in NFC, yet the quick check can't tell
  CHECK_FALSE(passes(utf8(0x0340)));         // becomes U+0300
  CHECK_FALSE(passes(utf8(0x0958)));         // a composition exclusion
  CHECK_FALSE(passes(utf8(0x212B)));         // the Angstrom sign becomes Å
  CHECK(passes(utf8(0x00C5)));               // Å
  CHECK_FALSE(passes(utf8(0xF900)));         // a compatibility ideograph becomes 豈
  CHECK(passes(utf8(0x8C48)));               // 豈
  CHECK(passes(utf8(0xFA0E)));               // one of the twelve that are unified ideographs in truth
  CHECK_FALSE(passes(utf8(0x2F800)));        // becomes U+4E3D
  CHECK(passes(utf8(0xFF21)));               // fullwidth A: another letter to NFC
  CHECK_FALSE(passes(utf8(0x3099)));         // the voiced sound mark may join a kana before it
  CHECK(passes(utf8(0x304C)));               // が
  CHECK_FALSE(passes(utf8({0x304B, 0x3099})));
}

TEST_CASE("Hangul passes in syllables, not in jamo that would join") {
  CHECK(passes(utf8(0xAC00)));
  CHECK(passes(utf8(0x1100)));  // a leading consonant alone joins nothing before it
  CHECK_FALSE(passes(utf8({0x1100, 0x1161})));
  CHECK_FALSE(passes(utf8({0xAC00, 0x11A8})));
  CHECK_FALSE(passes(utf8(0x1161)));
  CHECK_FALSE(passes(utf8(0x1175)));
  CHECK(passes(utf8(0x1176)));  // an old vowel, of no modern syllable
  CHECK(passes(utf8(0x11A7)));
  CHECK_FALSE(passes(utf8(0x11A8)));
  CHECK_FALSE(passes(utf8(0x11C2)));
  CHECK(passes(utf8(0x11C3)));
}

TEST_CASE("combining marks out of canonical order are refused") {
  const char32_t above = 0x0305;    // class 230
  const char32_t below = 0x0332;    // class 220
  const char32_t overlay = 0x0334;  // class 1
  CHECK(passes(utf8({'a', below, above})));
  CHECK_FALSE(passes(utf8({'a', above, below})));
  CHECK(passes(utf8({'a', above, above})));
  CHECK(passes(utf8({'a', overlay, below, above})));
  CHECK_FALSE(passes(utf8({'a', below, overlay})));
  CHECK(passes(utf8({'a', above, 'b', below})));  // a starter between them begins anew
  CHECK(passes(utf8({above, 'a'})));
}

TEST_CASE("the table is Unicode 14's: counts by its published totals, order and a golden hash") {
  // 144,697 characters, of which 1,120 are NFC_Quick_Check = No and 111 Maybe.
  std::size_t passing = 0;
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) passing += passes(utf8(code_point));
  CHECK(passing == 144'697 - 1'120 - 111);

  // FNV-1a over (code point in three little-endian bytes, combining class), as Python's unicodedata 14.0.0 gives it.
  std::uint64_t hash = 0xcbf29ce484222325;
  char32_t next = 0;
  for (const TextRange& range : text_ranges()) {
    REQUIRE(range.first >= next);
    REQUIRE(range.last >= range.first);
    next = range.last + 1;
    for (char32_t code_point = range.first; code_point <= range.last; ++code_point) {
      for (const std::uint64_t byte : {std::uint64_t{code_point & 0xFF}, std::uint64_t{code_point >> 8 & 0xFF},
                                       std::uint64_t{code_point >> 16}, std::uint64_t{range.combining_class}}) {
        hash = (hash ^ byte) * 0x100000001b3;
      }
    }
  }
  CHECK(hash == 0xbe7f383692ff4b6f);
}

TEST_CASE("an id is 1 to 64 of its characters") {
  for (int value = 0; value < 256; ++value) {
    const auto c = static_cast<char>(value);
    const bool listed = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.").find(c) !=
                        std::string_view::npos;
    INFO(value);
    CHECK(is_valid_id(std::string(1, c)) == listed);
    CHECK(is_valid_id("a" + std::string(1, c)) == listed);
  }
  CHECK_FALSE(is_valid_id(""));
  CHECK(is_valid_id(std::string(64, 'a')));
  CHECK_FALSE(is_valid_id(std::string(65, 'a')));
  CHECK_FALSE(is_valid_id("石"));
}

TEST_CASE("a word is 1 to 64 capitals, digits and underscores after a letter") {
  CHECK(is_valid_word("FINANCE"));
  CHECK(is_valid_word("MODEL_TRAINING"));
  CHECK(is_valid_word("A"));
  CHECK(is_valid_word("A1_"));
  CHECK(is_valid_word(std::string(64, 'Z')));
  CHECK_FALSE(is_valid_word(std::string(65, 'Z')));
  const std::string_view refused =
      GENERATE(as<std::string_view>{}, "", "_A", "1A", "finance", "A-B", "A B", "A.B", "É");
  INFO(refused);
  CHECK_FALSE(is_valid_word(refused));
}

}  // namespace jinshi::ledger
