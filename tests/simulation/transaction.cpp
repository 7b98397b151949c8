#include "tests/simulation/transaction.h"

#include "jinshi/v1/transaction.pb.h"
#include "ledger/crypto/digest.h"
#include "proto/canonical.h"

namespace jinshi::simulation {

TransactionPtr make_transaction(std::string text) {
  v1::SignedTransaction transaction;
  transaction.set_body(std::move(text));
  return read_transaction(encode(transaction));
}

TransactionPtr read_transaction(const std::string& bytes) {
  auto read = decode<v1::SignedTransaction>(bytes);
  if (!read) return nullptr;
  Transaction transaction;
  transaction.id = crypto::digest(crypto::Tag::kBody, read->body());
  v1::Envelope envelope;
  envelope.set_id(transaction.id.string());
  for (const auto& signature : read->signatures()) envelope.add_signatures(signature);
  transaction.envelope = crypto::digest(crypto::Tag::kEnvelope, encode(envelope));
  transaction.text = read->body();
  transaction.bytes = bytes;
  transaction.passes = !transaction.text.starts_with("invalid");
  return std::make_shared<const Transaction>(std::move(transaction));
}

}  // namespace jinshi::simulation
