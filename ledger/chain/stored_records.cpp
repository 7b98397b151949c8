#include "ledger/chain/stored_records.h"

#include "ledger/crypto/digest.h"
#include "ledger/store/damage.h"
#include "proto/assert.h"

namespace jinshi::ledger {
namespace {

// Enough for every organisation and key of a zone, and the assets of some blocks.
constexpr std::size_t kMostKept = 200'000;

}  // namespace

Digest record_digest(ByteView record) { return crypto::digest(crypto::Tag::kRecord, record); }

Result<std::string> read_record(const Database& database, const merkle::StateValue& value,
                                const Database::Snapshot& at) {
  auto bytes = database.get(Family::kRecords, DiskKey().u64(value.position).str(), at);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes || record_digest(**bytes) != value.record) {
    return damaged("record number " + std::to_string(value.position), "is not what the state tree commits to");
  }
  return std::move(**bytes);
}

const v1::Record* StoredRecords::find(const RecordKey& key) const {
  const auto known = read_.find(key.digest());
  if (known != read_.end()) return known->second.get();
  const auto value = tree_.find(key.digest());
  if (!value) return nullptr;
  const auto bytes = read_record(database_, *value, at_);
  auto record = std::make_unique<v1::Record>();
  if (!bytes) throw UnreadableRecord{bytes.error()};
  if (!record->ParseFromString(*bytes)) throw UnreadableRecord{damaged("a record", "does not parse").error()};
  return read_.emplace(key.digest(), std::move(record)).first->second.get();
}

void StoredRecords::apply(std::span<const RecordChange> changes) {
  if (read_.size() > kMostKept) read_.clear();
  for (const RecordChange& change : changes) {
    if (!change.after) {
      read_.erase(change.key.digest());
      continue;
    }
    auto record = std::make_unique<v1::Record>();
    JINSHI_ASSERT(record->ParseFromString(*change.after), "an executed record parses");
    read_[change.key.digest()] = std::move(record);
  }
}

}  // namespace jinshi::ledger
