#include "ledger/crypto/certificate_check.h"

#include "ledger/crypto/digest.h"
#include "ledger/crypto/signature.h"

namespace jinshi::crypto {

std::string header_signing_bytes(const Digest& header) { return signing_bytes(Tag::kHeaderSignature, header.view()); }

Result<void> check_certificate(std::span<const PublicKey> set, const Digest& header,
                               std::span<const IndexedSignature> certificate) {
  if (set.empty()) return fail(v1::REASON_BAD_PROOF, "Certificate: a set without validators certifies nothing.");
  if (certificate.size() != quorum(set.size())) {
    return fail(v1::REASON_BAD_PROOF, "Certificate: it holds " + std::to_string(certificate.size()) +
                                          " signatures, where a set of " + std::to_string(set.size()) +
                                          " validators takes exactly " + std::to_string(quorum(set.size())) + '.');
  }
  // All that is cheap first: no signature is checked for a certificate that can't be one.
  for (std::size_t i = 0; i < certificate.size(); ++i) {
    const std::uint32_t index = certificate[i].index;
    if (index >= set.size()) {
      return fail(v1::REASON_BAD_PROOF, "Certificate: it names validator " + std::to_string(index) + " of a set of " +
                                            std::to_string(set.size()) + '.');
    }
    if (i > 0 && index <= certificate[i - 1].index) {
      return fail(v1::REASON_BAD_PROOF, "Certificate: validator " + std::to_string(index) +
                                            " stands out of order: signatures ascend by index, each validator once.");
    }
  }
  const std::string signed_bytes = header_signing_bytes(header);
  for (const IndexedSignature& entry : certificate) {
    if (auto checked = verify(set[entry.index], signed_bytes, entry.signature); !checked) {
      return fail(checked.error().reason, "Certificate: the signature of validator " + std::to_string(entry.index) +
                                              " over this header fails. " + checked.error().message);
    }
  }
  return {};
}

}  // namespace jinshi::crypto
