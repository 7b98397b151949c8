#include "ledger/execution/transaction.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/signature.h"
#include "ledger/domain/rule.h"
#include "ledger/merkle/rfc9162.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

constexpr std::uint32_t kBodyField = 1, kOperationsField = 2, kSignaturesField = 3;

FieldPath in_body(int field) { return {kBodyField, static_cast<std::uint32_t>(field)}; }
FieldPath in_operation(std::size_t index, FieldPath inside = {}) {
  FieldPath path{kOperationsField, static_cast<std::uint32_t>(index)};
  path.insert(path.end(), inside.begin(), inside.end());
  return path;
}

bool covers(const v1::TransactionSigner& signer, std::size_t operation) {
  return signer.operations().empty() ||
         std::ranges::any_of(signer.operations(), [operation](const v1::OperationRange& range) {
           return operation >= range.first() && operation - range.first() < range.count();
         });
}

// Ranges ascend, neither touch nor overlap, and lie within the operations.
bool well_formed(const v1::TransactionSigner& signer, std::size_t operations) {
  std::uint64_t free_from = 0;
  bool first = true;
  for (const auto& range : signer.operations()) {
    const std::uint64_t end = std::uint64_t{range.first()} + range.count();
    if (range.count() == 0 || end > operations) return false;
    if (!first && range.first() <= free_from) return false;
    free_from = end;
    first = false;
  }
  return true;
}

Result<void> check_body(const v1::TransactionBody& body, const Digest& chain_id) {
  using Body = v1::TransactionBody;
  if (body.suite() != kSuite) {
    return fail(v1::REASON_WRONG_SUITE, "suite must be 1: SHA-256", in_body(Body::kSuiteFieldNumber));
  }
  if (body.chain_id() != chain_id.view()) {
    return fail(v1::REASON_WRONG_CHAIN, "the transaction is for another chain: sign it for " + to_hex(chain_id.view()),
                in_body(Body::kChainIdFieldNumber));
  }
  if (body.mode() == v1::MODE_UNSPECIFIED) {
    return fail(v1::REASON_MISSING_FIELD, "mode must be ATOMIC or EACH", in_body(Body::kModeFieldNumber));
  }
  if (body.nonce().size() != kNonceBytes) {
    return fail(v1::REASON_BAD_VALUE, "nonce must be 16 random bytes", in_body(Body::kNonceFieldNumber));
  }
  if (body.expires_at() <= 0) {
    return fail(v1::REASON_MISSING_FIELD, "expires_at must be a time to come", in_body(Body::kExpiresAtFieldNumber));
  }
  if (body.operation_count() == 0 || body.operation_count() > kMaxOperations) {
    return fail(body.operation_count() == 0 ? v1::REASON_MISSING_FIELD : v1::REASON_TOO_MANY,
                "a transaction has 1 to 1,000 operations", in_body(Body::kOperationCountFieldNumber));
  }
  const auto signers = static_cast<std::size_t>(body.signers_size());
  if (signers == 0 || signers > kMaxSigners) {
    return fail(signers == 0 ? v1::REASON_MISSING_FIELD : v1::REASON_TOO_MANY, "a transaction has 1 to 64 signers",
                in_body(Body::kSignersFieldNumber));
  }
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < signers; ++i) {
    const auto& signer = body.signers(static_cast<int>(i));
    FieldPath path = in_body(Body::kSignersFieldNumber);
    path.push_back(static_cast<std::uint32_t>(i));
    if (!keys.insert(signer.public_key()).second) {
      return fail(v1::REASON_BAD_VALUE, "a key signs once: list it once", path);
    }
    if (!well_formed(signer, body.operation_count())) {
      return fail(v1::REASON_BAD_VALUE, "ranges ascend, neither touch nor overlap, and lie within the operations", path);
    }
  }
  for (std::size_t i = 0; i < body.operation_count(); ++i) {
    if (std::ranges::none_of(body.signers(), [i](const auto& signer) { return covers(signer, i); })) {
      return fail(v1::REASON_MISSING_FIELD, "no signer answers for this operation", in_operation(i));
    }
  }
  return {};
}

Result<v1::Operation> check_one_operation(const std::string& bytes, std::size_t index, std::uint32_t version) {
  if (bytes.size() > kMaxOperationBytes) {
    return fail(v1::REASON_TOO_LARGE, "an operation has at most 64 KiB", in_operation(index));
  }
  auto operation = decode<v1::Operation>(bytes, version);
  if (!operation) {
    Error error = operation.error();
    error.field = in_operation(index, error.field);
    return std::unexpected(std::move(error));
  }
  if (operation->salt().size() != kSaltBytes) {
    return fail(v1::REASON_BAD_VALUE, "salt must be 16 random bytes",
                in_operation(index, {v1::Operation::kSaltFieldNumber}));
  }
  if (operation->event_case() == v1::Operation::EVENT_NOT_SET || find_rule(operation->event_case()) == nullptr) {
    return fail(v1::REASON_UNKNOWN_OPERATION, "the operation holds no event that this version knows",
                in_operation(index));
  }
  return std::move(*operation);
}

// Parsing takes an eighth of a check, and few keys sign most transactions. Unregistered ones come as anyone likes: hence
// the bound.
Result<crypto::PublicKey> parsed_key(const std::string& encoded) {
  constexpr std::size_t kMostKept = 4096;
  thread_local std::unordered_map<std::string, crypto::PublicKey> known;
  if (const auto found = known.find(encoded); found != known.end()) return found->second;
  auto key = crypto::PublicKey::parse(encoded);
  if (!key) return key;
  if (known.size() >= kMostKept) known.clear();
  known.emplace(encoded, *key);
  return key;
}

}  // namespace

std::vector<std::string> CheckedTransaction::signers_of(std::size_t operation) const {
  std::vector<std::string> keys;
  for (const auto& signer : body_.signers()) {
    if (covers(signer, operation)) keys.push_back(signer.public_key());
  }
  return keys;
}

Digest transaction_id(ByteView body) { return crypto::digest(Tag::kBody, body); }

Digest envelope_digest(const Digest& id, const std::vector<std::string>& signatures) {
  v1::Envelope envelope;
  envelope.set_id(id.string());
  for (const auto& signature : signatures) envelope.add_signatures(signature);
  return crypto::digest(Tag::kEnvelope, encode(envelope));
}

std::optional<Digest> envelope_of(ByteView signed_transaction) {
  const auto parts = decode<v1::SignedTransaction>(signed_transaction);
  if (!parts) return std::nullopt;
  if (const auto body = decode<v1::TransactionBody>(parts->body())) {
    const std::vector<std::string> operations(parts->operations().begin(), parts->operations().end());
    if (operations_root(operations).view() != body->operations_root()) return std::nullopt;
  }
  return envelope_digest(transaction_id(parts->body()), {parts->signatures().begin(), parts->signatures().end()});
}

std::string transaction_signing_bytes(const Digest& id) { return crypto::signing_bytes(Tag::kTransaction, id.view()); }

Digest operations_root(const std::vector<std::string>& operations) {
  std::vector<Digest> leaves;
  leaves.reserve(operations.size());
  for (const auto& operation : operations) leaves.push_back(merkle::leaf_hash(operation));
  return merkle::merkle_root(leaves);
}

Result<TransactionPtr> check_transaction(std::string bytes, const Digest& chain_id, std::uint32_t protocol_version) {
  if (bytes.size() > kMaxTransactionBytes) return fail(v1::REASON_TOO_LARGE, "a transaction has at most 1 MiB");
  auto parts = decode<v1::SignedTransaction>(bytes, protocol_version);
  if (!parts) return std::unexpected(parts.error());
  auto body = decode<v1::TransactionBody>(parts->body(), protocol_version);
  if (!body) {
    Error error = body.error();
    error.field.insert(error.field.begin(), kBodyField);
    return std::unexpected(std::move(error));
  }
  if (auto checked = check_body(*body, chain_id); !checked) return std::unexpected(checked.error());
  if (static_cast<std::uint32_t>(parts->operations_size()) != body->operation_count()) {
    return fail(v1::REASON_BAD_VALUE, "operation_count must be the number of operations",
                in_body(v1::TransactionBody::kOperationCountFieldNumber));
  }
  const std::shared_ptr<CheckedTransaction> checked(new CheckedTransaction);
  const std::vector<std::string> operations(parts->operations().begin(), parts->operations().end());
  if (operations_root(operations).view() != body->operations_root()) {
    return fail(v1::REASON_BAD_VALUE, "operations_root is not the root of these operations",
                in_body(v1::TransactionBody::kOperationsRootFieldNumber));
  }
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto operation = check_one_operation(operations[i], i, protocol_version);
    if (!operation) return std::unexpected(operation.error());
    checked->operations_.push_back(std::move(*operation));
  }
  if (parts->signatures_size() != body->signers_size()) {
    return fail(v1::REASON_BAD_SIGNATURE, "exactly the listed signers sign, in their order", {kSignaturesField});
  }
  checked->id_ = transaction_id(parts->body());
  const std::string message = transaction_signing_bytes(checked->id_);
  for (int i = 0; i < body->signers_size(); ++i) {
    const auto index = static_cast<std::uint32_t>(i);
    const auto key = parsed_key(body->signers(i).public_key());
    if (!key) {
      FieldPath path = in_body(v1::TransactionBody::kSignersFieldNumber);
      path.push_back(index);
      return fail(v1::REASON_BAD_VALUE, key.error().message, path);
    }
    if (auto valid = crypto::verify(*key, message, parts->signatures(i)); !valid) {
      return fail(v1::REASON_BAD_SIGNATURE, valid.error().message, {kSignaturesField, index});
    }
  }
  checked->envelope_ = envelope_digest(checked->id_, {parts->signatures().begin(), parts->signatures().end()});
  checked->signed_ = std::move(*parts);
  checked->body_ = std::move(*body);
  checked->bytes_ = std::move(bytes);
  return TransactionPtr(checked);
}

}  // namespace jinshi::ledger
