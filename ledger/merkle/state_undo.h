// The state as it was at an older height: its root and its proofs, from the tree as it is now and from what has changed
// since. Subtrees in which nothing changed are taken as they are; the rest is hashed again, so the cost goes with the
// number of changed keys. Pure functions over the tree's const interface.
#pragma once

#include <map>
#include <optional>

#include "ledger/merkle/state_tree.h"

namespace jinshi::merkle {

// Each key touched above the older height, with the record digest that it had then; empty where it was absent. The
// union of the undo lists above that height, where a key in several has its value from the lowest.
using ValuesThen = std::map<Digest, std::optional<Digest>>;

[[nodiscard]] Digest root_then(const StateTree& now, const ValuesThen& then);

// Of presence when the key had a record then, else of absence; verifies against `root`, which is `root_then`.
struct ProofThen {
  Digest root;
  std::optional<Digest> record;
  StateProof proof;
};
[[nodiscard]] ProofThen prove_then(const StateTree& now, const ValuesThen& then, const Digest& key);

}  // namespace jinshi::merkle
