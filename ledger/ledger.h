// The ledger of one node: executes ordered batches into blocks on disk, and answers from certified ones.
//
// One thread orders (execute, certify); any thread reads. What is read is the newest height that was executed and
// certified, and every answer names it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/ledger_service.pb.h"
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

// An executed block, on disk and synced, not certified yet.
struct ExecutedBlock {
  Height height = 0;
  std::string header;  // canonical bytes
  Digest digest;       // of the header: what validators sign, under the tag "header-signature"
  TimeMs time = 0;
};

// A certified height as one value.
struct Head {
  Height height = 0;
  TimeMs time = 0;
  Digest digest;
  std::string header;
  v1::HeaderCertificate certificate;  // empty at height 0
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

  // Executes the next height. The block is on disk and synced when this returns. An error is the disk's: nothing was
  // published, each later call fails alike, and the node must stop. The block may be there after a restart.
  Result<ExecutedBlock> execute(const OrderedBatch& batch);
  // The last executed block, when it is not certified yet (after a restart, too).
  std::optional<ExecutedBlock> uncertified() const;
  // Checks the certificate against the set in force, stores it and makes the height the latest.
  Result<void> certify(Height height, const v1::HeaderCertificate& certificate);

  // The newest executed height and its time, certified or not: what the next batch builds on.
  Height executed_height() const;
  TimeMs executed_time() const;
  // When the next due entry's time comes; empty = the queue is empty.
  std::optional<TimeMs> next_due() const;
  v1::Epochs epochs() const;

  // --- reading: any thread ---

  Head head() const;
  // Called on the certifying thread after a height became the latest. Set before ordering starts.
  void on_certified(std::function<void(const Head&)> callback);

  // Whether the transaction would be taken now: the same check as execution's, over the newest executed state at `now`.
  // The error's field starts at operations[i].
  Result<void> forecast(const CheckedTransaction& transaction, TimeMs now) const;

  std::optional<TransactionPlace> find_transaction(const Digest& id) const;
  // A file that proves one operation of one leaf: canonical ProofFile.
  Result<std::string> receipt(std::uint64_t leaf_index, std::uint32_t operation) const;

  // `height` 0 = latest. HEIGHT_UNKNOWN where it is no longer, or not yet, kept.
  Result<RecordAnswer> get(const v1::StateKey& key, Height height = 0) const;
  Result<v1::ListResponse> list(const v1::ListRequest& request) const;
  Result<v1::HistoryResponse> history(const v1::HistoryRequest& request) const;
  // At most `limit` events strictly after the cursor, in order, and where the reader stands then.
  struct Events {
    std::vector<v1::LedgerEvent> events;
    v1::Cursor cursor;
  };
  Result<Events> events_after(const v1::Cursor& cursor, std::size_t limit) const;
  // The cursor behind which nothing is yet.
  v1::Cursor end_cursor() const;
  Result<v1::StatisticsResponse> statistics() const;
  Result<v1::CertifiedHeader> header(Height height) const;

  // A record, or its absence, as a ProofFile.
  Result<std::string> prove(const v1::StateKey& key, Height height = 0) const;
  Result<std::string> prove_consistency(Height older, Height newer = 0) const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jinshi::ledger
