#include "ledger/store/database.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "proto/assert.h"

namespace jinshi::ledger {
namespace {

constexpr std::size_t kWriteBufferBytes = 64 << 20;
constexpr std::size_t kBlockCacheBytes = 128 << 20;

rocksdb::Slice slice(ByteView bytes) { return {bytes.data(), bytes.size()}; }
ByteView view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

Error error_of(const rocksdb::Status& status, const std::string& doing) {
  const std::string words = status.ToString();
  // A file that other files name and that is gone is as bad as one with other bytes.
  if (status.IsCorruption() || status.IsPathNotFound()) {
    return {v1::REASON_DAMAGED,
            {},
            doing + ": the ledger's files are damaged: " + words +
                ". Restore the data directory from a copy, or let the node follow anew"};
  }
  if (status.IsNoSpace()) {
    return {v1::REASON_DISK,
            {},
            doing + ": the disk is full: " + words + ". Free space on it and start again; no block was lost"};
  }
  return {v1::REASON_DISK,
          {},
          doing + ": the disk refused: " + words + ". Mend the disk or its permissions and start again"};
}

// RocksDB has one status for all failures to lock; only its words differ from those of a wrong permission.
bool is_locked(const std::string& words) {
  return words.find("lock hold by current process") != std::string::npos ||
         words.find("While lock file") != std::string::npos;
}

Error opening_error(const rocksdb::Status& status, const std::string& directory) {
  const std::string words = status.ToString();
  if (is_locked(words)) {
    return {v1::REASON_CONFIGURATION,
            {},
            directory + " is open already: stop the other program that uses it (" + words + ")"};
  }
  // A file that could not be read while options were compared comes as a wrong argument, too.
  if (status.IsInvalidArgument() && words.find("IO error") == std::string::npos) {
    return {v1::REASON_CONFIGURATION,
            {},
            directory +
                " holds no ledger of this program's format: create one, name "
                "another folder, or use the program that wrote it (" +
                words + ")"};
  }
  return error_of(status, "opening " + directory);
}

// Ids and history are looked up by key where there is mostly nothing; all else is read in order.
rocksdb::ColumnFamilyOptions options_of(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  if (family == Family::kIds || family == Family::kLiveIds) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& directory, rocksdb::Env* env,
                                                 bool create, Tail tail) {
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  if (!create && options.env->FileExists(directory.string()).IsNotFound()) {
    return fail(v1::REASON_CONFIGURATION, directory.string() +
                                              " holds no ledger: create one from its genesis, or name "
                                              "another folder");
  }
  // A ledger comes to its place whole, so a folder without this file has lost it. Asked first, as opening would make
  // it.
  if (!create && options.env->FileExists((directory / "CURRENT").string()).IsNotFound()) {
    return fail(v1::REASON_DAMAGED, directory.string() +
                                        " has lost its file CURRENT: restore the data directory from a "
                                        "copy, or let the node follow anew");
  }
  options.create_if_missing = create;
  options.create_missing_column_families = create;
  options.error_if_exists = create;
  options.paranoid_checks = true;
  // A torn tail was never acknowledged. Of unsynced logs an older one can be torn where a younger one is not; nothing
  // after the first tear counts then.
  options.wal_recovery_mode = tail == Tail::kSynced ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                                                    : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 4;
  options.info_log_level = rocksdb::WARN_LEVEL;
  const auto cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string(family_name(family)), options_of(family, cache));
  }
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  std::unique_ptr<Database> database(new Database);
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, directory.string(), families, &database->handles_, &db);
  if (!status.ok()) return std::unexpected(opening_error(status, directory.string()));
  database->db_.reset(db);
  return database;
}

Database::~Database() {
  if (db_ == nullptr) return;
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close();
}

Result<void> Database::move(const std::filesystem::path& from, const std::filesystem::path& to, rocksdb::Env* env) {
  if (env == nullptr) env = rocksdb::Env::Default();
  std::unique_ptr<rocksdb::Directory> folder;
  auto status = env->RenameFile(from.string(), to.string());
  if (status.ok()) status = env->NewDirectory(to.parent_path().string(), &folder);
  if (status.ok()) status = folder->Fsync();
  if (!status.ok()) return std::unexpected(error_of(status, "making " + to.string()));
  return {};
}

Database::Snapshot Database::snapshot() const {
  const auto release = [this](const rocksdb::Snapshot* snapshot) { db_->ReleaseSnapshot(snapshot); };
  return std::make_shared<const View>(View{{db_->GetSnapshot(), release}, {}});
}

Database::Snapshot Database::with(const Snapshot& base, const WriteBatch& changes) {
  auto view = std::make_shared<View>(*base);
  for (const auto& remove : changes.removes_) {
    JINSHI_ASSERT(remove.end.empty(), "only single rows are undone");
    view->over[static_cast<std::size_t>(remove.family)][remove.key] = std::nullopt;
  }
  for (const auto& put : changes.puts_) view->over[static_cast<std::size_t>(put.family)][put.key] = put.value;
  return view;
}

Result<std::optional<std::string>> Database::get(Family family, ByteView key, const Snapshot& at) const {
  rocksdb::ReadOptions options;
  if (at) {
    options.snapshot = at->rows.get();
    const auto& over = at->over[static_cast<std::size_t>(family)];
    if (const auto found = over.find(std::string(key)); found != over.end()) return found->second;
  }
  std::string value;
  const auto status = db_->Get(options, handle(family), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return std::unexpected(error_of(status, "reading " + std::string(family_name(family))));
  return std::optional(std::move(value));
}

Result<void> Database::scan(Family family, ByteView prefix, ByteView from, const Visitor& visit,
                            const Snapshot& at) const {
  static const std::map<std::string, std::optional<std::string>> kNothing;
  const auto& over = at ? at->over[static_cast<std::size_t>(family)] : kNothing;
  rocksdb::ReadOptions options;
  if (at) options.snapshot = at->rows.get();
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, handle(family)));
  const ByteView first = from < prefix ? prefix : from;
  iterator->Seek(slice(first));
  auto row = over.lower_bound(std::string(first));
  // Both in key order, as one; where both have the key, the snapshot's own row gives way.
  while (iterator->Valid() || row != over.end()) {
    const bool take_over = row != over.end() && (!iterator->Valid() || row->first <= view(iterator->key()));
    const bool both = take_over && iterator->Valid() && row->first == view(iterator->key());
    const ByteView key = take_over ? ByteView(row->first) : view(iterator->key());
    if (!key.starts_with(prefix)) break;
    if (take_over) {
      if (row->second && !visit(key, *row->second)) break;
      ++row;
    } else if (!visit(key, view(iterator->value()))) {
      break;
    }
    if (both || !take_over) iterator->Next();
  }
  if (!iterator->status().ok()) {
    return std::unexpected(error_of(iterator->status(), "reading " + std::string(family_name(family))));
  }
  return {};
}

Result<std::optional<std::string>> Database::last_key(Family family) const {
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(rocksdb::ReadOptions(), handle(family)));
  iterator->SeekToLast();
  if (!iterator->status().ok()) {
    return std::unexpected(error_of(iterator->status(), "reading " + std::string(family_name(family))));
  }
  if (!iterator->Valid()) return std::optional<std::string>();
  return std::optional(iterator->key().ToString());
}

Result<void> Database::write(const WriteBatch& batch, bool sync) {
  if (auto fine = failed_before(); !fine) return fine;
  rocksdb::WriteBatch all;
  for (const auto& remove : batch.removes_) {
    if (remove.end.empty()) {
      all.Delete(handle(remove.family), remove.key);
    } else {
      all.DeleteRange(handle(remove.family), remove.key, remove.end);
    }
  }
  for (const auto& put : batch.puts_) all.Put(handle(put.family), put.key, put.value);
  rocksdb::WriteOptions options;
  options.sync = sync;
  return settle(db_->Write(options, &all), "writing a block");
}

Result<void> Database::sync() {
  if (auto fine = failed_before(); !fine) return fine;
  return settle(db_->SyncWAL(), "syncing blocks");
}

Result<void> Database::failed_before() const {
  const std::scoped_lock lock(write_error_mutex_);
  if (write_error_) return std::unexpected(*write_error_);
  return {};
}

Result<void> Database::settle(const rocksdb::Status& status, const std::string& doing) {
  if (status.ok()) return {};
  const std::scoped_lock lock(write_error_mutex_);
  if (!write_error_) write_error_ = error_of(status, doing);
  return std::unexpected(*write_error_);
}

std::uint64_t Database::estimated_size(Family family) const {
  std::uint64_t count = 0;
  db_->GetIntProperty(handle(family), rocksdb::DB::Properties::kEstimateNumKeys, &count);
  return count;
}

}  // namespace jinshi::ledger
