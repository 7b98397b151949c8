// Makes a signed transaction from operations and signers (docs/protocol.md, a transaction): salts, root, nonce, body,
// signatures. For commands, tests and load tools; what it gives, `check_transaction` accepts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jinshi/v1/transaction.pb.h"
#include "ledger/crypto/signer.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::cli {

using SignerPtr = std::shared_ptr<const crypto::Signer>;

// An operation with a fresh salt around an event, which must be one of Operation's.
v1::Operation operation_of(const google::protobuf::Message& event);

class TransactionBuilder {
 public:
  TransactionBuilder(const Digest& chain_id, TimeMs expires_at, v1::Mode mode = v1::MODE_ATOMIC);

  // Salted where it has no salt yet. At most kMaxOperations; the check that follows says so.
  void add(v1::Operation operation);
  // Answers for the operations in its ranges; none = all. The first signer's organisation is *by*.
  void add_signer(ByteView public_key, std::vector<v1::OperationRange> ranges = {});

  // The operations as they will be hashed and sent, and the body over them with a nonce of its own.
  const std::vector<std::string>& operations() const { return operations_; }
  std::string body() const;

 private:
  v1::TransactionBody body_;
  std::vector<std::string> operations_;
};

// One call for the usual case: every signer signs every operation. The bytes are a SignedTransaction. Errors are the
// signers' own.
Result<std::string> sign_transaction(const TransactionBuilder& builder, const std::vector<SignerPtr>& signers);

}  // namespace jinshi::cli
