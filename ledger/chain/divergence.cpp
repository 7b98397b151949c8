#include "ledger/chain/divergence.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "jinshi/v1/block.pb.h"
#include "ledger/domain/record_key.h"
#include "proto/json.h"
#include "ledger/execution/genesis.h"
#include "ledger/chain/stored_records.h"

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

std::string name_of_leaf(const v1::StoredTransaction& stored, const v1::HistoryLeaf& leaf) {
  if (stored.transaction().empty()) return "a due entry at height " + std::to_string(leaf.height());
  return "transaction " + to_hex(leaf.id()) + " at height " + std::to_string(leaf.height());
}

std::string writer_of(const Database& database, const Written& written) {
  if (!written.leaf) return "genesis";
  const auto bytes = database.get(Family::kLeaves, DiskKey().u64(*written.leaf).str());
  v1::StoredTransaction stored;
  v1::HistoryLeaf leaf;
  if (!bytes || !*bytes || !stored.ParseFromString(**bytes) || !leaf.ParseFromString(stored.leaf())) {
    return "transaction number " + std::to_string(*written.leaf);
  }
  return name_of_leaf(stored, leaf);
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

// --- two nodes ---

namespace {

// The keys that a block's operations changed, in the order of their first change, each with the last that wrote it.
struct Writer {
  Digest key;
  std::string name;
};
std::vector<Writer> writers_of(const std::vector<v1::StoredTransaction>& leaves) {
  std::vector<Writer> writers;
  std::unordered_map<Digest, std::size_t, DigestHash> places;
  for (const v1::StoredTransaction& stored : leaves) {
    v1::HistoryLeaf leaf;
    leaf.ParseFromString(stored.leaf());
    for (int operation = 0; operation < stored.changes_size(); ++operation) {
      v1::ChangeList list;
      list.ParseFromString(stored.changes(operation));
      for (const auto& change : list.changes()) {
        const auto key = Digest::from(change.key());
        if (!key) continue;
        const auto [place, is_new] = places.try_emplace(*key, writers.size());
        if (is_new) writers.push_back({*key, {}});
        writers[place->second].name = "operation " + std::to_string(operation) + " of " + name_of_leaf(stored, leaf);
      }
    }
  }
  return writers;
}

std::vector<std::string> differing_fields(const v1::Header& ours, const v1::Header& theirs) {
  std::vector<std::string> names;
  const auto* descriptor = v1::Header::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    google::protobuf::util::MessageDifferencer difference;
    const std::vector<const google::protobuf::FieldDescriptor*> one = {descriptor->field(i)};
    if (!difference.CompareWithFields(ours, theirs, one, one)) names.push_back(descriptor->field(i)->name());
  }
  return names;
}

using After = std::optional<std::string>;  // a record after the block, empty = absent; nothing = unchanged

std::string shown(const After& after) {
  if (!after) return "unchanged";
  if (after->empty()) return "absent";
  v1::Record record;
  if (!record.ParseFromString(*after)) return "no record: " + to_hex(*after);
  return boost::json::serialize(to_json(record));
}

std::string named(const Digest& key, const After& ours, const After& theirs) {
  for (const After* after : {&ours, &theirs}) {
    v1::Record record;
    if (*after && !(*after)->empty() && record.ParseFromString(**after) && record.kind_case() != 0) {
      const RecordKey made = key_of(record);
      if (made.digest() == key) return describe(made.key());
    }
  }
  return "the record under " + to_hex(key.view());
}

}  // namespace

Result<std::optional<Divergence>> compare_blocks(const TwoBlocks& blocks) {
  std::map<Digest, std::string> theirs;
  for (const auto& change : blocks.their_changes) {
    const auto key = Digest::from(change.key());
    if (!key) return fail(v1::REASON_BAD_VALUE, "the other node's block names a key that is no digest");
    theirs[*key] = change.record();
  }
  Divergence found;
  found.height = blocks.our_header.height();
  found.header_fields = differing_fields(blocks.our_header, blocks.their_header);
  const auto after = [](const std::map<Digest, std::string>& changes, const Digest& key) -> After {
    const auto change = changes.find(key);
    return change == changes.end() ? After() : After(change->second);
  };
  const auto differs = [&](const Digest& key, const std::string& writer) {
    const After our = after(blocks.our_changes, key), their = after(theirs, key);
    if (our == their) return false;
    found.record = named(key, our, their);
    found.ours = shown(our);
    found.theirs = shown(their);
    found.writer = our ? writer : "nothing in this node's block";
    return true;
  };
  const auto writers = writers_of(blocks.our_leaves);
  bool is_found = std::ranges::any_of(writers, [&](const Writer& one) { return differs(one.key, one.name); });
  std::map<Digest, std::string> all = theirs;
  all.insert(blocks.our_changes.begin(), blocks.our_changes.end());
  for (auto change = all.begin(); change != all.end() && !is_found; ++change) {
    is_found = differs(change->first, "the block itself, not one of its transactions");
  }
  if (!is_found && found.header_fields.empty()) return std::optional<Divergence>();
  return std::optional(std::move(found));
}

std::string Divergence::text() const {
  std::string fields;
  for (const auto& field : header_fields) fields += (fields.empty() ? "" : ", ") + field;
  std::string words = "the headers of height " + std::to_string(height) +
                      (fields.empty() ? " agree" : " differ in " + fields);
  if (record.empty()) return words + "; every changed record agrees";
  return words + "; first of all in " + record + ", written by " + writer + ": here " + ours + ", there " + theirs;
}

}  // namespace jinshi::ledger
