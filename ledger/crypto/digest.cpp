#include "ledger/crypto/digest.h"

#include <array>

#include "ledger/crypto/sha256.h"
#include "proto/assert.h"

namespace jinshi::crypto {
namespace {

constexpr std::array<std::string_view, kTagCount> kNames = {"genesis",
                                                            "body",
                                                            "envelope",
                                                            "batch",
                                                            "header",
                                                            "changes",
                                                            "due",
                                                            "state-key",
                                                            "record",
                                                            "live-ids",
                                                            "set",
                                                            "commitment",
                                                            "possession",
                                                            "draw",
                                                            "evidence-code",
                                                            "content-manifest",
                                                            "transaction",
                                                            "header-signature",
                                                            "pre-prepare",
                                                            "prepare",
                                                            "view-change",
                                                            "new-view",
                                                            "page",
                                                            "disclosure",
                                                            "view-change-body",
                                                            "new-view-body"};
static_assert(!kNames.back().empty(), "every tag has a name");

constexpr std::string_view kProtocol = "jinshi/1/";

std::string prefix_of(Tag tag) {
  std::string prefix(kProtocol);
  prefix += name(tag);
  prefix += '\0';
  return prefix;
}

// Made once: a digest costs two updates and no allocation.
const std::string& prefix(Tag tag) {
  static const auto prefixes = [] {
    std::array<std::string, kTagCount> all;
    for (std::size_t i = 0; i < kTagCount; ++i) all[i] = prefix_of(static_cast<Tag>(i));
    return all;
  }();
  JINSHI_ASSERT(static_cast<std::size_t>(tag) < kTagCount, "a tag is one of the list");
  return prefixes[static_cast<std::size_t>(tag)];
}

}  // namespace

std::string_view name(Tag tag) {
  JINSHI_ASSERT(static_cast<std::size_t>(tag) < kTagCount, "a tag is one of the list");
  return kNames[static_cast<std::size_t>(tag)];
}

Digest digest(Tag tag, ByteView canonical) { return Sha256().update(prefix(tag)).update(canonical).finish(); }

std::string signing_bytes(Tag tag, ByteView canonical) {
  const std::string& head = prefix(tag);
  std::string bytes;
  bytes.reserve(head.size() + canonical.size());
  bytes += head;
  bytes += canonical;
  return bytes;
}

}  // namespace jinshi::crypto
