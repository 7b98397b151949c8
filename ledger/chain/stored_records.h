// Records as they stand on disk, found through the state tree. What is read is held against the tree's digest, so a
// record that was changed on disk is never acted upon.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "ledger/domain/record_view.h"
#include "ledger/execution/executor.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

// What a failing disk raises out of a check or an effect, which have no other way out of it. It never leaves the ledger:
// whoever runs them over StoredRecords catches it and answers with the error.
struct UnreadableRecord {
  Error error;
};

// One thread; the tree must not change while one looks things up. Keeps what it read, parsed: a pointer stays good until
// `apply`. `find` throws UnreadableRecord.
class StoredRecords final : public RecordView {
 public:
  // `at`: the disk as the tree has it; null = as it is, for who writes it.
  StoredRecords(const Database& database, const merkle::StateTree& tree, Database::Snapshot at = nullptr)
      : database_(database), tree_(tree), at_(std::move(at)) {}

  const v1::Record* find(const RecordKey& key) const override;

  // A block changed these.
  void apply(std::span<const RecordChange> changes);

 private:
  const Database& database_;
  const merkle::StateTree& tree_;
  const Database::Snapshot at_;
  mutable std::unordered_map<Digest, std::unique_ptr<v1::Record>, DigestHash> read_;
};

// The record at a position, held against its digest: DAMAGED where it is another.
Result<std::string> read_record(const Database& database, const merkle::StateValue& value,
                                const Database::Snapshot& at = nullptr);

Digest record_digest(ByteView record);

}  // namespace jinshi::ledger
