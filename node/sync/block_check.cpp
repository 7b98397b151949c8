#include "node/sync/block_check.h"

#include "proto/canonical.h"

namespace jinshi::node {
namespace {

std::unexpected<Error> bad(Height height, std::string_view what) {
  return fail(v1::REASON_BAD_PROOF, "block " + std::to_string(height) + " as it was sent " + std::string(what));
}

Result<CheckedBlock> check_one(const v1::FetchedBlock& sent, const v1::Header& header, const Digest& chain_id,
                               std::uint32_t version) {
  CheckedBlock block;
  block.height = header.height();
  block.header = crypto::digest(crypto::Tag::kHeader, sent.header());
  block.batch_digest = consensus::batch_digest(sent.batch());
  if (header.batch() != block.batch_digest.view()) return bad(block.height, "has another batch than its header names");
  if (sent.batch().empty()) return block;
  const auto batch = decode<v1::Batch>(sent.batch());
  if (!batch) return bad(block.height, "has a batch that is not canonical");
  if (batch->envelopes_size() != sent.transactions_size()) return bad(block.height, "lacks transactions of its batch");
  for (int i = 0; i < sent.transactions_size(); ++i) {
    auto transaction = ledger::check_transaction(sent.transactions(i), chain_id, version);
    if (!transaction) return std::unexpected(transaction.error());
    if ((*transaction)->envelope().view() != batch->envelopes(i)) {
      return bad(block.height, "has another transaction than its batch lists");
    }
    block.transactions.push_back(std::move(*transaction));
  }
  block.batch = consensus::blob(sent.batch());
  return block;
}

}  // namespace

Result<CheckedBlocks> check_blocks(const v1::FetchBlocksResponse& answer, Height first, consensus::EpochNumber epoch,
                                   const Digest& chain_id, const consensus::Verifier& verifier,
                                   std::uint32_t protocol_version) {
  std::vector<v1::Header> headers;
  Height height = first;
  for (const auto& sent : answer.blocks()) {
    auto header = decode<v1::Header>(sent.header());
    if (!header) return bad(height, "has a header that is not canonical");
    if (header->height() != height || header->chain_id() != chain_id.view()) {
      return bad(height, "is another height's or another chain's");
    }
    if (!headers.empty() &&
        header->parent() !=
            crypto::digest(crypto::Tag::kHeader, answer.blocks(static_cast<int>(headers.size()) - 1).header()).view()) {
      return bad(height, "does not follow the one before it");
    }
    headers.push_back(std::move(*header));
    ++height;
  }
  CheckedBlocks checked;
  std::size_t count = headers.size();
  while (count > 0 && (headers[count - 1].epoch() != epoch ||
                       answer.blocks(static_cast<int>(count) - 1).certificate().signatures_size() == 0)) {
    --count;
  }
  if (count == 0) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the answer holds no certified block of epoch " + std::to_string(epoch) +
                                               " from height " + std::to_string(first) + " on");
  }
  const auto& last = answer.blocks(static_cast<int>(count) - 1);
  v1::CertifiedHeader certified;
  certified.set_header(last.header());
  *certified.mutable_certificate() = last.certificate();
  auto read = consensus::from_wire(certified);
  if (!read) return std::unexpected(read.error());
  if (auto valid = verifier.check(**read); !valid) return std::unexpected(valid.error());
  checked.certified = std::move(*read);
  for (std::size_t i = 0; i < count; ++i) {
    auto block = check_one(answer.blocks(static_cast<int>(i)), headers[i], chain_id, protocol_version);
    if (!block) return std::unexpected(block.error());
    checked.blocks.push_back(std::move(*block));
  }
  return checked;
}

}  // namespace jinshi::node
