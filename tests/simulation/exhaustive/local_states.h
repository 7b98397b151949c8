// What one honest validator can be in: a copy of the shipped core, and what it has said. Equal ones are one state.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "consensus/replica.h"
#include "tests/simulation/exhaustive/byzantine.h"

namespace jinshi::exhaustive {

using LocalId = std::uint32_t;

// One thing that happens to a validator: messages that come together, perhaps blocks, perhaps its timer after them.
struct Action {
  std::vector<MessageId> messages;
  Value fetched = kNoValue;  // the certified block is brought
  bool timer = false;
};

struct Local {
  std::size_t validator = 0;
  consensus::Replica replica;
  consensus::SteadyMs clock = 0;  // any that leads here
  Said said;
  Value delivered = kNoValue;
};

class LocalStates {
 public:
  LocalStates(const TinyWorld& world, Catalogue& catalogue, Byzantine& byzantine)
      : world_(world), catalogue_(catalogue), byzantine_(byzantine) {}

  LocalId first(std::size_t validator);
  const Local& operator[](LocalId id) const { return locals_[id]; }
  std::size_t size() const { return locals_.size(); }

  // None where nothing comes of it that anyone could notice: the same can happen later, with more.
  std::optional<LocalId> act(LocalId id, const Action& action, const Said& said);
  // What some action broke, of what one validator alone can break.
  const std::optional<std::string>& violation() const { return violation_; }

 private:
  void step(Local& local, const consensus::Event& event);
  void note_said(Local& local, MessageId id);
  void violated(const Local& local, const std::string& what);
  LocalId keep(Local local);

  const TinyWorld& world_;
  Catalogue& catalogue_;
  Byzantine& byzantine_;
  std::deque<Local> locals_;
  std::unordered_map<Digest, LocalId, DigestHash> by_content_;
  std::optional<std::string> violation_;
};

}  // namespace jinshi::exhaustive
