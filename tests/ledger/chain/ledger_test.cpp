// The ledger as its users meet it: blocks on a real disk, restarts, replays, and proofs that the offline verifier takes.
#include "ledger/ledger.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "ledger/chain/chain_state.h"
#include "ledger/crypto/digest.h"
#include "ledger/domain/due_queue.h"
#include "ledger/domain/identifiers.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/verify/verify.h"
#include "proto/canonical.h"
#include "tests/ledger/chain/chain.h"

using namespace jinshi;
using namespace jinshi::ledger;
using namespace jinshi::ledger::testing;

namespace {

v1::Operation application(const std::string& asset, const std::string& holder) {
  return op(Zone().application(asset, holder));
}

Result<VerifiedReport> verified(TestChain& chain, const Result<std::string>& file) {
  INFO((file ? std::string() : file.error().message));
  REQUIRE(file.has_value());
  auto report = verify_file(*file, *Chain::from_genesis(chain.genesis()));
  INFO((report ? std::string() : report.error().message));
  REQUIRE(report.has_value());
  return report;
}

std::string number_of(int serial) {
  return *make_certificate_number("SOC", 2026, v1::CERTIFICATE_KIND_DATA_ASSET, static_cast<std::uint32_t>(serial));
}

v1::StateKey key_of_asset(const std::string& id) {
  v1::StateKey key;
  key.set_asset(id);
  return key;
}

}  // namespace

TEST_CASE("a registration goes from application to certificate, and its receipts and proofs stand alone") {
  TestChain chain;
  const std::string number = chain.certified_asset("scans", "hospital");
  const Head head = chain.ledger().head();
  CHECK(head.height == 4);
  for (std::uint64_t leaf = 0; leaf < head.history_size; ++leaf) verified(chain, chain.ledger().receipt(leaf, 0));
  v1::StateKey key;
  key.set_certificate(number);
  verified(chain, chain.ledger().prove(key));
  verified(chain, chain.ledger().prove_consistency(1, 4));
}

TEST_CASE("a ledger comes back from its leaf file, and without it, with the same head") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  const Head before = chain.ledger().head();
  // What the next start does, and whether the file was of use to it.
  const auto restored = [&] {
    const auto database = Database::open(chain.directory() / "ledger", nullptr, false);
    REQUIRE(database.has_value());
    auto state = restore_state(**database, *decode<v1::Header>(before.header), chain.leaf_file());
    REQUIRE(state.has_value());
    CHECK(state->state.root().view() == decode<v1::Header>(before.header)->state_root());
    return std::pair(state->from_leaf_file, state->state.size());
  };
  const auto comes_back = [&] {
    REQUIRE(chain.reopen().has_value());
    CHECK(chain.ledger().head().digest == before.digest);
    chain.close();
  };
  chain.close();
  const auto [from_file, size] = restored();
  CHECK(from_file);
  comes_back();
  REQUIRE(std::filesystem::remove(chain.leaf_file()));
  CHECK(restored() == std::pair(false, size));
  comes_back();
  std::ofstream(chain.leaf_file(), std::ios::binary | std::ios::app) << "one byte too many";
  CHECK(restored() == std::pair(false, size));
  REQUIRE(chain.reopen().has_value());
  CHECK(chain.ledger().head().digest == before.digest);
  chain.accept("museum", application("relics", "museum"));
}

TEST_CASE("a transaction replayed after a restart is skipped") {
  TestChain chain;
  const TransactionPtr transaction = chain.sign("hospital", {application("scans", "hospital")});
  chain.run(transaction);
  REQUIRE(chain.reopen().has_value());
  const auto size = chain.ledger().head().history_size;
  chain.block({transaction});
  CHECK(chain.ledger().head().history_size == size);
  CHECK(chain.ledger().forecast(*transaction, chain.time()).error().reason == v1::REASON_REPLAYED);
}

TEST_CASE("two envelopes of one id count once") {
  // ECDSA signatures differ with their nonce: the same body signed by another implementation is another envelope.
  TestChain chain;
  const std::string bytes = chain.sign_bytes("hospital", {application("scans", "hospital")});
  auto other = *decode<v1::SignedTransaction>(bytes);
  const TransactionPtr first = chain.check(bytes);
  other.set_signatures(0, signature_by_openssl("hospital", transaction_signing_bytes(first->id())));
  const TransactionPtr second = chain.check(encode(other));
  REQUIRE(first->id() == second->id());
  REQUIRE(first->envelope() != second->envelope());
  chain.block({first, second});
  CHECK(chain.ledger().head().history_size == 1);
  CHECK(chain.ledger().find_transaction(first->id()).value()->envelope == first->envelope());
}

TEST_CASE("outcomes of many come in their order, each with the receipt that it gets alone") {
  TestChain chain;
  const auto first = chain.sign("hospital", {application("scans", "hospital")});
  const auto second = chain.sign("hospital", {application("films", "hospital")});
  const auto third = chain.sign("hospital", {application("plates", "hospital")});
  const auto stranger = chain.sign("hospital", {application("slides", "hospital")});
  chain.block({first, second});
  chain.block({third});
  const std::vector<Digest> ids = {third->id(), stranger->id(), first->id(), second->id()};
  const auto outcomes = chain.ledger().outcomes(ids).value();
  REQUIRE(outcomes.size() == ids.size());
  CHECK_FALSE(outcomes[1].has_value());
  for (const std::size_t i : {0, 2, 3}) {
    REQUIRE(outcomes[i].has_value());
    const auto place = chain.ledger().find_transaction(ids[i]).value().value();
    CHECK(outcomes[i]->place.leaf_index == place.leaf_index);
    CHECK(outcomes[i]->place.envelope == place.envelope);
    CHECK(outcomes[i]->receipt == chain.ledger().receipt(place.leaf_index, 0).value());
  }
}

TEST_CASE("an expired transaction and one that expires too late leave no trace") {
  TestChain chain;
  const auto late = chain.sign("hospital", {application("scans", "hospital")}, {.expires_in = 2 * kHour});
  const auto early = chain.sign("hospital", {application("scans", "hospital")}, {.expires_in = kMinute});
  chain.pass(2 * kMinute);
  chain.block({late, early});
  CHECK(chain.ledger().head().history_size == 0);
  CHECK(chain.ledger().get(key_of_asset("scans"))->record == std::nullopt);
}

TEST_CASE("an EACH of ten with two bad ones gives eight changes and ten provable results") {
  TestChain chain;
  std::vector<v1::Operation> operations;
  for (int i = 0; i < 10; ++i) {
    const bool bad = i == 3 || i == 7;
    operations.push_back(application(bad ? "asset-0" : "asset-" + std::to_string(i), "hospital"));
  }
  const auto place = chain.run(chain.sign("hospital", operations, {.mode = v1::MODE_EACH}));
  CHECK(place.outcome == v1::TRANSACTION_OUTCOME_PARTLY);
  int applied = 0;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const auto report = verified(chain, chain.ledger().receipt(place.leaf_index, i));
    const bool is_applied = place.results[i].outcome() == v1::OPERATION_OUTCOME_APPLIED;
    applied += is_applied ? 1 : 0;
    CHECK(is_applied == (i != 3 && i != 7));
    if (!is_applied) CHECK(place.results[i].reason() == v1::REASON_ID_TAKEN);
    // What the result commits to, computed again from the records.
    v1::ChangeList changes;
    if (is_applied) {
      const auto key = key_of_asset("asset-" + std::to_string(i));
      const auto record = chain.ledger().get(key)->record;
      REQUIRE(record.has_value());
      auto& change = *changes.add_changes();
      change.set_key(RecordKey(key).digest().string());
      change.set_record(crypto::digest(crypto::Tag::kRecord, encode(*record)).string());
    }
    CHECK(place.results[i].changes() == crypto::digest(crypto::Tag::kChanges, encode(changes)).view());
    verified(chain, chain.ledger().prove(key_of_asset("asset-" + std::to_string(is_applied ? i : 0))));
  }
  CHECK(applied == 8);
  v1::ListRequest assets;
  assets.set_kind("asset");
  CHECK(chain.ledger().list(assets)->records_size() == 8);
}

TEST_CASE("an ATOMIC transaction with one bad operation changes nothing") {
  TestChain chain;
  const auto place = chain.run(chain.sign(
      "hospital", {application("one", "hospital"), application("one", "hospital"), application("two", "hospital")}));
  CHECK(place.outcome == v1::TRANSACTION_OUTCOME_REFUSED);
  CHECK(place.results[0].outcome() == v1::OPERATION_OUTCOME_NOT_APPLIED);
  CHECK(place.results[1].reason() == v1::REASON_ID_TAKEN);
  CHECK(place.results[2].outcome() == v1::OPERATION_OUTCOME_NOT_APPLIED);
  CHECK(place.results[2].by() == "hospital");
  CHECK(chain.ledger().get(key_of_asset("one"))->record == std::nullopt);
  verified(chain, chain.ledger().receipt(place.leaf_index, 2));
}

TEST_CASE("a co-signer of one operation of a thousand has authorised nothing else") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  // Each needs the registry's co-signature; it answers for one of them alone.
  constexpr int kSigned = 500;
  std::vector<v1::Operation> operations;
  for (int i = 0; i < 1000; ++i) {
    operations.push_back(op("change_registration { asset: 'scans' name: 'renamed-" + std::to_string(i) +
                            "' reason_digest: '#why' }"));
  }
  const auto place = chain.run(chain.sign("hospital", operations,
                                          {.mode = v1::MODE_EACH, .cosigners = {{"registry-social", {{kSigned, 1}}}}}));
  REQUIRE(place.results.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    INFO("operation " << i);
    const auto& result = place.results[static_cast<std::size_t>(i)];
    CHECK((result.outcome() == v1::OPERATION_OUTCOME_APPLIED) == (i == kSigned));
    if (i != kSigned) CHECK(result.reason() == v1::REASON_MISSING_COSIGNER);
  }
  CHECK(chain.ledger().get(key_of_asset("scans"))->record->asset().name() == "renamed-500");
}

TEST_CASE("a receipt of one operation shows nothing from which the others could be guessed") {
  TestChain chain;
  const auto place = chain.run(chain.sign(
      "hospital", {application("public-one", "hospital"), application("secret-two", "hospital")},
      {.mode = v1::MODE_EACH}));
  const auto file = chain.ledger().receipt(place.leaf_index, 0);
  REQUIRE(file.has_value());
  CHECK(file->find("public-one") != std::string::npos);
  CHECK(file->find("secret-two") == std::string::npos);
  // Whoever guesses all of it but the salt holds it against the siblings that the receipt shows, in vain.
  const auto receipt = decode<v1::ProofFile>(*file)->receipt();
  const auto secret = decode<v1::ProofFile>(*chain.ledger().receipt(place.leaf_index, 1))->receipt();
  auto operation = *decode<v1::Operation>(secret.operation());
  auto result = *decode<v1::OperationResult>(secret.result());
  REQUIRE(operation.salt() == result.salt());
  REQUIRE(receipt.operation_path().nodes_size() == 1);
  REQUIRE(receipt.result_path().nodes_size() == 1);
  const auto is_operation = [&] {
    return merkle::leaf_hash(encode(operation)).view() == receipt.operation_path().nodes(0);
  };
  const auto is_result = [&] { return merkle::leaf_hash(encode(result)).view() == receipt.result_path().nodes(0); };
  CHECK(is_operation());
  CHECK(is_result());
  const std::string own = decode<v1::Operation>(receipt.operation())->salt();
  for (const std::string& salt : {std::string(), std::string(kSaltBytes, '\0'), own, std::string(kSaltBytes, '\7')}) {
    operation.set_salt(salt);
    result.set_salt(salt);
    CHECK_FALSE(is_operation());
    CHECK_FALSE(is_result());
  }
}

TEST_CASE("a record is proved as it stood at an older height, and so is its absence before") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  for (int i = 0; i < 20; ++i) chain.accept("museum", application("relic-" + std::to_string(i), "museum"));
  const auto then = chain.ledger().get(key_of_asset("scans"), 2);
  REQUIRE(then.has_value());
  CHECK(then->record->asset().registrations(0).state() == v1::REGISTRATION_STATE_ACCEPTED);
  CHECK(then->height == 2);
  const auto report = verified(chain, chain.ledger().prove(key_of_asset("scans"), 2));
  CHECK(chain.ledger().get(key_of_asset("relic-19"), 5)->record == std::nullopt);
  const auto absent = chain.ledger().prove(key_of_asset("relic-19"), 5);
  REQUIRE(absent.has_value());
  CHECK(verify_file(*absent, *Chain::from_genesis(chain.genesis()), keys::asset("relic-19")).has_value());
  CHECK_FALSE(verify_file(*absent, *Chain::from_genesis(chain.genesis()), keys::asset("relic-0")).has_value());
  CHECK(chain.ledger().prove(key_of_asset("scans"), 99).error().reason == v1::REASON_HEIGHT_UNKNOWN);
}

TEST_CASE("a height whose undo list is gone is HEIGHT_UNKNOWN, and the latest stays provable") {
  TestChain chain({"zone-office"}, nullptr, 1024);
  for (int i = 0; i < 20; ++i) chain.accept("museum", application("relic-" + std::to_string(i), "museum"));
  const auto gone = chain.ledger().prove(key_of_asset("relic-0"), 1);
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().reason == v1::REASON_HEIGHT_UNKNOWN);
  verified(chain, chain.ledger().prove(key_of_asset("relic-0")));
}

TEST_CASE("a due leaf runs first in its block, is seen by readers and has a receipt") {
  TestChain chain;
  const std::string number = chain.certified_asset("scans", "hospital");
  const auto due = chain.ledger().next_due();
  REQUIRE(due.has_value());
  v1::Cursor cursor = chain.ledger().end_cursor();
  chain.pass(*due - chain.time());
  chain.block({chain.sign("museum", {application("relics", "museum")})});
  const auto events = chain.ledger().events_after(cursor, 10);
  REQUIRE(events.has_value());
  REQUIRE(events->events.size() == 2);
  CHECK(events->events[0].due());
  CHECK(decode<v1::Due>(events->events[0].operation())->id() == number);
  CHECK_FALSE(events->events[1].due());
  verified(chain, chain.ledger().receipt(events->events[0].leaf_index(), 0));
  CHECK(chain.ledger().next_due() == std::nullopt);
}

TEST_CASE("more than 1,000 due entries run over several blocks, 1,000 in each") {
  TestChain chain;
  std::vector<std::string> numbers;
  for (int block = 0; block < 3; ++block) {
    std::vector<v1::Operation> apply, accept, notice, issue;
    for (int i = block * 400; i < block * 400 + 400; ++i) {
      const std::string id = "a-" + std::to_string(i);
      const std::string quoted = "'" + id + "'";
      v1::ApplyRegistration application = Zone().application(id, "hospital");
      apply.push_back(op(application));
      accept.push_back(op("accept_application { asset: " + quoted + " }"));
      notice.push_back(op("publish_notice { asset: " + quoted + " }"));
      issue.push_back(op("issue_certificate { asset: " + quoted + " certificate: '" +
                         number_of(i + 1) +
                         "' kind: CERTIFICATE_KIND_DATA_ASSET valid_from: '2026-11-23' valid_to: '2027-11-22' }"));
    }
    REQUIRE(chain.run(chain.sign("hospital", apply)).outcome == v1::TRANSACTION_OUTCOME_ACCEPTED);
    for (const auto& step : {accept, notice, issue}) {
      REQUIRE(chain.run(chain.sign("registry-social", step)).outcome == v1::TRANSACTION_OUTCOME_ACCEPTED);
    }
  }
  chain.pass(*chain.ledger().next_due() - chain.time());
  const auto first = chain.ledger().head().history_size;
  chain.block({});
  CHECK(chain.ledger().next_due().has_value());
  chain.block({});
  CHECK_FALSE(chain.ledger().next_due().has_value());
  CHECK(decode<v1::ProofFile>(*chain.ledger().receipt(first, 0))->receipt().due().operation_count() == 1000);
  CHECK(decode<v1::ProofFile>(*chain.ledger().receipt(first + 1, 0))->receipt().due().operation_count() == 200);
  const auto statistics = chain.ledger().statistics();
  REQUIRE(statistics.has_value());
  CHECK(statistics->zones(0).certificates() == 0);
}

TEST_CASE("a record that goes and comes again within one block stands once, in lists and after a restart") {
  TestChain chain;
  auto application = Zone().application("live", "hospital");
  application.set_update_frequency(v1::UPDATE_FREQUENCY_DAILY);
  chain.accept("hospital", op(application));
  for (const char* step : {"accept_application { asset: 'live' }", "publish_notice { asset: 'live' }"}) {
    chain.accept("registry-social", op(step));
  }
  chain.accept("registry-social", op("issue_certificate { asset: 'live' certificate: '" + number_of(1) +
                                     "' kind: CERTIFICATE_KIND_DATA_ASSET valid_from: '2026-11-23' "
                                     "valid_to: '2027-11-22' }"));
  const auto update = [&](const std::string& root) {
    v1::UpdateContent event;
    event.set_asset("live");
    *event.mutable_content() = application.content();
    event.mutable_content()->set_root(root);
    event.set_size_bytes(application.size_bytes());
    event.set_record_count(application.record_count());
    event.set_period_to(application.period_to());
    return op(event);
  };
  // Away and back: the claim on the first root ends and begins again.
  const auto place = chain.run(chain.sign(
      "hospital", {update(digest_of("another root")), update(application.content().root())}, {.mode = v1::MODE_EACH}));
  REQUIRE(place.outcome == v1::TRANSACTION_OUTCOME_ACCEPTED);
  const auto claims = [&] {
    v1::ListRequest request;
    request.set_kind("certified_content");
    const auto page = chain.ledger().list(request);
    REQUIRE(page.has_value());
    v1::StateKey key;
    key.set_certified_content(application.content().root());
    REQUIRE(page->records_size() == 1);
    CHECK(page->records(0).SerializeAsString() == chain.ledger().get(key)->record->SerializeAsString());
  };
  claims();
  chain.close();
  REQUIRE(std::filesystem::remove(chain.leaf_file()));
  REQUIRE(chain.reopen().has_value());
  claims();
}

TEST_CASE("a page token is good on another node, and not for another question") {
  TestChain one, two;
  for (TestChain* chain : {&one, &two}) {
    for (int i = 0; i < 5; ++i) chain->accept("museum", application("relic-" + std::to_string(i), "museum"));
  }
  v1::ListRequest request;
  request.set_kind("asset");
  request.set_page_size(2);
  const auto first = one.ledger().list(request);
  REQUIRE(first.has_value());
  request.set_page_token(first->next_page_token());
  const auto second = two.ledger().list(request);
  REQUIRE(second.has_value());
  CHECK(second->records(0).asset().id() == "relic-2");
  request.set_kind("organisation");
  CHECK(one.ledger().list(request).error().reason == v1::REASON_BAD_VALUE);
}

TEST_CASE("lists are filtered by indexed fields, and follow a record as it changes") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  chain.accept("museum", application("relics", "museum"));
  const auto ids = [&](const std::string& field, const std::string& value) {
    v1::ListRequest request;
    request.set_kind("asset");
    auto& filter = *request.add_filters();
    filter.set_field(field);
    filter.set_value(value);
    std::vector<std::string> found;
    const auto page = chain.ledger().list(request);
    REQUIRE(page.has_value());
    for (const auto& record : page->records()) found.push_back(record.asset().id());
    return found;
  };
  CHECK(ids("rights.holder", "museum") == std::vector<std::string>{"relics"});
  CHECK(ids("registrations.state", "CERTIFIED") == std::vector<std::string>{"scans"});
  CHECK(ids("registrations.state", "APPLIED") == std::vector<std::string>{"relics"});
}

TEST_CASE("nodes that execute the same batches have the same roots, block by block") {
  TestChain one({"zone-office", "registry-public", "registry-social", "exchange"});
  TestChain two({"zone-office", "registry-public", "registry-social", "exchange"});
  for (int i = 0; i < 8; ++i) {
    const auto a = one.block({one.sign("museum", {application("relic-" + std::to_string(i), "museum")})}, i == 5);
    const auto b = two.block({two.sign("museum", {application("relic-" + std::to_string(i), "museum")})}, i == 5);
    CHECK(a.digest == b.digest);
  }
}

TEST_CASE("a block that was executed and not certified is certified after a restart") {
  TestChain chain;
  OrderedBatch batch;
  v1::Batch message;
  message.set_proposer("zone-office");
  message.set_time(chain.time());
  batch.batch = encode(message);
  const auto executed = chain.ledger().execute(batch);
  REQUIRE(executed.has_value());
  CHECK(chain.ledger().head().height == 0);
  REQUIRE(chain.reopen().has_value());
  const auto waiting = chain.ledger().uncertified();
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].digest == executed->digest);
  v1::HeaderCertificate wrong = chain.certificate_of(Digest{});
  CHECK(chain.ledger().certify(1, wrong).error().reason == v1::REASON_BAD_SIGNATURE);
  REQUIRE(chain.ledger().certify(1, chain.certificate_of(waiting[0].digest)).has_value());
  CHECK(chain.ledger().head().height == 1);
}
