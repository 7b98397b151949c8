#include "ledger/ledger.h"

#include <deque>
#include <mutex>
#include <shared_mutex>

#include "ledger/chain_state.h"
#include "ledger/crypto/digest.h"
#include "ledger/domain/due_queue.h"
#include "ledger/domain/effective_state.h"
#include "ledger/execution/genesis.h"
#include "ledger/execution/transaction_run.h"
#include "ledger/query/prover.h"
#include "ledger/query/reader.h"
#include "ledger/stored_records.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

constexpr std::string_view kFormatKey = "format", kFormat = "1";
constexpr std::string_view kGenesisKey = "genesis", kCountsKey = "counts";
constexpr const char* kLeafFile = "state.leaves";
constexpr const char* kDatabaseFolder = "ledger";
constexpr const char* kUnfinishedFolder = "ledger.new";

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

std::unexpected<Error> damaged(const std::string& what, const std::string& how) {
  return fail(v1::REASON_DAMAGED, what + " on disk " + how +
                                      ": restore the data directory from a copy, or let the node "
                                      "follow anew");
}

// A height that readers may see: its header and the database as it was then.
struct Published {
  Head head;
  Database::Snapshot snapshot;
};

// An executed height that waits for its certificate.
struct Waiting {
  ExecutedBlock block;
  std::uint64_t history_size = 0;
  Database::Snapshot snapshot;
};

}  // namespace

struct Ledger::Impl {
  Options options;
  std::unique_ptr<Database> database;
  std::string genesis_bytes;
  v1::Genesis genesis;
  Digest chain_id;

  // Guards the trees and what stands beside them: one writer, at the end of a block, many readers.
  mutable std::shared_mutex mutex;
  ChainState state;
  v1::Header executed;
  Digest executed_digest;
  std::vector<std::pair<std::string, std::uint64_t>> counts;  // records by kind
  std::optional<TimeMs> next_due;
  v1::Epochs epochs;
  // The disk as the trees have it: a block is written before they take it up, and readers must see neither half alone.
  Database::Snapshot executed_snapshot;

  // Of the ordering thread.
  std::unique_ptr<StoredRecords> records;
  std::deque<Waiting> waiting;
  std::deque<std::pair<Height, std::size_t>> undo_sizes;
  std::size_t undo_total = 0;
  std::function<void(const Head&)> certified_callback;

  // Not std::atomic<std::shared_ptr>: GCC 12's lets its lock go without release after a load.
  mutable std::mutex published_mutex;  // guards published
  std::shared_ptr<const Published> published;

  std::shared_ptr<const Published> latest() const {
    const std::scoped_lock lock(published_mutex);
    return published;
  }
  void publish(std::shared_ptr<const Published> next) {
    const std::scoped_lock lock(published_mutex);
    published.swap(next);  // what stood before is let go after the lock
  }
  ReadView view(const std::shared_ptr<const Published>& at) const {
    return {*database, at->snapshot, at->head.height, at->head.history_size};
  }
  std::filesystem::path leaf_file() const { return options.directory / kLeafFile; }

  Result<void> start();
  Result<void> load_counts();
  Result<void> publish_last_certified();
  Result<std::optional<TimeMs>> first_due() const;
  Result<std::vector<v1::Due>> due_until(TimeMs time, std::size_t limit) const;
  using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
  Counts count_kinds(const BlockOutput& output, WriteBatch& batch) const;
  void trim_undo(WriteBatch& batch, std::size_t added, Height height);

  ProofHead proof_head(const Head& head) const {
    ProofHead proof;
    proof.certified.set_header(head.header);
    if (head.height > 0) *proof.certified.mutable_certificate() = head.certificate;
    return proof;  // no links yet: the set of genesis is in force until SetValidators comes
  }
  Result<Head> head_at(Height height) const;

  // A record's bytes and proof at a certified height; the caller holds the lock.
  struct At {
    std::optional<std::string> record;
    merkle::StateProof proof;
  };
  Result<At> record_at(const Digest& key, Height height, bool with_proof) const;
};

// --- opening ---

Result<std::unique_ptr<Ledger>> Ledger::create(Options options, ByteView genesis_bytes) {
  auto genesis = read_genesis(genesis_bytes);
  if (!genesis) return std::unexpected(genesis.error());
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed) {
    return fail(v1::REASON_DISK, "can't make the folder " + options.directory.string() + ": " + failed.message());
  }
  if (std::filesystem::exists(options.directory / kDatabaseFolder)) {
    return fail(v1::REASON_CONFIGURATION,
                options.directory.string() + " holds a ledger already: start the node without creating it anew");
  }
  // Made beside its place and moved there whole, so that a cut in between leaves room for another try.
  const std::filesystem::path unfinished = options.directory / kUnfinishedFolder;
  std::filesystem::remove_all(unfinished, failed);
  auto database = Database::open(unfinished, options.env, true);
  if (!database) return std::unexpected(database.error());
  const Digest chain_id = chain_id_of(genesis_bytes);
  const PreparedBlock block = prepare_block(ChainState(), execute_genesis(*genesis, chain_id));
  WriteBatch batch;
  write_block(block, {}, batch);
  batch.put(Family::kMeta, kFormatKey, kFormat);
  batch.put(Family::kMeta, kGenesisKey, genesis_bytes);
  if (auto written = (*database)->write(batch, true); !written) return std::unexpected(written.error());
  database->reset();
  if (auto moved = Database::move(unfinished, options.directory / kDatabaseFolder, options.env); !moved) {
    return std::unexpected(moved.error());
  }
  return open(std::move(options));
}

Result<std::unique_ptr<Ledger>> Ledger::open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  auto database = Database::open(impl->options.directory / kDatabaseFolder, impl->options.env, false);
  if (!database) return std::unexpected(database.error());
  impl->database = std::move(*database);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ledger::~Ledger() {
  // A hint for the next start; without it the records are read.
  (void)save_leaf_file(impl_->state.state, impl_->executed.height(), impl_->leaf_file());
  impl_->publish(nullptr);
  impl_->waiting.clear();
}

Result<void> Ledger::Impl::start() {
  const auto format = database->get(Family::kMeta, kFormatKey);
  if (!format) return std::unexpected(format.error());
  if (*format != std::optional<std::string>(kFormat)) {
    return fail(v1::REASON_NEEDS_NEWER_VERIFIER, "the data directory has another format: use the program that wrote it");
  }
  const auto bytes = database->get(Family::kMeta, kGenesisKey);
  if (!bytes) return std::unexpected(bytes.error());
  auto read = read_genesis(bytes->value_or(""));
  if (!read) return damaged("the genesis", "can't be read (" + read.error().message + ")");
  genesis_bytes = **bytes;
  genesis = std::move(*read);
  chain_id = chain_id_of(genesis_bytes);

  const auto last = database->last_key(Family::kBlocks);
  if (!last) return std::unexpected(last.error());
  if (!*last) return damaged("block 0", "is missing");
  const auto head = head_at(read_u64(**last));
  if (!head) return std::unexpected(head.error());
  executed.ParseFromString(head->header);
  executed_digest = head->digest;
  auto restored = restore_state(*database, executed, leaf_file());
  if (!restored) return std::unexpected(restored.error());
  state = std::move(*restored);
  executed_snapshot = database->snapshot();
  records = std::make_unique<StoredRecords>(*database, state.state);
  try {
    epochs = records->epochs();
  } catch (const UnreadableRecord& unreadable) {
    return std::unexpected(unreadable.error);
  }
  const auto due = first_due();
  if (!due) return std::unexpected(due.error());
  next_due = *due;
  if (auto loaded = load_counts(); !loaded) return loaded;
  const auto scanned = database->scan(Family::kUndo, {}, {}, [&](ByteView key, ByteView value) {
    undo_sizes.emplace_back(read_u64(key), value.size());
    undo_total += value.size();
    return true;
  });
  if (!scanned) return scanned;
  return publish_last_certified();
}

Result<void> Ledger::Impl::publish_last_certified() {
  const auto certified = database->last_key(Family::kCertificates);
  if (!certified) return std::unexpected(certified.error());
  const Height height = *certified ? read_u64(**certified) : 0;
  auto head = head_at(height);
  if (!head) return std::unexpected(head.error());
  if (height > 0) {
    const auto set = consensus_keys(epochs.current().set());
    if (!set) return std::unexpected(set.error());
    if (!crypto::check_certificate(*set, head->digest, signatures_of(head->certificate))) {
      return damaged("block " + std::to_string(height), "is not what its certificate signs");
    }
  }
  const auto snapshot = database->snapshot();
  publish(std::make_shared<const Published>(Published{std::move(*head), snapshot}));
  for (Height waits = height + 1; waits <= executed.height(); ++waits) {
    const auto block = head_at(waits);
    if (!block) return std::unexpected(block.error());
    waiting.push_back({{waits, block->header, block->digest, block->time, {}, next_due,
                        std::make_shared<const v1::Epochs>(epochs)},
                       block->history_size,
                       snapshot});
  }
  return {};
}

Result<Head> Ledger::Impl::head_at(Height height) const {
  const auto bytes = database->get(Family::kBlocks, DiskKey().u64(height).str());
  if (!bytes) return std::unexpected(bytes.error());
  v1::StoredBlock stored;
  v1::Header header;
  if (!*bytes || !stored.ParseFromString(**bytes) || !header.ParseFromString(stored.header()) ||
      header.height() != height || header.chain_id() != chain_id.view()) {
    return damaged("block " + std::to_string(height), *bytes ? "is not one of this chain's" : "is missing");
  }
  Head head{height, header.time(), crypto::digest(crypto::Tag::kHeader, stored.header()), stored.header(), {},
            header.history_size()};
  const auto certificate = database->get(Family::kCertificates, DiskKey().u64(height).str());
  if (!certificate) return std::unexpected(certificate.error());
  if (*certificate && !head.certificate.ParseFromString(**certificate)) {
    return damaged("the certificate of height " + std::to_string(height), "does not parse");
  }
  return head;
}

// --- ordering ---

Result<std::vector<v1::Due>> Ledger::Impl::due_until(TimeMs time, std::size_t limit) const {
  std::vector<v1::Due> due;
  const auto scanned = database->scan(Family::kDue, {}, {}, [&](ByteView, ByteView value) {
    v1::Due one;
    one.ParseFromArray(value.data(), static_cast<int>(value.size()));
    if (one.time() > time || due.size() == limit) return false;
    due.push_back(std::move(one));
    return true;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return due;
}

Result<std::optional<TimeMs>> Ledger::Impl::first_due() const {
  std::optional<TimeMs> time;
  const auto scanned = database->scan(Family::kDue, {}, {}, [&](ByteView, ByteView value) {
    v1::Due one;
    one.ParseFromArray(value.data(), static_cast<int>(value.size()));
    time = one.time();
    return false;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return time;
}

void Ledger::Impl::trim_undo(WriteBatch& batch, std::size_t added, Height height) {
  undo_sizes.emplace_back(height, added);
  undo_total += added;
  while (undo_total > options.undo_bytes && undo_sizes.size() > 1) {
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

  PreparedBlock block = prepare_block(my.state, std::move(output));
  WriteBatch writes;
  write_block(block, batch.batch, writes);
  std::size_t undo_bytes = 0;
  for (const auto& change : block.output.changes) undo_bytes += 40 + (change.before ? change.before->size() : 0);
  my.trim_undo(writes, undo_bytes, block.output.header.height());
  auto counts = my.count_kinds(block.output, writes);
  // On disk before it is signed: the header signature is a promise.
  if (auto written = my.database->write(writes, my.options.sync_blocks); !written) return std::unexpected(written.error());

  ExecutedBlock executed{
      block.output.header.height(), block.header, block.digest, block.output.header.time(), {}, {}, {}};
  for (const auto& transaction : batch.transactions) executed.listed.push_back(transaction->id());
  {
    const std::unique_lock lock(my.mutex);
    my.state.state.commit(std::move(block.state));
    my.state.history.commit(std::move(block.history));
    my.state.live_ids.commit(std::move(block.live_ids));
    my.executed = block.output.header;
    my.executed_digest = block.digest;
    my.executed_snapshot = my.database->snapshot();
    my.counts = std::move(counts);
    my.records->apply(block.output.changes);
    const auto epochs = std::ranges::find_if(
        block.output.changes, [](const RecordChange& change) { return change.key.kind() == v1::StateKey::kEpochs; });
    if (epochs != block.output.changes.end()) my.epochs = my.records->epochs();  // just read by `apply`
    const auto due = my.first_due();
    if (!due) return std::unexpected(due.error());
    my.next_due = *due;
  }
  executed.next_due = my.next_due;
  executed.epochs = std::make_shared<const v1::Epochs>(my.epochs);
  my.waiting.push_back({executed, block.output.header.history_size(), my.executed_snapshot});
  return executed;
}

std::vector<ExecutedBlock> Ledger::uncertified() const {
  std::vector<ExecutedBlock> blocks;
  for (const Waiting& waiting : impl_->waiting) blocks.push_back(waiting.block);
  return blocks;
}

Result<Flushed> Ledger::sync() {
  const Flushed flushed{executed_height(), head().height};
  if (auto synced = impl_->database->sync(); !synced) return std::unexpected(synced.error());
  return flushed;
}

Result<void> Ledger::certify(Height height, const v1::HeaderCertificate& certificate) {
  Impl& my = *impl_;
  const auto found = std::ranges::find(my.waiting, height, [](const Waiting& waiting) { return waiting.block.height; });
  JINSHI_ASSERT(found != my.waiting.end(), "an executed height is certified once");
  const Waiting block = *found;
  const auto set = consensus_keys(block.block.epochs->current().set());
  if (!set) return std::unexpected(set.error());
  if (auto valid = crypto::check_certificate(*set, block.block.digest, signatures_of(certificate)); !valid) return valid;
  WriteBatch batch;
  batch.put(Family::kCertificates, DiskKey().u64(height).str(), encode(certificate));
  // Not synced: what a power cut takes is signed again at the next start.
  if (auto written = my.database->write(batch, false); !written) return written;
  const Head head{height, block.block.time, block.block.digest, block.block.header, certificate, block.history_size};
  my.publish(std::make_shared<const Published>(Published{head, block.snapshot}));
  while (!my.waiting.empty() && my.waiting.front().block.height <= height) my.waiting.pop_front();
  if (my.certified_callback) my.certified_callback(head);
  return {};
}

const Digest& Ledger::chain_id() const { return impl_->chain_id; }
const std::string& Ledger::genesis_bytes() const { return impl_->genesis_bytes; }
const v1::Genesis& Ledger::genesis() const { return impl_->genesis; }
void Ledger::on_certified(std::function<void(const Head&)> callback) { impl_->certified_callback = std::move(callback); }

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
  return impl_->next_due;
}
v1::Epochs Ledger::epochs() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->epochs;
}

// --- reading ---

Head Ledger::head() const { return impl_->latest()->head; }

Result<void> Ledger::forecast(const CheckedTransaction& transaction, TimeMs now) const {
  const std::shared_lock lock(impl_->mutex);
  if (impl_->state.live_ids.contains(transaction.id(), transaction.body().expires_at())) {
    return fail(v1::REASON_REPLAYED, "the ledger holds this transaction: ask for its receipt");
  }
  const StoredRecords records(*impl_->database, impl_->state.state, impl_->executed_snapshot);
  const Height next = impl_->executed.height() + 1;
  const BlockContext block{impl_->chain_id, next, std::max<TimeMs>(impl_->executed.time(), now)};
  try {
    const v1::Record* counters = records.find(keys::counters());
    JINSHI_ASSERT(counters != nullptr, "genesis wrote the counters");
    const Overlay overlay(records, next, counters->counters().created());
    return forecast_transaction(transaction, overlay, block);
  } catch (const UnreadableRecord& unreadable) {
    return std::unexpected(unreadable.error);
  }
}

Result<std::optional<TransactionPlace>> Ledger::find_transaction(const Digest& id) const {
  const auto at = impl_->latest();
  const auto index = impl_->database->get(Family::kIds, id.view());
  if (!index) return std::unexpected(index.error());
  if (!*index) return std::optional<TransactionPlace>();
  TransactionPlace place;
  place.leaf_index = read_u64(**index);
  const auto stored = stored_leaf({*impl_->database, nullptr, 0, 0}, place.leaf_index);
  if (!stored) return std::unexpected(stored.error());
  v1::HistoryLeaf leaf;
  if (!leaf.ParseFromString(stored->leaf())) {
    return damaged("transaction " + std::to_string(place.leaf_index), "does not parse");
  }
  place.height = leaf.height();
  place.envelope = Digest::from(leaf.envelope()).value_or(Digest{});
  place.outcome = leaf.outcome();
  for (const auto& bytes : stored->results()) place.results.emplace_back().ParseFromString(bytes);
  place.certified = leaf.height() <= at->head.height;
  return std::optional(std::move(place));
}

Result<std::string> Ledger::receipt(std::uint64_t leaf_index, std::uint32_t operation) const {
  const auto at = impl_->latest();
  if (leaf_index >= at->head.history_size) {
    return fail(v1::REASON_UNKNOWN_RECORD, "the certified ledger has no transaction " + std::to_string(leaf_index));
  }
  const auto stored = stored_leaf(impl_->view(at), leaf_index);
  if (!stored) return std::unexpected(stored.error());
  const StoredTiles tiles(*impl_->database, at->snapshot);
  merkle::HistoryReader reader(tiles, at->head.history_size);
  const auto path = reader.inclusion_path(leaf_index, at->head.history_size);
  if (!path) return std::unexpected(path.error());
  return make_receipt(*stored, leaf_index, operation, *path, impl_->proof_head(at->head));
}

Result<Ledger::Impl::At> Ledger::Impl::record_at(const Digest& key, Height height, bool with_proof) const {
  const auto then = state_then(*database, height, executed.height());
  if (!then) return std::unexpected(then.error());
  At at;
  if (const auto touched = then->values.find(key); touched != then->values.end()) {
    if (touched->second) at.record = then->records.at(key);
  } else if (const auto value = state.state.find(key)) {
    auto bytes = read_record(*database, *value, executed_snapshot);
    if (!bytes) return std::unexpected(bytes.error());
    at.record = std::move(*bytes);
  }
  if (with_proof) at.proof = merkle::prove_then(state.state, then->values, key).proof;
  return at;
}

namespace {

Result<Height> resolve_height(Height asked, const Head& latest) {
  if (asked == 0) return latest.height;
  if (asked > latest.height) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the latest certified height is " + std::to_string(latest.height));
  }
  return asked;
}

Result<RecordKey> key_asked(const v1::StateKey& key) {
  if (key.kind_case() == v1::StateKey::KIND_NOT_SET) {
    return fail(v1::REASON_MISSING_FIELD, "key names a record: its kind and its id", {1});
  }
  return RecordKey(key);
}

}  // namespace

Result<RecordAnswer> Ledger::get(const v1::StateKey& asked, Height height) const {
  const auto at = impl_->latest();
  const auto key = key_asked(asked);
  if (!key) return std::unexpected(key.error());
  const auto then = resolve_height(height, at->head);
  if (!then) return std::unexpected(then.error());
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->record_at(key->digest(), *then, false);
  if (!found) return std::unexpected(found.error());
  const auto head = *then == at->head.height ? Result<Head>(at->head) : impl_->head_at(*then);
  if (!head) return std::unexpected(head.error());
  RecordAnswer answer{{}, *then, head->time};
  if (found->record) answer.record.emplace().ParseFromString(*found->record);
  return answer;
}

Result<v1::ListResponse> Ledger::list(const v1::ListRequest& request) const {
  return list_records(impl_->view(impl_->latest()), request);
}

Result<v1::HistoryResponse> Ledger::history(const v1::HistoryRequest& request) const {
  const auto at = impl_->latest();
  std::optional<std::uint64_t> created;
  if (request.has_key()) {
    const auto key = key_asked(request.key());
    if (!key) return std::unexpected(key.error());
    const std::shared_lock lock(impl_->mutex);
    const auto value = impl_->state.state.find(key->digest());
    if (!value) return fail(v1::REASON_UNKNOWN_RECORD, "there is no such record", {1});
    created = value->position;
  }
  return history_of(impl_->view(at), request, created);
}

v1::Cursor Ledger::end_cursor() const {
  const auto at = impl_->latest();
  v1::Cursor cursor;
  if (at->head.history_size == 0) return cursor;
  cursor.set_height(at->head.height);
  cursor.set_leaf_index(at->head.history_size - 1);
  cursor.set_operation_index(static_cast<std::uint32_t>(kMaxOperations));
  return cursor;
}

Result<Ledger::Events> Ledger::events_after(const v1::Cursor& cursor, std::size_t limit) const {
  const auto at = impl_->latest();
  const ReadView view = impl_->view(at);
  Events events;
  events.cursor = cursor;
  const bool from_start = cursor.height() == 0 && cursor.leaf_index() == 0 && cursor.operation_index() == 0;
  std::uint64_t leaf = cursor.leaf_index();
  // A cursor behind the last operation of its leaf goes on with the next leaf, however far behind.
  constexpr std::uint32_t kPast = static_cast<std::uint32_t>(kMaxOperations);
  std::uint32_t operation = from_start ? 0 : std::min(cursor.operation_index(), kPast) + 1;
  for (; leaf < view.history_size && events.events.size() < limit; ++leaf, operation = 0) {
    const auto stored = stored_leaf(view, leaf);
    if (!stored) return std::unexpected(stored.error());
    for (; operation < operation_count(*stored) && events.events.size() < limit; ++operation) {
      events.events.push_back(event_of(*stored, leaf, operation));
      events.cursor.set_height(events.events.back().height());
      events.cursor.set_leaf_index(leaf);
      events.cursor.set_operation_index(operation);
    }
    if (operation < operation_count(*stored)) break;
  }
  // Before the first leaf a height alone would read as "after the first operation".
  const bool at_start = from_start && events.events.empty();
  if (!at_start && events.events.size() < limit) {
    events.cursor.set_height(std::max(events.cursor.height(), view.height));
  }
  return events;
}

Result<v1::CertifiedHeader> Ledger::header(Height height) const {
  const auto at = impl_->latest();
  if (height > at->head.height) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the latest certified height is " + std::to_string(at->head.height));
  }
  const auto head = impl_->head_at(height);
  if (!head) return std::unexpected(head.error());
  return impl_->proof_head(*head).certified;
}

Result<std::string> Ledger::prove(const v1::StateKey& asked, Height height) const {
  const auto at = impl_->latest();
  const auto key = key_asked(asked);
  if (!key) return std::unexpected(key.error());
  const auto then = resolve_height(height, at->head);
  if (!then) return std::unexpected(then.error());
  const auto head = *then == at->head.height ? Result<Head>(at->head) : impl_->head_at(*then);
  if (!head) return std::unexpected(head.error());
  const std::shared_lock lock(impl_->mutex);
  const auto found = impl_->record_at(key->digest(), *then, true);
  if (!found) return std::unexpected(found.error());
  const ProvenRecord record{found->record.value_or(""), found->proof};
  v1::Record parsed;
  parsed.ParseFromString(record.record);
  if (!parsed.has_certificate()) return make_record_proof(record, nullptr, impl_->proof_head(*head));
  const auto asset = impl_->record_at(keys::asset(parsed.certificate().asset()).digest(), *then, true);
  if (!asset) return std::unexpected(asset.error());
  const ProvenRecord beside{asset->record.value_or(""), asset->proof};
  return make_record_proof(record, &beside, impl_->proof_head(*head));
}

Result<std::string> Ledger::prove_consistency(Height older, Height newer) const {
  const auto at = impl_->latest();
  const auto new_height = resolve_height(newer, at->head);
  if (!new_height) return std::unexpected(new_height.error());
  if (older > *new_height) return fail(v1::REASON_BAD_VALUE, "old_height lies above new_height", {1});
  const auto old_head = impl_->head_at(older);
  if (!old_head) return std::unexpected(old_head.error());
  const auto new_head = impl_->head_at(*new_height);
  if (!new_head) return std::unexpected(new_head.error());
  const StoredTiles tiles(*impl_->database, at->snapshot);
  merkle::HistoryReader reader(tiles, at->head.history_size);
  const auto path = reader.consistency_proof(old_head->history_size, new_head->history_size);
  if (!path) return std::unexpected(path.error());
  return make_consistency_proof(impl_->proof_head(*old_head).certified, *path, impl_->proof_head(*new_head));
}

// --- statistics ---

Result<void> Ledger::Impl::load_counts() {
  const auto bytes = database->get(Family::kMeta, kCountsKey);
  if (!bytes) return std::unexpected(bytes.error());
  v1::StatisticsResponse stored;
  if (*bytes) {
    stored.ParseFromString(**bytes);
  } else {
    return database->scan(Family::kRecords, {}, {}, [&](ByteView, ByteView value) {
      v1::Record record;
      record.ParseFromArray(value.data(), static_cast<int>(value.size()));
      const std::string kind(name_of(static_cast<v1::StateKey::KindCase>(record.kind_case())));
      const auto found = std::ranges::find(counts, kind, &std::pair<std::string, std::uint64_t>::first);
      if (found == counts.end()) {
        counts.emplace_back(kind, 1);
      } else {
        ++found->second;
      }
      return true;
    });
  }
  for (const auto& kind : stored.kinds()) counts.emplace_back(kind.kind(), kind.count());
  return {};
}

Ledger::Impl::Counts Ledger::Impl::count_kinds(const BlockOutput& output, WriteBatch& batch) const {
  Counts counted = counts;
  for (const RecordChange& change : output.changes) {
    if (change.before.has_value() == change.after.has_value()) continue;
    const std::string kind(name_of(change.key.kind()));
    auto found = std::ranges::find(counted, kind, &std::pair<std::string, std::uint64_t>::first);
    if (found == counted.end()) found = counted.emplace(counted.end(), kind, 0);
    found->second += change.after ? 1 : -1;
  }
  v1::StatisticsResponse stored;
  for (const auto& [kind, count] : counted) {
    auto& one = *stored.add_kinds();
    one.set_kind(kind);
    one.set_count(count);
  }
  batch.put(Family::kMeta, kCountsKey, stored.SerializeAsString());
  return counted;
}

Result<v1::StatisticsResponse> Ledger::statistics() const {
  const auto at = impl_->latest();
  v1::StatisticsResponse statistics;
  statistics.set_height(at->head.height);
  statistics.set_time(at->head.time);
  statistics.set_transactions(at->head.history_size);
  {
    const std::shared_lock lock(impl_->mutex);
    std::uint64_t all = 0;
    for (const auto& [kind, count] : impl_->counts) {
      all += count;
      auto& one = *statistics.add_kinds();
      one.set_kind(kind);
      one.set_count(count);
    }
    statistics.set_records(all);
  }
  v1::ListRequest request;
  request.set_kind("total");
  request.set_page_size(kMaxPage);
  std::map<std::string, v1::ZoneTotal> zones;
  do {
    const auto page = list_records(impl_->view(at), request);
    if (!page) return std::unexpected(page.error());
    for (const auto& record : page->records()) {
      const v1::Total& month = record.total();
      *statistics.add_months() = month;
      v1::ZoneTotal& zone = zones[month.zone()];
      zone.set_zone(month.zone());
      zone.set_declared_bytes(zone.declared_bytes() + month.declared_bytes());
      zone.set_assets(zone.assets() + month.assets());
      zone.set_certificates(zone.certificates() + month.certificates());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  for (auto& [name, zone] : zones) *statistics.add_zones() = std::move(zone);
  return statistics;
}

}  // namespace jinshi::ledger
