#include "ledger/crypto/public_key.h"

#include <algorithm>
#include <cstring>

#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secp256k1_context.h"

namespace jinshi::crypto {

bool known_scheme(ByteView encoded_key) {
  return !encoded_key.empty() && static_cast<std::uint8_t>(encoded_key[0]) == kSchemeSecp256k1;
}

Result<PublicKey> PublicKey::parse(ByteView encoded) {
  if (!known_scheme(encoded)) {
    return fail(v1::REASON_BAD_VALUE,
                "A public key begins with its scheme byte, and 01 is the only scheme known here.");
  }
  // The library would take the 65 bytes of uncompressed and hybrid points, too: one key, several encodings.
  if (encoded.size() != kEncodedSize || (encoded[1] != 0x02 && encoded[1] != 0x03)) {
    return fail(v1::REASON_BAD_VALUE,
                "A public key of scheme 01 is that byte and a compressed point: 33 bytes that begin with 02 or 03.");
  }
  secp256k1_pubkey point;
  static_assert(sizeof point.data == sizeof(PublicKey::parsed_));
  const auto* raw = reinterpret_cast<const unsigned char*>(encoded.data()) + 1;
  if (secp256k1_ec_pubkey_parse(secp256k1(), &point, raw, kEncodedSize - 1) != 1) {
    return fail(v1::REASON_BAD_VALUE, "The public key's 33 bytes are no point of the curve: copy the key again.");
  }
  PublicKey key;
  std::copy(encoded.begin(), encoded.end(), key.encoded_.begin());
  std::memcpy(key.parsed_.data(), point.data, key.parsed_.size());
  return key;
}

std::size_t PublicKeyHash::operator()(const PublicKey& key) const {
  std::size_t value;
  std::memcpy(&value, key.encoded().data() + 2, sizeof value);
  return value;
}

}  // namespace jinshi::crypto
