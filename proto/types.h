// The small value types that everything above proto/ speaks in.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jinshi {

// Bytes are held in std::string and seen through std::string_view, as protobuf does.
using ByteView = std::string_view;

// A SHA-256 digest, or any other 32-byte hash of the active suite. Ordered as bytes.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  static constexpr std::size_t kSize = 32;
  // Empty unless `raw` is exactly 32 bytes long.
  static std::optional<Digest> from(ByteView raw) {
    if (raw.size() != kSize) return std::nullopt;
    Digest digest;
    std::copy(raw.begin(), raw.end(), digest.bytes.begin());
    return digest;
  }
  ByteView view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  std::string string() const { return std::string(view()); }
  bool is_zero() const { return *this == Digest{}; }
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// For hash maps; digests are uniformly distributed already.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t value;
    std::copy_n(digest.bytes.begin(), sizeof value, reinterpret_cast<std::uint8_t*>(&value));
    return value;
  }
};

std::string to_hex(ByteView bytes);                       // lowercase
std::optional<std::string> from_hex(std::string_view hex);  // empty unless an even number of hex digits

// Milliseconds since 1970-01-01T00:00:00Z, on the network clock.
using TimeMs = std::int64_t;
using Height = std::uint64_t;

}  // namespace jinshi
