#include "tests/simulation/exhaustive/search.h"

#include <algorithm>
#include <unordered_set>

#include "proto/assert.h"

namespace jinshi::exhaustive {

Search::Search(SearchSettings settings)
    : settings_(settings),
      world_(settings.byzantine, settings.views),
      catalogue_(world_),
      byzantine_(world_, catalogue_),
      locals_(world_, catalogue_, byzantine_) {}

std::size_t Search::StateHash::operator()(const std::array<LocalId, kHonest>& locals) const {
  std::uint64_t hash = 0;
  for (const LocalId id : locals) hash = (hash ^ id) * 0x9e3779b97f4a7c15, hash ^= hash >> 29;
  return hash;
}

Search::SaidId Search::said_by_all(const std::array<LocalId, kHonest>& locals) {
  Said all;
  for (const LocalId id : locals) {
    const Said& said = locals_[id].said;
    all.insert(all.end(), said.begin(), said.end());
  }
  std::ranges::sort(all);
  const auto [at, added] = said_ids_.try_emplace(std::move(all), static_cast<SaidId>(said_.size()));
  if (added) said_.push_back(&at->first);
  return at->second;
}

// Steps of the core are made once for a local state and what was said; the search over all three looks them up.
const std::vector<LocalId>& Search::next_of(LocalId local, SaidId said) {
  const auto [at, added] = next_.try_emplace(std::uint64_t{local} << 32 | said);
  if (!added) return at->second;
  std::vector<LocalId> next;
  for (const Action& action : actions_of(world_, catalogue_, byzantine_, locals_[local], *said_[said])) {
    const auto led = locals_.act(local, action, *said_[said]);
    if (led && *led != local && std::ranges::find(next, *led) == next.end()) next.push_back(*led);
    if (locals_.violation()) break;
  }
  at->second = std::move(next);
  return at->second;
}

std::optional<std::string> Search::broken(const State& state) const {
  Value first = kNoValue;
  for (const LocalId id : state.locals) {
    const Value value = locals_[id].delivered;
    if (value == kNoValue) continue;
    if (first != kNoValue && first != value) {
      return "one delivers " + name_of(first) + ", another " + name_of(value);
    }
    first = value;
  }
  return std::nullopt;
}

std::string Search::step_between(const State& before, const State& after) {
  for (std::size_t i = 0; i < kHonest; ++i) {
    if (before.locals[i] == after.locals[i]) continue;
    const Local& local = locals_[before.locals[i]];
    const Said& said = *said_[said_by_all(before.locals)];
    std::string text = TinyWorld::organisation(local.validator) + " ";
    for (const Action& action : actions_of(world_, catalogue_, byzantine_, local, said)) {
      if (locals_.act(before.locals[i], action, said) != after.locals[i]) continue;
      text += action.timer ? "hears and times out:" : action.fetched != kNoValue ? "fetches a block:" : "hears:";
      for (const MessageId id : action.messages) text += " [" + catalogue_.describe(id) + "]";
      break;
    }
    text += " => says";
    for (const MessageId id : locals_[after.locals[i]].said) {
      if (!std::ranges::binary_search(local.said, id)) text += " [" + catalogue_.describe(id) + "]";
    }
    if (locals_[after.locals[i]].delivered != local.delivered) {
      text += ", delivers " + name_of(locals_[after.locals[i]].delivered);
    }
    return text;
  }
  return "nothing changed";
}

std::vector<std::string> Search::trace_to(Place place) {
  std::vector<std::string> trace;
  for (; place != 0; place = states_[place].parent) {
    trace.push_back(step_between(states_[states_[place].parent], states_[place]));
  }
  std::ranges::reverse(trace);
  return trace;
}

SearchResult Search::run() {
  SearchResult result;
  std::unordered_set<std::array<LocalId, kHonest>, StateHash> seen;
  State first;
  std::size_t honest = 0;
  for (std::size_t i = 0; i < kValidators; ++i) {
    if (world_.is_honest(i)) first.locals[honest++] = locals_.first(i);
  }
  states_.push_back(first);
  seen.insert(first.locals);
  // Places yet to be looked at: a queue by `next`, or a stack.
  std::vector<Place> open{0};
  std::size_t next = 0;
  const auto finish = [&](Place place, std::string violation) {
    result.violation = std::move(violation);
    result.trace = trace_to(place);
  };
  while (!result.violation && (settings_.depth_first ? !open.empty() : next < open.size()) &&
         states_.size() < settings_.states) {
    Place place = 0;
    if (settings_.depth_first) {
      place = open.back();
      open.pop_back();
    } else {
      place = open[next++];
    }
    const State state = states_[place];
    const auto said = said_by_all(state.locals);
    for (std::size_t i = 0; i < kHonest && !result.violation; ++i) {
      for (const LocalId led : next_of(state.locals[i], said)) {
        ++result.transitions;
        State after{state.locals, place};
        after.locals[i] = led;
        if (!seen.insert(after.locals).second) continue;
        states_.push_back(after);
        const auto added = static_cast<Place>(states_.size() - 1);
        std::size_t delivered = 0;
        for (const LocalId id : after.locals) delivered += locals_[id].delivered != kNoValue;
        ++result.delivered[delivered];
        if (auto violation = broken(after)) {
          finish(added, std::move(*violation));
          break;
        }
        open.push_back(added);
      }
      if (locals_.violation() && !result.violation) finish(place, *locals_.violation());
    }
  }
  result.states = states_.size();
  result.local_states = locals_.size();
  result.messages = catalogue_.size();
  result.complete = !result.violation && (settings_.depth_first ? open.empty() : next == open.size());
  return result;
}

}  // namespace jinshi::exhaustive
