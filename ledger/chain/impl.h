// What stands behind ledger/ledger.h, shared by the files of this folder: opening, ordering, reading, proofs, serving,
// statistics.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "ledger/chain/block_rows.h"
#include "ledger/chain/chain_state.h"
#include "ledger/chain/past.h"
#include "ledger/chain/stored_records.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/ledger.h"
#include "ledger/query/prover.h"
#include "ledger/query/reader.h"

namespace jinshi::ledger {

using KindCounts = std::map<std::string, std::uint64_t>;  // records by kind

// A height as readers see it: the database as it was then, and what no row of it says.
struct ReadableHeight {
  Database::Snapshot snapshot;
  std::shared_ptr<const KindCounts> counts;
};

struct ChainLink {
  Height last = 0;
  v1::Link link;
};

// The certified height that readers may see.
struct Published {
  Head head;
  ReadableHeight readable;
  std::shared_ptr<const std::vector<ChainLink>> links;  // all up to the head, heights ascending
};

// An executed height that waits for its certificate.
struct Waiting {
  ExecutedBlock block;
  std::uint64_t history_size = 0;
  std::optional<ReadableHeight> readable;  // none: executed before the start
};

// The disk as a start found it, executed above the certified height: what readers of the heights between see is made
// of it by undoing blocks.
struct Restored {
  Height executed = 0;
  ReadableHeight readable;
  std::map<Digest, std::optional<std::string>> records;  // all that the uncertified blocks touched, as on disk
};

struct FoundTransaction {
  TransactionPlace place;
  v1::StoredTransaction stored;
};

// What a forecast has read of one executed height: the next of that height needs not read it again.
struct ForecastView {
  Height height = 0;
  StoredRecords records;
};

struct FirstDue {
  std::string place;  // in the queue
  TimeMs time = 0;
};

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
  std::optional<FirstDue> first_due;
  std::shared_ptr<const v1::Epochs> epochs;
  // The disk as the trees have it: a block is written before they take it up, and readers must see neither half alone.
  Database::Snapshot executed_snapshot;

  // Of the ordering thread.
  std::unique_ptr<StoredRecords> records;
  std::shared_ptr<const KindCounts> counts;
  std::deque<Waiting> waiting;
  std::optional<Restored> restored;
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
    return {*database, at->readable.snapshot, at->head.height, at->head.history_size};
  }
  // One that nobody uses now; under a shared lock on `mutex`, from before it is taken until it is given back.
  std::unique_ptr<ForecastView> take_forecast_view() const;
  void give_back(std::unique_ptr<ForecastView> view) const;
  mutable std::mutex forecast_mutex;  // guards forecast_views
  mutable std::vector<std::unique_ptr<ForecastView>> forecast_views;

  Result<std::optional<FoundTransaction>> find(const Digest& id, Height certified) const;
  std::filesystem::path leaf_file() const;
  Result<Head> head_at(Height height) const;

  // --- opening ---
  Result<void> start();
  Result<void> load_chain();
  Result<void> load_undo_sizes();
  Result<std::vector<std::shared_ptr<const v1::Epochs>>> epochs_since(Height certified) const;
  Result<Restored> restored_above(Height certified) const;
  Result<ReadableHeight> readable_at(Height height) const;
  Result<std::vector<ChainLink>> load_links() const;
  Result<void> publish_last_certified();

  // --- ordering ---
  Result<std::vector<v1::Due>> due_until(TimeMs time, std::size_t limit) const;
  Result<std::optional<FirstDue>> first_due_after(const BlockOutput& output) const;
  void trim_undo(WriteBatch& batch, std::size_t added, Height height);

  // --- statistics ---
  Result<std::shared_ptr<const KindCounts>> load_counts() const;
  std::shared_ptr<const KindCounts> count_kinds(const BlockOutput& output, WriteBatch& batch) const;

  // --- proofs ---
  // `head` needs a certificate of its own; at block 0 there is none.
  ProofHead proof_head(const Head& head, const Published& at) const;
  // The first from this height on that has one.
  Result<Head> certified_from(Height height, const Published& at) const;
  Result<std::optional<std::string>> record_at(const Digest& key, Height height) const;
  Result<std::vector<ProvenRecord>> prove_at(const std::vector<Digest>& keys, Height height) const;

  // --- serving ---
  Result<v1::FetchedBlock> fetched_block(Height height) const;
  Result<std::map<Digest, std::string>> changes_of(Height height) const;  // key -> record after it, empty = absent
};

Result<std::vector<crypto::PublicKey>> consensus_keys(const v1::ValidatorSet& set);
std::vector<crypto::IndexedSignature> signatures_of(const v1::HeaderCertificate& certificate);

inline constexpr std::string_view kFormatKey = "format", kFormat = "2";
inline constexpr std::string_view kGenesisKey = "genesis", kCountsKey = "counts";
std::string link_row(Height last);

// HEIGHT_UNKNOWN above the latest; 0 is the latest.
Result<Height> resolve_height(Height asked, const Head& latest);
Result<RecordKey> key_asked(const v1::StateKey& key);

}  // namespace jinshi::ledger
