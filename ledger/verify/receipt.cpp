#include "ledger/verify/receipt.h"

#include <algorithm>
#include <set>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/public_key.h"
#include "ledger/crypto/signature.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/verify/paths.h"
#include "ledger/verify/steps.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

constexpr std::uint32_t kMaxOperations = 1000;
constexpr int kMaxSigners = 64;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kNonceBytes = 16;

// What the leaf must say of where it came from, and what the operations' paths lead to.
struct Origin {
  Digest id;
  Digest envelope;
  std::string operations_root;
};

bool covers(const v1::TransactionSigner& signer, std::uint32_t operation) {
  return signer.operations().empty() ||
         std::ranges::any_of(signer.operations(), [operation](const v1::OperationRange& range) {
           return operation >= range.first() && operation - range.first() < range.count();
         });
}

// Ranges ascend, neither touch nor overlap, and lie within the operations.
bool well_formed(const v1::TransactionSigner& signer, std::uint32_t operations) {
  std::uint64_t least = 0;
  for (const auto& range : signer.operations()) {
    const std::uint64_t end = std::uint64_t{range.first()} + range.count();
    if (range.count() == 0 || range.first() < least || end > operations) return false;
    least = end + 1;
  }
  return true;
}

Result<void> check_body(const Place& place, const v1::TransactionBody& body, const Digest& chain_id) {
  if (body.chain_id() != chain_id.view()) {
    return refuse(place, "the transaction is of another chain", v1::REASON_WRONG_CHAIN);
  }
  if (body.mode() == v1::MODE_UNSPECIFIED) return refuse(place, "the mode is missing");
  if (body.nonce().size() != kNonceBytes) return refuse(place, "the nonce is not 16 bytes long");
  if (body.expires_at() <= 0) return refuse(place, "expires_at is missing");
  if (body.operation_count() == 0 || body.operation_count() > kMaxOperations) {
    return refuse(place, "a transaction has 1 to 1,000 operations");
  }
  if (body.signers().empty() || body.signers_size() > kMaxSigners) {
    return refuse(place, "a transaction has 1 to 64 signers");
  }
  std::set<std::string_view> keys;
  for (const auto& signer : body.signers()) {
    if (!keys.insert(signer.public_key()).second) return refuse(place, "a key signs twice");
    if (!well_formed(signer, body.operation_count())) {
      return refuse(place, "ranges ascend, neither touch nor overlap, and lie within the operations");
    }
  }
  for (std::uint32_t i = 0; i < body.operation_count(); ++i) {
    if (std::ranges::none_of(body.signers(), [i](const auto& signer) { return covers(signer, i); })) {
      return refuse(place, "no signer answers for operation " + std::to_string(i));
    }
  }
  return {};
}

Result<void> check_signatures(const Place& place, const v1::TransactionBody& body, const v1::SignedPart& part,
                              const Digest& id) {
  if (part.signatures_size() != body.signers_size()) {
    return refuse(place, "exactly the listed signers sign", v1::REASON_BAD_SIGNATURE);
  }
  const std::string message = crypto::signing_bytes(Tag::kTransaction, id.view());
  for (int i = 0; i < body.signers_size(); ++i) {
    const std::string who = "signer " + std::to_string(i + 1);
    const std::string& encoded = body.signers(i).public_key();
    if (!encoded.empty() && !crypto::known_scheme(encoded)) {
      return needs_newer(place, "the key of " + who + " is of a scheme above 1");
    }
    const auto key = crypto::PublicKey::parse(encoded);
    if (!key) return refuse(place, who + ": " + key.error().message);
    if (auto valid = crypto::verify(*key, message, part.signatures(i)); !valid) {
      return refuse(place, Error{valid.error().reason, {}, who + ": " + valid.error().message});
    }
  }
  return {};
}

Result<Origin> check_transaction_part(const v1::SignedPart& part, const Digest& chain_id, ProvedOperation& proved) {
  const Place place{Step::kTransaction, "transaction"};
  auto body = read_versioned<v1::TransactionBody>(place, part.body());
  if (!body) return std::unexpected(body.error());
  if (auto checked = check_body(place, *body, chain_id); !checked) return std::unexpected(checked.error());
  Origin origin;
  origin.id = crypto::digest(Tag::kBody, part.body());
  if (auto checked = check_signatures(place, *body, part, origin.id); !checked) {
    return std::unexpected(checked.error());
  }
  v1::Envelope envelope;
  envelope.set_id(origin.id.string());
  *envelope.mutable_signatures() = part.signatures();
  origin.envelope = crypto::digest(Tag::kEnvelope, encode(envelope));
  origin.operations_root = body->operations_root();
  proved.count = body->operation_count();
  for (const auto& signer : body->signers()) {
    if (covers(signer, proved.index)) proved.signers.push_back(signer.public_key());
  }
  proved.body = std::move(*body);
  return origin;
}

// A due leaf has a zero id, and no signatures.
Origin origin_of(const v1::DuePart& part, ProvedOperation& proved) {
  v1::DueEnvelope envelope;
  envelope.set_operations_root(part.operations_root());
  envelope.set_operation_count(part.operation_count());
  proved.count = part.operation_count();
  return {Digest{}, crypto::digest(Tag::kDue, encode(envelope)), part.operations_root()};
}

Result<void> check_path(const Place& place, ByteView leaf, std::uint64_t index, std::uint64_t size,
                        const v1::TreePath& path, ByteView root) {
  const auto nodes = from_message(path);
  if (!nodes) return refuse(place, nodes.error());
  const auto expected = Digest::from(root);
  if (!expected) return refuse(place, "the root is not 32 bytes long");
  if (index >= size) {
    return refuse(place, "leaf " + std::to_string(index) + " is none of a tree of " + std::to_string(size));
  }
  if (!merkle::verify_inclusion(merkle::leaf_hash(leaf), index, size, *nodes, *expected)) {
    return refuse(place, "the path from leaf " + std::to_string(index) + " of " + std::to_string(size) +
                             " does not lead to the root " + to_hex(root));
  }
  return {};
}

Result<void> check_operation(const v1::Receipt& receipt, const Origin& origin, ProvedOperation& proved) {
  const Place place{Step::kOperation, "operation path"};
  if (receipt.has_due()) {
    auto due = read<v1::Due>(place, receipt.operation());
    if (!due) return std::unexpected(due.error());
    proved.operation = std::move(*due);
  } else {
    auto operation = read<v1::Operation>(place, receipt.operation());
    if (!operation) return std::unexpected(operation.error());
    if (operation->salt().size() != kSaltBytes) return refuse(place, "the operation's salt is not 16 bytes long");
    if (operation->event_case() == v1::Operation::EVENT_NOT_SET) return refuse(place, "the operation has no event");
    proved.operation = std::move(*operation);
  }
  return check_path(place, receipt.operation(), proved.index, proved.count, receipt.operation_path(),
                    origin.operations_root);
}

Result<void> check_result(const v1::Receipt& receipt, ProvedOperation& proved) {
  const Place place{Step::kResult, "result path"};
  auto result = read<v1::OperationResult>(place, receipt.result());
  if (!result) return std::unexpected(result.error());
  const auto* operation = std::get_if<v1::Operation>(&proved.operation);
  if (result->salt() != (operation == nullptr ? std::string() : operation->salt())) {
    return refuse(place, "the result's salt is not its operation's: it belongs to another one");
  }
  if (result->outcome() == v1::OPERATION_OUTCOME_UNSPECIFIED) return refuse(place, "the outcome is missing");
  proved.result = std::move(*result);
  return check_path(place, receipt.result(), proved.index, proved.count, receipt.result_path(),
                    proved.leaf.results_root());
}

}  // namespace

std::string ProvedOperation::event() const {
  const auto* one = std::get_if<v1::Operation>(&operation);
  if (one == nullptr) return "Due";
  const auto* field = v1::Operation::descriptor()->FindFieldByNumber(one->event_case());
  return field->message_type()->name();
}

Result<ProvedOperation> verify_receipt(const v1::Receipt& receipt, const v1::Header& head, const Digest& chain_id) {
  ProvedOperation proved;
  proved.index = receipt.operation_index();
  proved.leaf_index = receipt.leaf_index();
  const Place transaction{Step::kTransaction, "transaction"};
  if (receipt.origin_case() == v1::Receipt::ORIGIN_NOT_SET) {
    return refuse(transaction, "the receipt has neither a transaction nor a due part");
  }
  const auto origin = receipt.has_due() ? Result<Origin>(origin_of(receipt.due(), proved))
                                        : check_transaction_part(receipt.transaction(), chain_id, proved);
  if (!origin) return std::unexpected(origin.error());
  const Place history{Step::kHistory, "history path"};
  auto leaf = read<v1::HistoryLeaf>(history, receipt.leaf());
  if (!leaf) return std::unexpected(leaf.error());
  proved.leaf = std::move(*leaf);

  if (auto checked = check_operation(receipt, *origin, proved); !checked) return std::unexpected(checked.error());
  if (auto checked = check_result(receipt, proved); !checked) return std::unexpected(checked.error());

  if (proved.leaf.id() != origin->id.view()) return refuse(history, "the leaf is of another transaction");
  if (proved.leaf.envelope() != origin->envelope.view()) {
    return refuse(history, "the leaf is of another envelope: the same transaction with other signatures");
  }
  if (proved.leaf.height() > head.height()) {
    return refuse(history, "the leaf is of height " + std::to_string(proved.leaf.height()) + ", above the head");
  }
  if (auto checked = check_path(history, receipt.leaf(), receipt.leaf_index(), head.history_size(), receipt.leaf_path(),
                                head.history_root());
      !checked) {
    return std::unexpected(checked.error());
  }
  return proved;
}

}  // namespace jinshi::ledger
