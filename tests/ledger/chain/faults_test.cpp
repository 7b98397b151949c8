// What the ledger keeps when the power goes, the disk fills up or stops reading: every block that was given out.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>

#include "ledger/crypto/digest.h"
#include "ledger/ledger.h"
#include "proto/canonical.h"
#include "tests/ledger/chain/chain.h"
#include "tests/ledger/chain/failing_disk.h"
#include "tests/ledger/chain/unsynced_disk.h"

using namespace jinshi;
using namespace jinshi::ledger;
using namespace jinshi::ledger::testing;

namespace {

// Blocks of one registration each, executed and certified apart, and what was given out for each height.
class Writer {
 public:
  explicit Writer(TestChain& chain) : chain_(chain) {}

  Result<ExecutedBlock> execute() {
    const std::string asset = "relic-" + std::to_string(++assets_);
    OrderedBatch batch;
    batch.transactions = {chain_.sign("museum", {op(Zone().application(asset, "museum"))})};
    v1::Batch message;
    message.set_proposer("zone-office");
    message.set_time(chain_.time());
    message.add_envelopes(batch.transactions.front()->envelope().string());
    batch.batch = encode(message);
    auto executed = chain_.ledger().execute(batch);
    if (executed) given_[executed->height] = executed->digest;
    return executed;
  }

  // Signs whatever waits.
  Result<void> certify() {
    for (const ExecutedBlock& block : chain_.ledger().uncertified()) {
      const auto given = given_.try_emplace(block.height, block.digest).first;
      CHECK(given->second == block.digest);
      const v1::HeaderCertificate certificate = chain_.certificate_of(block.digest);
      const auto signed_before = certificates_.find(block.height);
      if (signed_before != certificates_.end()) CHECK(signed_before->second == encode(certificate));
      certificates_[block.height] = encode(certificate);
      if (auto stored = chain_.ledger().certify(block.height, certificate); !stored) return stored;
    }
    return {};
  }

  // After a restart: nothing that was given out is lost, and the rest is certified again.
  void check_all_there() {
    REQUIRE(chain_.ledger().executed_height() >= last_given());
    REQUIRE(certify().has_value());
    REQUIRE(chain_.ledger().head().height == chain_.ledger().executed_height());
    for (const auto& [height, digest] : given_) {
      const auto header = chain_.ledger().header(height);
      REQUIRE(header.has_value());
      CHECK(crypto::digest(crypto::Tag::kHeader, header->header()) == digest);
      CHECK(encode(header->certificate()) == certificates_.at(height));
    }
  }

  Height last_given() const { return given_.empty() ? 0 : given_.rbegin()->first; }

 private:
  TestChain& chain_;
  int assets_ = 0;
  std::map<Height, Digest> given_;
  std::map<Height, std::string> certificates_;
};

// Works until the power goes.
void work_until_cut(Writer& writer, UnsyncedDisk& disk, std::mt19937_64& random) {
  while (!disk.power_is_cut()) {
    const auto executed = writer.execute();
    if (!executed) {
      CHECK(executed.error().reason == v1::REASON_DISK);
      return;
    }
    // Certificates come late or in a row, as they do from peers.
    if (random() % 3 != 0 && !writer.certify()) return;
  }
}

void power_loss(std::uint64_t seed, int cuts) {
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  UnsyncedDisk disk(seed);
  TestChain chain({"zone-office"}, disk.env());
  Writer writer(chain);
  for (int cut = 0; cut < cuts; ++cut) {
    INFO("cut " << cut);
    disk.cut_power_at(1 + random() % 24);
    work_until_cut(writer, disk, random);
    REQUIRE(disk.power_is_cut());
    chain.close();
    disk.restore_power();
    if (random() % 2 == 0) std::filesystem::remove(chain.leaf_file());
    if (random() % 2 == 0) {
      // And once more while it opens.
      disk.cut_power_at(1 + random() % 200);
      const auto opened = chain.reopen();
      if (!opened) CHECK(opened.error().reason == v1::REASON_DISK);
      chain.close();
      disk.restore_power();
    }
    const auto opened = chain.reopen();
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
    writer.check_all_there();
  }
  REQUIRE(writer.execute().has_value());
  REQUIRE(writer.certify().has_value());
}

}  // namespace

TEST_CASE("no block whose execute returned is lost with the power, and a lost certificate is signed again alike") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) power_loss(seed, 6);
}

TEST_CASE("a power cut while a ledger is made leaves a whole one, or none and room for another try") {
  std::mt19937_64 random(7);
  const std::string genesis = TestChain().genesis();
  int whole = 0;
  for (int i = 0; i < 12; ++i) {
    INFO("try " << i);
    TemporaryFolder folder;
    UnsyncedDisk disk(random());
    const Ledger::Options options{folder.path() / "node", disk.env()};
    disk.cut_power_at(1 + random() % 400);
    auto ledger = Ledger::create(options, genesis);
    if (!ledger) CHECK(ledger.error().reason == v1::REASON_DISK);
    if (ledger) ledger->reset();
    disk.restore_power();
    auto opened = Ledger::open(options);
    if (opened) {
      ++whole;
    } else {
      INFO(opened.error().message);
      CHECK(opened.error().reason == v1::REASON_CONFIGURATION);
      opened = Ledger::create(options, genesis);
      INFO((opened ? std::string() : opened.error().message));
      REQUIRE(opened.has_value());
    }
    CHECK((*opened)->executed_height() == 0);
  }
  CHECK(whole > 0);
  CHECK(whole < 12);
}

TEST_CASE("a full disk stops execution with the mend, publishes nothing, and loses no block") {
  for (const std::uint64_t left : {0, 100, 2'500, 10'000}) {
    INFO(left << " bytes left");
    FailingDisk disk;
    TestChain chain({"zone-office"}, disk.env());
    Writer writer(chain);
    for (int i = 0; i < 3; ++i) {
      REQUIRE(writer.execute().has_value());
      REQUIRE(writer.certify().has_value());
    }
    disk.leave(left);
    Head before;
    std::string statistics;
    std::optional<Error> refused;
    while (!refused) {
      before = chain.ledger().head();
      statistics = chain.ledger().statistics()->DebugString();
      if (auto executed = writer.execute(); !executed) {
        refused = executed.error();
      } else if (auto certified = writer.certify(); !certified) {
        refused = certified.error();
        before = chain.ledger().head();
        statistics = chain.ledger().statistics()->DebugString();
      }
    }
    CHECK(refused->reason == v1::REASON_DISK);
    CHECK_THAT(refused->message, Catch::Contains("the disk is full") && Catch::Contains("Free space"));
    CHECK(chain.ledger().head().digest == before.digest);
    CHECK(chain.ledger().executed_height() == writer.last_given());
    CHECK(chain.ledger().statistics()->DebugString() == statistics);
    // It stays stopped, with space again too: what a failed write left in the log is only known after a restart.
    disk.free_space();
    CHECK(writer.execute().error().reason == v1::REASON_DISK);
    CHECK(chain.ledger().executed_height() == writer.last_given());
    disk.leave(0);
    chain.close();
    const auto full = chain.reopen();
    if (!full) {
      CHECK(full.error().reason == v1::REASON_DISK);
      CHECK_THAT(full.error().message, Catch::Contains("the disk is full"));
    }
    chain.close();
    disk.free_space();
    const auto opened = chain.reopen();
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
    writer.check_all_there();
    REQUIRE(writer.execute().has_value());
    REQUIRE(writer.certify().has_value());
  }
}

TEST_CASE("a disk that fills up while a ledger is made leaves room for another try") {
  const std::string genesis = TestChain().genesis();
  for (const std::uint64_t left : {0, 1'000, 10'000}) {
    INFO(left << " bytes left");
    TemporaryFolder folder;
    FailingDisk disk;
    const Ledger::Options options{folder.path() / "node", disk.env()};
    disk.leave(left);
    const auto refused = Ledger::create(options, genesis);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().reason == v1::REASON_DISK);
    disk.free_space();
    const auto made = Ledger::create(options, genesis);
    INFO((made ? std::string() : made.error().message));
    CHECK(made.has_value());
  }
}

TEST_CASE("a disk that can't be read is the disk's error, not damage") {
  FailingDisk disk;
  TestChain chain({"zone-office"}, disk.env());
  chain.close();
  disk.refuse_reads();
  const auto refused = chain.reopen();
  REQUIRE_FALSE(refused.has_value());
  INFO(refused.error().message);
  CHECK(refused.error().reason == v1::REASON_DISK);
  disk.free_space();
  CHECK(chain.reopen().has_value());
}
