#include <catch2/catch.hpp>

#include "tests/consensus/council.h"

namespace jinshi::consensus {
namespace {

std::string hash(const std::string& bytes) { return to_hex(crypto::sha256(bytes).view()).substr(0, 16); }

// The length in front tells a changed field from a changed order.
std::string mark(const std::string& bytes) { return std::to_string(bytes.size()) + " " + hash(bytes); }

std::string entry_of(const auto& set) {
  v1::LogEntry entry;
  set(entry);
  return mark(encode(entry));
}

}  // namespace

TEST_CASE("what a vote signs is these bytes, under its phase's tag") {
  const Council council;
  const Digest digest = crypto::sha256("batch");
  const std::string signed_bytes = vote_signing_bytes(council.chain_id, {7, 3, v1::PHASE_PREPARE, 42, digest});
  const std::string vote =
      "0801"
      "1220" +
      to_hex(council.chain_id.view()) +
      "1807"
      "2003"
      "2802"
      "302a"
      "3a20" +
      to_hex(digest.view());
  CHECK(to_hex(signed_bytes) == to_hex(ByteView("jinshi/1/prepare\0", 17)) + vote);
  const std::string view_change = vote_signing_bytes(council.chain_id, {7, 3, v1::PHASE_VIEW_CHANGE, 0, digest});
  CHECK(to_hex(view_change) == to_hex(ByteView("jinshi/1/view-change\0", 21)) +
                                   "0801"
                                   "1220" +
                                   to_hex(council.chain_id.view()) +
                                   "1807"
                                   "2003"
                                   "2803"
                                   "3a20" +
                                   to_hex(digest.view()));
  // No phase's bytes pass for another's.
  CHECK(vote_signing_bytes(council.chain_id, {7, 3, v1::PHASE_PRE_PREPARE, 42, digest})
            .starts_with("jinshi/1/pre-prepare"));
  CHECK(vote_signing_bytes(council.chain_id, {7, 3, v1::PHASE_NEW_VIEW, 0, digest}).starts_with("jinshi/1/new-view"));
  CHECK(batch_digest("").is_zero());
}

TEST_CASE("every message's bytes stay as they are") {
  const Council council;
  CHECK(mark(encode(council.pre_prepare())) == "78 79d8532dbd417e50");
  CHECK(mark(encode(council.prepare(2))) == "108 3248bfd49b224e0c");
  CHECK(mark(encode(council.certificate())) == "258 1ea88f08bb9333ae");
  CHECK(mark(encode(council.sign_view_change(council.view_change_body(2)))) == "448 45a7ccdac38029ff");
  CHECK(mark(encode(council.sign_new_view(council.new_view_body(), 1))) == "1426 de4b21ed445ce63a");
  CHECK(mark(encode(council.header_vote(3))) == "106 d5b4c68001ff0b89");
  CHECK(mark(encode(council.certified(1))) == "323 7f471216be574337");
  CHECK(to_hex(encode(to_wire(Message(Status{{7, 3}, true, 41, 44})))) == "3a0a0807100318012029282c");
  CHECK(to_hex(encode(to_wire(Message(CommitVote{{7, 3}, 42, kNullBatch})))) ==
        "1a2808071003182a22200000000000000000000000000000000000000000000000000000000000000000");
  CHECK(to_hex(encode(to_wire(Message(RecoveryRequest{"nonce"})))) == "4a070a056e6f6e6365");
  RecoveryAnswer answer;
  answer.nonce = "nonce";
  answer.epoch = 1;
  answer.prepares.push_back(*from_wire(council.prepare(2)));
  CHECK(mark(encode(to_wire(Message(std::make_shared<const RecoveryAnswer>(answer))))) == "121 b583460f2bf49957");
}

TEST_CASE("every log entry's bytes stay as they are") {
  const Council council;
  CHECK(entry_of([](auto& e) { e.mutable_created()->set_format(1); }) == "4 59948439065f2961");
  CHECK(entry_of([&](auto& e) {
          e.mutable_batch()->set_height(1);
          e.mutable_batch()->set_batch(council.batch("a"));
          e.mutable_batch()->add_transactions("transaction");
        }) == "25 ad01c60442f32bf0");
  CHECK(entry_of([&](auto& e) {
          auto& vote = *e.mutable_vote();
          vote.set_epoch(1);
          vote.set_view(2);
          vote.set_height(3);
          vote.set_phase(v1::PHASE_PREPARE);
          vote.set_digest(crypto::sha256("batch").string());
          vote.set_signature("signature");
        }) == "55 7c411014e575234c");
  CHECK(entry_of([&](auto& e) { *e.mutable_prepared() = council.certificate(); }) == "261 bb241ec583c36882");
  CHECK(entry_of([&](auto& e) {
          *e.mutable_header()->mutable_vote() = council.header_vote(1);
          e.mutable_header()->set_batch(crypto::sha256("batch").string());
        }) == "145 ead38c33c8318140");
  CHECK(entry_of([](auto& e) {
          e.mutable_trim()->set_epoch(2);
          e.mutable_trim()->set_height(9);
        }) == "6 09311c6b9d63ab92");
}

TEST_CASE("every message comes off the wire as it went on") {
  const Council council;
  RecoveryAnswer answer;
  answer.nonce = "nonce";
  answer.proposals.push_back(*from_wire(council.pre_prepare()));
  answer.headers.push_back(*from_wire(council.header_vote(0)));
  answer.view_changes.push_back(*from_wire(council.sign_view_change(council.view_change_body(2))));
  answer.new_views.push_back(*from_wire(council.sign_new_view(council.new_view_body(), 1)));
  const std::vector<Message> messages{*from_wire(council.pre_prepare()),
                                      *from_wire(council.prepare(1)),
                                      CommitVote{{1, 2}, 3, crypto::sha256("batch")},
                                      *from_wire(council.header_vote(2)),
                                      answer.view_changes[0],
                                      answer.new_views[0],
                                      Status{{1, 2}, true, 3, 4},
                                      *from_wire(council.certified(5)),
                                      RecoveryRequest{"nonce"},
                                      std::make_shared<const RecoveryAnswer>(answer)};
  for (const Message& message : messages) {
    const std::string bytes = encode(to_wire(message));
    const auto wire = decode<v1::PeerMessage>(bytes);
    REQUIRE(wire);
    const auto read = from_wire(*wire);
    REQUIRE(read);
    CHECK(read->index() == message.index());
    CHECK(encode(to_wire(*read)) == bytes);
  }
}

}  // namespace jinshi::consensus
