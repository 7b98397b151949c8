#include "ledger/crypto/signature.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/openssl_handles.h"
#include "ledger/crypto/signer.h"
#include "tests/ledger/crypto/test_keys.h"

namespace jinshi::crypto {
namespace {

constexpr char kOrder[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

// The other signature that the bare equations take: s replaced by the order minus s.
std::string with_other_s(const std::string& signature) {
  const std::string order = bytes(kOrder);
  std::string other = signature;
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    int difference = static_cast<std::uint8_t>(order[at]) - static_cast<std::uint8_t>(signature[32 + at]) - borrow;
    borrow = difference < 0;
    other[32 + at] = static_cast<char>(difference + borrow * 256);
  }
  return other;
}

std::string sign(const SoftwareSigner& signer, ByteView message) {
  const auto signature = signer.sign(message);
  REQUIRE(signature);
  return *signature;
}

void check_refused(const PublicKey& key, ByteView message, ByteView signature, std::string_view because) {
  const auto checked = verify(key, message, signature);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().reason == v1::REASON_BAD_SIGNATURE);
  CHECK_THAT(checked.error().message, Catch::Contains(std::string(because)));
}

}  // namespace

// Vectors of RFC 6979's method on this curve, as several libraries have published and checked them.
TEST_CASE("signatures are the deterministic ones of RFC 6979 with low s") {
  const auto [scalar, message, signature] = GENERATE(table<std::string, std::string, std::string>({
      {"0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
       "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
       "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
      {"0000000000000000000000000000000000000000000000000000000000000001",
       "All those moments will be lost in time, like tears in rain. Time to die...",
       "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
       "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
      {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
       "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
       "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
      {"f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
       "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
       "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"},
      {"e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
       "There is a computer disease that anybody who works with computers knows about. It's a very serious disease "
       "and it interferes completely with the work. The trouble with computers is that you 'play' with them!",
       "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b"
       "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6"},
  }));
  const SoftwareSigner signer(key_of(scalar));
  CHECK(to_hex(sign(signer, message)) == signature);
  CHECK(verify(signer.public_key(), message, bytes(signature)));
}

// Made by an implementation of RFC 6979 of its own, and verified by a third library.
TEST_CASE("a signature over tagged bytes keeps its golden bytes") {
  const SoftwareSigner signer(key_of("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  CHECK(to_hex(sign(signer, signing_bytes(Tag::kTransaction, Digest{}.view()))) ==
        "b1f778ac97fc018d54cee3d79533801661195466f8e04ac94e58bfe9f2ad191a"
        "7293cad26906dcc09a057f7dfa3b21f5dda1bd5b768b4198ee6584c073022f19");
}

TEST_CASE("a signature verifies for its key and its bytes only") {
  const SoftwareSigner signer(numbered_key(1));
  const std::string signature = sign(signer, "message");
  REQUIRE(signature.size() == kSignatureSize);
  CHECK(verify(signer.public_key(), "message", signature));
  check_refused(signer.public_key(), "massage", signature, "not this key's");
  check_refused(signer.public_key(), "", signature, "not this key's");
  check_refused(numbered_key(2).public_key(), "message", signature, "not this key's");
}

TEST_CASE("no bit of a signature can be changed") {
  const SoftwareSigner signer(numbered_key(3));
  const std::string signature = sign(signer, "message");
  for (std::size_t bit = 0; bit < 8 * kSignatureSize; bit += 3) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto checked = verify(signer.public_key(), "message", changed);
    REQUIRE_FALSE(checked);
    REQUIRE(checked.error().reason == v1::REASON_BAD_SIGNATURE);
  }
}

TEST_CASE("the other half's s is refused, though the bare equations take it") {
  const SoftwareSigner signer(numbered_key(4));
  const std::string signature = sign(signer, "message");
  check_refused(signer.public_key(), "message", with_other_s(signature), "upper half");
  CHECK(with_other_s(with_other_s(signature)) == signature);
}

TEST_CASE("a signature is exactly 64 bytes with r and s inside the group") {
  const PublicKey key = numbered_key(5).public_key();
  const std::string zero(32, '\0'), one = std::string(31, '\0') + '\1', order = bytes(kOrder);
  for (const std::size_t size : {0u, 1u, 32u, 63u, 65u, 70u, 72u, 128u}) {
    check_refused(key, "message", std::string(size, '\1'), "exactly 64 bytes");
  }
  check_refused(key, "message", order + one, "outside the group");
  check_refused(key, "message", one + order, "outside the group");
  check_refused(key, "message", std::string(64, '\xff'), "outside the group");
  check_refused(key, "message", zero + zero, "not this key's");
  check_refused(key, "message", one + zero, "not this key's");
  check_refused(key, "message", zero + one, "not this key's");
  check_refused(key, "message", one + one, "not this key's");
}

TEST_CASE("what another library signs with SHA-256 verifies once it is in the ledger's form") {
  const auto key = numbered_key(6);
  const auto pem = secret_key_to_pem(key, "");
  REQUIRE(pem);
  const Bio text = read_from(pem->view());
  const EvpKey evp(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
  REQUIRE(evp);
  int normalised = 0;
  for (int i = 0; i < 24; ++i) {
    const std::string message = signing_bytes(Tag::kTransaction, "message " + std::to_string(i));
    const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, evp.get()) == 1);
    std::string der(80, '\0');
    std::size_t size = der.size();
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                           reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
    der.resize(size);
    const auto signature = signature_from_der(der);
    REQUIRE(signature);
    CHECK(verify(key.public_key(), message, *signature));
    normalised += der.find(signature->substr(32)) == std::string::npos;
    CHECK_FALSE(signature_from_der(der.substr(0, size - 1)));
  }
  INFO("24 signatures of a random kind: all low or all high happens once in eight million runs");
  CHECK(normalised > 0);
  CHECK(normalised < 24);
}

// Made by: openssl dgst -sha256 -sign key.pem message
TEST_CASE("what the openssl command signed verifies once it is in the ledger's form") {
  const auto key = PublicKey::parse(bytes("01023512afc6d79a0d1ce97907fd4dab6ce3e82ede2a31f4ceb2aced2665ad4e4dc9"));
  REQUIRE(key);
  const std::string message = signing_bytes(Tag::kTransaction, "signed by a stock tool");
  const auto low =
      signature_from_der(bytes("3044022023ef9dd619f96438e98067a1511d83f6ff82d3a61c57964e80e95cdebee320b7"
                               "02203def7d770c288f6df192a6c0dd3e92a35b9ce74582aadfb3936fd428a1581613"));
  REQUIRE(low);
  CHECK(verify(*key, message, *low));
  const std::string high_der = bytes(
      "304502203fd3b708a1ad578b385cd33a6d933ddec904fa9818c2ecbe080ffcb4c0813891"
      "02210091cc42882fb0dd147c00d4bb36b5523a52bf5bb7bf1b241ced8f5033dfc4db40");
  const auto high = signature_from_der(high_der);
  REQUIRE(high);
  CHECK(verify(*key, message, *high));
  const std::string as_made = high_der.substr(4, 32) + high_der.substr(39, 32);
  check_refused(*key, message, as_made, "upper half");
  CHECK(with_other_s(as_made) == *high);
}

TEST_CASE("bytes that are no DER signature are refused") {
  const auto hex = GENERATE(as<std::string>{}, "", "30", "3000", "00", "ffffffff", "300602010102", "3003020101");
  const auto signature = signature_from_der(bytes(hex));
  REQUIRE_FALSE(signature);
  CHECK(signature.error().reason == v1::REASON_BAD_SIGNATURE);
}

TEST_CASE("threads share the signature library's context") {
  const SoftwareSigner signer(numbered_key(7));
  const std::string expected = sign(signer, "message");
  std::vector<int> good(4);
  std::vector<std::thread> threads;
  for (int& count : good) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto signature = signer.sign("message");
        count += signature && *signature == expected && verify(signer.public_key(), "message", *signature).has_value();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == std::vector<int>(4, 50));
}

}  // namespace jinshi::crypto
