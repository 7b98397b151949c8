#include "ledger/domain/content_rule.h"

#include <bit>

namespace jinshi::ledger {

Result<void> check_content(const v1::Content& content, std::uint64_t size_bytes, FieldPath path) {
  const auto refuse_field = [&](std::uint32_t field, std::string message) {
    path.push_back(field);
    return fail(v1::REASON_BAD_VALUE, std::move(message), std::move(path));
  };
  const std::uint64_t size = content.size() == 0 ? size_bytes : content.size();
  if (size < size_bytes) {
    return refuse_field(v1::Content::kSizeFieldNumber,
                        "a container is no smaller than its " + std::to_string(size_bytes) + " bytes of data");
  }
  const std::uint64_t chunk = content.chunk_size();
  if (!std::has_single_bit(chunk)) {
    return refuse_field(v1::Content::kChunkSizeFieldNumber, "a chunk's size is a power of two");
  }
  const std::uint64_t count = size / chunk + (size % chunk == 0 ? 0 : 1);
  if (content.chunk_count() == count) return {};
  return refuse_field(
      v1::Content::kChunkCountFieldNumber,
      std::to_string(size) + " bytes make " + std::to_string(count) + " chunks of " + std::to_string(chunk));
}

}  // namespace jinshi::ledger
