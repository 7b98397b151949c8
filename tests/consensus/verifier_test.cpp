#include <catch2/catch.hpp>
#include <functional>

#include "tests/consensus/council.h"

namespace jinshi::consensus {
namespace {

const Council& council() {
  static const Council kCouncil;
  return kCouncil;
}

template <class T>
bool passes(const T& wire) {
  const auto read = from_wire(wire);
  return read.has_value() && council().verifier().check(Message(*read)).has_value();
}

bool passes(const v1::PrepareCertificate& wire) {
  const auto read = from_wire(wire);
  return read.has_value() && council().verifier().check(*read).has_value();
}

template <class T>
struct Case {
  std::string what;
  std::function<void(T&)> change;
};

}  // namespace

TEST_CASE("what validators sign passes") {
  CHECK(passes(council().pre_prepare()));
  CHECK(passes(council().pre_prepare(1, 100, 2)));  // (1 + 100 / 100) mod 4
  CHECK(passes(council().prepare(3)));
  CHECK(passes(council().certificate()));
  CHECK(passes(council().header_vote(3)));
  CHECK(passes(council().certified(9)));
  CHECK(passes(council().genesis()));
  CHECK(passes(council().sign_view_change(council().view_change_body(3))));
  CHECK(passes(council().sign_new_view(council().new_view_body(), 1)));
}

TEST_CASE("a changed PRE-PREPARE is refused") {
  const std::vector<Case<v1::PrePrepare>> cases{
      {"another view", [](auto& m) { m.set_view(4); }},
      {"another height", [](auto& m) { m.set_height(2); }},
      {"no height", [](auto& m) { m.set_height(0); }},
      {"an epoch that is not known", [](auto& m) { m.set_epoch(2); }},
      {"a validator that does not propose", [](auto& m) { m = council().pre_prepare(0, 1, 1); }},
      {"a validator beyond the set", [](auto& m) { m.set_validator(4); }},
      {"another batch", [](auto& m) { m.set_batch(council().batch("a", 1001)); }},
      {"no batch", [](auto& m) { m.clear_batch(); }},
      {"a batch that is not canonical", [](auto& m) { m.mutable_batch()->append("\x18\x00", 2); }},
      {"a batch that names another proposer",
       [](auto& m) {
         m.set_batch(council().batch("b"));
         m.set_signature(council().sign(0, {1, 0, v1::PHASE_PRE_PREPARE, 1, batch_digest(m.batch())}));
       }},
      {"a PREPARE's signature",
       [](auto& m) {
         m.set_signature(council().sign(0, {1, 0, v1::PHASE_PREPARE, 1, batch_digest(m.batch())}));
       }},
      {"a short signature", [](auto& m) { m.mutable_signature()->pop_back(); }},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    auto message = council().pre_prepare();
    one.change(message);
    CHECK_FALSE(passes(message));
  }
}

TEST_CASE("a changed PREPARE is refused") {
  const std::vector<Case<v1::Prepare>> cases{
      {"another's", [](auto& m) { m.set_validator(2); }},
      {"one beyond the set", [](auto& m) { m.set_validator(4); }},
      {"another view", [](auto& m) { m.set_view(1); }},
      {"another digest", [](auto& m) { m.set_digest(crypto::sha256("other").string()); }},
      {"a short digest", [](auto& m) { m.mutable_digest()->pop_back(); }},
      {"a share that is not known", [](auto& m) { m.set_share(2); }},
      {"no share", [](auto& m) { m.set_share(0); }},
      {"no height", [](auto& m) { m.set_height(0); }},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    auto message = council().prepare(1);
    one.change(message);
    CHECK_FALSE(passes(message));
  }
}

TEST_CASE("a prepare certificate is exactly a quorum of distinct validators in order") {
  const std::vector<Case<v1::PrepareCertificate>> cases{
      {"one too few", [](auto& m) { m.mutable_entries()->RemoveLast(); }},
      {"one too many",
       [](auto& m) {
         *m.add_entries() = m.entries(2);
         m.mutable_entries(3)->set_validator(3);
         m.mutable_entries(3)->set_signature(council().prepare(3).signature());
       }},
      {"the proposer twice",
       [](auto& m) {
         *m.mutable_entries(1) = m.entries(0);
         m.mutable_entries(1)->set_phase(v1::PHASE_PREPARE);
         m.mutable_entries(1)->set_signature(council().prepare(0).signature());
       }},
      {"out of order", [](auto& m) { m.mutable_entries()->SwapElements(1, 2); }},
      {"a PRE-PREPARE of one who does not propose",
       [](auto& m) {
         m.mutable_entries(1)->set_phase(v1::PHASE_PRE_PREPARE);
         m.mutable_entries(1)->set_signature(
             council().sign(1, {1, 0, v1::PHASE_PRE_PREPARE, 1, *Digest::from(m.digest())}));
       }},
      {"another phase", [](auto& m) { m.mutable_entries(1)->set_phase(v1::PHASE_VIEW_CHANGE); }},
      {"another height", [](auto& m) { m.set_height(2); }},
      {"a changed signature", [](auto& m) { (*m.mutable_entries(2)->mutable_signature())[5] ^= 1; }},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    auto message = council().certificate();
    one.change(message);
    CHECK_FALSE(passes(message));
  }
}

TEST_CASE("a changed certified header is refused") {
  const std::vector<Case<v1::CertifiedHeader>> cases{
      {"another header", [](auto& m) { m.set_header(council().header(9, "other")); }},
      {"one signature too few", [](auto& m) { m.mutable_certificate()->mutable_signatures()->RemoveLast(); }},
      {"out of order", [](auto& m) { m.mutable_certificate()->mutable_signatures()->SwapElements(0, 1); }},
      {"no certificate", [](auto& m) { m.clear_certificate(); }},
      {"no header", [](auto& m) { m.clear_header(); }},
      {"another chain's block 0",
       [](auto& m) {
         m = {};
         m.set_header(council().header(0, "other"));
       }},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    auto message = council().certified(9);
    one.change(message);
    CHECK_FALSE(passes(message));
  }
}

TEST_CASE("a VIEW-CHANGE cites what holds, in order, above its certified header, of views below") {
  const std::vector<Case<v1::ViewChangeBody>> cases{
      {"no certified header", [](auto& m) { m.clear_certified(); }},
      {"a certificate of the view that is asked for",
       [](auto& m) { *m.mutable_prepared(0) = council().certificate(1); }},
      {"a certificate of another epoch", [](auto& m) { m.mutable_prepared(0)->set_epoch(2); }},
      {"a certificate at the certified height", [](auto& m) { *m.mutable_certified() = council().certified(1); }},
      {"two of one height", [](auto& m) { *m.add_prepared() = m.prepared(0); }},
      {"one beyond all windows", [](auto& m) { *m.mutable_prepared(0) = council().certificate(0, 64 * kWindowsPrepared + 1); }},
      {"a certificate that does not hold",
       [](auto& m) { (*m.mutable_prepared(0)->mutable_entries(1)->mutable_signature())[9] ^= 1; }},
      {"a header that does not hold", [](auto& m) { m.mutable_certified()->set_header(council().header(0, "other")); }},
  };
  for (const auto& one : cases) {
    INFO(one.what);
    auto body = council().view_change_body(2);
    one.change(body);
    CHECK_FALSE(passes(council().sign_view_change(body)));
  }
  auto message = council().sign_view_change(council().view_change_body(2));
  (*message.mutable_signature())[0] ^= 1;
  CHECK_FALSE(passes(message));
}

TEST_CASE("a NEW-VIEW is its leader's, over exactly a quorum of distinct view changes for that view") {
  CHECK_FALSE(passes(council().sign_new_view(council().new_view_body({0, 1}), 1)));
  CHECK_FALSE(passes(council().sign_new_view(council().new_view_body({0, 1, 2, 3}), 1)));
  CHECK_FALSE(passes(council().sign_new_view(council().new_view_body({0, 1, 1}), 1)));
  CHECK_FALSE(passes(council().sign_new_view(council().new_view_body({1, 0, 2}), 1)));
  CHECK_FALSE(passes(council().sign_new_view(council().new_view_body(), 2)));  // signed by another
  auto other_leader = council().new_view_body();
  other_leader.set_validator(2);
  CHECK_FALSE(passes(council().sign_new_view(other_leader, 2)));
  auto other_view = council().new_view_body();
  *other_view.mutable_view_changes(2) = council().sign_view_change(council().view_change_body(2, 5));
  CHECK_FALSE(passes(council().sign_new_view(other_view, 1)));
  auto forged = council().new_view_body();
  (*forged.mutable_view_changes(0)->mutable_signature())[3] ^= 1;
  CHECK_FALSE(passes(council().sign_new_view(forged, 1)));
}

TEST_CASE("an answer to a recovery request is held to what each message in it is held to") {
  RecoveryAnswer answer;
  answer.nonce = "nonce";
  answer.prepares.push_back(*from_wire(council().prepare(1)));
  CHECK(council().verifier().check(Message(std::make_shared<const RecoveryAnswer>(answer))));
  answer.prepares[0].at.view = 9;
  CHECK_FALSE(council().verifier().check(Message(std::make_shared<const RecoveryAnswer>(answer))));
}

}  // namespace jinshi::consensus
