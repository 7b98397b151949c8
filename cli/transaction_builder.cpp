#include "cli/transaction_builder.h"

#include "ledger/crypto/secret_bytes.h"
#include "ledger/execution/transaction.h"
#include "proto/canonical.h"

namespace jinshi::cli {

v1::Operation operation_of(const google::protobuf::Message& event) {
  v1::Operation operation;
  operation.set_salt(crypto::random_bytes(ledger::kSaltBytes));
  const auto* events = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < events->field_count(); ++i) {
    if (events->field(i)->message_type() != event.GetDescriptor()) continue;
    operation.GetReflection()->MutableMessage(&operation, events->field(i))->CopyFrom(event);
  }
  JINSHI_ASSERT(operation.event_case() != v1::Operation::EVENT_NOT_SET, "the message is an event");
  return operation;
}

TransactionBuilder::TransactionBuilder(const Digest& chain_id, TimeMs expires_at, v1::Mode mode) {
  body_.set_suite(ledger::kSuite);
  body_.set_chain_id(chain_id.string());
  body_.set_mode(mode);
  body_.set_nonce(crypto::random_bytes(ledger::kNonceBytes));
  body_.set_expires_at(expires_at);
}

void TransactionBuilder::add(v1::Operation operation) {
  if (operation.salt().empty()) operation.set_salt(crypto::random_bytes(ledger::kSaltBytes));
  prune(operation);
  operations_.push_back(encode(operation));
}

void TransactionBuilder::add_signer(ByteView public_key, std::vector<v1::OperationRange> ranges) {
  auto& signer = *body_.add_signers();
  signer.set_public_key(std::string(public_key));
  for (auto& range : ranges) *signer.add_operations() = std::move(range);
}

std::string TransactionBuilder::body() const {
  v1::TransactionBody body = body_;
  body.set_operations_root(ledger::operations_root(operations_).string());
  body.set_operation_count(static_cast<std::uint32_t>(operations_.size()));
  return encode(body);
}

Result<std::string> sign_transaction(const TransactionBuilder& builder, const std::vector<SignerPtr>& signers) {
  TransactionBuilder whole = builder;
  for (const auto& signer : signers) whole.add_signer(signer->public_key().encoded());
  v1::SignedTransaction transaction;
  transaction.set_body(whole.body());
  for (const auto& operation : whole.operations()) transaction.add_operations(operation);
  const std::string message = ledger::transaction_signing_bytes(ledger::transaction_id(transaction.body()));
  for (const auto& signer : signers) {
    auto signature = signer->sign(message);
    if (!signature) return std::unexpected(signature.error());
    transaction.add_signatures(std::move(*signature));
  }
  return encode(transaction);
}

}  // namespace jinshi::cli
