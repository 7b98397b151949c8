#include "node/ordering/vote_log.h"

#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "ledger/crypto/sha256.h"
#include "memory_log_files.h"
#include "node/ordering/log_frame.h"
#include "node/ordering/vote_log_writer.h"
#include "node_world.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

using Strings = std::vector<std::string>;
using Fault = MemoryLogFiles::Fault;
using Left = MemoryLogFiles::Left;

VoteLog::Owner owner() { return {crypto::sha256("chain"), std::string(33, 'k')}; }

std::string vote(Height height, std::uint64_t view = 0, std::uint64_t epoch = 1) {
  v1::LogEntry entry;
  auto& vote = *entry.mutable_vote();
  vote.set_epoch(epoch);
  vote.set_view(view);
  vote.set_height(height);
  vote.set_phase(v1::PHASE_PREPARE);
  vote.set_digest(crypto::sha256(std::to_string(height)).string());
  vote.set_signature(std::string(64, 's'));
  return encode(entry);
}

std::string batch(Height height, std::size_t payload = 10) {
  v1::LogEntry entry;
  entry.mutable_batch()->set_height(height);
  entry.mutable_batch()->set_batch("batch");
  entry.mutable_batch()->add_transactions(std::string(payload, 'p'));
  return encode(entry);
}

std::string prepared(Height height, std::uint64_t view, std::uint64_t epoch = 1) {
  v1::LogEntry entry;
  auto& certificate = *entry.mutable_prepared();
  certificate.set_epoch(epoch);
  certificate.set_view(view);
  certificate.set_height(height);
  certificate.set_digest(std::string(32, 'd'));
  return encode(entry);
}

std::string header(Height height, std::uint64_t epoch = 1) {
  v1::LogEntry entry;
  auto& header = *entry.mutable_header();
  header.mutable_vote()->set_epoch(epoch);
  header.mutable_vote()->set_height(height);
  header.mutable_vote()->set_header(std::string(32, 'h'));
  header.set_batch(std::string(32, 'd'));
  return encode(entry);
}

std::string view_change(std::uint64_t view, std::uint64_t epoch = 1) {
  v1::ViewChangeBody body;
  body.set_epoch(epoch);
  body.set_view(view);
  v1::LogEntry entry;
  entry.mutable_view_change()->set_body(encode(body));
  entry.mutable_view_change()->set_signature("signature");
  return encode(entry);
}

std::string new_view(std::uint64_t view, std::uint64_t epoch = 1) {
  v1::NewViewBody body;
  body.set_epoch(epoch);
  body.set_view(view);
  v1::LogEntry entry;
  entry.mutable_new_view()->set_body(encode(body));
  entry.mutable_new_view()->set_signature("signature");
  return encode(entry);
}

std::string trim(Height height, std::uint64_t epoch = 1) {
  v1::LogEntry entry;
  entry.mutable_trim()->set_epoch(epoch);
  entry.mutable_trim()->set_height(height);
  return encode(entry);
}

Strings restored(MemoryLogFiles& files) {
  const auto opened = VoteLog::open(files, owner());
  if (!opened) FAIL(opened.error().message);
  Strings entries;
  for (const auto& entry : opened->restored.entries) entries.push_back(encode(entry));
  return entries;
}

v1::Reason refusal(MemoryLogFiles& files, const VoteLog::Owner& by = owner()) {
  const auto opened = VoteLog::open(files, by);
  return opened ? v1::REASON_UNSPECIFIED : opened.error().reason;
}

// What is needed of the groups, without any log.
Strings needed_of(const std::vector<Strings>& groups, std::size_t count) {
  LogNeeds needs;
  Strings entries;
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& entry : groups[i]) needs.note(summary_of(entry));
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& entry : groups[i]) {
      if (needs.need(summary_of(entry))) entries.push_back(entry);
    }
  }
  return entries;
}

// The log's files as they were before this opening: opening renews them.
struct SmallLog {
  MemoryLogFiles files;
  std::vector<Strings> groups{{batch(1), vote(1)}, {prepared(1, 0)}, {header(1), batch(2), vote(2)}};
  std::vector<std::size_t> ends;

  SmallLog() {
    REQUIRE(VoteLog::create(files, owner()));
    auto opened = VoteLog::open(files, owner());
    REQUIRE(opened);
    ends.push_back(opened->log->size());
    for (const auto& group : groups) {
      REQUIRE(opened->log->write(group));
      ends.push_back(opened->log->size());
    }
  }
  MemoryLogFiles with(const std::string& bytes) const {
    MemoryLogFiles copy;
    copy.files.emplace(files.files.begin()->first,
                       std::make_shared<MemoryLogFiles::File>(MemoryLogFiles::File{bytes, bytes.size()}));
    return copy;
  }
};

}  // namespace

TEST_CASE("a vote log's bytes are what they were") {
  MemoryLogFiles files;
  REQUIRE(VoteLog::create(files, owner()));
  CHECK(files.files.begin()->first == "0000000001.log");
  {
    auto opened = VoteLog::open(files, owner());
    REQUIRE(opened);
    REQUIRE(opened->log->write(Strings{batch(7), vote(7)}));
  }
  CHECK(files.files.begin()->first == "0000000002.log");
  const std::string& bytes = files.only();
  CHECK(to_hex(bytes.substr(0, kLogHeadSize)) == "4a53564f544553310200000000000000890000000000000097e90d069b65e50c");
  CHECK(to_hex(crypto::sha256(bytes).view()) == "c061341690fd9163a1c6ae0c73891740a683bb27905991ef4e5205cf495b1da0");
}

TEST_CASE("every kind of entry is seen for what it is") {
  const auto check = [](const std::string& entry, v1::LogEntry::EntryCase kind, LogBallot at, Height height) {
    const auto summary = summary_of(entry);
    CHECK(summary.kind == kind);
    CHECK(summary.at == at);
    CHECK(summary.height == height);
  };
  check(batch(300, 100'000), v1::LogEntry::kBatch, {}, 300);
  check(vote(5, 3, 2), v1::LogEntry::kVote, {2, 3}, 5);
  check(vote(5, 0, 0), v1::LogEntry::kVote, {0, 0}, 5);
  check(prepared(9, 1, 4), v1::LogEntry::kPrepared, {4, 1}, 9);
  check(header(6, 3), v1::LogEntry::kHeader, {3, 0}, 6);
  check(view_change(8, 2), v1::LogEntry::kViewChange, {2, 8}, 0);
  check(new_view(8, 0), v1::LogEntry::kNewView, {0, 8}, 0);
  check(trim(12, 3), v1::LogEntry::kTrim, {3, 0}, 12);
  CHECK(summary_of("").kind == v1::LogEntry::ENTRY_NOT_SET);
  CHECK(summary_of("\xff\xff\xff").kind == v1::LogEntry::ENTRY_NOT_SET);
}

TEST_CASE("what was written is restored in order") {
  SmallLog log;
  CHECK(restored(log.files) == needed_of(log.groups, log.groups.size()));
  CHECK(restored(log.files) == needed_of(log.groups, log.groups.size()));
}

TEST_CASE("a log is created once, and never by opening") {
  MemoryLogFiles files;
  CHECK(refusal(files) == v1::REASON_WRONG_STATE);
  REQUIRE(VoteLog::create(files, owner()));
  const auto again = VoteLog::create(files, owner());
  REQUIRE_FALSE(again);
  CHECK(again.error().reason == v1::REASON_WRONG_STATE);
  CHECK(restored(files).empty());
}

TEST_CASE("another network's or key's log is refused") {
  SmallLog log;
  auto other = owner();
  other.chain_id = crypto::sha256("another chain");
  CHECK(refusal(log.files, other) == v1::REASON_CONFIGURATION);
  other = owner();
  other.public_key.back() = 'x';
  CHECK(refusal(log.files, other) == v1::REASON_CONFIGURATION);
  CHECK(refusal(log.files) == v1::REASON_UNSPECIFIED);
}

TEST_CASE("cut off anywhere, a log opens to its whole groups, or is damaged where it was settled") {
  SmallLog log;
  const std::string bytes = log.files.only();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    MemoryLogFiles files = log.with(bytes.substr(0, size));
    if (size < log.ends.front()) {
      CHECK(refusal(files) == v1::REASON_DAMAGED);
      continue;
    }
    std::size_t whole = 0;
    while (whole + 1 < log.ends.size() && log.ends[whole + 1] <= size) ++whole;
    const auto opened = VoteLog::open(files, owner());
    REQUIRE(opened);
    CHECK(opened->restored.entries.size() == needed_of(log.groups, whole).size());
    CHECK(opened->restored.cut.has_value() == (size != log.ends[whole]));
    if (opened->restored.cut) {
      CHECK(opened->restored.cut->offset == log.ends[whole]);
      CHECK(opened->restored.cut->bytes == size - log.ends[whole]);
    }
    CHECK(restored(files) == needed_of(log.groups, whole));
  }
}

TEST_CASE("a changed byte anywhere is noticed, in the last group too") {
  SmallLog log;
  const std::string bytes = log.files.only();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    MemoryLogFiles files = log.with(changed);
    const auto opened = VoteLog::open(files, owner());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().reason == v1::REASON_DAMAGED);
    CHECK(opened.error().message.find("0000000002.log") != std::string::npos);
  }
}

TEST_CASE("a sector lost in the middle is damage, lost at the end it was never written") {
  MemoryLogFiles files;
  REQUIRE(VoteLog::create(files, owner()));
  std::size_t second = 0, third = 0;
  {
    auto opened = VoteLog::open(files, owner());
    REQUIRE(opened);
    REQUIRE(opened->log->write(Strings{batch(1, 2000)}));
    second = opened->log->size();
    REQUIRE(opened->log->write(Strings{batch(2, 2000)}));
    third = opened->log->size();
    REQUIRE(opened->log->write(Strings{batch(3, 2000)}));
  }
  const std::string name = files.files.begin()->first, bytes = files.only();
  const auto lose = [&](std::size_t from) {
    MemoryLogFiles lossy;
    std::string lost = bytes;
    lost.replace(from, 1024, std::string(1024, '\0'));
    lossy.files.emplace(name, std::make_shared<MemoryLogFiles::File>(MemoryLogFiles::File{lost, lost.size()}));
    return lossy;
  };
  MemoryLogFiles at_head = lose(second), in_middle = lose(second + 700), at_end = lose(third),
                 in_end = lose(third + 700);
  CHECK(refusal(at_head) == v1::REASON_DAMAGED);
  CHECK(refusal(in_middle) == v1::REASON_DAMAGED);
  CHECK(restored(at_end) == Strings{batch(1, 2000), batch(2, 2000)});
  CHECK(restored(in_end) == Strings{batch(1, 2000), batch(2, 2000)});
}

TEST_CASE("a file under another's name is noticed") {
  SmallLog log;
  MemoryLogFiles files;
  files.files["0000000003.log"] = log.files.files.begin()->second;
  CHECK(refusal(files) == v1::REASON_DAMAGED);
}

TEST_CASE("what no program of this kind writes is refused though its sums are right") {
  const std::string head = log_head(1, kLogHeadSize);
  const auto file_of = [&](const std::vector<Strings>& groups) {
    std::string bytes = head;
    Digest chain = log_salt(head);
    for (const auto& group : groups) append_log_group(bytes, bytes.size(), log_salt(head), chain, group);
    MemoryLogFiles files;
    files.files.emplace("0000000001.log",
                        std::make_shared<MemoryLogFiles::File>(MemoryLogFiles::File{bytes, bytes.size()}));
    return files;
  };
  v1::LogEntry created;
  created.mutable_created()->set_format(kVoteLogFormat);
  created.mutable_created()->set_chain_id(owner().chain_id.string());
  created.mutable_created()->set_public_key(owner().public_key);
  const std::string first = encode(created);
  auto fine = file_of({{first}, {vote(1)}});
  CHECK(restored(fine) == Strings{vote(1)});
  for (const auto& groups :
       std::vector<std::vector<Strings>>{{}, {{vote(1)}}, {{first}, {first}}, {{first, "\x7f"}}, {{first, ""}}}) {
    auto files = file_of(groups);
    CHECK(refusal(files) == v1::REASON_DAMAGED);
  }
  created.mutable_created()->set_format(kVoteLogFormat + 1);
  auto newer = file_of({{encode(created)}});
  CHECK(refusal(newer) == v1::REASON_CONFIGURATION);
}

TEST_CASE("a trim keeps what is above it, and the last view whatever its height") {
  const std::vector<Strings> groups{{batch(1), vote(1), batch(2), vote(2), batch(3), vote(3)},
                                    {prepared(1, 0), prepared(2, 0), prepared(3, 0)},
                                    {header(1), header(2)},
                                    {view_change(1), new_view(1)},
                                    {view_change(2), new_view(2)},
                                    {vote(3, 2)},
                                    {trim(2)}};
  MemoryLogFiles files;
  REQUIRE(VoteLog::create(files, owner()));
  {
    auto opened = VoteLog::open(files, owner());
    REQUIRE(opened);
    for (const auto& group : groups) REQUIRE(opened->log->write(group));
  }
  const Strings kept{batch(3), vote(3), prepared(3, 0), view_change(2), new_view(2), vote(3, 2)};
  CHECK(restored(files) == kept);
  const auto opened = VoteLog::open(files, owner());
  REQUIRE(opened);
  CHECK(opened->restored.trimmed_height == 2);
  CHECK(opened->restored.trimmed_epoch == 1);
  REQUIRE(opened->log->write(Strings{trim(5, 2)}));
  CHECK(restored(files).empty());
}

TEST_CASE("a trimmed file gives way to a small one, and one that is needed does not") {
  MemoryLogFiles files;
  REQUIRE(VoteLog::create(files, owner()));
  auto opened = VoteLog::open(files, owner(), 10'000);
  REQUIRE(opened);
  for (Height height = 1; height <= 100; ++height)
    REQUIRE(opened->log->write(Strings{batch(height, 1000), vote(height)}));
  CHECK(opened->log->size() > 100'000);
  CHECK(files.files.begin()->first == "0000000002.log");
  REQUIRE(opened->log->write(Strings{trim(98)}));
  for (Height height = 101; files.files.begin()->first == "0000000002.log" && height < 110; ++height) {
    REQUIRE(opened->log->write(Strings{batch(height, 1000)}));
  }
  CHECK(files.files.begin()->first == "0000000003.log");
  CHECK(opened->log->size() < 10'000);
  CHECK(files.files.size() == 1);
}

TEST_CASE("whatever operation fails and whatever a power cut leaves, what was said to be on disk is restored") {
  std::vector<Strings> groups;
  for (Height height = 1; height <= 12; ++height) {
    groups.push_back({batch(height, 700), vote(height)});
    groups.push_back({prepared(height, 0), header(height)});
    if (height == 4) groups.push_back({view_change(1), new_view(1)});
    if (height > 2) groups.push_back({trim(height - 2)});
  }
  const auto run = [&](MemoryLogFiles& files) {
    std::size_t done = 0;
    auto opened = VoteLog::open(files, owner(), 3000);
    if (!opened) return done;
    for (const auto& group : groups) {
      if (!opened->log->write(group)) {
        CHECK_FALSE(opened->log->write(Strings{vote(99)}));
        break;
      }
      ++done;
    }
    return done;
  };
  const auto created = [] {
    MemoryLogFiles files;
    REQUIRE(VoteLog::create(files, owner()));
    files.operations = 0;
    return files;
  };
  MemoryLogFiles unharmed = created();
  REQUIRE(run(unharmed) == groups.size());
  CHECK(unharmed.files.begin()->first > "0000000004.log");
  const int operations = unharmed.operations;
  for (int operation = 0; operation < operations; ++operation) {
    for (const Fault fault : {Fault::kNothingDone, Fault::kHalfDone, Fault::kDoneButFailed}) {
      for (const Left left : {Left::kNothing, Left::kHalf, Left::kZeros, Left::kZeroSector, Left::kAll}) {
        MemoryLogFiles files = created();
        files.plan = {operation, fault};
        const std::size_t done = run(files);
        files.cut_power(left);
        const Strings entries = restored(files);
        const bool one_more = done < groups.size() && entries == needed_of(groups, done + 1);
        INFO("operation " << operation << ", done " << done);
        CHECK((entries == needed_of(groups, done) || one_more));
      }
    }
  }
}

TEST_CASE("creating a log that a crash cut short can be done again") {
  for (int operation = 0; operation < 6; ++operation) {
    for (const Fault fault : {Fault::kNothingDone, Fault::kHalfDone}) {
      MemoryLogFiles files;
      files.plan = {operation, fault};
      const bool created = VoteLog::create(files, owner()).has_value();
      files.cut_power(Left::kHalf);
      if (!created && refusal(files) == v1::REASON_WRONG_STATE) REQUIRE(VoteLog::create(files, owner()));
      CHECK(restored(files).empty());
    }
  }
}

TEST_CASE("groups that wait are synced together and told in order") {
  TemporaryFolder folder;
  auto files = log_files_on_disk(folder / "votes");
  REQUIRE(files);
  REQUIRE(VoteLog::create(**files, owner()));
  auto opened = VoteLog::open(**files, owner());
  REQUIRE(opened);
  std::vector<int> told;
  {
    VoteLogWriter writer(std::move(opened->log), [](const Error& error) { FAIL(error.message); });
    for (int i = 0; i < 200; ++i) {
      writer.append({vote(static_cast<Height>(i + 1))}, [&told, i] { told.push_back(i); });
    }
    writer.trim(1, 100);
  }
  REQUIRE(told.size() == 200);
  CHECK(std::ranges::is_sorted(told));
  const auto again = VoteLog::open(**files, owner());
  REQUIRE(again);
  CHECK(again->restored.entries.size() == 100);
  CHECK(again->restored.entries.front().vote().height() == 101);
}

TEST_CASE("after a failure nobody is told that anything is on disk") {
  MemoryLogFiles files;
  REQUIRE(VoteLog::create(files, owner()));
  auto opened = VoteLog::open(files, owner());
  REQUIRE(opened);
  files.plan = {files.operations + 3, Fault::kHalfDone};
  std::promise<Error> failed;
  std::atomic<int> told = 0;
  {
    VoteLogWriter writer(std::move(opened->log), [&](const Error& error) { failed.set_value(error); });
    std::promise<void> first;
    writer.append({vote(1)}, [&] {
      ++told;
      first.set_value();
    });
    first.get_future().wait();
    writer.append({vote(2)}, [&] { ++told; });
    CHECK(failed.get_future().get().reason == v1::REASON_DISK);
    writer.append({vote(3)}, [&] { ++told; });
  }
  CHECK(told == 1);
  files.cut_power(Left::kNothing);
  CHECK(restored(files) == Strings{vote(1)});
}

TEST_CASE("one directory of votes has one process, and its files are the owner's alone") {
  TemporaryFolder folder;
  auto files = log_files_on_disk(folder / "votes");
  REQUIRE(files);
  const auto second = log_files_on_disk(folder / "votes");
  REQUIRE_FALSE(second);
  CHECK(second.error().reason == v1::REASON_CONFIGURATION);
  REQUIRE(VoteLog::create(**files, owner()));
  const auto permissions = std::filesystem::status(folder / "votes" / "0000000001.log").permissions();
  CHECK(permissions == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

}  // namespace jinshi::node
