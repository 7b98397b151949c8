// Lists, events and histories out of the database: pages with tokens that are good on any node.
#pragma once

#include <optional>
#include <string>

#include "jinshi/v1/block.pb.h"
#include "jinshi/v1/ledger_service.pb.h"
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

// `created` of the record whose history is asked for; empty = the whole ledger's.
Result<v1::HistoryResponse> history_of(const ReadView& view, const v1::HistoryRequest& request,
                                       std::optional<std::uint64_t> created);

Result<v1::StoredTransaction> stored_leaf(const ReadView& view, std::uint64_t leaf_index);

// One operation of a stored leaf as people and Watch see it.
v1::LedgerEvent event_of(const v1::StoredTransaction& stored, std::uint64_t leaf_index, std::uint32_t operation);
std::uint32_t operation_count(const v1::StoredTransaction& stored);

}  // namespace jinshi::ledger
