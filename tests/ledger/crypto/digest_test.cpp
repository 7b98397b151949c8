#include "ledger/crypto/digest.h"

#include <catch2/catch.hpp>
#include <set>

#include "ledger/crypto/sha256.h"

namespace jinshi::crypto {

TEST_CASE("a tagged digest is the hash of protocol, tag, a zero byte and the message") {
  const std::string expected = std::string("jinshi/1/body") + '\0' + "some bytes";
  CHECK(signing_bytes(Tag::kBody, "some bytes") == expected);
  CHECK(digest(Tag::kBody, "some bytes") == sha256(expected));
}

TEST_CASE("tagged digests keep their golden bytes") {
  CHECK(to_hex(digest(Tag::kGenesis, "").view()) == "61dbeb938e8c50dd31dacd2b55c846c8d4094367f55767082ea8e5eedf18d61c");
  CHECK(to_hex(digest(Tag::kHeaderSignature, "abc").view()) ==
        "eadb7130d1da62ac14ca0d7f00bbf960f8281639669ad0a4f1446cbcdc1854cc");
  CHECK(to_hex(digest(Tag::kDisclosure, "abc").view()) ==
        "f4b9f394ceffd8bcc45a8b1dc5a2774b76d6a999ee5b800af81900ec24d108a8");
}

TEST_CASE("every tag has a name of its own, in lowercase ASCII with hyphens, and none begins another's bytes") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kTagCount; ++i) {
    const std::string_view tag = name(static_cast<Tag>(i));
    CHECK_FALSE(tag.empty());
    CHECK(tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    CHECK(names.insert(tag).second);
  }
  CHECK(names == std::set<std::string_view>{"genesis",
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
                                            "new-view-body"});
  CHECK(name(Tag::kGenesis) == "genesis");
  CHECK(name(Tag::kStateKey) == "state-key");
  CHECK(name(Tag::kTransaction) == "transaction");
  CHECK(name(Tag::kHeaderSignature) == "header-signature");
  CHECK(name(Tag::kPrePrepare) == "pre-prepare");
  CHECK(name(Tag::kPage) == "page");
}

TEST_CASE("the same bytes under two tags never have one digest") {
  std::set<Digest> digests;
  for (std::size_t i = 0; i < kTagCount; ++i) digests.insert(digest(static_cast<Tag>(i), "same"));
  CHECK(digests.size() == kTagCount);
}

}  // namespace jinshi::crypto
