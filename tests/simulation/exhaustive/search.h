// An exhaustive search of what three honest validators, each the shipped core, can come to with one Byzantine among
// them: one height, a few views, every order of deliveries, every timer, every lie. docs/protocol.md, consensus.
//
// Promises that are held against every state: no two deliver different batches, none votes for two batches of one view
// or signs two headers, no honest one is accused, finds itself apart, or stops voting.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/simulation/exhaustive/menu.h"

namespace jinshi::exhaustive {

struct SearchSettings {
  std::size_t byzantine = 0;  // which validator
  std::size_t views = 2;      // 0 up to this, exclusive
  std::size_t states = 200'000;  // at most
  bool depth_first = false;      // else breadth first: the shortest traces
};

struct SearchResult {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t local_states = 0;  // of single validators
  std::size_t messages = 0;
  bool complete = false;
  std::array<std::size_t, 4> delivered{};  // states in which so many validators delivered
  std::optional<std::string> violation;
  std::vector<std::string> trace;  // that leads to it
};

class Search {
 public:
  explicit Search(SearchSettings settings);
  SearchResult run();

 private:
  static constexpr std::size_t kHonest = kValidators - 1;
  using Place = std::uint32_t;  // in states_
  struct State {
    std::array<LocalId, kHonest> locals{};
    Place parent = 0;
  };
  struct StateHash {
    std::size_t operator()(const std::array<LocalId, kHonest>& locals) const;
  };
  using SaidId = std::uint32_t;

  SaidId said_by_all(const std::array<LocalId, kHonest>& locals);
  const std::vector<LocalId>& next_of(LocalId local, SaidId said);
  std::optional<std::string> broken(const State& state) const;
  std::vector<std::string> trace_to(Place place);
  std::string step_between(const State& before, const State& after);

  SearchSettings settings_;
  TinyWorld world_;
  Catalogue catalogue_;
  Byzantine byzantine_;
  LocalStates locals_;
  std::vector<State> states_;
  std::map<Said, SaidId> said_ids_;
  std::vector<const Said*> said_;
  std::unordered_map<std::uint64_t, std::vector<LocalId>> next_;  // by local state and what was said
};

}  // namespace jinshi::exhaustive
