#include "ledger/chain/block_rows.h"

#include <unordered_map>
#include <unordered_set>

#include "ledger/domain/due_queue.h"
#include "ledger/query/indexes.h"
#include "ledger/store/damage.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

std::string block_name(const v1::Header& header) { return "block " + std::to_string(header.height()); }

std::optional<v1::Record> parsed(const std::optional<std::string>& bytes) {
  if (!bytes) return std::nullopt;
  v1::Record record;
  JINSHI_ASSERT(record.ParseFromString(*bytes), "a record was held against its digest");
  return record;
}

void write_records(const BlockOutput& output, WriteBatch& out) {
  v1::UndoBlock undo;
  for (const RecordChange& change : output.changes) {
    write_record(change.before, change.after, out);
    if (change.key.kind() == v1::StateKey::kDue) {
      const std::string place = due_order(change.key.key().due());
      if (change.before && !change.after) out.remove(Family::kDue, place);
      if (change.after && !change.before) out.put(Family::kDue, place, encode(change.key.key().due()));
    }
    auto& one = *undo.add_records();
    one.set_key(change.key.digest().string());
    if (change.before) one.set_record(*change.before);
  }
  out.put(Family::kUndo, DiskKey().u64(output.header.height()).str(), encode(undo));
}

// Which operations touched which key: its history.
void write_touched(const BlockOutput& output, std::uint64_t first_leaf, WriteBatch& out) {
  for (std::size_t i = 0; i < output.leaves.size(); ++i) {
    const auto& stored = output.leaves[i].stored;
    for (int operation = 0; operation < stored.changes_size(); ++operation) {
      v1::ChangeList list;
      list.ParseFromString(stored.changes(operation));
      for (const auto& change : list.changes()) {
        const DiskKey key = DiskKey().raw(change.key()).u64(first_leaf + i).u32(static_cast<std::uint32_t>(operation));
        out.put(Family::kTouched, key.str(), {});
      }
    }
  }
}

// An envelope says which bytes: what has a leaf is found there.
void keep_skipped(const std::vector<TransactionPtr>& transactions, const std::vector<BlockLeaf>& leaves,
                  v1::StoredBlock& stored) {
  std::unordered_map<Digest, const std::string*, DigestHash> kept;
  for (const BlockLeaf& leaf : leaves) kept[leaf.id] = &leaf.stored.transaction();
  std::unordered_set<Digest, DigestHash> skipped;
  for (const TransactionPtr& transaction : transactions) {
    const auto leaf = kept.find(transaction->id());
    if (leaf != kept.end() && *leaf->second == transaction->bytes()) continue;
    if (skipped.insert(transaction->envelope()).second) stored.add_skipped(transaction->bytes());
  }
}

}  // namespace

void write_record(const std::optional<std::string>& from, const std::optional<std::string>& to, WriteBatch& out) {
  const auto before = parsed(from), after = parsed(to);
  // Deleted and made anew within one block, it stands at another place.
  const bool moved = before && after && before->created() != after->created();
  if (before && (!after || moved)) out.remove(Family::kRecords, DiskKey().u64(before->created()).str());
  if (after) out.put(Family::kRecords, DiskKey().u64(after->created()).str(), *to);
  if (moved) index_record(out, before->created(), &*before, nullptr);
  const v1::Record* old = before && !moved ? &*before : nullptr;
  const v1::Record* now = after ? &*after : nullptr;
  if (old != nullptr || now != nullptr) index_record(out, now != nullptr ? now->created() : old->created(), old, now);
}

void write_block(const PreparedBlock& block, const std::string& batch, const std::vector<TransactionPtr>& transactions,
                 WriteBatch& out) {
  const BlockOutput& output = block.output;
  const std::uint64_t first_leaf = output.header.history_size() - output.leaves.size();
  v1::StoredBlock stored;
  stored.set_header(block.header);
  stored.set_batch(batch);
  stored.set_first_leaf(first_leaf);
  stored.set_leaf_count(static_cast<std::uint32_t>(output.leaves.size()));
  keep_skipped(transactions, output.leaves, stored);
  out.put(Family::kBlocks, DiskKey().u64(output.header.height()).str(), encode(stored));
  for (std::size_t i = 0; i < output.leaves.size(); ++i) {
    const BlockLeaf& leaf = output.leaves[i];
    const std::string index = DiskKey().u64(first_leaf + i).str();
    out.put(Family::kLeaves, index, encode(leaf.stored));
    if (!leaf.id.is_zero()) out.put(Family::kIds, leaf.id.view(), index);
  }
  for (const auto& tile : block.history.writes()) {
    out.put(Family::kTiles, DiskKey().u8(static_cast<std::uint8_t>(tile.level)).u64(tile.index).str(), tile.hashes);
  }
  for (const auto& row : block.live_ids.added()) {
    out.put(Family::kLiveIds, DiskKey().u64(static_cast<std::uint64_t>(row.hour)).u64(row.n).str(), row.id.view());
  }
  for (const std::int64_t hour : block.live_ids.dropped_hours()) {
    const auto from = static_cast<std::uint64_t>(hour);
    out.remove_range(Family::kLiveIds, DiskKey().u64(from).str(), DiskKey().u64(from + 1).str());
  }
  write_records(output, out);
  write_touched(output, first_leaf, out);
}

Result<BlockRow> read_block(const Database& database, const Digest& chain_id, Height height) {
  const auto bytes = database.get(Family::kBlocks, DiskKey().u64(height).str());
  if (!bytes) return std::unexpected(bytes.error());
  BlockRow row;
  if (!*bytes || !row.stored.ParseFromString(**bytes) || !row.header.ParseFromString(row.stored.header()) ||
      row.header.height() != height || row.header.chain_id() != chain_id.view()) {
    return damaged("block " + std::to_string(height), *bytes ? "is not one of this chain's" : "is missing");
  }
  return row;
}

Result<std::vector<v1::StoredTransaction>> leaves_of(const Database& database, const v1::StoredBlock& block) {
  std::vector<v1::StoredTransaction> leaves;
  for (std::uint64_t index = block.first_leaf(); index < block.first_leaf() + block.leaf_count(); ++index) {
    const auto bytes = database.get(Family::kLeaves, DiskKey().u64(index).str());
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes || !leaves.emplace_back().ParseFromString(**bytes)) {
      return damaged("transaction " + std::to_string(index), *bytes ? "does not parse" : "is missing");
    }
  }
  return leaves;
}

Result<std::vector<std::string>> listed_transactions(const Database& database, const BlockRow& block) {
  std::vector<std::string> listed;
  if (block.stored.batch().empty()) return listed;
  std::unordered_map<std::string, std::string> by_envelope;
  auto leaves = leaves_of(database, block.stored);
  if (!leaves) return std::unexpected(leaves.error());
  for (auto& stored : *leaves) {
    v1::HistoryLeaf leaf;
    leaf.ParseFromString(stored.leaf());
    by_envelope[leaf.envelope()] = std::move(*stored.mutable_transaction());
  }
  for (const std::string& bytes : block.stored.skipped()) {
    v1::SignedTransaction transaction;
    transaction.ParseFromString(bytes);
    const std::vector<std::string> signatures(transaction.signatures().begin(), transaction.signatures().end());
    by_envelope[envelope_digest(transaction_id(transaction.body()), signatures).string()] = bytes;
  }
  v1::Batch batch;
  batch.ParseFromString(block.stored.batch());
  for (const std::string& envelope : batch.envelopes()) {
    const auto found = by_envelope.find(envelope);
    if (found == by_envelope.end()) {
      return damaged(block_name(block.header), "lacks the transaction with the envelope " + to_hex(envelope));
    }
    listed.push_back(found->second);
  }
  return listed;
}

}  // namespace jinshi::ledger
