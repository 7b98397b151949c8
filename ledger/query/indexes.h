// Derived lists: which values a record is found by. Never read by execution, rebuilt from the records at will.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "jinshi/v1/state.pb.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

// (dotted field name, value as JSON shows it) of every field that carries the option `indexed`, nested ones too.
using IndexedValues = std::set<std::pair<std::string, std::string>>;
IndexedValues indexed_values(const v1::Record& record);

// The names that a kind can be filtered by.
std::set<std::string> filter_names(v1::StateKey::KindCase kind);

// Moves a record's list entries from what it was to what it is; null = absent.
void index_record(WriteBatch& batch, std::uint64_t created, const v1::Record* before, const v1::Record* after);

// Where a list's entries begin: of a kind, or of one value of one of its fields.
DiskKey list_prefix(v1::StateKey::KindCase kind);
DiskKey list_prefix(v1::StateKey::KindCase kind, const std::string& field, const std::string& value);

}  // namespace jinshi::ledger
