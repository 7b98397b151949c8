// The leaf file: all leaves of a state tree in key order, so that a restart rebuilds the tree without reading every
// record. A hint and never a source of truth: when it is damaged, missing or of another height, the tree is rebuilt
// from the records, and the root is compared with the header's either way.
//
//   8 bytes   "JSLEAVES"
//   8         height, big-endian
//   8         count, big-endian
//   32        root
//   32        SHA-256 of the 56 bytes before
//   72 each   key, record digest, position big-endian; keys ascending
//   32        SHA-256 of all bytes before
#pragma once

#include <istream>
#include <ostream>

#include "ledger/merkle/state_tree.h"

namespace jinshi::merkle {

// REASON_DISK when the stream refused a write. The caller syncs and renames.
[[nodiscard]] Result<void> write_state_file(std::ostream& out, const StateTree& tree, Height height);

struct StateFile {
  StateTree tree;
  Height height = 0;
};
// REASON_DAMAGED for anything but the very bytes that `write_state_file` wrote, to the end of the stream.
[[nodiscard]] Result<StateFile> read_state_file(std::istream& in);

}  // namespace jinshi::merkle
