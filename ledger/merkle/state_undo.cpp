#include "ledger/merkle/state_undo.h"

#include <algorithm>
#include <vector>

namespace jinshi::merkle {
namespace {

struct Touched {
  Digest key;
  std::optional<Digest> record;
};
using Touches = std::span<const Touched>;

// A walk over the tree of then. With a key, it also collects the proof on the key's way, from the deepest sibling up.
class Walk {
 public:
  explicit Walk(const StateTree& now) : now_(now) {}
  Walk(const StateTree& now, const Digest& key) : now_(now), key_(&key) {}

  Subtree subtree(StateTree::Place place, Touches touches, bool is_on_way) {
    if (touches.empty() && !is_on_way) return untouched(place);
    if (now_.is_bucket(place)) return in_bucket(place, touches, is_on_way);
    const std::size_t split = split_at(touches, place.depth);
    const bool bit = is_on_way && key_bit(*key_, place.depth);
    const Subtree left = subtree(place.child(false), touches.first(split), is_on_way && !bit);
    const Subtree right = subtree(place.child(true), touches.subspan(split), is_on_way && bit);
    Subtree whole = join(left, right);
    if (is_on_way) add_sibling(bit ? left : right, whole);
    return whole;
  }

  [[nodiscard]] StateProof proof() const {
    StateProof proof{{ups_.rbegin(), ups_.rend()}, std::nullopt};
    if (end_.occupancy == Occupancy::kSingle && end_.single.key != *key_) proof.other = end_.single;
    return proof;
  }

 private:
  // Where a subtree holds one entry or none the way ends, whatever was found below.
  void add_sibling(const Subtree& sibling, const Subtree& whole) {
    if (whole.occupancy == Occupancy::kMany) {
      ups_.push_back(sibling.digest);
    } else {
      ups_.clear();
      end_ = whole;
    }
  }

  [[nodiscard]] Subtree untouched(StateTree::Place place) const {
    Subtree subtree{now_.digest(place), now_.occupancy(place), {}};
    if (subtree.occupancy != Occupancy::kSingle) return subtree;
    while (!now_.is_bucket(place)) place = place.child(now_.digest(place.child(false)).is_zero());
    const StateLeaf& leaf = now_.bucket(place).front();
    subtree.single = {leaf.key, leaf.record};
    return subtree;
  }

  Subtree in_bucket(StateTree::Place place, Touches touches, bool is_on_way) {
    std::vector<StateEntry> entries;
    auto touched = touches.begin();
    const auto add_touched = [&] {
      if (touched->record) entries.push_back({touched->key, *touched->record});
      ++touched;
    };
    for (const StateLeaf& leaf : now_.bucket(place)) {
      while (touched != touches.end() && touched->key < leaf.key) add_touched();
      if (touched != touches.end() && touched->key == leaf.key) {
        add_touched();
      } else {
        entries.push_back({leaf.key, leaf.record});
      }
    }
    while (touched != touches.end()) add_touched();
    return few(entries, place.depth, is_on_way);
  }

  Subtree few(std::span<const StateEntry> entries, unsigned depth, bool is_on_way) {
    Subtree whole;
    if (entries.size() == 1) {
      const StateEntry& entry = entries.front();
      whole = {state_leaf_hash(entry.key, entry.record), Occupancy::kSingle, entry};
    } else if (entries.size() > 1) {
      whole = {subtree_digest(entries, depth), Occupancy::kMany, {}};
    }
    if (!is_on_way) return whole;
    if (whole.occupancy != Occupancy::kMany) {
      end_ = whole;
      return whole;
    }
    StateProof below;
    extend_proof(entries, depth, *key_, below);
    ups_.assign(below.siblings.rbegin(), below.siblings.rend());
    end_ = {};
    if (below.other) end_ = {{}, Occupancy::kSingle, *below.other};
    return whole;
  }

  const StateTree& now_;
  const Digest* key_ = nullptr;
  std::vector<Digest> ups_;
  Subtree end_;
};

std::vector<Touched> in_order(const ValuesThen& then) {
  std::vector<Touched> touches;
  touches.reserve(then.size());
  for (const auto& [key, record] : then) touches.push_back({key, record});
  return touches;
}

}  // namespace

Digest root_then(const StateTree& now, const ValuesThen& then) {
  const std::vector<Touched> touches = in_order(then);
  return Walk(now).subtree({}, touches, false).digest;
}

ProofThen prove_then(const StateTree& now, const ValuesThen& then, const Digest& key) {
  const std::vector<Touched> touches = in_order(then);
  Walk walk(now, key);
  const Digest root = walk.subtree({}, touches, true).digest;
  ProofThen result{root, std::nullopt, walk.proof()};
  if (const auto touched = then.find(key); touched != then.end()) {
    result.record = touched->second;
  } else if (const auto value = now.find(key)) {
    result.record = value->record;
  }
  return result;
}

}  // namespace jinshi::merkle
