#include "ledger/crypto/certificate_check.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "tests/ledger/crypto/test_keys.h"

namespace jinshi::crypto {
namespace {

// A set of n validators, each ready to sign.
struct Validators {
  explicit Validators(int n) {
    for (int i = 0; i < n; ++i) {
      signers.push_back(std::make_unique<SoftwareSigner>(numbered_key(100 + i)));
      keys.push_back(signers.back()->public_key());
    }
  }

  std::vector<std::string> sign(ByteView bytes) const {
    std::vector<std::string> all;
    for (const auto& signer : signers) all.push_back(signer->sign(bytes).value());
    return all;
  }

  std::vector<std::unique_ptr<SoftwareSigner>> signers;
  std::vector<PublicKey> keys;
};

std::vector<IndexedSignature> chosen(const std::vector<std::string>& signatures, std::vector<std::uint32_t> indices) {
  std::vector<IndexedSignature> certificate;
  for (const std::uint32_t index : indices) certificate.push_back({index, signatures[index % signatures.size()]});
  return certificate;
}

void check_refused(const Result<void>& checked, v1::Reason reason, std::string_view step) {
  REQUIRE_FALSE(checked);
  CHECK(checked.error().reason == reason);
  CHECK_THAT(checked.error().message, Catch::Contains(std::string(step)));
}

}  // namespace

TEST_CASE("a quorum is the smallest number of which any two share an honest validator, for one to a hundred") {
  for (std::size_t n = 1; n <= 100; ++n) {
    std::size_t faulty = 0;
    while (3 * (faulty + 1) + 1 <= n) ++faulty;
    std::size_t smallest = 0;
    while (2 * smallest <= n + faulty) ++smallest;  // two of them overlap in at least 2q - n
    INFO(n);
    CHECK(max_faulty(n) == faulty);
    CHECK(quorum(n) == smallest);
    CHECK(quorum(n) <= n - faulty);  // the honest alone are enough
  }
}

TEST_CASE("quorums of one to thirteen by exhaustion of every pair of subsets' sizes") {
  const std::size_t expected[] = {1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9};
  for (std::size_t n = 1; n <= 13; ++n) {
    // Brute force: the least size at which every two subsets meet in more than f members.
    std::size_t found = 0;
    for (std::size_t q = 1; q <= n && found == 0; ++q) {
      const std::uint32_t fixed = (1u << q) - 1;  // by symmetry one of the two can be the first q
      std::size_t least = n;
      for (std::uint32_t other = 0; other < 1u << n; ++other) {
        if (static_cast<std::size_t>(__builtin_popcount(other)) != q) continue;
        least = std::min(least, static_cast<std::size_t>(__builtin_popcount(fixed & other)));
      }
      if (least > (n - 1) / 3) found = q;
    }
    INFO(n);
    CHECK(found == expected[n - 1]);
    CHECK(quorum(n) == found);
  }
}

TEST_CASE("exactly a quorum of header signatures certifies, whoever they are") {
  for (const int n : {1, 2, 3, 4, 7}) {
    const Validators validators(n);
    const Digest header = sha256("a header");
    const auto signatures = validators.sign(header_signing_bytes(header));
    const auto q = quorum(static_cast<std::size_t>(n));
    for (std::uint32_t members = 0; members < 1u << n; ++members) {
      std::vector<std::uint32_t> indices;
      for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
        if (members >> i & 1) indices.push_back(i);
      }
      const auto checked = check_certificate(validators.keys, header, chosen(signatures, indices));
      if (indices.size() == q) {
        CHECK(checked);
      } else {
        check_refused(checked, v1::REASON_BAD_PROOF, "takes exactly " + std::to_string(q));
      }
    }
  }
}

TEST_CASE("a certificate's signatures ascend by index, each validator once") {
  const Validators validators(4);
  const Digest header = sha256("a header");
  const auto signatures = validators.sign(header_signing_bytes(header));
  const auto check = [&](std::vector<std::uint32_t> indices) {
    return check_certificate(validators.keys, header, chosen(signatures, std::move(indices)));
  };
  CHECK(check({0, 1, 3}));
  check_refused(check({0, 3, 1}), v1::REASON_BAD_PROOF, "validator 1 stands out of order");
  check_refused(check({2, 1, 3}), v1::REASON_BAD_PROOF, "validator 1 stands out of order");
  check_refused(check({0, 1, 1}), v1::REASON_BAD_PROOF, "validator 1 stands out of order");
  check_refused(check({0, 0, 0}), v1::REASON_BAD_PROOF, "validator 0 stands out of order");
  check_refused(check({1, 2, 4}), v1::REASON_BAD_PROOF, "validator 4 of a set of 4");
  check_refused(check({1, 2, 0xffffffff}), v1::REASON_BAD_PROOF, "validator 4294967295 of a set of 4");
}

TEST_CASE("a certificate speaks for its header, its set and the header's tag only") {
  const Validators validators(4), others(5);
  const Digest header = sha256("a header");
  const auto signatures = validators.sign(header_signing_bytes(header));
  const auto good = chosen(signatures, {0, 2, 3});
  REQUIRE(check_certificate(validators.keys, header, good));

  check_refused(check_certificate(validators.keys, sha256("another header"), good), v1::REASON_BAD_SIGNATURE,
                "validator 0");
  auto exchanged = validators.keys;
  exchanged[2] = others.keys[4];
  check_refused(check_certificate(exchanged, header, good), v1::REASON_BAD_SIGNATURE, "validator 2");
  check_refused(check_certificate({}, header, {}), v1::REASON_BAD_PROOF, "without validators");

  const auto votes = validators.sign(signing_bytes(Tag::kPrepare, header.view()));
  check_refused(check_certificate(validators.keys, header, chosen(votes, {0, 2, 3})), v1::REASON_BAD_SIGNATURE,
                "validator 0");
  auto shortened = good;
  shortened[1].signature.remove_suffix(1);
  check_refused(check_certificate(validators.keys, header, shortened), v1::REASON_BAD_SIGNATURE, "exactly 64 bytes");
}

TEST_CASE("what a header's signature covers keeps its golden bytes") {
  CHECK(header_signing_bytes(Digest{}) == std::string("jinshi/1/header-signature") + '\0' + std::string(32, '\0'));
}

}  // namespace jinshi::crypto
