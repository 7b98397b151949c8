// A ledger on a real disk with its validators in the test's hand: operations are signed, batched, executed, certified.
//   TestChain chain;
//   const auto receipt = chain.receipt(chain.run(chain.sign("hospital", {apply})));
// The organisations are those of the domain's Zone; one validator (zone-office) certifies unless more are asked for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Another valid signature by the same key: OpenSSL draws its nonces at random.
std::string signature_by_openssl(const std::string& key, ByteView message);

struct Signing {
  v1::Mode mode = v1::MODE_ATOMIC;
  TimeMs expires_in = 30 * kMinute;
  // Beside `by`, who answers for all: a key's name and the operations that it answers for (none = all).
  struct Cosigner {
    std::string key;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges = {};
  };
  std::vector<Cosigner> cosigners = {};
};

class TestChain {
 public:
  explicit TestChain(std::vector<std::string> validators = {"zone-office"}, rocksdb::Env* env = nullptr,
                     std::size_t undo_bytes = 128 << 20, bool sync_blocks = true, std::uint32_t window = 64);

  Ledger& ledger() { return *ledger_; }
  const std::string& genesis() const { return genesis_; }
  std::filesystem::path directory() const { return folder_.path() / "node"; }
  std::filesystem::path leaf_file() const { return directory() / "state.leaves"; }

  // Salts and nonces are counted up, so that a run is the same every time.
  std::string sign_bytes(const std::string& by, std::vector<v1::Operation> operations, const Signing& how = {});
  TransactionPtr sign(const std::string& by, std::vector<v1::Operation> operations, const Signing& how = {});
  TransactionPtr check(std::string bytes) const;

  // The next block at the chain's time, left without its certificate. A null batch where `null`.
  Result<ExecutedBlock> try_execute(std::vector<TransactionPtr> transactions, bool null = false);
  ExecutedBlock execute(std::vector<TransactionPtr> transactions, bool null = false);
  void certify(const ExecutedBlock& block);
  // Both of it.
  ExecutedBlock block(std::vector<TransactionPtr> transactions, bool null = false);
  // One block of one transaction, and what became of it.
  TransactionPlace run(const TransactionPtr& transaction);
  // One operation in one block; the test fails here unless it is applied.
  TransactionPlace accept(const std::string& by, const v1::Operation& operation,
                          std::vector<Signing::Cosigner> cosigners = {});
  // Applied for, accepted, noticed, certified: the certificate's number.
  std::string certified_asset(const std::string& asset, const std::string& holder);
  v1::HeaderCertificate certificate_of(const Digest& header) const;  // by the first set
  v1::HeaderCertificate certificate_of(const ExecutedBlock& block) const;

  void pass(TimeMs duration) { time_ += duration; }
  TimeMs time() const { return time_; }

  // Closes and opens again, as a restart does. `ledger` may fail to open: then the error.
  Result<void> reopen();
  void close() { ledger_.reset(); }

 private:
  TemporaryFolder folder_;
  std::vector<std::string> validators_;
  rocksdb::Env* env_;
  std::size_t undo_bytes_;
  bool sync_blocks_;
  std::string genesis_;
  std::unique_ptr<Ledger> ledger_;
  TimeMs time_ = kStart;
  std::uint64_t count_ = 0;
  std::uint32_t serial_ = 0;
};

}  // namespace jinshi::ledger::testing
