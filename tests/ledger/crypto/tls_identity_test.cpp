#include "ledger/crypto/tls_identity.h"

#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "ledger/crypto/openssl_handles.h"

namespace jinshi::crypto {
namespace {

constexpr TimeMs kNow = 1'795'478'400'000;  // 2026-11-24T00:00:00Z
const TlsNames kNames{"Registration Centre", {"node1.example.cn", "localhost"}, {"127.0.0.1", "2001:db8::1"}};

// A certificate that `openssl req -x509` made, and what `openssl pkey -pubin -outform DER | sha256sum` says of its key.
constexpr char kStock[] = R"(-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUPJBnFV3vsg9USVeaexAEjIfFFGcwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFc3RvY2swIBcNMjYxMTI0MTU0NzQ2WhgPMjEyNjEwMzExNTQ3
NDZaMBAxDjAMBgNVBAMMBXN0b2NrMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
mynRzmcqVGUPN3m1Tj5xfrPcMJJ0hu0PgSyFkv5NFFUkDS+uN4UFBfBMDEbqcOR+
YvHqSYQEOfR7XG1nvSy2naNTMFEwHQYDVR0OBBYEFFq29XETMbTBLE3/6PJcz+iQ
jjm3MB8GA1UdIwQYMBaAFFq29XETMbTBLE3/6PJcz+iQjjm3MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgIqkRf3ek6YRCbyXXUmemcFelAGyTAHW4
X7tqJtLUhjkCIQChE3GY6frj2O6gHlHTJoBnPZcBtGdW96OSyi3/aaqOLg==
-----END CERTIFICATE-----
)";
constexpr char kStockSpki[] = "e67b8700e1e35ea2adca318fe044917daffd8bb3182f673baea3f472c7eb73e7";

TlsIdentity made(const TlsNames& names = kNames) {
  auto identity = generate_tls_identity(names, kNow);
  REQUIRE(identity);
  return std::move(*identity);
}

Certificate parsed(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(read_from(pem).get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate);
  return certificate;
}

EvpKey parsed_key(const TlsIdentity& identity) {
  EvpKey key(PEM_read_bio_PrivateKey(read_from(identity.key_pem.view()).get(), nullptr, nullptr, nullptr));
  REQUIRE(key);
  return key;
}

}  // namespace

TEST_CASE("a TLS identity is a P-256 key and the certificate that it signed") {
  const auto identity = made();
  const auto certificate = parsed(identity.certificate_pem);
  const auto key = parsed_key(identity);
  char group[32] = {};
  REQUIRE(EVP_PKEY_get_group_name(key.get(), group, sizeof group, nullptr) == 1);
  CHECK(std::string(group) == "prime256v1");
  CHECK(X509_check_private_key(certificate.get(), key.get()) == 1);
  CHECK(X509_verify(certificate.get(), key.get()) == 1);
  CHECK(X509_get_version(certificate.get()) == X509_VERSION_3);
}

TEST_CASE("a TLS certificate answers to each of its names and to no other") {
  const auto certificate = parsed(made().certificate_pem);
  CHECK(X509_check_host(certificate.get(), "node1.example.cn", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "node2.example.cn", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "2001:db8::1", 0) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "127.0.0.2", 0) == 0);
}

TEST_CASE("a TLS certificate is valid from a day ago for ten years, by the clock that is given") {
  const auto certificate = parsed(made().certificate_pem);
  std::tm begin{}, end{};
  REQUIRE(ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &begin) == 1);
  REQUIRE(ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) == 1);
  CHECK(::timegm(&begin) == kNow / 1000 - 86'400);
  CHECK(::timegm(&end) == kNow / 1000 + 3650 * 86'400);
}

TEST_CASE("stock software takes a TLS certificate as its own trust anchor") {
  const auto certificate = parsed(made().certificate_pem);
  const Handle<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  REQUIRE(X509_STORE_add_cert(store.get(), certificate.get()) == 1);
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const Handle<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr) == 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), kNow / 1000);
    REQUIRE(X509_STORE_CTX_set_purpose(context.get(), purpose) == 1);
    CHECK(X509_verify_cert(context.get()) == 1);
    INFO(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    CHECK(X509_STORE_CTX_get_error(context.get()) == X509_V_OK);
  }
}

TEST_CASE("an identity without names is made, and two are never alike") {
  const auto one = made({"audit", {}, {}}), other = made({"audit", {}, {}});
  CHECK(spki_digest_of_pem_certificate(one.certificate_pem).value() !=
        spki_digest_of_pem_certificate(other.certificate_pem).value());
  CHECK(X509_get_ext_by_NID(parsed(one.certificate_pem).get(), NID_subject_alt_name, -1) == -1);
}

TEST_CASE("names that can't stand in a certificate are refused") {
  const auto names =
      GENERATE(TlsNames{"", {}, {}}, TlsNames{std::string(65, 'x'), {}, {}}, TlsNames{"\xff\xfe", {}, {}},
               TlsNames{"n", {""}, {}}, TlsNames{"n", {"a,IP:1.2.3.4"}, {}}, TlsNames{"n", {"a b"}, {}},
               TlsNames{"n", {"@section"}, {}}, TlsNames{"n", {std::string(254, 'a')}, {}}, TlsNames{"n", {}, {""}},
               TlsNames{"n", {}, {"localhost"}}, TlsNames{"n", {}, {"1.2.3"}}, TlsNames{"n", {}, {"1.2.3.4/8"}},
               TlsNames{"n", {}, {"1.2.3.4,DNS:evil.example"}});
  const auto refused = generate_tls_identity(names, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("dates that can't stand in a certificate are refused") {
  CHECK_FALSE(generate_tls_identity(kNames, kNow, 0));
  CHECK_FALSE(generate_tls_identity(kNames, kNow, 36501));
  CHECK(generate_tls_identity(kNames, kNow, 36500));
  CHECK_FALSE(generate_tls_identity(kNames, TimeMs{1} << 62));
  CHECK_FALSE(generate_tls_identity(kNames, -1));
  CHECK(generate_tls_identity(kNames, 253'402'300'799'000 - 86'400'000, 1));
  CHECK_FALSE(generate_tls_identity(kNames, 253'402'300'799'000, 1));
}

TEST_CASE("the digest of a certificate's SubjectPublicKeyInfo is what stock tools compute") {
  const auto digest = spki_digest_of_pem_certificate(kStock);
  REQUIRE(digest);
  CHECK(to_hex(digest->view()) == kStockSpki);
}

TEST_CASE("text without a certificate has no SubjectPublicKeyInfo") {
  const auto text = GENERATE(as<std::string>{}, "", "hello", std::string(kStock).substr(0, 200));
  const auto digest = spki_digest_of_pem_certificate(text);
  REQUIRE_FALSE(digest);
  CHECK(digest.error().reason == v1::REASON_MALFORMED);
}

}  // namespace jinshi::crypto
