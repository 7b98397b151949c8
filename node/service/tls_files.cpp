#include "node/service/tls_files.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "ledger/crypto/secret_file.h"
#include "node/durable_file.h"

namespace jinshi::node {
namespace {

constexpr std::size_t kMaxCertificateBytes = 64 * 1024;

template <class Type, void (*release)(Type*)>
struct Releaser {
  void operator()(Type* value) const { release(value); }
};
using Bio = std::unique_ptr<BIO, Releaser<BIO, &BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Releaser<X509, &X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY, &EVP_PKEY_free>>;

Bio memory(ByteView bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

}  // namespace

Result<void> check_tls_files(std::string_view section, const std::filesystem::path& certificate,
                             const std::filesystem::path& key) {
  const auto certificate_text = read_file(certificate, kMaxCertificateBytes);
  if (!certificate_text) return std::unexpected(certificate_text.error());
  const auto key_text = crypto::read_secret_file(key);
  if (!key_text) return std::unexpected(key_text.error());
  const Certificate read_certificate(PEM_read_bio_X509(memory(*certificate_text).get(), nullptr, nullptr, nullptr));
  if (read_certificate == nullptr) {
    return fail(v1::REASON_KEY_FILE,
                certificate.string() + " holds no certificate in PEM: mend " + std::string(section) + ".certificate");
  }
  // An empty passphrase, so that OpenSSL never asks the terminal for one.
  char no_passphrase[] = "";
  const Key read_key(PEM_read_bio_PrivateKey(memory(key_text->view()).get(), nullptr, nullptr, no_passphrase));
  if (read_key == nullptr) {
    return fail(v1::REASON_KEY_FILE,
                key.string() + " holds no plain private key in PEM: mend " + std::string(section) + ".key");
  }
  if (X509_check_private_key(read_certificate.get(), read_key.get()) != 1) {
    return fail(v1::REASON_KEY_FILE,
                key.string() + " is not the key of " + certificate.string() + ": give the two that were made together");
  }
  return {};
}

}  // namespace jinshi::node
