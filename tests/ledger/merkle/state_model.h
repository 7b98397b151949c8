// The state tree's specification as a map and a recursion, and random blocks of changes to try it with.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "ledger/merkle/state_tree.h"
#include "tests/ledger/merkle/random.h"

namespace jinshi::merkle {

using Model = std::map<Digest, StateValue>;

inline Digest naive_root(std::span<const StateEntry> entries, unsigned depth) {
  if (entries.empty()) return {};
  if (entries.size() == 1) {
    return crypto::sha256("\x02" + entries.front().key.string() + entries.front().record.string());
  }
  std::vector<StateEntry> sides[2];
  for (const StateEntry& entry : entries) {
    sides[entry.key.bytes[depth / 8] >> (7 - depth % 8) & 1].push_back(entry);
  }
  return crypto::sha256("\x03" + naive_root(sides[0], depth + 1).string() + naive_root(sides[1], depth + 1).string());
}

inline Digest naive_root(const Model& model) {
  std::vector<StateEntry> entries;
  for (const auto& [key, value] : model) entries.push_back({key, value.record});
  return naive_root(entries, 0);
}

inline void enact(const std::vector<StateChange>& changes, Model& model) {
  for (const auto& [key, value] : changes) {
    model.erase(key);
    if (value) model.emplace(key, *value);
  }
}

// Keys that share up to 255 bits with one another are as likely as strangers when `are_crowded`.
inline Digest random_key(Random& random, const Model& model, bool are_crowded) {
  Digest key = random.digest();
  if (!are_crowded || model.empty() || random.below(2) == 0) return key;
  auto near = model.lower_bound(key);
  if (near == model.end()) near = model.begin();
  const auto shared = static_cast<unsigned>(random.below(4) == 0 ? 255 - random.below(8) : random.below(255));
  for (unsigned depth = 0; depth < shared; ++depth) {
    const auto mask = static_cast<std::uint8_t>(0x80 >> depth % 8);
    key.bytes[depth / 8] =
        static_cast<std::uint8_t>((key.bytes[depth / 8] & ~mask) | (near->first.bytes[depth / 8] & mask));
  }
  return key;
}

// About half are inserts; of the rest most are updates and some deletes, of keys that need not exist.
inline std::vector<StateChange> random_changes(Random& random, const Model& model, std::size_t count,
                                               bool are_crowded) {
  std::map<Digest, StateChange> changes;
  for (std::size_t i = 0; i < count; ++i) {
    Digest key = random_key(random, model, are_crowded);
    std::optional<StateValue> value = StateValue{random.digest(), random.next()};
    if (!model.empty() && random.below(2) == 0) {
      const auto existing = model.lower_bound(random.digest());
      if (existing != model.end()) key = existing->first;
      if (random.below(3) == 0) value.reset();
    }
    changes[key] = {key, value};
  }
  std::vector<StateChange> shuffled;
  for (const auto& [key, change] : changes) shuffled.push_back(change);
  for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.below(i)]);
  return shuffled;
}

}  // namespace jinshi::merkle
