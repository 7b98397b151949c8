#include "ledger/crypto/key_file.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>

#include "ledger/crypto/openssl_handles.h"
#include "ledger/crypto/scheme.h"
#include "ledger/crypto/secret_file.h"
#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

constexpr char kCurve[] = "secp256k1";
constexpr std::string_view kEncryptedLabel = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

// scrypt's cost: 16 MiB and some 50 ms a guess, the most that stock OpenSSL reads back without being told.
constexpr std::uint64_t kScryptN = 16384, kScryptR = 8, kScryptP = 1;

// What a stock tool's prompt takes: a longer one could not be typed again.
constexpr std::size_t kMaxPassphrase = PEM_BUFSIZE;

constexpr char kNoMemory[] = "OpenSSL makes the object it was asked for";

Error key_error(std::string message) { return {v1::REASON_KEY_FILE, {}, std::move(message)}; }

// The point goes in as it is; `scalar` is empty for a public key.
EvpKey evp_key(ByteView point, ByteView scalar) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  Number number;
  bool pushed = OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) == 1 &&
                OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (!scalar.empty()) {
    number.reset(BN_secure_new());
    const auto* raw = reinterpret_cast<const unsigned char*>(scalar.data());
    pushed = pushed && BN_bin2bn(raw, static_cast<int>(scalar.size()), number.get()) != nullptr &&
             OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1;
  }
  JINSHI_ASSERT(pushed, kNoMemory);
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const EvpContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const int selection = scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  JINSHI_ASSERT(EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) == 1,
                "OpenSSL takes a key that the signature library made");
  return EvpKey(key);
}

bool is_ledger_key(const EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == kCurve;
}

struct Passphrase {
  std::string_view text;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int, void* user) {
  auto* passphrase = static_cast<Passphrase*>(user);
  passphrase->asked = true;
  if (passphrase->text.empty() || passphrase->text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(passphrase->text.begin(), passphrase->text.end(), buffer);
  return static_cast<int>(passphrase->text.size());
}

std::unexpected<Error> named(const std::filesystem::path& path, Error error) {
  error.message = path.string() + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<SecretBytes> secret_key_to_pem(const SecretKey& key, std::string_view passphrase) {
  if (passphrase.size() > kMaxPassphrase) {
    return std::unexpected(key_error("A passphrase has at most 1,024 bytes: choose a shorter one."));
  }
  const EvpKey evp = evp_key(key.public_key().point(), key.scalar());
  const Pkcs8 plain(EVP_PKEY2PKCS8(evp.get()));
  JINSHI_ASSERT(plain, kNoMemory);
  const Bio text = write_to_memory();
  if (passphrase.empty()) {
    JINSHI_ASSERT(PEM_write_bio_PKCS8_PRIV_KEY_INFO(text.get(), plain.get()) == 1, kNoMemory);
    return SecretBytes(contents(text));
  }
  std::string salt = random_bytes(16);
  X509_ALGOR* algorithm = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), reinterpret_cast<unsigned char*>(salt.data()),
                                                static_cast<int>(salt.size()), nullptr, kScryptN, kScryptR, kScryptP);
  JINSHI_ASSERT(algorithm != nullptr, kNoMemory);
  const EncryptedPkcs8 encrypted(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), algorithm));
  JINSHI_ASSERT(encrypted && PEM_write_bio_PKCS8(text.get(), encrypted.get()) == 1, kNoMemory);
  return SecretBytes(contents(text));
}

Result<SecretKey> secret_key_from_pem(ByteView pem, std::string_view passphrase) {
  const Bio text = read_from(pem);
  Passphrase given{passphrase};
  const EvpKey key(PEM_read_bio_PrivateKey(text.get(), nullptr, give_passphrase, &given));
  ERR_clear_error();
  if (!key && given.asked && passphrase.empty()) {
    return std::unexpected(key_error("The key is encrypted: give its passphrase."));
  }
  if (!key && given.asked)
    return std::unexpected(key_error("The passphrase does not open the key: give the right one."));
  if (!key) return std::unexpected(key_error("No private key in PEM stands here: name a file that 'key new' made."));
  if (!is_ledger_key(key.get())) {
    return std::unexpected(key_error("The key is of another kind than the ledger's (EC over secp256k1)."));
  }
  BIGNUM* raw = nullptr;
  SecretBytes scalar(SecretKey::kSize);
  const bool has_scalar = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &raw) == 1;
  const Number number(raw);
  if (!has_scalar ||
      BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(scalar.data()), SecretKey::kSize) < 0) {
    return std::unexpected(key_error("The file holds a key without its secret half."));
  }
  auto parsed = SecretKey::parse(scalar.view());
  if (!parsed) return std::unexpected(key_error(parsed.error().message));
  return parsed;
}

Result<void> write_key_file(const std::filesystem::path& path, const SecretKey& key, std::string_view passphrase) {
  auto pem = secret_key_to_pem(key, passphrase);
  if (!pem) return named(path, pem.error());
  return write_secret_file(path, pem->view());
}

Result<SecretKey> read_key_file(const std::filesystem::path& path, std::string_view passphrase) {
  auto text = read_secret_file(path);
  if (!text) return std::unexpected(text.error());
  auto key = secret_key_from_pem(text->view(), passphrase);
  if (!key) return named(path, key.error());
  return key;
}

bool is_encrypted_key(ByteView pem) { return pem.find(kEncryptedLabel) != ByteView::npos; }

std::string public_key_to_pem(const PublicKey& key) {
  const EvpKey evp = evp_key(key.point(), {});
  // Uncompressed is what stock tools write, so that their output can be compared with ours.
  JINSHI_ASSERT(EVP_PKEY_set_utf8_string_param(evp.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                               OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 1,
                kNoMemory);
  const Bio text = write_to_memory();
  JINSHI_ASSERT(PEM_write_bio_PUBKEY(text.get(), evp.get()) == 1, kNoMemory);
  return std::string(contents(text));
}

Result<PublicKey> public_key_from_pem(ByteView pem) {
  const Bio text = read_from(pem);
  const EvpKey key(PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key) {
    return std::unexpected(key_error("No public key in PEM stands here: name a file that begins 'BEGIN PUBLIC KEY'."));
  }
  if (!is_ledger_key(key.get())) {
    return std::unexpected(key_error("The key is of another kind than the ledger's (EC over secp256k1)."));
  }
  BIGNUM* x = nullptr;
  BIGNUM* y = nullptr;
  const bool has_point = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                         EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  const Number own_x(x), own_y(y);
  std::string encoded(PublicKey::kEncodedSize, '\0');
  encoded[0] = static_cast<char>(kSchemeSecp256k1);
  if (!has_point || BN_bn2binpad(x, reinterpret_cast<unsigned char*>(encoded.data()) + 2, 32) < 0) {
    return std::unexpected(key_error("The file's public key holds no point: export it again."));
  }
  encoded[1] = BN_is_odd(y) ? 0x03 : 0x02;
  return PublicKey::parse(encoded);
}

}  // namespace jinshi::crypto
