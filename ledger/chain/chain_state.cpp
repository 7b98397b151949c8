#include "ledger/chain/chain_state.h"

#include "ledger/chain/divergence.h"
#include "ledger/chain/leaf_file.h"
#include "ledger/chain/stored_records.h"
#include "ledger/crypto/digest.h"
#include "ledger/store/damage.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::ledger {
namespace {

using crypto::Tag;

constexpr const char* kNotCommitted = "is not what the last header commits to";

Result<merkle::LiveIds> restore_live_ids(const Database& database, const v1::Header& header) {
  merkle::LiveIds ids;
  std::optional<Error> error;
  const auto scanned = database.scan(Family::kLiveIds, {}, {}, [&](ByteView key, ByteView value) {
    const auto id = Digest::from(value);
    if (!id) {
      error = damaged("a live id", "is damaged").error();
      return false;
    }
    const merkle::LiveIdRow row{static_cast<std::int64_t>(read_u64(key)), read_u64(key.substr(8)), *id};
    if (auto restored = ids.restore(row); !restored) error = restored.error();
    return !error;
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (error) return std::unexpected(*error);
  if (live_ids_root(ids.roots()).view() != header.live_ids_root()) return damaged("the list of live ids", kNotCommitted);
  return ids;
}

Result<merkle::StateTree> state_from_records(const Database& database) {
  merkle::StateTree::Builder builder(database.estimated_size(Family::kRecords));
  std::optional<Error> error;
  const auto scanned = database.scan(Family::kRecords, {}, {}, [&](ByteView key, ByteView bytes) {
    v1::Record record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      error = damaged("record number " + std::to_string(read_u64(key)), "is damaged").error();
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
  if (history->root().view() != header.history_root()) return damaged("the history tree", kNotCommitted);
  state.history = std::move(*history);

  auto live_ids = restore_live_ids(database, header);
  if (!live_ids) return std::unexpected(live_ids.error());
  state.live_ids = std::move(*live_ids);

  if (auto quick = read_leaf_file(header, leaf_file)) {
    state.state = std::move(*quick);
    state.from_leaf_file = true;
    return state;
  }
  auto tree = state_from_records(database);
  if (!tree) return std::unexpected(tree.error());
  if (tree->root().view() != header.state_root()) {
    return damaged("the state", "is not what header " + std::to_string(header.height()) + " commits to (" +
                                    first_difference(database) + ")");
  }
  state.state = std::move(*tree);
  return state;
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

}  // namespace jinshi::ledger
