#include "ledger/crypto/tls_identity.h"

#include <openssl/pem.h>

#include <algorithm>
#include <cstdint>

#include "ledger/crypto/openssl_handles.h"
#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

constexpr char kNoMemory[] = "OpenSSL makes the object it was asked for";
constexpr std::size_t kSerialSize = 16;
constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr TimeMs kLastMs = 253'402'300'799'000;  // 9999-12-31T23:59:59Z, the last that X.509 can write

// Only these reach OpenSSL's extension parser, whose grammar gives commas, colons and brackets a meaning.
bool is_host_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), fits);
}

bool is_address(const std::string& text) {
  ASN1_OCTET_STRING* parsed = a2i_IPADDRESS(text.c_str());
  ASN1_OCTET_STRING_free(parsed);
  ERR_clear_error();
  return parsed != nullptr;
}

Result<std::string> alternative_names(const TlsNames& names) {
  std::string list;
  const auto append = [&list](std::string_view kind, const std::string& name) {
    if (!list.empty()) list += ',';
    list.append(kind).append(name);
  };
  for (const std::string& name : names.dns) {
    if (!is_host_name(name)) {
      return fail(v1::REASON_BAD_VALUE, "'" + name + "' is no host name: use letters, digits, hyphens and dots.");
    }
    append("DNS:", name);
  }
  for (const std::string& address : names.addresses) {
    if (!is_address(address)) {
      return fail(v1::REASON_BAD_VALUE, "'" + address + "' is no IP address: write it as 192.0.2.1 or 2001:db8::1.");
    }
    append("IP:", address);
  }
  return list;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  JINSHI_ASSERT(added, "a checked extension enters a certificate");
}

}  // namespace

Result<TlsIdentity> generate_tls_identity(const TlsNames& names, TimeMs now, int valid_days) {
  if (names.common_name.empty() || names.common_name.size() > 64) {
    return fail(v1::REASON_BAD_VALUE, "A certificate's common name has 1 to 64 bytes.");
  }
  if (valid_days < 1 || valid_days > 36500) {
    return fail(v1::REASON_BAD_VALUE, "A certificate is valid for 1 to 36,500 days.");
  }
  if (now < 0 || now > kLastMs - valid_days * kDaySeconds * 1000) {
    return fail(v1::REASON_BAD_VALUE, "A certificate's dates lie between the years 1970 and 9999: set the clock.");
  }
  auto alternatives = alternative_names(names);
  if (!alternatives) return std::unexpected(alternatives.error());

  const EvpKey key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  JINSHI_ASSERT(key && certificate, kNoMemory);
  X509_set_version(certificate.get(), X509_VERSION_3);

  std::string serial = random_bytes(kSerialSize);
  serial[0] = static_cast<char>((serial[0] & 0x7f) | 0x40);  // positive, and always of one length
  const Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), kSerialSize, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));

  time_t begin = static_cast<time_t>(now / 1000) - kDaySeconds;
  time_t end = static_cast<time_t>(now / 1000) + valid_days * kDaySeconds;
  JINSHI_ASSERT(X509_time_adj(X509_getm_notBefore(certificate.get()), 0, &begin) != nullptr &&
                    X509_time_adj(X509_getm_notAfter(certificate.get()), 0, &end) != nullptr,
                "a checked date enters a certificate");

  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto* common_name = reinterpret_cast<const unsigned char*>(names.common_name.data());
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common_name, static_cast<int>(names.common_name.size()),
                                 -1, 0) != 1) {
    ERR_clear_error();
    return fail(v1::REASON_BAD_VALUE, "A certificate's common name is UTF-8 text.");
  }
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key.get());
  // A leaf that is its own issuer: stock clients accept it as their one trusted certificate.
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), NID_subject_key_identifier, "hash");
  if (!alternatives->empty()) add_extension(certificate.get(), NID_subject_alt_name, *alternatives);
  JINSHI_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, kNoMemory);

  const Bio key_text = write_to_memory();
  const Bio certificate_text = write_to_memory();
  JINSHI_ASSERT(PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                    PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1,
                kNoMemory);
  return TlsIdentity{SecretBytes(contents(key_text)), std::string(contents(certificate_text))};
}

Result<Digest> spki_digest_of_pem_certificate(ByteView pem) {
  const Bio text = read_from(pem);
  const Certificate certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) {
    return fail(v1::REASON_MALFORMED,
                "No certificate in PEM stands here: name a file that holds 'BEGIN CERTIFICATE' and its lines.");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  JINSHI_ASSERT(size > 0, "a parsed certificate has a public key to write");
  const Digest digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return digest;
}

}  // namespace jinshi::crypto
