// Which record differs first, and who wrote it: on disk from what a header commits to, or between two nodes' blocks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/store/database.h"

namespace jinshi::ledger {

// Holds every record against the changes that transactions recorded, newest first. A sentence: the record, its digest
// and the one it should have, the transaction that wrote it.
std::string first_difference(const Database& database);

// One height, executed here and elsewhere. Of the other node's block nothing is proved: it is taken at its word.
struct TwoBlocks {
  const v1::Header& our_header;
  const v1::Header& their_header;
  const std::map<Digest, std::string>& our_changes;  // the record after the block, empty = absent
  const google::protobuf::RepeatedPtrField<v1::UndoRecord>& their_changes;
  const std::vector<v1::StoredTransaction>& our_leaves;
};
// Empty where headers and changes agree.
Result<std::optional<Divergence>> compare_blocks(const TwoBlocks& blocks);

}  // namespace jinshi::ledger
