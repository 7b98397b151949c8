// Lists, events and histories out of the database: pages with tokens that are good on any node.
#pragma once

#include <optional>
#include <string>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/ledger_service.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

inline constexpr std::uint32_t kDefaultPage = 50;
inline constexpr std::uint32_t kMaxPage = 500;
// A page ends early at so many bytes, and after so many records that a filter left out: no answer or call is unbounded.
inline constexpr std::size_t kMaxPageBytes = 2 << 20;
inline constexpr std::uint32_t kMaxVisited = 10'000;

// A certified height as readers see it: its database snapshot and how far its leaves reach.
struct ReadView {
  const Database& database;
  Database::Snapshot snapshot;
  Height height = 0;
  std::uint64_t history_size = 0;
};

Result<v1::ListResponse> list_records(const ReadView& view, const v1::ListRequest& request);

// The digest of the key whose history is asked for; empty = the whole ledger's.
Result<v1::HistoryResponse> history_of(const ReadView& view, const v1::HistoryRequest& request,
                                       const std::optional<Digest>& key);

Result<v1::StoredTransaction> stored_leaf(const ReadView& view, std::uint64_t leaf_index);

// The operations of one stored leaf as people and Watch see them, parsed once for all.
class LeafEvents {
 public:
  static Result<LeafEvents> read(const ReadView& view, std::uint64_t leaf_index);
  std::uint32_t size() const { return static_cast<std::uint32_t>(stored_.results_size()); }
  v1::LedgerEvent event(std::uint32_t operation) const;

 private:
  std::uint64_t leaf_index_ = 0;
  v1::StoredTransaction stored_;
  v1::HistoryLeaf leaf_;
  v1::SignedTransaction transaction_;  // empty for a due leaf
};

}  // namespace jinshi::ledger
