// The ledger under a network's validators: execution ahead of certificates, sets that follow one another, blocks that
// other nodes fetch, and where two nodes come apart.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "ledger/crypto/digest.h"
#include "ledger/store/database.h"
#include "ledger/verify/verify.h"
#include "proto/canonical.h"
#include "tests/ledger/chain/chain.h"
#include "tests/ledger/chain/unsynced_disk.h"

using namespace jinshi;
using namespace jinshi::ledger;
using namespace jinshi::ledger::testing;

namespace {

const std::vector<std::string> kFour = {"zone-office", "registry-public", "registry-social", "exchange"};

std::string relic(Height height) { return "relic-" + std::to_string(height); }

v1::StateKey key_of_asset(const std::string& id) {
  v1::StateKey key;
  key.set_asset(id);
  return key;
}

TransactionPtr register_relic(TestChain& chain, Height height) {
  return chain.sign("museum", {op(Zone().application(relic(height), "museum"))});
}

VerifiedReport verified(const TestChain& chain, const Result<std::string>& file,
                        const std::optional<RecordKey>& absent = std::nullopt) {
  INFO((file ? std::string() : file.error().message));
  REQUIRE(file.has_value());
  const auto genesis = Chain::from_genesis(chain.genesis());
  auto report = absent ? verify_file(*file, *genesis, *absent) : verify_file(*file, *genesis);
  INFO((report ? std::string() : report.error().message));
  REQUIRE(report.has_value());
  return *report;
}

// All that readers see, as text.
std::string seen(const Ledger& ledger) {
  v1::ListRequest list;
  list.set_kind("asset");
  v1::ListRequest applied = list;
  auto& filter = *applied.add_filters();
  filter.set_field("registrations.state");
  filter.set_value("APPLIED");
  v1::ListRequest headers;
  headers.set_kind("header");
  std::string text = ledger.statistics()->DebugString();
  for (const auto& request : {list, applied, headers}) text += ledger.list(request)->DebugString();
  text += ledger.history({})->DebugString();
  const auto events = ledger.events_after({}, 1000);
  text += std::to_string(events->events.size()) + events->cursor.DebugString() + ledger.end_cursor().DebugString();
  return text + to_hex(ledger.head().digest.view());
}

// With a relic in each block, the ledger speaks for `height` and nothing above it.
void check_speaks_for(TestChain& chain, Height height, Height executed) {
  INFO("certified " << height);
  const Ledger& ledger = chain.ledger();
  CHECK(ledger.head().height == height);
  CHECK(ledger.executed_height() == executed);
  CHECK(ledger.uncertified().size() == executed - height);
  v1::ListRequest request;
  request.set_kind("asset");
  CHECK(ledger.list(request)->records_size() == static_cast<int>(height));
  CHECK(ledger.history({})->events_size() == static_cast<int>(height));
  CHECK(ledger.events_after({}, 100)->events.size() == height);
  CHECK(ledger.statistics()->transactions() == height);
  const auto statistics = *ledger.statistics();
  for (const auto& kind : statistics.kinds()) {
    if (kind.kind() == "asset") CHECK(kind.count() == height);
  }
  for (Height i = 1; i <= executed; ++i) {
    const bool is_there = i <= height;
    const auto answer = ledger.get(key_of_asset(relic(i)));
    REQUIRE(answer.has_value());
    CHECK(answer->height == height);
    CHECK(answer->record.has_value() == is_there);
    CHECK(ledger.get(key_of_asset(relic(i)), height)->record.has_value() == is_there);
    v1::HistoryRequest history;
    *history.mutable_key() = key_of_asset(relic(i));
    CHECK(ledger.history(history).has_value() == is_there);
    if (i == 1 || i == height || i == executed) {
      const auto file = ledger.prove(key_of_asset(relic(i)));
      verified(chain, file, is_there ? std::nullopt : std::optional(keys::asset(relic(i))));
    }
    CHECK(ledger.receipt(i - 1, 0).has_value() == is_there);
  }
  if (height > 0) verified(chain, ledger.receipt(height - 1, 0));
  CHECK(ledger.get(key_of_asset(relic(1)), height + 1).error().reason == v1::REASON_HEIGHT_UNKNOWN);
}

}  // namespace

TEST_CASE("ten blocks executed ahead are read height by height as 3, then 7, then 10 are certified") {
  TestChain chain(kFour);
  std::vector<ExecutedBlock> blocks = {{}};
  for (Height i = 1; i <= 10; ++i) {
    const auto transaction = register_relic(chain, i);
    blocks.push_back(chain.execute({transaction}));
    CHECK(blocks.back().height == i);
    CHECK(blocks.back().listed == std::vector<Digest>{transaction->id()});
    CHECK(chain.ledger().find_transaction(transaction->id()).value()->certified == false);
  }
  std::vector<Height> told;
  chain.ledger().on_certified([&](const Head& head) { told.push_back(head.height); });
  CHECK(chain.ledger().head().height == 0);
  for (const Height height : {3, 7, 10}) {
    chain.certify(blocks[height]);
    check_speaks_for(chain, height, 10);
  }
  CHECK(told == std::vector<Height>{3, 7, 10});
  // A height without a certificate of its own answers with the first that has one.
  CHECK(decode<v1::Header>(chain.ledger().header(4)->header())->height() == 7);
  CHECK(decode<v1::Header>(chain.ledger().header(7)->header())->height() == 7);
  CHECK(decode<v1::Header>(chain.ledger().header(8)->header())->height() == 10);
  verified(chain, chain.ledger().prove_consistency(1, 5));
  verified(chain, chain.ledger().prove(key_of_asset(relic(2)), 2));
  verified(chain, chain.ledger().prove(key_of_asset(relic(9)), 6), keys::asset(relic(9)));
}

TEST_CASE("after a restart readers see the certified height and none of the blocks above, which are certified in turn") {
  TestChain chain(kFour);
  std::vector<ExecutedBlock> blocks = {{}};
  for (Height i = 1; i <= 10; ++i) blocks.push_back(chain.execute({register_relic(chain, i)}));
  chain.certify(blocks[3]);
  const std::string before = seen(chain.ledger());
  for (const bool with_leaf_file : {true, false}) {
    chain.close();
    if (!with_leaf_file) REQUIRE(std::filesystem::remove(chain.leaf_file()));
    REQUIRE(chain.reopen().has_value());
    CHECK(seen(chain.ledger()) == before);
    check_speaks_for(chain, 3, 10);
  }
  const auto waiting = chain.ledger().uncertified();
  REQUIRE(waiting.size() == 7);
  for (const ExecutedBlock& block : waiting) {
    const ExecutedBlock& given = blocks[block.height];
    CHECK(block.digest == given.digest);
    CHECK(block.header == given.header);
    CHECK(block.time == given.time);
    CHECK(block.listed == given.listed);
    CHECK(encode(*block.epochs) == encode(*given.epochs));
  }
  blocks.push_back(chain.execute({register_relic(chain, 11)}));
  for (const Height height : {7, 10, 11}) {
    chain.certify(blocks[height]);
    check_speaks_for(chain, height, 11);
  }
  REQUIRE(chain.reopen().has_value());
  check_speaks_for(chain, 11, 11);
}

TEST_CASE("what blocks above a certified height deleted and made anew is as it was there, after a restart too") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  const auto content = chain.ledger().get(key_of_asset("scans"))->record->asset().content();
  const std::string before = seen(chain.ledger());
  chain.execute({chain.sign("hospital", {op("cancel_registration { asset: 'scans' }")},
                            {.cosigners = {{"registry-social"}}})});
  chain.execute({register_relic(chain, 1)});
  CHECK(seen(chain.ledger()) == before);
  REQUIRE(chain.reopen().has_value());
  CHECK(seen(chain.ledger()) == before);
  v1::StateKey claim;
  claim.set_certified_content(content.root());
  CHECK(chain.ledger().get(claim)->record.has_value());
  verified(chain, chain.ledger().prove(claim));
  chain.certify(chain.ledger().uncertified().back());
  CHECK_FALSE(chain.ledger().get(claim)->record.has_value());
  // It is gone, and its history is not.
  v1::HistoryRequest history;
  *history.mutable_key() = claim;
  const auto events = chain.ledger().history(history);
  REQUIRE(events.has_value());
  REQUIRE(events->events_size() == 2);
  CHECK(decode<v1::Operation>(events->events(0).operation())->has_issue_certificate());
  CHECK(decode<v1::Operation>(events->events(1).operation())->has_cancel_registration());
  claim.set_certified_content(digest_of("never"));
  *history.mutable_key() = claim;
  CHECK(chain.ledger().history(history).error().reason == v1::REASON_UNKNOWN_RECORD);
}

TEST_CASE("undo lists above the certified height are kept, however little of the past there is room for") {
  TestChain chain({"zone-office"}, nullptr, 256);
  std::vector<ExecutedBlock> blocks = {{}};
  for (Height i = 1; i <= 8; ++i) blocks.push_back(chain.execute({register_relic(chain, i)}));
  chain.certify(blocks[2]);
  check_speaks_for(chain, 2, 8);
  chain.certify(blocks[8]);
  chain.block({register_relic(chain, 9)});
  CHECK(chain.ledger().get(key_of_asset(relic(1)), 2).error().reason == v1::REASON_HEIGHT_UNKNOWN);
}

TEST_CASE("without syncs a power cut leaves whole blocks: all that sync told of, and some prefix of the rest") {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    UnsyncedDisk disk(seed);
    TestChain chain({"zone-office"}, disk.env(), 128 << 20, false);
    std::map<Height, Digest> given;
    Height next_asset = 0;
    for (int cut = 0; cut < 4; ++cut) {
      Flushed flushed;
      disk.cut_power_at(5 + random() % 60);
      while (!disk.power_is_cut()) {
        const auto executed = chain.try_execute({register_relic(chain, ++next_asset)});
        if (!executed) break;
        given[executed->height] = executed->digest;
        if (random() % 3 == 0) {
          const auto waiting = chain.ledger().uncertified();
          const ExecutedBlock& one = waiting[random() % waiting.size()];
          if (!chain.ledger().certify(one.height, chain.certificate_of(one))) break;
        }
        if (random() % 6 == 0) {
          if (const auto synced = chain.ledger().sync()) flushed = *synced;
        }
      }
      chain.close();
      disk.restore_power();
      const auto opened = chain.reopen();
      INFO((opened ? std::string() : opened.error().message));
      REQUIRE(opened.has_value());
      const Height executed = chain.ledger().executed_height();
      CHECK(executed >= flushed.executed);
      CHECK(chain.ledger().head().height >= flushed.certified);
      const auto waiting = chain.ledger().uncertified();
      CHECK(waiting.size() == executed - chain.ledger().head().height);
      // The block that was being written when the power went may be there.
      if (!waiting.empty() && executed == given.size() + 1) given[executed] = waiting.back().digest;
      for (const ExecutedBlock& block : waiting) CHECK(block.digest == given.at(block.height));
      if (chain.ledger().head().height > 0) {
        CHECK(chain.ledger().head().digest == given.at(chain.ledger().head().height));
      }
      lost += static_cast<int>(given.size() - executed);
      given.erase(given.upper_bound(executed), given.end());
      if (!waiting.empty()) chain.certify(waiting.back());
      for (Height height = 1; height <= executed; ++height) {
        v1::FetchBlocksRequest request;
        request.set_from(height);
        request.set_with_changes(true);
        const auto block = chain.ledger().blocks(request);
        REQUIRE(block.has_value());
        CHECK(crypto::digest(crypto::Tag::kHeader, block->blocks(0).header()) == given.at(height));
      }
    }
  }
  CHECK(lost > 0);
}

TEST_CASE("any prefix of the log of unsynced blocks opens to a whole block") {
  TestChain chain({"zone-office"}, nullptr, 128 << 20, false);
  std::map<Height, Digest> given;
  REQUIRE(chain.reopen().has_value());
  for (Height i = 1; i <= 4; ++i) {
    const ExecutedBlock block = chain.execute({register_relic(chain, i)});
    given[i] = block.digest;
    if (i % 2 == 0) chain.certify(block);
  }
  TemporaryFolder spare;
  const auto whole = spare.path() / "whole";
  // As the disk has it while the ledger runs, its log not yet in tables.
  REQUIRE(chain.ledger().sync().has_value());
  std::filesystem::copy(chain.directory(), whole, std::filesystem::copy_options::recursive);
  std::filesystem::path log;
  for (const auto& entry : std::filesystem::directory_iterator(whole / "ledger")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) log = entry.path().filename();
  }
  REQUIRE_FALSE(log.empty());
  const auto size = std::filesystem::file_size(whole / "ledger" / log);
  std::set<Height> heights;
  const auto copy = spare.path() / "copy";
  for (std::uintmax_t kept = 0; kept <= size; kept += size / 60) {
    INFO(kept << " bytes of " << size);
    std::filesystem::remove_all(copy);
    std::filesystem::copy(whole, copy, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy / "ledger" / log, kept);
    const auto opened = Ledger::open({copy, nullptr, 128 << 20, false});
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
    const Height executed = (*opened)->executed_height();
    heights.insert(executed);
    const Height certified = (*opened)->head().height;
    CHECK((certified == executed || certified + 1 == executed || certified + 2 == executed));
    for (const ExecutedBlock& block : (*opened)->uncertified()) CHECK(block.digest == given.at(block.height));
    if (certified > 0) CHECK((*opened)->head().digest == given.at(certified));
  }
  CHECK(heights == std::set<Height>{0, 1, 2, 3, 4});
}

namespace {

TransactionPtr set_validators(TestChain& chain, const std::vector<std::string>& validators,
                              std::int64_t heartbeat_ms = 0) {
  std::string text = "set_validators { ";
  for (const auto& id : validators) text += "validators: '" + id + "' ";
  if (heartbeat_ms > 0) {
    v1::OrderingParameters ordering = chain.ledger().epochs().current().ordering();
    ordering.set_heartbeat_ms(heartbeat_ms);
    text += "ordering { " + ordering.ShortDebugString() + " } ";
  }
  Signing how;
  for (const char* id : {"registry-public", "registry-social"}) how.cosigners.push_back({std::string(id) + "/governance"});
  return chain.sign("zone-office/governance", {op(text + "}")}, how);
}

}  // namespace

TEST_CASE("each change of the set leaves a link, an epoch that keeps its set leaves none, and files carry those they need") {
  TestChain chain(kFour, nullptr, 128 << 20, true, 2);
  const std::vector<std::string> other = {"registry-social", "zone-office", "registry-public"};
  Height height = 0;
  const auto run = [&](const TransactionPtr& transaction) {
    const auto place = chain.run(transaction);
    REQUIRE(place.outcome == v1::TRANSACTION_OUTCOME_ACCEPTED);
    height = place.height;
  };
  const auto links_of = [&](const Result<std::string>& file) {
    verified(chain, file);
    const auto proof = *decode<v1::ProofFile>(*file);
    return proof.has_receipt()  ? proof.receipt().links_size()
           : proof.has_record() ? proof.record().links_size()
                                : proof.consistency().links_size();
  };
  const auto all_have = [&](int links) {
    CHECK(links_of(chain.ledger().receipt(0, 0)) == links);
    CHECK(links_of(chain.ledger().prove(key_of_asset(relic(1)))) == links);
    CHECK(links_of(chain.ledger().prove_consistency(1)) == links);
  };
  run(register_relic(chain, 1));
  run(set_validators(chain, other));  // at 2: in force from 5
  CHECK(height == 2);
  run(register_relic(chain, 3));
  const ExecutedBlock last = chain.execute({register_relic(chain, 4)});
  const ExecutedBlock first = chain.execute({register_relic(chain, 5)});
  CHECK(first.epochs->current().set().validators_size() == 3);
  CHECK(chain.certificate_of(last).signatures_size() == 3);
  // The old set's last header needs its own certificate; a new one can't vouch for it.
  CHECK(chain.ledger().certify(5, chain.certificate_of(first)).error().reason == v1::REASON_BAD_PROOF);
  all_have(0);
  // Neither a start nor a wrong set gets over it.
  REQUIRE(chain.reopen().has_value());
  CHECK(chain.ledger().certify(5, chain.certificate_of(first)).error().reason == v1::REASON_BAD_PROOF);
  CHECK_FALSE(chain.ledger().certify(4, chain.certificate_of(Digest{})).has_value());
  chain.certify(last);
  all_have(0);
  CHECK_FALSE(chain.ledger().certify(5, chain.certificate_of(first.digest)).has_value());
  chain.certify(first);
  all_have(1);
  run(set_validators(chain, other, 30'000));  // at 6: the same set, another heartbeat, from 9
  for (const Height i : {7, 8, 9}) run(register_relic(chain, i));
  CHECK(chain.ledger().epochs().current().number() == 3);
  CHECK(chain.ledger().epochs().current().ordering().heartbeat_ms() == 30'000);
  all_have(1);
  run(set_validators(chain, kFour));  // at 10: back, from 13
  for (const Height i : {11, 12, 13}) run(register_relic(chain, i));
  all_have(2);
  REQUIRE(chain.reopen().has_value());
  all_have(2);
  // A head of an older set carries the links to that set alone.
  CHECK(links_of(chain.ledger().prove(key_of_asset(relic(1)), 4)) == 0);
  CHECK(links_of(chain.ledger().prove(key_of_asset(relic(1)), 5)) == 1);
  CHECK(links_of(chain.ledger().prove(key_of_asset(relic(1)), 12)) == 1);
  CHECK(links_of(chain.ledger().prove_consistency(4, 12)) == 1);
  CHECK(links_of(chain.ledger().prove_consistency(4, 13)) == 2);
}

namespace {

v1::FetchBlocksResponse fetch(const Ledger& ledger, Height from, std::uint32_t max_bytes = 0, bool with_changes = false) {
  v1::FetchBlocksRequest request;
  request.set_from(from);
  request.set_max_bytes(max_bytes);
  request.set_with_changes(with_changes);
  auto response = ledger.blocks(request);
  INFO((response ? std::string() : response.error().message));
  REQUIRE(response.has_value());
  return *response;
}

OrderedBatch batch_of(const v1::FetchedBlock& block, const TestChain& chain) {
  OrderedBatch batch{block.batch(), {}};
  for (const auto& bytes : block.transactions()) batch.transactions.push_back(chain.check(bytes));
  return batch;
}

}  // namespace

TEST_CASE("fetched blocks execute to the same heads elsewhere, with what the batch listed in vain") {
  TestChain one(kFour), two(kFour);
  const auto early = one.sign("museum", {op(Zone().application("early", "museum"))}, {.expires_in = kMinute});
  const std::string bytes = one.sign_bytes("hospital", {op(Zone().application("scans", "hospital"))});
  const auto first = one.check(bytes);
  auto variant = *decode<v1::SignedTransaction>(bytes);
  variant.set_signatures(0, signature_by_openssl("hospital", transaction_signing_bytes(first->id())));
  const auto second = one.check(encode(variant));
  one.pass(2 * kMinute);
  std::vector<ExecutedBlock> blocks = {{}};
  blocks.push_back(one.execute({early, second, register_relic(one, 1), first, second}));
  CHECK(blocks[1].listed.size() == 5);
  blocks.push_back(one.execute({}, true));
  blocks.push_back(one.execute({first, early}));
  for (Height i = 4; i <= 8; ++i) blocks.push_back(one.execute({register_relic(one, i)}));
  CHECK(fetch(one.ledger(), 1).blocks_size() == 0);
  one.certify(blocks[3]);
  one.certify(blocks[6]);
  REQUIRE(one.reopen().has_value());

  // Runs end in a certificate, and are cut by bytes there alone.
  CHECK(fetch(one.ledger(), 1).blocks_size() == 6);
  CHECK(fetch(one.ledger(), 1).certified() == 6);
  CHECK(fetch(one.ledger(), 1, 1).blocks_size() == 3);
  CHECK(fetch(one.ledger(), 5, 1).blocks_size() == 2);
  CHECK(fetch(one.ledger(), 7).blocks_size() == 0);
  v1::FetchBlocksRequest genesis;
  CHECK(one.ledger().blocks(genesis).error().reason == v1::REASON_BAD_VALUE);
  const auto all = fetch(one.ledger(), 1);
  CHECK(all.blocks(0).transactions_size() == 5);
  CHECK(all.blocks(0).transactions(1) == second->bytes());
  CHECK(all.blocks(0).transactions(3) == first->bytes());
  CHECK(all.blocks(1).batch().empty());
  CHECK(all.blocks(2).transactions_size() == 2);
  for (const auto& block : all.blocks()) {
    const auto executed = two.ledger().execute(batch_of(block, two));
    REQUIRE(executed.has_value());
    CHECK(executed->header == block.header());
    CHECK(executed->listed == blocks[executed->height].listed);
    if (!block.has_certificate()) continue;
    REQUIRE(two.ledger().certify(executed->height, block.certificate()).has_value());
  }
  CHECK(two.ledger().head().digest == one.ledger().head().digest);
  CHECK(seen(two.ledger()) == seen(one.ledger()));
  CHECK(encode(fetch(two.ledger(), 1)) == encode(all));
}

TEST_CASE("a block's changes are each changed key with its record after it, in key order, whatever came later") {
  TestChain chain;
  chain.certified_asset("scans", "hospital");
  const auto before = fetch(chain.ledger(), 2, 0, true);
  for (Height i = 5; i <= 8; ++i) chain.execute({register_relic(chain, i)});
  const auto later = fetch(chain.ledger(), 2, 0, true);
  CHECK(encode(before.blocks(0)) == encode(later.blocks(0)));
  REQUIRE(later.blocks_size() == 1);
  const auto& changes = later.blocks(0).changes();
  CHECK(std::ranges::is_sorted(changes, {}, &v1::UndoRecord::key));
  const auto asset = std::ranges::find(changes, keys::asset("scans").digest().string(), &v1::UndoRecord::key);
  REQUIRE(asset != changes.end());
  CHECK(decode<v1::Record>(asset->record())->asset().registrations(0).state() == v1::REGISTRATION_STATE_ACCEPTED);
  // Of an executed height, too, certified or not; none above it.
  CHECK(fetch(chain.ledger(), 8, 0, true).blocks_size() == 1);
  CHECK(fetch(chain.ledger(), 9, 0, true).blocks_size() == 0);
}

TEST_CASE("two nodes that came apart name the first differing record, both values and who wrote it") {
  TestChain one, two;
  const auto same = register_relic(one, 1);
  one.block({same});
  two.block({same});
  const auto ours = one.sign("museum", {op(Zone().application("vase", "museum"))});
  auto theirs_application = Zone().application("vase", "museum");
  theirs_application.set_name("another vase");
  const auto theirs = two.sign("museum", {op(theirs_application)});
  one.block({ours});
  two.block({theirs});
  CHECK(one.ledger().compare(fetch(two.ledger(), 1, 0, true).blocks(0)).value() == std::nullopt);
  const auto found = one.ledger().compare(fetch(two.ledger(), 2, 0, true).blocks(0));
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  const Divergence& divergence = **found;
  CHECK(divergence.height == 2);
  CHECK(divergence.header_fields ==
        std::vector<std::string>{"batch", "history_root", "state_root", "live_ids_root"});
  CHECK(divergence.record == "asset 'vase'");
  CHECK_THAT(divergence.theirs, Catch::Contains("\"another vase\""));
  CHECK_THAT(divergence.ours, Catch::Contains("\"vase\"") && !Catch::Contains("another"));
  CHECK(divergence.writer == "operation 0 of transaction " + to_hex(ours->id().view()) + " at height 2");
  CHECK_THAT(divergence.text(), Catch::Contains("asset 'vase'") && Catch::Contains("another vase"));

  // A value that no transaction wrote, one that is missing, and a block that there is not.
  auto block = fetch(one.ledger(), 2, 0, true).blocks(0);
  for (auto& change : *block.mutable_changes()) {
    if (change.key() == keys::asset("vase").digest().string()) change.clear_record();
  }
  CHECK(one.ledger().compare(block).value()->theirs == "absent");
  block = fetch(one.ledger(), 2, 0, true).blocks(0);
  auto& added = *block.add_changes();
  added.set_key(Digest{}.string());
  CHECK(one.ledger().compare(block).value()->ours == "unchanged");
  CHECK(one.ledger().compare(block).value()->header_fields.empty());
  auto header = *decode<v1::Header>(block.header());
  header.set_height(3);
  block.set_header(encode(header));
  CHECK(one.ledger().compare(block).error().reason == v1::REASON_HEIGHT_UNKNOWN);
  block.set_header("rubbish");
  CHECK_FALSE(one.ledger().compare(block).has_value());
}

TEST_CASE("a transaction that can't be looked up is an error, not an absent one") {
  TestChain chain;
  const auto transaction = register_relic(chain, 1), other = register_relic(chain, 2);
  chain.block({transaction});
  chain.close();
  {
    const auto database = Database::open(chain.directory() / "ledger", nullptr, false);
    REQUIRE(database.has_value());
    WriteBatch batch;
    batch.remove(Family::kLeaves, DiskKey().u64(0).str());
    REQUIRE((*database)->write(batch, true).has_value());
  }
  REQUIRE(chain.reopen().has_value());
  CHECK(chain.ledger().find_transaction(transaction->id()).error().reason == v1::REASON_DAMAGED);
  CHECK(chain.ledger().find_transaction(other->id()).value().has_value() == false);
}
