#include "ledger/chain_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "ledger/crypto/digest.h"
#include "ledger/divergence.h"
#include "ledger/domain/due_queue.h"
#include "ledger/merkle/state_file.h"
#include "ledger/query/indexes.h"
#include "ledger/stored_records.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

std::unexpected<Error> damaged(const std::string& what) {
  return fail(v1::REASON_DAMAGED, what + " on disk is not what the last header commits to: restore the data directory "
                                         "from a copy, or let the node follow anew");
}

Result<merkle::LiveIds> restore_live_ids(const Database& database, const v1::Header& header) {
  merkle::LiveIds ids;
  std::optional<Error> error;
  const auto scanned = database.scan(Family::kLiveIds, {}, {}, [&](ByteView key, ByteView value) {
    const auto id = Digest::from(value);
    if (!id) {
      error = Error{v1::REASON_DAMAGED, {}, "a live id on disk is damaged"};
      return false;
    }
    const merkle::LiveIdRow row{static_cast<std::int64_t>(read_u64(key)), read_u64(key.substr(8)), *id};
    if (auto restored = ids.restore(row); !restored) error = restored.error();
    return !error;
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (error) return std::unexpected(*error);
  if (live_ids_root(ids.roots()).view() != header.live_ids_root()) return damaged("the list of live ids");
  return ids;
}

std::optional<merkle::StateTree> state_from_file(const v1::Header& header, const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  auto file = merkle::read_state_file(in);
  if (!file || file->height != header.height() || file->tree.root().view() != header.state_root()) return std::nullopt;
  return std::move(file->tree);
}

Result<merkle::StateTree> state_from_records(const Database& database) {
  merkle::StateTree::Builder builder(database.estimated_size(Family::kRecords));
  std::optional<Error> error;
  const auto scanned = database.scan(Family::kRecords, {}, {}, [&](ByteView key, ByteView bytes) {
    v1::Record record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      error = Error{v1::REASON_DAMAGED, {}, "record number " + std::to_string(read_u64(key)) + " on disk is damaged"};
      return false;
    }
    builder.add({key_of(record).digest(), record_digest(bytes), read_u64(key)});
    return true;
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (error) return std::unexpected(*error);
  return builder.finish();
}

}  // namespace

std::optional<std::string> StoredTiles::get(unsigned level, std::uint64_t index) const {
  auto tile =
      database_.get(Family::kTiles, DiskKey().u8(static_cast<std::uint8_t>(level)).u64(index).str(), at_);
  return tile ? std::move(*tile) : std::nullopt;
}

Digest live_ids_root(const std::vector<merkle::HourRoot>& hours) {
  v1::LiveIds message;
  for (const auto& hour : hours) {
    auto& one = *message.add_hours();
    one.set_hour(hour.hour);
    one.set_count(hour.count);
    one.set_root(hour.root.string());
  }
  return crypto::digest(Tag::kLiveIds, encode(message));
}

Result<ChainState> restore_state(const Database& database, const v1::Header& header,
                                 const std::filesystem::path& leaf_file) {
  ChainState state;
  auto history = merkle::HistoryTree::recover(header.history_size(), StoredTiles(database));
  if (!history) return std::unexpected(history.error());
  if (history->root().view() != header.history_root()) return damaged("the history tree");
  state.history = std::move(*history);

  auto live_ids = restore_live_ids(database, header);
  if (!live_ids) return std::unexpected(live_ids.error());
  state.live_ids = std::move(*live_ids);

  if (auto quick = state_from_file(header, leaf_file)) {
    state.state = std::move(*quick);
    state.from_leaf_file = true;
    return state;
  }
  auto tree = state_from_records(database);
  if (!tree) return std::unexpected(tree.error());
  if (tree->root().view() != header.state_root()) {
    return fail(v1::REASON_DAMAGED, "the records on disk are not what header " + std::to_string(header.height()) +
                                        " commits to: " + first_difference(database) +
                                        ". Restore the data directory from a copy, or let the node follow anew");
  }
  state.state = std::move(*tree);
  return state;
}

Result<void> save_leaf_file(const merkle::StateTree& state, Height height, const std::filesystem::path& leaf_file) {
  const std::filesystem::path part = leaf_file.string() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    if (auto written = merkle::write_state_file(out, state, height); !written) return written;
    out.flush();
    if (!out) return fail(v1::REASON_DISK, "the disk refused " + part.string());
  }
  const int file = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  std::error_code failed;
  if (synced) std::filesystem::rename(part, leaf_file, failed);
  if (!synced || failed) return fail(v1::REASON_DISK, "the disk refused " + leaf_file.string());
  return {};
}

PreparedBlock prepare_block(const ChainState& state, BlockOutput output) {
  std::vector<merkle::StateChange> changes;
  for (const RecordChange& change : output.changes) {
    merkle::StateChange one{change.key.digest(), std::nullopt};
    if (change.after) one.value = merkle::StateValue{record_digest(*change.after), change.created};
    changes.push_back(std::move(one));
  }
  std::vector<Digest> leaves;
  auto ids = state.live_ids.begin_block(output.header.time());
  for (const BlockLeaf& leaf : output.leaves) {
    leaves.push_back(leaf.hash);
    if (leaf.id.is_zero()) continue;
    JINSHI_ASSERT(ids.add(leaf.id, leaf.expires_at), "an executed transaction's id was not live");
  }
  auto state_update = state.state.prepare(changes);
  auto history_update = state.history.prepare(leaves);
  output.header.set_history_root(history_update.root().string());
  output.header.set_state_root(state_update.root().string());
  output.header.set_live_ids_root(live_ids_root(ids.roots()).string());
  std::string header = encode(output.header);
  const Digest digest = crypto::digest(Tag::kHeader, header);
  return {std::move(output),       std::move(header),         digest,
          std::move(state_update), std::move(history_update), std::move(ids)};
}

namespace {

void write_records(const BlockOutput& output, WriteBatch& out) {
  v1::UndoBlock undo;
  for (const RecordChange& change : output.changes) {
    const DiskKey place = DiskKey().u64(change.created);
    v1::Record before, after;
    if (change.before) before.ParseFromString(*change.before);
    if (change.after) {
      after.ParseFromString(*change.after);
      out.put(Family::kRecords, place.str(), *change.after);
    } else {
      out.remove(Family::kRecords, place.str());
    }
    const v1::Record* old = change.before ? &before : nullptr;
    const v1::Record* now = change.after ? &after : nullptr;
    // Deleted and made anew within one block, it stands at another place.
    const bool moved = old != nullptr && now != nullptr && old->created() != now->created();
    if (moved) {
      out.remove(Family::kRecords, DiskKey().u64(old->created()).str());
      index_record(out, old->created(), old, nullptr);
    }
    index_record(out, change.created, moved ? nullptr : old, now);
    if (old != nullptr && old->has_due() && now == nullptr) out.remove(Family::kDue, due_order(old->due()));
    if (now != nullptr && now->has_due() && old == nullptr) out.put(Family::kDue, due_order(now->due()), encode(now->due()));
    auto& one = *undo.add_records();
    one.set_key(change.key.digest().string());
    if (change.before) one.set_record(*change.before);
  }
  out.put(Family::kUndo, DiskKey().u64(output.header.height()).str(), encode(undo));
}

// Which operations touched which record: the record's history.
void write_touched(const BlockOutput& output, std::uint64_t first_leaf, WriteBatch& out) {
  std::unordered_map<Digest, std::uint64_t, DigestHash> places;
  for (const RecordChange& change : output.changes) places[change.key.digest()] = change.created;
  for (std::size_t i = 0; i < output.leaves.size(); ++i) {
    const auto& stored = output.leaves[i].stored;
    for (int operation = 0; operation < stored.changes_size(); ++operation) {
      v1::ChangeList list;
      list.ParseFromString(stored.changes(operation));
      for (const auto& change : list.changes()) {
        const auto place = places.find(*Digest::from(change.key()));
        if (place == places.end()) continue;  // came and went within the block
        const DiskKey key = DiskKey().u64(place->second).u64(first_leaf + i).u32(static_cast<std::uint32_t>(operation));
        out.put(Family::kTouched, key.str(), {});
      }
    }
  }
}

}  // namespace

void write_block(const PreparedBlock& block, const std::string& batch, WriteBatch& out) {
  const BlockOutput& output = block.output;
  const std::uint64_t first_leaf = output.header.history_size() - output.leaves.size();
  v1::StoredBlock stored;
  stored.set_header(block.header);
  stored.set_batch(batch);
  stored.set_first_leaf(first_leaf);
  stored.set_leaf_count(static_cast<std::uint32_t>(output.leaves.size()));
  out.put(Family::kBlocks, DiskKey().u64(output.header.height()).str(), encode(stored));
  for (std::size_t i = 0; i < output.leaves.size(); ++i) {
    const BlockLeaf& leaf = output.leaves[i];
    const std::string index = DiskKey().u64(first_leaf + i).str();
    out.put(Family::kLeaves, index, encode(leaf.stored));
    if (!leaf.id.is_zero()) out.put(Family::kIds, leaf.id.view(), index);
  }
  for (const auto& tile : block.history.writes()) {
    out.put(Family::kTiles, DiskKey().u8(static_cast<std::uint8_t>(tile.level)).u64(tile.index).str(), tile.hashes);
  }
  for (const auto& row : block.live_ids.added()) {
    out.put(Family::kLiveIds, DiskKey().u64(static_cast<std::uint64_t>(row.hour)).u64(row.n).str(), row.id.view());
  }
  for (const std::int64_t hour : block.live_ids.dropped_hours()) {
    const auto from = static_cast<std::uint64_t>(hour);
    out.remove_range(Family::kLiveIds, DiskKey().u64(from).str(), DiskKey().u64(from + 1).str());
  }
  write_records(output, out);
  write_touched(output, first_leaf, out);
}

Result<StateThen> state_then(const Database& database, Height then, Height now) {
  StateThen state;
  for (Height height = then + 1; height <= now; ++height) {
    const auto bytes = database.get(Family::kUndo, DiskKey().u64(height).str());
    if (!bytes) return std::unexpected(bytes.error());
    v1::UndoBlock undo;
    if (!*bytes) {
      return fail(v1::REASON_HEIGHT_UNKNOWN, "height " + std::to_string(then) + " is no longer kept on this node");
    }
    if (!undo.ParseFromString(**bytes)) return damaged("the undo list of height " + std::to_string(height));
    for (const auto& record : undo.records()) {
      const auto key = Digest::from(record.key());
      if (!key) return damaged("the undo list of height " + std::to_string(height));
      if (state.values.contains(*key)) continue;  // the lowest height has the value then
      if (record.record().empty()) {
        state.values[*key] = std::nullopt;
      } else {
        state.values[*key] = record_digest(record.record());
        state.records[*key] = record.record();
      }
    }
  }
  return state;
}

}  // namespace jinshi::ledger
