// RocksDB as the ledger uses it: column families by name, one atomic write a block, snapshots for readers, and errors
// that say whether the disk refused or the bytes are damaged.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ledger/store/schema.h"
#include "proto/error.h"

namespace jinshi::ledger {

// One atomic write over all column families.
class WriteBatch {
 public:
  void put(Family family, ByteView key, ByteView value) { puts_.push_back({family, std::string(key), std::string(value)}); }
  void remove(Family family, ByteView key) { removes_.push_back({family, std::string(key), {}}); }
  // Keys from `first` up to, not including, `end`.
  void remove_range(Family family, ByteView first, ByteView end) {
    removes_.push_back({family, std::string(first), std::string(end)});
  }

 private:
  friend class Database;
  struct Put {
    Family family;
    std::string key, value;
  };
  struct Remove {
    Family family;
    std::string key, end;  // no end: one key
  };
  std::vector<Put> puts_;
  std::vector<Remove> removes_;
};

class Database {
 public:
  // What a power cut may leave of the log: every write synced so that its tail alone can be torn, and all else is damage;
  // or writes that were never synced, of which the log holds some prefix.
  enum class Tail { kSynced, kUnsynced };
  // `env` null = the real disk. Errors: DISK (with the system's word for it), DAMAGED, and CONFIGURATION where the
  // folder holds no database of these families, or another program has it open.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& directory, rocksdb::Env* env, bool create,
                                                Tail tail = Tail::kSynced);
  ~Database();
  // Gives a closed database its place, lastingly.
  static Result<void> move(const std::filesystem::path& from, const std::filesystem::path& to, rocksdb::Env* env);

  // The database as it was, or as it would be with some writes undone that only readers of this snapshot see.
  struct View {
    std::shared_ptr<const rocksdb::Snapshot> rows;
    std::map<std::string, std::optional<std::string>> over[kFamilies];  // empty = no such row
  };
  using Snapshot = std::shared_ptr<const View>;
  Snapshot snapshot() const;
  // Without ranges.
  static Snapshot with(const Snapshot& base, const WriteBatch& changes);

  // Empty where there is nothing under the key. `at` null = now.
  Result<std::optional<std::string>> get(Family family, ByteView key, const Snapshot& at = nullptr) const;
  // Visits keys >= `from` that begin with `prefix`, in order, until the visitor says false.
  using Visitor = std::function<bool(ByteView key, ByteView value)>;
  Result<void> scan(Family family, ByteView prefix, ByteView from, const Visitor& visit,
                    const Snapshot& at = nullptr) const;
  // The greatest key of the family; empty when it has none.
  Result<std::optional<std::string>> last_key(Family family) const;

  // After a write that failed no other is tried: what it left on disk is only known when the database is opened again.
  // One thread writes.
  Result<void> write(const WriteBatch& batch, bool sync);
  // Any thread: all that was written before the call lasts when it returns.
  Result<void> sync();
  // About how many entries a family has.
  std::uint64_t estimated_size(Family family) const;

 private:
  Database() = default;
  Result<void> settle(const rocksdb::Status& status, const std::string& doing);
  Result<void> failed_before() const;
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<std::size_t>(family)]; }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  mutable std::mutex write_error_mutex_;  // guards write_error_
  std::optional<Error> write_error_;
};

}  // namespace jinshi::ledger
