// A transaction as it passed the check before ordering (docs/protocol.md, transactions): a pure function of its bytes,
// the chain and the protocol version. All that needs state is decided at execution.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jinshi/v1/transaction.pb.h"
#include "proto/canonical.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::ledger {

inline constexpr std::uint32_t kSuite = 1;
inline constexpr std::size_t kMaxOperations = 1000;
inline constexpr std::size_t kMaxOperationBytes = 64 * 1024;
inline constexpr std::size_t kMaxTransactionBytes = 1024 * 1024;
inline constexpr std::size_t kMaxSigners = 64;
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kNonceBytes = 16;

// Canonical, bounded, of this chain and suite, its operations under their root, exactly the listed signers' signatures
// valid. Can't be made but by `check_transaction`.
class CheckedTransaction {
 public:
  const std::string& bytes() const { return bytes_; }  // SignedTransaction
  const v1::TransactionBody& body() const { return body_; }
  const v1::SignedTransaction& signed_parts() const { return signed_; }
  const Digest& id() const { return id_; }              // digest("body", body)
  const Digest& envelope() const { return envelope_; }  // digest("envelope", {id, signatures})
  const std::vector<v1::Operation>& operations() const { return operations_; }
  // The public keys whose ranges cover an operation, in body order.
  std::vector<std::string> signers_of(std::size_t operation) const;

 private:
  friend Result<std::shared_ptr<const CheckedTransaction>> check_transaction(std::string, const Digest&, std::uint32_t);
  CheckedTransaction() = default;
  std::string bytes_;
  v1::SignedTransaction signed_;
  v1::TransactionBody body_;
  std::vector<v1::Operation> operations_;
  Digest id_, envelope_;
};
using TransactionPtr = std::shared_ptr<const CheckedTransaction>;

// Errors' fields are paths in SignedTransaction: body is 1, operations[i] is 2 i.
Result<TransactionPtr> check_transaction(std::string bytes, const Digest& chain_id,
                                         std::uint32_t protocol_version = kProtocolVersion);

// For tools: the body, its operations' root, and the signing bytes that each signer signs.
Digest transaction_id(ByteView body);
Digest envelope_digest(const Digest& id, const std::vector<std::string>& signatures);
// Whose payload these bytes are, good or bad: the envelope that a batch lists covers body and signatures, and the body
// its operations. Empty where anyone on the way may have changed them.
std::optional<Digest> envelope_of(ByteView signed_transaction);
std::string transaction_signing_bytes(const Digest& id);
Digest operations_root(const std::vector<std::string>& operations);

}  // namespace jinshi::ledger
