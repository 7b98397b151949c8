#include "cli/draft.h"

#include <catch2/catch.hpp>

#include "ledger/execution/transaction.h"
#include "proto/canonical.h"
#include "tests/cli/world.h"

namespace jinshi::cli {
namespace {

using testing::chain;
using testing::key_of;

v1::OperationRange range(std::uint32_t first, std::uint32_t count) {
  v1::OperationRange made;
  made.set_first(first);
  made.set_count(count);
  return made;
}

v1::Operation accept(const std::string& asset) {
  v1::AcceptApplication event;
  event.set_asset(asset);
  return operation_of(event);
}

// Ten operations of the exchange; the bank answers for number 4 alone, the museum for 7 to 9.
TransactionBuilder ten() {
  TransactionBuilder builder(chain(), 1'000'000, v1::MODE_EACH);
  for (int i = 0; i < 10; ++i) builder.add(accept("asset-" + std::to_string(i)));
  builder.add_signer(key_of("exchange")->public_key().encoded());
  builder.add_signer(key_of("bank")->public_key().encoded(), {range(4, 1)});
  builder.add_signer(key_of("museum")->public_key().encoded(), {range(7, 3)});
  return builder;
}

Draft draft_of(const TransactionBuilder& builder) {
  auto draft = make_draft(builder.body(), builder.operations());
  REQUIRE(draft);
  return std::move(*draft);
}

Draft cut_for(const Draft& draft, std::string_view who) {
  const std::vector<std::uint32_t> signers{*draft.signer_with(key_of(who)->public_key().encoded())};
  auto reduced = cut_draft(draft, signers);
  REQUIRE(reduced);
  return std::move(*reduced);
}

Draft signed_by(const Draft& draft, std::string_view who) {
  auto done = sign_draft(draft, *key_of(who));
  REQUIRE(done);
  return std::move(*done);
}

// A draft whose parts were changed by hand, read again.
template <class Change>
Result<Draft> changed(const Draft& draft, Change change) {
  v1::Draft parts = draft.parts();
  change(parts);
  return read_draft(encode(parts));
}

}  // namespace

TEST_CASE("a draft cut for a co-signer holds that co-signer's operations alone, and is enough to sign") {
  const auto whole = draft_of(ten());
  const auto reduced = cut_for(whole, "bank");
  REQUIRE(reduced.parts().operations_size() == 1);
  CHECK(reduced.parts().operations(0).index() == 4);
  CHECK(write_draft(reduced).find("asset-5") == std::string::npos);
  CHECK(shown_operation(reduced, 4)->accept_application().asset() == "asset-4");
  const auto done = signed_by(reduced, "bank");
  CHECK(done.signature(1) != nullptr);
  CHECK(done.id() == whole.id());
}

TEST_CASE("drafts that were signed apart join into a transaction that the ledger takes") {
  const auto whole = draft_of(ten());
  const std::vector drafts{signed_by(whole, "exchange"), signed_by(cut_for(whole, "bank"), "bank"),
                           signed_by(cut_for(whole, "museum"), "museum")};
  const auto joined = join_drafts(drafts);
  REQUIRE(joined);
  const auto transaction = finish_draft(*joined);
  REQUIRE(transaction);
  const auto checked = ledger::check_transaction(*transaction, chain());
  REQUIRE(checked);
  CHECK((*checked)->signers_of(4).size() == 2);
  CHECK((*checked)->signers_of(5).size() == 1);
}

TEST_CASE("a draft is not finished while an operation or a signature is missing") {
  const auto whole = draft_of(ten());
  CHECK(finish_draft(signed_by(whole, "exchange")).error().reason == v1::REASON_BAD_SIGNATURE);
  CHECK(finish_draft(signed_by(cut_for(whole, "bank"), "bank")).error().reason == v1::REASON_MISSING_FIELD);
}

TEST_CASE("an operation that is not in the draft is not signed") {
  const auto reduced = cut_for(draft_of(ten()), "bank");
  const auto done = sign_draft(reduced, *key_of("museum"));
  REQUIRE_FALSE(done);
  CHECK(done.error().reason == v1::REASON_MISSING_FIELD);
  CHECK(sign_draft(reduced, *key_of("exchange")).error().reason == v1::REASON_MISSING_FIELD);
}

TEST_CASE("an operation that can't be shown is not signed, and the others of the draft still are") {
  v1::Operation strange = accept("asset-1");
  // A field that a later version may have: protobuf would carry it along unseen.
  const std::string later = encode(strange) + std::string("\xC0\x3E\x01", 3);
  TransactionBuilder builder(chain(), 1'000'000);
  builder.add(accept("asset-0"));
  v1::TransactionBody body;
  REQUIRE(body.ParseFromString(builder.body()));
  const std::vector operations{builder.operations()[0], later};
  body.set_operations_root(ledger::operations_root(operations).string());
  body.set_operation_count(2);
  auto& first = *body.add_signers();
  first.set_public_key(std::string(key_of("bank")->public_key().encoded()));
  *first.add_operations() = range(0, 1);
  body.add_signers()->set_public_key(std::string(key_of("museum")->public_key().encoded()));
  const auto draft = make_draft(encode(body), operations);
  REQUIRE(draft);
  CHECK(shown_operation(*draft, 0));
  CHECK(shown_operation(*draft, 1).error().reason == v1::REASON_UNKNOWN_FIELD);
  CHECK(sign_draft(*draft, *key_of("bank")));
  CHECK(sign_draft(*draft, *key_of("museum")).error().reason == v1::REASON_UNKNOWN_FIELD);
}

TEST_CASE("an operation that the ledger would not take for its text is not signed") {
  TransactionBuilder builder(chain(), 1'000'000);
  builder.add(accept("an id with spaces"));
  builder.add_signer(key_of("bank")->public_key().encoded());
  CHECK(sign_draft(draft_of(builder), *key_of("bank")).error().reason == v1::REASON_BAD_ID);
}

TEST_CASE("a key that the body does not list signs nothing") {
  CHECK(sign_draft(draft_of(ten()), *key_of("stranger")).error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("signing twice changes nothing") {
  const auto once = signed_by(draft_of(ten()), "bank");
  CHECK(write_draft(signed_by(once, "bank")) == write_draft(once));
}

TEST_CASE("a draft whose parts don't belong together is refused") {
  const auto draft = signed_by(signed_by(draft_of(ten()), "bank"), "exchange");
  const auto swapped = changed(draft, [](v1::Draft& parts) {
    parts.mutable_operations(2)->mutable_operation()->swap(*parts.mutable_operations(3)->mutable_operation());
  });
  CHECK(swapped.error().reason == v1::REASON_BAD_PROOF);
  const auto unordered = changed(draft, [](v1::Draft& parts) { parts.mutable_operations()->SwapElements(0, 1); });
  CHECK(unordered.error().reason == v1::REASON_MALFORMED);
  const auto twice = changed(draft, [](v1::Draft& parts) { *parts.add_signatures() = parts.signatures(1); });
  CHECK(twice.error().reason == v1::REASON_MALFORMED);
  const auto moved = changed(draft, [](v1::Draft& parts) { parts.mutable_signatures(1)->set_signer(2); });
  CHECK(moved.error().reason == v1::REASON_BAD_SIGNATURE);
  const auto nobody = changed(draft, [](v1::Draft& parts) { parts.mutable_signatures(1)->set_signer(9); });
  CHECK(nobody.error().reason == v1::REASON_BAD_VALUE);
  const auto newer = changed(draft, [](v1::Draft& parts) { parts.set_format(2); });
  CHECK(newer.error().reason == v1::REASON_NEEDS_NEWER_VERIFIER);
  const auto other = draft_of(ten());
  CHECK(join_drafts(std::vector{draft, other}).error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("no byte of a signed draft can be changed unseen") {
  const auto draft = signed_by(cut_for(draft_of(ten()), "bank"), "bank");
  const std::string bytes = write_draft(draft);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const auto read = read_draft(damaged);
    INFO("byte " << i);
    CHECK_FALSE(read.has_value());
  }
}

}  // namespace jinshi::cli
