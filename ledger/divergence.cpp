#include "ledger/divergence.h"

#include <optional>
#include <unordered_map>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/record_key.h"
#include "ledger/execution/genesis.h"
#include "ledger/stored_records.h"

namespace jinshi::ledger {
namespace {

struct Written {
  Digest record;
  std::optional<std::uint64_t> leaf;  // none: genesis
};
using WrittenRecords = std::unordered_map<Digest, Written, DigestHash>;

// The last digest that any operation gave each record.
WrittenRecords last_written(const Database& database) {
  WrittenRecords written;
  if (const auto bytes = database.get(Family::kMeta, "genesis"); bytes && *bytes) {
    if (const auto genesis = read_genesis(**bytes)) {
      for (const RecordChange& change : execute_genesis(*genesis, chain_id_of(**bytes)).changes) {
        // Blocks change these without an operation's saying so.
        if (change.key.kind() == v1::StateKey::kCounters || change.key.kind() == v1::StateKey::kHeader) continue;
        if (change.after) written[change.key.digest()] = {record_digest(*change.after), std::nullopt};
      }
    }
  }
  (void)database.scan(Family::kLeaves, {}, {}, [&](ByteView key, ByteView value) {
    v1::StoredTransaction stored;
    if (!stored.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
    for (const auto& bytes : stored.changes()) {
      v1::ChangeList list;
      list.ParseFromString(bytes);
      for (const auto& change : list.changes()) {
        const auto record_key = Digest::from(change.key());
        const auto record = Digest::from(change.record());
        if (record_key && record) written[*record_key] = {*record, read_u64(key)};
      }
    }
    return true;
  });
  return written;
}

std::string describe(const v1::StateKey& key) {
  const auto kind = key.kind_case();
  const auto* field = v1::StateKey::descriptor()->FindFieldByNumber(kind);
  std::string text(name_of(kind));
  if (field != nullptr && field->type() == google::protobuf::FieldDescriptor::TYPE_STRING) {
    text += " '" + key.GetReflection()->GetString(key, field) + "'";
  }
  return text;
}

std::string writer_of(const Database& database, const Written& written) {
  if (!written.leaf) return "genesis";
  const auto bytes = database.get(Family::kLeaves, DiskKey().u64(*written.leaf).str());
  v1::StoredTransaction stored;
  v1::HistoryLeaf leaf;
  if (!bytes || !*bytes || !stored.ParseFromString(**bytes) || !leaf.ParseFromString(stored.leaf())) {
    return "transaction number " + std::to_string(*written.leaf);
  }
  if (stored.transaction().empty()) return "a due entry at height " + std::to_string(leaf.height());
  return "transaction " + to_hex(leaf.id()) + " at height " + std::to_string(leaf.height());
}

}  // namespace

std::string first_difference(const Database& database) {
  WrittenRecords written = last_written(database);
  std::string found;
  (void)database.scan(Family::kRecords, {}, {}, [&](ByteView place, ByteView bytes) {
    v1::Record record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      found = "record number " + std::to_string(read_u64(place)) + " does not parse";
      return false;
    }
    const RecordKey key = key_of(record);
    const auto expected = written.find(key.digest());
    if (expected == written.end()) return true;  // derived, or under another key than it was
    const Digest is = record_digest(bytes);
    if (is != expected->second.record) {
      found = describe(key.key()) + " has the digest " + to_hex(is.view()) + " where " +
              writer_of(database, expected->second) + " wrote " + to_hex(expected->second.record.view());
      return false;
    }
    written.erase(expected);
    return true;
  });
  if (!found.empty()) return found;
  for (const auto& [key, last] : written) {
    if (last.record.is_zero()) continue;
    return "a record that " + writer_of(database, last) + " wrote is missing";
  }
  return "a derived record (totals, headers, counters) differs";
}

}  // namespace jinshi::ledger
