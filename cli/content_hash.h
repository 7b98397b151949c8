// The content tree of a stream, its chunks hashed side by side. The tree itself is ledger/merkle/content_tree.h.
#pragma once

#include "cli/ordered_tasks.h"
#include "ledger/merkle/content_tree.h"

namespace jinshi::cli {

class ParallelContentHasher {
 public:
  // A chunk size of content_tree.h.
  explicit ParallelContentHasher(std::uint64_t chunk_size);

  Outcome<void> update(ByteView bytes);
  // Once, at the end.
  Outcome<merkle::ContentSummary> finish();

 private:
  Outcome<void> give_chunk();

  std::uint64_t chunk_size_;
  std::uint64_t size_ = 0;
  std::string chunk_;
  merkle::Frontier chunks_;
  OrderedTasks<Digest> roots_;
};

}  // namespace jinshi::cli
