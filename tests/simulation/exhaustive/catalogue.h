// Every message that was ever said in a search, once for each meaning. Two messages of one meaning differ only in whose
// signatures stand in their certificates, which no rule asks about.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/simulation/exhaustive/tiny_world.h"

namespace jinshi::exhaustive {

using MessageId = std::uint32_t;

enum class Kind : std::uint8_t { kPrePrepare, kPrepare, kCommit, kHeader, kViewChange, kNewView };

// What a VIEW-CHANGE brings: a prepare certificate of a view, or the certified height itself, or nothing.
struct Brought {
  Value value = kNoValue;
  std::uint8_t view = 0;
  bool certified = false;
  friend auto operator<=>(const Brought&, const Brought&) = default;
};

struct Meaning {
  Kind kind = Kind::kPrePrepare;
  std::uint8_t sender = 0;
  std::uint8_t view = 0;
  Value value = kNoValue;     // of votes, and of header signatures
  std::set<Brought> brought;  // of view changes: one; of a NEW-VIEW: what its view changes bring
  friend auto operator<=>(const Meaning&, const Meaning&) = default;
};

class Catalogue {
 public:
  explicit Catalogue(const TinyWorld& world) : world_(world) {}

  struct Entry {
    Meaning meaning;
    consensus::Message message;
    bool passes = false;  // the shipped verifier; what doesn't, nobody hears
  };
  const Entry& operator[](MessageId id) const { return entries_[id]; }
  std::size_t size() const { return entries_.size(); }

  // None for what no search is about: status, recovery, other heights.
  std::optional<MessageId> add(std::size_t sender, const consensus::Message& message);
  std::optional<MessageId> find(const Meaning& meaning) const;
  std::string describe(MessageId id) const;

 private:
  std::optional<Meaning> meaning_of(std::size_t sender, const consensus::Message& message) const;
  Brought brought_by(const consensus::ViewChange& view_change) const;

  const TinyWorld& world_;
  std::deque<Entry> entries_;
  std::map<Meaning, MessageId> by_meaning_;
};

// The names of things in a trace.
std::string describe(const Brought& brought);
std::string name_of(Value value);

}  // namespace jinshi::exhaustive
