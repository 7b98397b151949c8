// Older heights, out of the undo lists above them: a value as it was, and the state tree as it was.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "ledger/merkle/state_undo.h"
#include "ledger/store/database.h"
#include "proto/error.h"

namespace jinshi::ledger {

// What the undo lists above `height`, up to and with `now`, say of one key; nothing when none of them names it. The
// lowest one that does has the record then: canonical, empty for an absent one. HEIGHT_UNKNOWN where a list is no
// longer kept.
Result<std::optional<std::optional<std::string>>> record_then(const Database& database, const Database::Snapshot& at,
                                                              const Digest& key, Height height, Height now);

// Every key touched above a height, as it was at it.
class StateThen {
 public:
  explicit StateThen(Height height) : height_(height), now_(height) {}

  // Takes up the undo lists up to `now` that are not in it yet.
  Result<void> reach(const Database& database, const Database::Snapshot& at, Height now);
  Height now() const { return now_; }

  const merkle::ValuesThen& values() const { return values_; }
  // Of a touched key; empty where it was absent.
  std::optional<std::string> record(const Digest& key) const;

 private:
  Height height_, now_;
  merkle::ValuesThen values_;
  std::unordered_map<Digest, std::string, DigestHash> records_;  // only where there was one
};

// Visits a block's undo list in key order until the visitor says false; an empty record is an absent one.
Result<void> each_undo(const Database& database, const Database::Snapshot& at, Height height,
                       const std::function<bool(const Digest& key, ByteView record)>& visit);

}  // namespace jinshi::ledger
