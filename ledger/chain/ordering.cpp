// Executing batches and certifying what came of them: one thread.
#include <algorithm>
#include <set>

#include "ledger/chain/impl.h"
#include "ledger/domain/due_queue.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {

Result<std::vector<crypto::PublicKey>> consensus_keys(const v1::ValidatorSet& set) {
  std::vector<crypto::PublicKey> keys;
  for (const auto& validator : set.validators()) {
    auto key = crypto::PublicKey::parse(validator.consensus_key());
    if (!key) return std::unexpected(key.error());
    keys.push_back(*key);
  }
  return keys;
}

std::vector<crypto::IndexedSignature> signatures_of(const v1::HeaderCertificate& certificate) {
  std::vector<crypto::IndexedSignature> signatures;
  for (const auto& one : certificate.signatures()) signatures.push_back({one.validator(), one.signature()});
  return signatures;
}

// --- the due queue ---

// Every entry lies at or behind the first one, so that nobody steps over those that have run.
Result<std::vector<v1::Due>> Ledger::Impl::due_until(TimeMs time, std::size_t limit) const {
  std::vector<v1::Due> due;
  if (!first_due || first_due->time > time) return due;
  const auto scanned = database->scan(Family::kDue, {}, first_due->place, [&](ByteView, ByteView value) {
    v1::Due one;
    one.ParseFromArray(value.data(), static_cast<int>(value.size()));
    if (one.time() > time || due.size() == limit) return false;
    due.push_back(std::move(one));
    return true;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return due;
}

Result<std::optional<FirstDue>> Ledger::Impl::first_due_after(const BlockOutput& output) const {
  std::optional<FirstDue> first;
  std::set<std::string, std::less<>> removed;
  const auto consider = [&](std::string place, TimeMs time) {
    if (!first || place < first->place) first = {std::move(place), time};
  };
  for (const RecordChange& change : output.changes) {
    if (change.key.kind() != v1::StateKey::kDue) continue;
    const v1::Due& due = change.key.key().due();
    if (change.after) {
      consider(due_order(due), due.time());
    } else {
      removed.insert(due_order(due));
    }
  }
  if (!first_due) return first;
  const auto scanned = database->scan(Family::kDue, {}, first_due->place, [&](ByteView key, ByteView value) {
    if (removed.contains(key)) return true;
    v1::Due due;
    due.ParseFromArray(value.data(), static_cast<int>(value.size()));
    consider(std::string(key), due.time());
    return false;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return first;
}

// --- executing ---

// What stands above the certified height is needed to read at it.
void Ledger::Impl::trim_undo(WriteBatch& batch, std::size_t added, Height height) {
  undo_sizes.emplace_back(height, added);
  undo_total += added;
  const Height certified = latest()->head.height;
  while (undo_total > options.undo_bytes && undo_sizes.size() > 1 && undo_sizes.front().first <= certified) {
    batch.remove(Family::kUndo, DiskKey().u64(undo_sizes.front().first).str());
    undo_total -= undo_sizes.front().second;
    undo_sizes.pop_front();
  }
}

Result<ExecutedBlock> Ledger::execute(const OrderedBatch& batch) {
  Impl& my = *impl_;
  std::optional<Error> error;
  BlockInput input;
  input.chain_id = my.chain_id;
  input.parent = my.executed;
  input.parent_digest = my.executed_digest;
  input.batch = batch.batch;
  input.transactions = batch.transactions;
  input.due = [&](TimeMs time, std::size_t limit) {
    auto due = my.due_until(time, limit);
    if (due) return std::move(*due);
    error = due.error();
    return std::vector<v1::Due>();
  };
  input.is_live = [&](const Digest& id, TimeMs expires_at) { return my.state.live_ids.contains(id, expires_at); };
  BlockOutput output;
  try {
    output = execute_block(input, *my.records);
  } catch (const UnreadableRecord& unreadable) {
    error = unreadable.error;
  }
  if (error) return std::unexpected(*error);
  auto first_due = my.first_due_after(output);
  if (!first_due) return std::unexpected(first_due.error());

  PreparedBlock block = prepare_block(my.state, std::move(output));
  WriteBatch writes;
  write_block(block, batch.batch, batch.transactions, writes);
  std::size_t undo_bytes = 0;
  for (const auto& change : block.output.changes) undo_bytes += 40 + (change.before ? change.before->size() : 0);
  my.trim_undo(writes, undo_bytes, block.output.header.height());
  my.counts = my.count_kinds(block.output, writes);
  // On disk before it is signed: a header signature is a promise, for which a vote log may stand instead.
  if (auto written = my.database->write(writes, my.options.sync_blocks); !written) {
    return std::unexpected(written.error());
  }

  const Database::Snapshot snapshot = my.database->snapshot();
  my.records->apply(block.output.changes);
  auto epochs = my.epochs;
  const auto changed = std::ranges::find(block.output.changes, v1::StateKey::kEpochs,
                                         [](const RecordChange& change) { return change.key.kind(); });
  if (changed != block.output.changes.end()) {
    v1::Record record;
    JINSHI_ASSERT(record.ParseFromString(changed->after.value_or("")), "an executed record parses");
    epochs = std::make_shared<const v1::Epochs>(std::move(*record.mutable_epochs()));
  }
  ExecutedBlock executed{block.output.header.height(), block.header, block.digest, block.output.header.time(), {}, {},
                         epochs};
  for (const auto& transaction : batch.transactions) executed.listed.push_back(transaction->id());
  if (*first_due) executed.next_due = (*first_due)->time;
  {
    const std::unique_lock lock(my.mutex);
    my.state.state.commit(std::move(block.state));
    my.state.history.commit(std::move(block.history));
    my.state.live_ids.commit(std::move(block.live_ids));
    my.executed = block.output.header;
    my.executed_digest = block.digest;
    my.executed_snapshot = snapshot;
    my.first_due = std::move(*first_due);
    my.epochs = std::move(epochs);
  }
  my.waiting.push_back({executed, block.output.header.history_size(), ReadableHeight{snapshot, my.counts}});
  return executed;
}

std::vector<ExecutedBlock> Ledger::uncertified() const {
  std::vector<ExecutedBlock> blocks;
  for (const Waiting& waiting : impl_->waiting) blocks.push_back(waiting.block);
  return blocks;
}

// --- certifying ---

namespace {

// The set that certifies from the next height on, where it is another than this header's.
const v1::ValidatorSet* other_set_follows(const ExecutedBlock& block) {
  v1::Header header;
  header.ParseFromString(block.header);
  const bool follows = header.next_set_height() == header.height() + 1 && header.next_set() != header.set();
  return follows ? &block.epochs->next().set() : nullptr;
}

}  // namespace

Result<void> Ledger::certify(Height height, const v1::HeaderCertificate& certificate) {
  Impl& my = *impl_;
  const auto found = std::ranges::find(my.waiting, height, [](const Waiting& waits) { return waits.block.height; });
  JINSHI_ASSERT(found != my.waiting.end(), "an executed height is certified once");
  for (auto below = my.waiting.begin(); below != found; ++below) {
    if (other_set_follows(below->block) == nullptr) continue;
    return fail(v1::REASON_BAD_PROOF, "height " + std::to_string(below->block.height) +
                                          " is the last of its validators: certify it before those of the next set");
  }
  const ExecutedBlock& block = found->block;
  const auto set = consensus_keys(block.epochs->current().set());
  if (!set) return std::unexpected(set.error());
  if (auto valid = crypto::check_certificate(*set, block.digest, signatures_of(certificate)); !valid) return valid;

  auto readable = found->readable ? Result<ReadableHeight>(*found->readable) : my.readable_at(height);
  if (!readable) return std::unexpected(readable.error());
  auto links = my.latest()->links;
  WriteBatch batch;
  batch.put(Family::kCertificates, DiskKey().u64(height).str(), encode(certificate));
  if (const v1::ValidatorSet* next = other_set_follows(block)) {
    v1::Link link;
    link.mutable_last()->set_header(block.header);
    *link.mutable_last()->mutable_certificate() = certificate;
    *link.mutable_next_set() = *next;
    batch.put(Family::kMeta, link_row(height), encode(link));
    auto longer = *links;
    longer.push_back({height, std::move(link)});
    links = std::make_shared<const std::vector<ChainLink>>(std::move(longer));
  }
  // Not synced: what a power cut takes is signed again at the next start.
  if (auto written = my.database->write(batch, false); !written) return written;
  const Head head{height, block.time, block.digest, block.header, certificate, found->history_size};
  my.publish(std::make_shared<const Published>(Published{head, std::move(*readable), std::move(links)}));
  my.waiting.erase(my.waiting.begin(), found + 1);
  if (my.restored && height >= my.restored->executed) my.restored.reset();
  if (my.certified_callback) my.certified_callback(head);
  return {};
}

Result<Flushed> Ledger::sync() {
  // Both were written before they could be seen here.
  Flushed flushed;
  flushed.certified = head().height;
  flushed.executed = executed_height();
  if (auto synced = impl_->database->sync(); !synced) return std::unexpected(synced.error());
  return flushed;
}

Height Ledger::executed_height() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->executed.height();
}
TimeMs Ledger::executed_time() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->executed.time();
}
std::optional<TimeMs> Ledger::next_due() const {
  const std::shared_lock lock(impl_->mutex);
  if (!impl_->first_due) return std::nullopt;
  return impl_->first_due->time;
}
v1::Epochs Ledger::epochs() const {
  const std::shared_lock lock(impl_->mutex);
  return *impl_->epochs;
}

}  // namespace jinshi::ledger
