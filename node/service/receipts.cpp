#include "node/service/receipts.h"

#include "proto/assert.h"

namespace jinshi::node {
namespace {

template <class Message>
Message own(ByteView bytes) {
  Message message;
  JINSHI_ASSERT(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "the ledger's own files parse");
  return message;
}

v1::GetReceiptResponse describe(std::string file) {
  const auto proof = own<v1::ProofFile>(file);
  const auto& receipt = proof.receipt();
  const auto leaf = own<v1::HistoryLeaf>(receipt.leaf());
  v1::GetReceiptResponse response;
  response.set_status(v1::SUBMIT_STATUS_RECEIPT);
  response.set_height(leaf.height());
  response.set_outcome(leaf.outcome());
  *response.mutable_result() = own<v1::OperationResult>(receipt.result());
  response.set_operation_count(receipt.has_due()
                                   ? receipt.due().operation_count()
                                   : own<v1::TransactionBody>(receipt.transaction().body()).operation_count());
  response.set_receipt(std::move(file));
  return response;
}

}  // namespace

Result<v1::GetReceiptResponse> get_receipt(const ledger::Ledger& ledger, const v1::GetReceiptRequest& request,
                                           bool waits_in_pool) {
  std::uint64_t leaf_index = request.leaf_index();
  if (!request.by_leaf()) {
    const auto id = Digest::from(request.id());
    if (!id) {
      return fail(v1::REASON_BAD_VALUE, "an id is the 32 bytes that the submit answered with",
                  {v1::GetReceiptRequest::kIdFieldNumber});
    }
    const auto found = ledger.find_transaction(*id);
    if (!found) return std::unexpected(found.error());
    const auto& place = *found;
    if (!place || !place->certified) {
      v1::GetReceiptResponse open;
      open.set_status(place || waits_in_pool ? v1::SUBMIT_STATUS_QUEUED : v1::SUBMIT_STATUS_UNKNOWN);
      open.set_height(place ? place->height : ledger.head().height);
      return open;
    }
    leaf_index = place->leaf_index;
  }
  auto file = ledger.receipt(leaf_index, request.operation());
  if (!file) return std::unexpected(file.error());
  return describe(std::move(*file));
}

v1::ProveResponse prove_response(std::string file) {
  const auto proof = own<v1::ProofFile>(file);
  const auto& head = proof.has_record() ? proof.record().head() : proof.consistency().new_head();
  v1::ProveResponse response;
  response.set_height(own<v1::Header>(head.header()).height());
  response.set_file(std::move(file));
  return response;
}

}  // namespace jinshi::node
