#include "ledger/crypto/public_key.h"

#include <algorithm>
#include <cstring>

#include "ledger/crypto/scheme.h"

namespace jinshi::crypto {
namespace {

const Scheme* scheme_of(ByteView encoded) {
  const auto known = schemes();
  const auto found = encoded.empty()
                         ? known.end()
                         : std::ranges::find(known, static_cast<std::uint8_t>(encoded[0]), &Scheme::number);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

bool known_scheme(ByteView encoded_key) { return scheme_of(encoded_key) != nullptr; }

Result<PublicKey> PublicKey::parse(ByteView encoded) {
  const Scheme* scheme = scheme_of(encoded);
  if (scheme == nullptr) {
    return fail(v1::REASON_BAD_VALUE,
                "A public key begins with its scheme byte, and 01 is the only scheme known here.");
  }
  const auto parsed = scheme->parse(encoded);
  if (!parsed) return std::unexpected(parsed.error());
  PublicKey key;
  std::copy(encoded.begin(), encoded.end(), key.encoded_.begin());
  key.parsed_ = *parsed;
  return key;
}

std::size_t PublicKeyHash::operator()(const PublicKey& key) const {
  std::size_t value;
  std::memcpy(&value, key.encoded().data() + 2, sizeof value);
  return value;
}

}  // namespace jinshi::crypto
