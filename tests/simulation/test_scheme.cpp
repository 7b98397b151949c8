#include "tests/simulation/test_scheme.h"

#include <cstring>

#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secret_key.h"
#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

namespace jinshi {
namespace simulation {
namespace {

std::string keyed_hash(ByteView key, ByteView bytes) {
  // FNV-1a over both, once for each half: enough to tell one statement from another where nobody searches.
  std::string signature(64, '\0');
  for (std::uint64_t part = 0; part < 2; ++part) {
    std::uint64_t hash = 0xcbf29ce484222325 ^ part;
    const auto mix = [&](ByteView view) {
      for (const char c : view) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    };
    mix(key.substr(0, 8));
    mix(bytes);
    std::memcpy(signature.data() + part * 8, &hash, sizeof hash);
  }
  return signature;
}

ByteView view(const crypto::ParsedKey& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

Result<crypto::ParsedKey> parse_test_key(ByteView encoded) {
  if (encoded.size() != crypto::PublicKey::kEncodedSize) return fail(v1::REASON_BAD_VALUE, "no key of the test scheme");
  crypto::ParsedKey parsed{};
  std::memcpy(parsed.data(), encoded.data() + 2, encoded.size() - 2);
  return parsed;
}

Result<void> verify_test_signature(const crypto::ParsedKey& key, ByteView signing_bytes, ByteView signature) {
  if (signature == keyed_hash(view(key), signing_bytes)) return {};
  return fail(v1::REASON_BAD_SIGNATURE, "The signature is not this key's over these bytes.");
}

class TestSigner final : public crypto::Signer {
 public:
  explicit TestSigner(crypto::PublicKey key) : key_(key) {}
  const crypto::PublicKey& public_key() const override { return key_; }
  Result<std::string> sign(ByteView signing_bytes) const override {
    return keyed_hash(view(key_.parsed()), signing_bytes);
  }

 private:
  crypto::PublicKey key_;
};

}  // namespace

std::unique_ptr<crypto::Signer> make_signer(std::uint64_t number, bool real) {
  if (real) {
    auto key = crypto::SecretKey::parse(crypto::sha256("key " + std::to_string(number)).view());
    JINSHI_ASSERT(key.has_value(), "a hash is a scalar but for one in 2^127");
    return std::make_unique<crypto::SoftwareSigner>(std::move(*key));
  }
  std::string encoded(crypto::PublicKey::kEncodedSize, '\0');
  encoded[0] = static_cast<char>(kTestScheme);
  const std::uint64_t spread = (number + 1) * 0x9e3779b97f4a7c15;
  std::memcpy(encoded.data() + 2, &spread, sizeof spread);
  return std::make_unique<TestSigner>(*crypto::PublicKey::parse(encoded));
}

}  // namespace simulation

// Takes the place of the library's own, which stands alone in its file.
std::span<const crypto::Scheme> crypto::schemes() {
  static constexpr std::array<Scheme, 2> kSchemes{
      {{kSchemeSecp256k1, &parse_secp256k1, &verify_secp256k1},
       {simulation::kTestScheme, &simulation::parse_test_key, &simulation::verify_test_signature}}};
  return kSchemes;
}

}  // namespace jinshi
