// What the ledger keeps in memory beside the database: the trees, rebuilt at start and held against the last header.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "jinshi/v1/block.pb.h"
#include "ledger/execution/executor.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/merkle/live_ids.h"
#include "ledger/merkle/state_tree.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

// The history tree's tiles in the database.
class StoredTiles final : public merkle::TileStore {
 public:
  explicit StoredTiles(const Database& database, Database::Snapshot at = nullptr)
      : database_(database), at_(std::move(at)) {}
  std::optional<std::string> get(unsigned level, std::uint64_t index) const override;

 private:
  const Database& database_;
  Database::Snapshot at_;
};

struct ChainState {
  merkle::StateTree state;
  merkle::HistoryTree history;
  merkle::LiveIds live_ids;
  bool from_leaf_file = false;  // how the state tree came back
};

// Rebuilds all three as they stand after `header`, and holds each root against it. `leaf_file` is a hint: where it is
// missing, damaged or of another height, the records are read instead. DAMAGED names what differs: for the state the
// first differing record and the transaction that wrote it.
Result<ChainState> restore_state(const Database& database, const v1::Header& header,
                                 const std::filesystem::path& leaf_file);

Digest live_ids_root(const std::vector<merkle::HourRoot>& hours);

// The trees after a block, computed before anything is changed, so that its header can be on disk before readers see it.
struct PreparedBlock {
  BlockOutput output;
  std::string header;  // canonical, roots filled in
  Digest digest;
  merkle::StateTree::Update state;
  merkle::HistoryTree::Update history;
  merkle::LiveIds::Block live_ids;
};
PreparedBlock prepare_block(const ChainState& state, BlockOutput output);

}  // namespace jinshi::ledger
