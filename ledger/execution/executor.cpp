#include "ledger/execution/executor.h"

#include <algorithm>
#include <unordered_set>

#include "ledger/crypto/digest.h"
#include "ledger/domain/due_queue.h"
#include "ledger/domain/validators.h"
#include "ledger/execution/genesis.h"
#include "ledger/execution/transaction_run.h"
#include "ledger/merkle/rfc9162.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

// HEADER: the ring of the last 1,024 headers' digests.
void remember_parent(const BlockInput& input, Overlay& records) {
  const RecordKey key = keys::header(input.parent.height());
  auto& record = records.contains(key) ? records.edit(key) : records.create(key);
  record.mutable_header()->set_height(input.parent.height());
  record.mutable_header()->set_digest(input.parent_digest.string());
}

// Totals are written once a block, a month and zone after another in byte order; then the counters.
void write_totals_and_counters(Overlay& records) {
  for (const auto& [place, change] : records.totals()) {
    if (change.declared_bytes() == 0 && change.assets() == 0 && change.certificates() == 0) continue;
    const RecordKey key = keys::total(place.first, place.second);
    auto& total = *(records.contains(key) ? records.edit(key) : records.create(key)).mutable_total();
    total.set_zone(place.first);
    total.set_month(place.second);
    total.set_declared_bytes(total.declared_bytes() + change.declared_bytes());
    total.set_assets(total.assets() + change.assets());
    total.set_certificates(total.certificates() + change.certificates());
  }
  const RecordKey key = keys::counters();
  if (records.find(key)->counters().created() == records.created()) return;
  records.edit(key).mutable_counters()->set_created(records.created());
}

void finish_leaf(BlockLeaf& leaf, v1::HistoryLeaf fields, const BlockContext& block, std::size_t index) {
  fields.set_height(block.height);
  fields.set_index(static_cast<std::uint32_t>(index));
  fields.set_time(block.time);
  leaf.stored.set_leaf(encode(fields));
  leaf.hash = merkle::leaf_hash(leaf.stored.leaf());
}

std::optional<BlockLeaf> run_due_queue(const BlockInput& input, Overlay& records, const BlockContext& block) {
  const auto entries = input.due(block.time, kMaxDueEntries);
  if (entries.empty()) return std::nullopt;
  BlockLeaf leaf;
  std::vector<Digest> operations, results;
  for (const v1::Due& due : entries) {
    Overlay changed(records);
    run_due(due, changed, block);
    v1::OperationResult result;
    result.set_outcome(v1::OPERATION_OUTCOME_APPLIED);
    const std::string changes = change_list(changed);
    result.set_changes(crypto::digest(Tag::kChanges, changes).string());
    records.absorb(std::move(changed));
    leaf.stored.add_due(encode(due));
    leaf.stored.add_results(encode(result));
    leaf.stored.add_changes(changes);
    operations.push_back(merkle::leaf_hash(leaf.stored.due(leaf.stored.due_size() - 1)));
    results.push_back(merkle::leaf_hash(leaf.stored.results(leaf.stored.results_size() - 1)));
  }
  v1::DueEnvelope envelope;
  envelope.set_operations_root(merkle::merkle_root(operations).string());
  envelope.set_operation_count(static_cast<std::uint32_t>(entries.size()));
  v1::HistoryLeaf fields;
  fields.set_id(Digest{}.string());
  fields.set_envelope(crypto::digest(Tag::kDue, encode(envelope)).string());
  fields.set_outcome(v1::TRANSACTION_OUTCOME_ACCEPTED);
  fields.set_results_root(merkle::merkle_root(results).string());
  finish_leaf(leaf, std::move(fields), block, 0);
  return leaf;
}

BlockLeaf run(const TransactionPtr& transaction, Overlay& records, const BlockContext& block, std::size_t index) {
  TransactionResult result = run_transaction(transaction, records, block);
  BlockLeaf leaf;
  leaf.id = transaction->id();
  leaf.expires_at = transaction->body().expires_at();
  leaf.stored.set_transaction(transaction->bytes());
  for (auto& one : result.results) leaf.stored.add_results(std::move(one));
  for (auto& one : result.changes) leaf.stored.add_changes(std::move(one));
  v1::HistoryLeaf fields;
  fields.set_id(transaction->id().string());
  fields.set_envelope(transaction->envelope().string());
  fields.set_outcome(result.outcome);
  fields.set_results_root(result.results_root.string());
  finish_leaf(leaf, std::move(fields), block, index);
  return leaf;
}

std::vector<RecordChange> changes_of(const Overlay& overlay, const RecordView& before) {
  std::vector<RecordChange> changes;
  for (const auto& [digest, entry] : overlay.entries()) {
    const v1::Record* old = before.find(entry.key);
    if (old == nullptr && entry.record == nullptr) continue;  // came and went within the block
    RecordChange change{entry.key, entry.record == nullptr ? old->created() : entry.record->created(), {}, {}};
    if (old != nullptr) change.before = encode(*old);
    if (entry.record != nullptr) change.after = encode(*entry.record);
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  std::ranges::sort(changes, {}, [](const RecordChange& change) { return change.key.digest(); });
  return changes;
}

// What the header says of the epochs as they stand after the block.
void set_epoch(v1::Header& header, const v1::Epochs& epochs) {
  header.set_epoch(epochs.current().number());
  header.set_set(set_hash(epochs.current().set()).string());
  if (epochs.has_next()) {
    header.set_next_set(set_hash(epochs.next().set()).string());
    header.set_next_set_height(epochs.next().first_height());
  }
  header.set_protocol_version(epochs.current().protocol_version());
}

v1::Header begin_header(const Digest& chain_id, Height height, TimeMs time) {
  v1::Header header;
  header.set_format(1);
  header.set_suite(kSuite);
  header.set_chain_id(chain_id.string());
  header.set_height(height);
  header.set_time(time);
  header.set_extension_root(Digest{}.string());
  return header;
}

}  // namespace

Digest batch_digest(ByteView batch) { return batch.empty() ? Digest{} : crypto::digest(Tag::kBatch, batch); }

TimeMs block_time(const v1::Header& parent, ByteView batch) {
  if (batch.empty()) return parent.time();
  const auto decoded = decode<v1::Batch>(batch);
  JINSHI_ASSERT(decoded.has_value(), "ordering decided a canonical batch");
  return std::max<TimeMs>(parent.time(), decoded->time());
}

BlockOutput execute_block(const BlockInput& input, const RecordView& records) {
  const BlockContext block{input.chain_id, input.parent.height() + 1, block_time(input.parent, input.batch)};
  const v1::Record* counters = records.find(keys::counters());
  JINSHI_ASSERT(counters != nullptr, "genesis wrote the counters");
  Overlay overlay(records, block.height, counters->counters().created());
  BlockOutput output;

  remember_parent(input, overlay);
  switch_epoch(overlay);
  if (auto due = run_due_queue(input, overlay, block)) output.leaves.push_back(std::move(*due));
  std::unordered_set<Digest, DigestHash> ids;
  for (const TransactionPtr& transaction : input.transactions) {
    const bool replayed =
        ids.contains(transaction->id()) || input.is_live(transaction->id(), transaction->body().expires_at());
    if (replayed || !check_admissible(*transaction, overlay, block.time)) continue;
    ids.insert(transaction->id());
    output.leaves.push_back(run(transaction, overlay, block, output.leaves.size()));
  }
  write_totals_and_counters(overlay);

  output.header = begin_header(input.chain_id, block.height, block.time);
  output.header.set_parent(input.parent_digest.string());
  output.header.set_batch(batch_digest(input.batch).string());
  if (!input.batch.empty()) output.header.set_proposer(decode<v1::Batch>(input.batch)->proposer());
  output.header.set_history_size(input.parent.history_size() + output.leaves.size());
  set_epoch(output.header, overlay.epochs());
  output.changes = changes_of(overlay, records);
  return output;
}

BlockOutput execute_genesis(const v1::Genesis& genesis, const Digest& chain_id) {
  Overlay overlay(empty_records(), 0, 0);
  write_genesis(genesis, overlay);
  // The counters count themselves.
  overlay.create(keys::counters()).mutable_counters()->set_created(overlay.created());
  BlockOutput output;
  output.header = begin_header(chain_id, 0, genesis.time());
  output.header.set_parent(Digest{}.string());
  output.header.set_batch(Digest{}.string());
  set_epoch(output.header, overlay.epochs());
  output.changes = changes_of(overlay, empty_records());
  return output;
}

}  // namespace jinshi::ledger
