#include "cli/content_hash.h"

#include <utility>

namespace jinshi::cli {

ParallelContentHasher::ParallelContentHasher(std::uint64_t chunk_size)
    : chunk_size_(chunk_size), roots_([this](const Digest& root) -> Outcome<void> {
        chunks_.append(merkle::leaf_hash(root.view()));
        return {};
      }) {}

Outcome<void> ParallelContentHasher::update(ByteView bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const auto count = std::min<std::size_t>(bytes.size(), chunk_size_ - chunk_.size());
    chunk_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (chunk_.size() == chunk_size_) {
      if (auto given = give_chunk(); !given) return given;
    }
  }
  return {};
}

Outcome<void> ParallelContentHasher::give_chunk() {
  return roots_.give([chunk = std::exchange(chunk_, {})] { return merkle::chunk_root(chunk); });
}

Outcome<merkle::ContentSummary> ParallelContentHasher::finish() {
  if (!chunk_.empty()) {
    if (auto given = give_chunk(); !given) return std::unexpected(given.error());
  }
  if (auto finished = roots_.finish(); !finished) return std::unexpected(finished.error());
  return merkle::ContentSummary{chunks_.root(), size_, chunk_size_, chunks_.size()};
}

}  // namespace jinshi::cli
