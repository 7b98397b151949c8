#include "ledger/store/schema.h"

#include <array>

#include "proto/assert.h"

namespace jinshi::ledger {
namespace {

template <class Unsigned>
Unsigned read(ByteView bytes) {
  JINSHI_ASSERT(bytes.size() >= sizeof(Unsigned), "a disk key holds the number that is read from it");
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

template <class Unsigned>
void append(std::string& bytes, Unsigned value) {
  for (int shift = 8 * (sizeof(Unsigned) - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

}  // namespace

std::string_view family_name(Family family) {
  static constexpr std::array<std::string_view, kFamilies> names = {"meta",    "blocks", "certificates", "leaves",
                                                                    "tiles",   "records", "ids",         "live-ids",
                                                                    "undo",    "due",     "lists",       "touched"};
  return names[static_cast<std::size_t>(family)];
}

DiskKey& DiskKey::u8(std::uint8_t value) {
  bytes_ += static_cast<char>(value);
  return *this;
}
DiskKey& DiskKey::u32(std::uint32_t value) {
  append(bytes_, value);
  return *this;
}
DiskKey& DiskKey::u64(std::uint64_t value) {
  append(bytes_, value);
  return *this;
}
DiskKey& DiskKey::raw(ByteView bytes) {
  bytes_ += bytes;
  return *this;
}
DiskKey& DiskKey::text(std::string_view value) {
  bytes_ += value;
  bytes_ += '\0';
  return *this;
}

std::uint32_t read_u32(ByteView bytes) { return read<std::uint32_t>(bytes); }
std::uint64_t read_u64(ByteView bytes) { return read<std::uint64_t>(bytes); }

}  // namespace jinshi::ledger
