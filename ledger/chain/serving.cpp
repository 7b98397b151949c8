// For other nodes: blocks as they can be executed again, and where another node's block comes apart from ours.
#include "ledger/chain/divergence.h"
#include "ledger/chain/impl.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

constexpr std::size_t kDefaultBytes = 2 << 20;

}  // namespace

Result<v1::FetchedBlock> Ledger::Impl::fetched_block(Height height) const {
  const auto row = read_block(*database, chain_id, height);
  if (!row) return std::unexpected(row.error());
  auto listed = listed_transactions(*database, *row);
  if (!listed) return std::unexpected(listed.error());
  const auto head = head_at(height);
  if (!head) return std::unexpected(head.error());
  v1::FetchedBlock block;
  block.set_header(row->stored.header());
  if (head->certificate.signatures_size() > 0) *block.mutable_certificate() = head->certificate;
  block.set_batch(row->stored.batch());
  for (std::string& bytes : *listed) block.add_transactions(std::move(bytes));
  return block;
}

Result<std::map<Digest, std::string>> Ledger::Impl::changes_of(Height height) const {
  std::vector<Digest> keys;
  const auto walked = each_undo(*database, nullptr, height, [&](const Digest& key, ByteView) {
    keys.push_back(key);
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  // All at once: one by one each would walk every list above.
  StateThen then(height);
  std::map<Digest, merkle::StateValue> untouched;
  Database::Snapshot snapshot;
  for (bool whole = false; !whole;) {
    Height now = 0;
    {
      const std::shared_lock lock(mutex);
      now = executed.height();
      snapshot = executed_snapshot;
      whole = then.now() == now;
      for (const Digest& key : keys) {
        if (!whole) break;
        const auto value = then.values().contains(key) ? std::nullopt : state.state.find(key);
        if (value) untouched[key] = *value;
      }
    }
    if (auto reached = then.reach(*database, snapshot, now); !reached) return std::unexpected(reached.error());
  }
  std::map<Digest, std::string> changes;
  for (const Digest& key : keys) {
    std::string& record = changes[key];
    if (const auto value = untouched.find(key); value != untouched.end()) {
      auto bytes = read_record(*database, value->second, snapshot);
      if (!bytes) return std::unexpected(bytes.error());
      record = std::move(*bytes);
    } else {
      record = then.record(key).value_or("");
    }
  }
  return changes;
}

Result<v1::FetchBlocksResponse> Ledger::blocks(const v1::FetchBlocksRequest& request) const {
  const auto at = impl_->latest();
  v1::FetchBlocksResponse response;
  response.set_certified(at->head.height);
  if (request.from() == 0) {
    return fail(v1::REASON_BAD_VALUE, "block 0 is the genesis, which every node has: ask from 1",
                {v1::FetchBlocksRequest::kFromFieldNumber});
  }
  if (request.with_changes()) {
    if (request.from() > executed_height()) return response;
    auto block = impl_->fetched_block(request.from());
    if (!block) return std::unexpected(block.error());
    const auto changes = impl_->changes_of(request.from());
    if (!changes) return std::unexpected(changes.error());
    for (const auto& [key, record] : *changes) {
      auto& one = *block->add_changes();
      one.set_key(key.string());
      one.set_record(record);
    }
    *response.add_blocks() = std::move(*block);
    return response;
  }
  const std::size_t most = request.max_bytes() == 0 ? kDefaultBytes : request.max_bytes();
  std::size_t bytes = 0;
  std::vector<v1::FetchedBlock> group;  // up to the next with a certificate of its own
  for (Height height = request.from(); height <= at->head.height; ++height) {
    auto block = impl_->fetched_block(height);
    if (!block) return std::unexpected(block.error());
    bytes += block->ByteSizeLong();
    if (response.blocks_size() > 0 && bytes > most) break;
    group.push_back(std::move(*block));
    if (!group.back().has_certificate()) continue;
    for (auto& one : group) *response.add_blocks() = std::move(one);
    group.clear();
    if (bytes > most) break;
  }
  return response;
}

Result<std::optional<Divergence>> Ledger::compare(const v1::FetchedBlock& theirs) const {
  const auto header = decode<v1::Header>(theirs.header());
  if (!header) return std::unexpected(header.error());
  const Height height = header->height();
  if (height == 0 || height > executed_height()) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "this node has no block of height " + std::to_string(height) + " to compare");
  }
  const auto row = read_block(*impl_->database, impl_->chain_id, height);
  if (!row) return std::unexpected(row.error());
  const auto changes = impl_->changes_of(height);
  if (!changes) return std::unexpected(changes.error());
  const auto leaves = leaves_of(*impl_->database, row->stored);
  if (!leaves) return std::unexpected(leaves.error());
  return compare_blocks({row->header, *header, *changes, theirs.changes(), *leaves});
}

}  // namespace jinshi::ledger
