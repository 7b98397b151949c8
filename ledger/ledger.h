// The ledger of one node: executes ordered batches into blocks on disk, and answers from certified ones.
//
// One thread orders (execute, certify); any thread reads. Execution may run far ahead of certification: what is read is
// always the newest certified height, and every answer names it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/ledger_service.pb.h"
#include "jinshi/v1/peer_service.pb.h"
#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/execution/transaction.h"
#include "proto/error.h"
#include "proto/types.h"

namespace rocksdb {
class Env;
}

namespace jinshi::ledger {

// What ordering decided for the next height: the canonical Batch (empty for a null one) and its transactions in order.
struct OrderedBatch {
  std::string batch;
  std::vector<TransactionPtr> transactions;
};

// An executed block, on disk, not certified yet.
struct ExecutedBlock {
  Height height = 0;
  std::string header;  // canonical bytes
  Digest digest;       // of the header: what validators sign, under the tag "header-signature"
  TimeMs time = 0;
  std::vector<Digest> listed;      // ids of all transactions that the batch lists, in its order, skipped ones too
  std::optional<TimeMs> next_due;  // when the next due entry's time comes; of the last executed block after a restart
  std::shared_ptr<const v1::Epochs> epochs;  // as after the block; `current` is whose set certifies it
};

// A height as one value.
struct Head {
  Height height = 0;
  TimeMs time = 0;
  Digest digest;
  std::string header;
  v1::HeaderCertificate certificate;  // empty at height 0, and where a later header's stands for it
  std::uint64_t history_size = 0;
};

// Where a transaction stands.
struct TransactionPlace {
  Height height = 0;
  std::uint64_t leaf_index = 0;
  Digest envelope;
  v1::TransactionOutcome outcome = v1::TRANSACTION_OUTCOME_UNSPECIFIED;
  std::vector<v1::OperationResult> results;
  bool certified = false;
};

// Where it stands, with the file that proves its first operation; without one while it is not certified.
struct TransactionOutcome {
  TransactionPlace place;
  std::string receipt;
};

// What is on disk for good.
struct Flushed {
  Height executed = 0;   // the highest block
  Height certified = 0;  // the highest certificate; 0 = none
};

// Two nodes executed one batch into two headers: where their blocks come apart first.
struct Divergence {
  Height height = 0;
  std::vector<std::string> header_fields;  // those that differ, by name
  // The first differing record in the order in which this node wrote them, system changes last. Empty where all changed
  // records agree, so that the headers differ in what came before the block.
  std::string record;        // in words: asset 'scans'
  std::string ours, theirs;  // JSON; "unchanged" where the block leaves it alone, "absent" where it is gone after it
  std::string writer;        // which transaction wrote ours, or what else did
  // All of it as a sentence.
  std::string text() const;
};

struct RecordAnswer {
  std::optional<v1::Record> record;
  Height height = 0;
  TimeMs time = 0;
};

class Ledger {
 public:
  struct Options {
    std::filesystem::path directory;
    rocksdb::Env* env = nullptr;        // the disk, for tests that make it fail; null = the real one
    std::size_t undo_bytes = 128 << 20;  // how much of the past stays provable
    // Whether `execute` waits for the disk. Without, a power cut leaves whole blocks up to some height: for a node that
    // holds what it signed elsewhere (a vote log), or that can fetch blocks again.
    bool sync_blocks = true;
  };

  // Writes block 0 into an empty directory; refuses one that holds a ledger. Whole or not at all: after an error it may
  // be tried again.
  static Result<std::unique_ptr<Ledger>> create(Options options, ByteView genesis);
  // Refuses a directory without a ledger, of another format, open already, or with damage, and says which.
  static Result<std::unique_ptr<Ledger>> open(Options options);
  ~Ledger();

  const Digest& chain_id() const;
  const std::string& genesis_bytes() const;
  const v1::Genesis& genesis() const;

  // --- ordering: one thread ---

  // Executes the next height, however far ahead of the certified one. The block is on disk when this returns, and synced
  // where the options say so. An error is the disk's: nothing was published, each later call fails alike, and the node
  // must stop. The block may be there after a restart.
  Result<ExecutedBlock> execute(const OrderedBatch& batch);
  // The executed blocks above the certified height, ascending (after a restart, too).
  std::vector<ExecutedBlock> uncertified() const;
  // Any executed, uncertified height. Checks the certificate against the set in force there, stores it and makes the
  // height the latest; the heights below are certified with it and get none of their own. Only an epoch's last header,
  // where the set changes, needs its own: BAD_PROOF for a height above it until it has one.
  Result<void> certify(Height height, const v1::HeaderCertificate& certificate);
  // Any thread. Makes lasting what was executed and certified until now.
  Result<Flushed> sync();

  // The newest executed height and its time, certified or not: what the next batch builds on.
  Height executed_height() const;
  TimeMs executed_time() const;
  // When the next due entry's time comes; empty = the queue is empty.
  std::optional<TimeMs> next_due() const;
  v1::Epochs epochs() const;

  // --- reading: any thread ---

  Head head() const;
  // Called on the certifying thread after a height became the latest, once for all that it certified. Set before
  // ordering starts.
  void on_certified(std::function<void(const Head&)> callback);

  // Whether the transaction would be taken now: the same check as execution's, over the newest executed state at `now`.
  // The error's field starts at operations[i].
  Result<void> forecast(const CheckedTransaction& transaction, TimeMs now) const;

  // Of executed transactions, certified or not; empty = no executed block has it.
  Result<std::optional<TransactionPlace>> find_transaction(const Digest& id) const;
  // Of many at once, in their order, all proven at one height: those of a block share most of the reading.
  Result<std::vector<std::optional<TransactionOutcome>>> outcomes(std::span<const Digest> ids) const;
  // A file that proves one operation of one leaf: canonical ProofFile.
  Result<std::string> receipt(std::uint64_t leaf_index, std::uint32_t operation) const;

  // `height` 0 = latest. HEIGHT_UNKNOWN where it is no longer, or not yet, kept.
  Result<RecordAnswer> get(const v1::StateKey& key, Height height = 0) const;
  Result<v1::ListResponse> list(const v1::ListRequest& request) const;
  Result<v1::HistoryResponse> history(const v1::HistoryRequest& request) const;
  // At most `limit` events, and some 2 MiB of them, strictly after the cursor, in order, and where the reader stands
  // then.
  struct Events {
    std::vector<v1::LedgerEvent> events;
    v1::Cursor cursor;
  };
  Result<Events> events_after(const v1::Cursor& cursor, std::size_t limit) const;
  // The cursor behind which nothing is yet.
  v1::Cursor end_cursor() const;
  Result<v1::StatisticsResponse> statistics() const;
  // The first header at or above the height that has a certificate of its own, which vouches for all below it: the
  // header names its height. Block 0 comes without.
  Result<v1::CertifiedHeader> header(Height height) const;

  // A record, or its absence, as a ProofFile: at the first height from the one asked that has a certificate of its own.
  Result<std::string> prove(const v1::StateKey& key, Height height = 0) const;
  // Between two such heights.
  Result<std::string> prove_consistency(Height older, Height newer = 0) const;

  // --- for other nodes: any thread ---

  // Certified blocks with all that their batches list, from the height asked, which is at least 1: as many as
  // `max_bytes` holds, ending in one with a certificate of its own, and no fewer than up to the first such. With
  // changes: that block alone, executed ones too; HEIGHT_UNKNOWN where its undo list is gone. None above the head.
  Result<v1::FetchBlocksResponse> blocks(const v1::FetchBlocksRequest& request) const;
  // Another node's block, with its changes, against this node's own of that height: where they differ, if at all.
  Result<std::optional<Divergence>> compare(const v1::FetchedBlock& theirs) const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jinshi::ledger
