// Every setting as a row: its name, where its value goes, what it may be, and what it means. Reading, explaining and
// the operators' page go by this table.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "node/config.h"

namespace jinshi::node {

using TextSlot = std::string& (*)(Config&);
using PathSlot = std::filesystem::path& (*)(Config&);
using NumberSlot = std::int64_t& (*)(Config&);
using FlagSlot = bool& (*)(Config&);

enum class Check { kNone, kAddress, kDialled, kLoopback, kOptionalAddress, kChoice, kName };

struct Setting {
  std::string_view section;
  std::string_view key;
  std::variant<TextSlot, PathSlot, NumberSlot, FlagSlot> slot;
  std::variant<std::monostate, std::string_view, std::int64_t, bool> standard;  // the default; none = must be given
  std::string_view about;
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  Check check = Check::kNone;
  std::string_view choices = {};  // separated by spaces
};

std::span<const Setting> settings();

// A key of each [[peers]] table; all must be given.
struct PeerSetting {
  std::string_view key;
  std::string Config::PeerAddress::*slot;
  std::string_view about;
  Check check;
};

std::span<const PeerSetting> peer_settings();

}  // namespace jinshi::node
