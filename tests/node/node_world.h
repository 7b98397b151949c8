// A network of one for the tests of this folder: its keys, its genesis, its files in a folder that goes away, and
// transactions that it takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ledger/crypto/secret_key.h"
#include "ledger/execution/transaction.h"
#include "node/config.h"

namespace jinshi::node {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

crypto::SecretKey numbered_key(int number);

inline constexpr int kFirstKey = 1, kSecondKey = 2, kGovernanceKey = 3, kConsensusKey = 4, kStrangersKey = 5;

// One organisation, "centre-a", the only validator of a development network.
std::string genesis_bytes(TimeMs time = 1'700'000'000'000);

// Four organisations, "validator-1" to "validator-4", each with a node; fast: a heartbeat of 200 ms, a timeout of 300.
inline constexpr int kValidators = 4;
std::string validator_name(int number);
// What kFirstKey and so on are for the network of one.
int key_of_validator(int number, int key);
std::string genesis_of_four(TimeMs time);

// What a transaction may be made to differ in.
struct Wanted {
  Digest chain_id = {};
  int nonce = 0;
  TimeMs expires_at = 0;
  std::size_t operations = 1;
  std::vector<int> keys = {kFirstKey};
  std::string organisation = "centre-a";  // that holds the keys
};
// SetControls that tighten nothing: always taken, and different for each nonce.
std::string transaction_bytes(const Wanted& wanted);
ledger::TransactionPtr transaction(const Wanted& wanted);
// The same id in another envelope: its first signer's signature made again, by a library that draws its nonce.
std::string with_other_signature(const std::string& bytes, int key = kFirstKey);

// The genesis and the key in the folder, and a configuration that names them.
Config config_in(const TemporaryFolder& folder);

}  // namespace jinshi::node
