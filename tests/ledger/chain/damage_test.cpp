// What is on disk is held against what was signed: a row or a byte that is another never becomes an answer, and the
// error says what differs and what to do.
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>

#include "ledger/crypto/digest.h"
#include "ledger/ledger.h"
#include "ledger/store/schema.h"
#include "proto/canonical.h"
#include "tests/ledger/chain/chain.h"
#include "tests/ledger/chain/hasty_env.h"

using namespace jinshi;
using namespace jinshi::ledger;
using namespace jinshi::ledger::testing;

namespace {

v1::Operation application(const std::string& asset) { return op(Zone().application(asset, "hospital")); }

v1::StateKey key_of_asset(const std::string& id) {
  v1::StateKey key;
  key.set_asset(id);
  return key;
}

std::string number(std::uint64_t value) { return DiskKey().u64(value).str(); }

// The database of a closed ledger in a tamperer's hand: whatever it writes has RocksDB's own checksums.
class Tamperer {
 public:
  explicit Tamperer(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, directory.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* db = nullptr;
    REQUIRE(rocksdb::DB::Open({}, directory.string(), families, &handles_, &db).ok());
    db_.reset(db);
  }
  ~Tamperer() {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  }

  void put(Family family, const std::string& key, const std::string& value) {
    REQUIRE(db_->Put({}, handle(family), key, value).ok());
  }
  void remove(Family family, const std::string& key) { REQUIRE(db_->Delete({}, handle(family), key).ok()); }
  std::string get(Family family, const std::string& key) {
    std::string value;
    REQUIRE(db_->Get({}, handle(family), key, &value).ok());
    return value;
  }
  std::vector<std::pair<std::string, std::string>> rows(Family family) {
    std::vector<std::pair<std::string, std::string>> all;
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}, handle(family)));
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      all.emplace_back(iterator->key().ToString(), iterator->value().ToString());
    }
    return all;
  }
  // Changes the first record that the function changes.
  void alter_record(const std::function<bool(v1::Record&)>& change) {
    for (const auto& [key, value] : rows(Family::kRecords)) {
      v1::Record record;
      REQUIRE(record.ParseFromString(value));
      if (!change(record)) continue;
      put(Family::kRecords, key, encode(record));
      return;
    }
    FAIL("no such record");
  }
  void rename_asset(const std::string& id) {
    alter_record([&](v1::Record& record) {
      if (record.asset().id() != id) return false;
      record.mutable_asset()->set_name("another name");
      return true;
    });
  }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) {
    for (auto* one : handles_) {
      if (one->GetName() == family_name(family)) return one;
    }
    FAIL("no family " << family_name(family));
    return nullptr;
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

std::filesystem::path database_of(const TestChain& chain) { return chain.directory() / "ledger"; }

// Some blocks, and the first transaction's id.
Digest fill(TestChain& chain, int blocks = 3) {
  const TransactionPtr first = chain.sign("hospital", {application("scans")});
  chain.run(first);
  for (int i = 1; i < blocks; ++i) chain.accept("hospital", application("scans-" + std::to_string(i)));
  return first->id();
}

// What opening says after the tamperer was there.
Error refusal_after(TestChain& chain, const std::function<void(Tamperer&)>& tamper, bool keep_leaf_file = true) {
  chain.close();
  {
    Tamperer tamperer(database_of(chain));
    tamper(tamperer);
  }
  if (!keep_leaf_file) std::filesystem::remove(chain.leaf_file());
  const auto opened = chain.reopen();
  REQUIRE_FALSE(opened.has_value());
  return opened.error();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::filesystem::path largest(const std::filesystem::path& folder, const std::string& extension) {
  std::filesystem::path found;
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != extension || entry.file_size() < size) continue;
    found = entry.path();
    size = entry.file_size();
  }
  REQUIRE(size > 0);
  return found;
}

// Every answer of the ledger as one text; empty when any of them is refused as damaged. No other refusal will do.
std::optional<std::string> all_answers(const Ledger& ledger, int assets) {
  std::string all;
  bool damaged = false;
  const auto add = [&](const auto& answer, const auto& text) {
    if (answer) {
      all += text(*answer) + "\n";
    } else {
      INFO(answer.error().message);
      CHECK(answer.error().reason == v1::REASON_DAMAGED);
      damaged = true;
    }
  };
  const auto itself = [](const std::string& bytes) { return bytes; };
  for (int i = 1; i < assets; ++i) {
    const auto key = key_of_asset("scans-" + std::to_string(i));
    add(ledger.get(key), [](const RecordAnswer& answer) {
      REQUIRE(answer.record.has_value());
      return encode(*answer.record);
    });
    add(ledger.prove(key), itself);
  }
  const auto message = [](const auto& answer) { return answer.SerializeAsString(); };
  v1::ListRequest list;
  list.set_kind("asset");
  add(ledger.list(list), message);
  add(ledger.history({}), message);
  for (std::uint64_t leaf = 0; leaf < ledger.head().history_size; ++leaf) add(ledger.receipt(leaf, 0), itself);
  for (Height height = 0; height <= ledger.head().height; ++height) add(ledger.header(height), message);
  if (damaged) return std::nullopt;
  return all;
}

}  // namespace

TEST_CASE("a record altered on disk is named with its kind, its id and the transaction that wrote it") {
  TestChain chain;
  const Digest writer = fill(chain);
  const Error error = refusal_after(
      chain, [](Tamperer& tamperer) { tamperer.rename_asset("scans"); }, false);
  CHECK(error.reason == v1::REASON_DAMAGED);
  CHECK_THAT(error.message, Catch::Contains("asset 'scans'") &&
                                Catch::Contains("transaction " + to_hex(writer.view()) + " at height 1") &&
                                Catch::Contains("header 3") && Catch::Contains("restore the data directory"));
}

TEST_CASE("a record of genesis altered on disk is named with genesis") {
  TestChain chain;
  fill(chain);
  const Error error = refusal_after(
      chain,
      [](Tamperer& tamperer) {
        tamperer.alter_record([](v1::Record& record) {
          if (record.organisation().id() != "museum") return false;
          record.mutable_organisation()->set_name("another museum");
          return true;
        });
      },
      false);
  CHECK(error.reason == v1::REASON_DAMAGED);
  CHECK_THAT(error.message, Catch::Contains("organisation 'museum'") && Catch::Contains("genesis wrote"));
}

TEST_CASE("a record removed from disk, and one under another's key, are damage") {
  for (const bool swapped : {false, true}) {
    TestChain chain;
    const Digest writer = fill(chain);
    const Error error = refusal_after(
        chain,
        [&](Tamperer& tamperer) {
          for (const auto& [key, value] : tamperer.rows(Family::kRecords)) {
            v1::Record record;
            REQUIRE(record.ParseFromString(value));
            if (record.asset().id() != "scans") continue;
            if (!swapped) return tamperer.remove(Family::kRecords, key);
            record.mutable_asset()->set_id("other");
            return tamperer.put(Family::kRecords, key, encode(record));
          }
        },
        false);
    CHECK(error.reason == v1::REASON_DAMAGED);
    CHECK_THAT(error.message, Catch::Contains("a record that transaction " + to_hex(writer.view())));
  }
}

TEST_CASE("a record altered behind the leaf file is damage at its first read, and nothing is acted upon") {
  TestChain chain;
  fill(chain);
  chain.close();
  Tamperer(database_of(chain)).rename_asset("scans");
  REQUIRE(chain.reopen().has_value());
  const Head head = chain.ledger().head();
  CHECK(chain.ledger().get(key_of_asset("scans")).error().reason == v1::REASON_DAMAGED);
  CHECK(chain.ledger().prove(key_of_asset("scans")).error().reason == v1::REASON_DAMAGED);
  CHECK(chain.ledger().get(key_of_asset("scans-1")).has_value());

  const auto accept = chain.sign("registry-social", {op("accept_application { asset: 'scans' }")});
  CHECK(chain.ledger().forecast(*accept, chain.time()).error().reason == v1::REASON_DAMAGED);
  OrderedBatch batch;
  v1::Batch message;
  message.set_proposer("zone-office");
  message.set_time(chain.time());
  message.add_envelopes(accept->envelope().string());
  batch.batch = encode(message);
  batch.transactions = {accept};
  const auto executed = chain.ledger().execute(batch);
  REQUIRE_FALSE(executed.has_value());
  CHECK(executed.error().reason == v1::REASON_DAMAGED);
  CHECK_THAT(executed.error().message, Catch::Contains("on disk is not what the state tree commits to"));
  CHECK(chain.ledger().executed_height() == head.height);
  CHECK(chain.ledger().head().digest == head.digest);
  CHECK_FALSE(chain.ledger().find_transaction(accept->id())->has_value());
}

TEST_CASE("a flipped byte in a table is refused as damage, never a wrong answer") {
  constexpr int kAssets = 12;
  TestChain chain;
  fill(chain, kAssets);
  REQUIRE(chain.reopen().has_value());  // recovery writes the log into tables
  const auto right = all_answers(chain.ledger(), kAssets);
  REQUIRE(right.has_value());
  chain.close();
  std::mt19937_64 random(11);
  int refused = 0;
  const std::filesystem::path table = largest(database_of(chain), ".sst");
  const std::string bytes = read_file(table);
  TemporaryFolder spare;
  const auto env = hasty_env(rocksdb::FileSystem::Default());
  for (int i = 0; i < 12; ++i) {
    const std::size_t at = random() % bytes.size();
    INFO("byte " << at << " of " << bytes.size() << " in " << table.filename());
    // A copy each time: opening may write to the folder.
    const auto copy = spare.path() / std::to_string(i);
    std::filesystem::copy(chain.directory(), copy, std::filesystem::copy_options::recursive);
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (random() % 8)));
    write_file(copy / "ledger" / table.filename(), flipped);
    if (i % 2 == 0) std::filesystem::remove(copy / "state.leaves");
    const auto opened = Ledger::open({copy, env.get()});
    if (!opened) {
      INFO(opened.error().message);
      CHECK(opened.error().reason == v1::REASON_DAMAGED);
      ++refused;
      continue;
    }
    const auto answers = all_answers(**opened, kAssets);
    if (answers) {
      CHECK(*answers == *right);
    } else {
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a log garbled in the middle is damage") {
  TestChain chain;
  fill(chain, 6);
  chain.close();
  const auto log = largest(database_of(chain), ".log");
  const std::string bytes = read_file(log);
  for (const std::string_view how : {"flipped", "zeroed", "cut out"}) {
    INFO(how);
    std::string garbled = bytes;
    const std::size_t middle = bytes.size() / 2;
    if (how == "flipped") garbled[middle] = static_cast<char>(garbled[middle] ^ 1);
    if (how == "zeroed") std::fill_n(garbled.begin() + static_cast<std::ptrdiff_t>(middle), 64, '\0');
    if (how == "cut out") garbled.erase(middle, 64);
    write_file(log, garbled);
    const auto opened = chain.reopen();
    REQUIRE_FALSE(opened.has_value());
    INFO(opened.error().message);
    CHECK(opened.error().reason == v1::REASON_DAMAGED);
  }
  write_file(log, bytes);
  REQUIRE(chain.reopen().has_value());
  CHECK(chain.ledger().head().height == 6);
}

TEST_CASE("a torn tail of the log is no damage: the ledger is whole at the last block before it") {
  TestChain chain;
  fill(chain, 4);
  chain.close();
  const auto log = largest(database_of(chain), ".log");
  const std::string bytes = read_file(log);
  for (const std::size_t cut : {1, 100, 700, 2'000}) {
    INFO(cut << " bytes torn off");
    TemporaryFolder spare;
    const auto copy = spare.path() / "node";
    std::filesystem::copy(chain.directory(), copy, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy / "ledger" / log.filename(), bytes.size() - cut);
    const auto opened = Ledger::open({copy});
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
    CHECK((*opened)->executed_height() >= 2);
    CHECK((*opened)->executed_height() <= 4);
  }
}

TEST_CASE("each kind of row that is missing or altered is damage, and says which") {
  struct Case {
    const char* what;
    std::function<void(Tamperer&)> tamper;
    const char* words;
  };
  const auto flip = [](Tamperer& tamperer, Family family, const std::string& key) {
    std::string value = tamperer.get(family, key);
    value.back() = static_cast<char>(value.back() ^ 1);
    tamperer.put(family, key, value);
  };
  const std::vector<Case> cases = {
      {"a missing tile", [](Tamperer& t) { t.remove(Family::kTiles, t.rows(Family::kTiles).front().first); },
       "history tile 0/0 is missing"},
      {"an altered tile", [&](Tamperer& t) { flip(t, Family::kTiles, t.rows(Family::kTiles).front().first); },
       "the history tree"},
      {"an altered live id", [&](Tamperer& t) { flip(t, Family::kLiveIds, t.rows(Family::kLiveIds).front().first); },
       "the list of live ids"},
      {"a missing live id", [](Tamperer& t) { t.remove(Family::kLiveIds, t.rows(Family::kLiveIds).front().first); },
       "the live ids of hour"},
      {"the last block", [](Tamperer& t) { t.remove(Family::kBlocks, number(3)); }, "history tile"},
      {"an altered certificate", [&](Tamperer& t) { flip(t, Family::kCertificates, number(3)); },
       "is not what its certificate signs"},
      {"an altered time in the last header",
       [](Tamperer& t) {
         v1::StoredBlock stored;
         v1::Header header;
         REQUIRE(stored.ParseFromString(t.get(Family::kBlocks, number(3))));
         REQUIRE(header.ParseFromString(stored.header()));
         header.set_time(header.time() + 1);
         stored.set_header(encode(header));
         t.put(Family::kBlocks, number(3), encode(stored));
       },
       "is not what its certificate signs"},
      {"a genesis that is none", [](Tamperer& t) { t.put(Family::kMeta, "genesis", "rubbish"); }, "the genesis"},
      {"another chain's genesis",
       [](Tamperer& t) {
         auto genesis = *decode<v1::Genesis>(t.get(Family::kMeta, "genesis"));
         genesis.set_name("another zone");
         t.put(Family::kMeta, "genesis", encode(genesis));
       },
       "is not one of this chain's"},
  };
  TestChain chain;
  fill(chain);
  chain.close();
  TemporaryFolder spare;
  for (const Case& one : cases) {
    INFO(one.what);
    const auto copy = spare.path() / one.what;
    std::filesystem::copy(chain.directory(), copy, std::filesystem::copy_options::recursive);
    {
      Tamperer tamperer(copy / "ledger");
      one.tamper(tamperer);
    }
    const auto opened = Ledger::open({copy});
    REQUIRE_FALSE(opened.has_value());
    const Error& error = opened.error();
    CHECK(error.reason == v1::REASON_DAMAGED);
    CHECK_THAT(error.message, Catch::Contains(one.words) && Catch::Contains("estore"));
  }
}

TEST_CASE("a block or a transaction missing in the middle is damage to who asks for it") {
  TestChain chain;
  fill(chain);
  chain.close();
  {
    Tamperer tamperer(database_of(chain));
    tamperer.remove(Family::kBlocks, number(2));
    tamperer.remove(Family::kLeaves, number(1));
  }
  REQUIRE(chain.reopen().has_value());
  const auto header = chain.ledger().header(2);
  REQUIRE_FALSE(header.has_value());
  CHECK(header.error().reason == v1::REASON_DAMAGED);
  CHECK_THAT(header.error().message, Catch::Contains("block 2 on disk is missing"));
  CHECK(chain.ledger().receipt(1, 0).error().reason == v1::REASON_DAMAGED);
  CHECK(chain.ledger().events_after({}, 10).error().reason == v1::REASON_DAMAGED);
  CHECK(chain.ledger().header(3).has_value());
}

TEST_CASE("a folder that is no ledger, or one of another format, is refused with words") {
  TemporaryFolder folder;
  const auto nothing = Ledger::open({folder.path() / "nothing"});
  CHECK(nothing.error().reason == v1::REASON_CONFIGURATION);
  CHECK_THAT(nothing.error().message, Catch::Contains("holds no ledger"));

  rocksdb::DB* other = nullptr;
  rocksdb::Options options;
  options.create_if_missing = true;
  std::filesystem::create_directories(folder.path() / "other");
  REQUIRE(rocksdb::DB::Open(options, (folder.path() / "other" / "ledger").string(), &other).ok());
  delete other;
  const auto foreign = Ledger::open({folder.path() / "other"});
  CHECK(foreign.error().reason == v1::REASON_CONFIGURATION);
  CHECK_THAT(foreign.error().message, Catch::Contains("holds no ledger of this program's format"));

  TestChain chain;
  const Error newer = refusal_after(chain, [](Tamperer& tamperer) { tamperer.put(Family::kMeta, "format", "3"); });
  CHECK(newer.reason == v1::REASON_NEEDS_NEWER_VERIFIER);
  CHECK_THAT(newer.message, Catch::Contains("use the program that wrote it"));
}

TEST_CASE("files that RocksDB needs and that are gone are damage") {
  for (const std::string_view gone : {"CURRENT", "MANIFEST", "sst"}) {
    INFO(gone);
    TestChain chain;
    fill(chain);
    REQUIRE(chain.reopen().has_value());
    chain.close();
    for (const auto& entry : std::filesystem::directory_iterator(database_of(chain))) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(gone) || name.ends_with(gone)) std::filesystem::remove(entry.path());
    }
    const auto opened = chain.reopen();
    REQUIRE_FALSE(opened.has_value());
    INFO(opened.error().message);
    CHECK(opened.error().reason == v1::REASON_DAMAGED);
  }
}

TEST_CASE("a ledger is open once, and never made over another") {
  TestChain chain;
  fill(chain);
  const auto twice = Ledger::open({chain.directory()});
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().reason == v1::REASON_CONFIGURATION);
  CHECK_THAT(twice.error().message, Catch::Contains("is open already") && Catch::Contains("stop the other program"));
  const auto over = Ledger::create({chain.directory()}, chain.genesis());
  REQUIRE_FALSE(over.has_value());
  CHECK(over.error().reason == v1::REASON_CONFIGURATION);
  CHECK_THAT(over.error().message, Catch::Contains("holds a ledger already"));
  chain.accept("hospital", application("more"));
  chain.close();
  CHECK(Ledger::create({chain.directory()}, chain.genesis()).error().reason == v1::REASON_CONFIGURATION);
  REQUIRE(chain.reopen().has_value());
  CHECK(chain.ledger().head().height == 4);
}
