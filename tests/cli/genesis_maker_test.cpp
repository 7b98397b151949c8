#include "cli/genesis_maker.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cli/sample_lines.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/tls_identity.h"
#include "ledger/execution/genesis.h"
#include "proto/json.h"
#include "tests/cli/world.h"

namespace jinshi::cli {
namespace {

// One line of the fields alone, one as the sample day has it.
const std::string kOrganisations =
    R"({"org": "zone-office", "credit_code": "11110112MA0990004L", "name": "Zone", "kind": "GOVERNMENT", )"
    R"("roles": ["VALIDATOR"]})"
    "\n\n"
    R"({"op": "AdmitOrganisation", "args": {"org": "hospital", "credit_code": "12110112MA09101238", )"
    R"("name": "Hospital", "kind": "INSTITUTION", "roles": ["MEMBER"]}})"
    "\n";

GenesisPlan plan() {
  GenesisPlan made;
  made.name = "A test network";
  made.time = 1795392000000;
  made.development = true;
  made.organisations = *parse_organisations(kOrganisations);
  made.validators = {"zone-office"};
  made.notice_days = 0;
  made.keys_each = 2;
  return made;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a genesis goes through the check of every node and names its keys") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const Wallet wallet(folder.keys(), "");
  const auto bytes = make_genesis(folder, wallet, plan());
  REQUIRE(bytes);
  const auto genesis = ledger::read_genesis(*bytes);
  REQUIRE(genesis);
  CHECK(genesis->development());
  CHECK(genesis->parameters().notice_days() == 0);
  REQUIRE(genesis->organisations_size() == 2);
  const auto& zone = genesis->organisations(0);
  REQUIRE(zone.keys_size() == 2);
  CHECK(zone.keys(1).public_key() ==
        (*wallet.signer(wallet.file("zone-office", "transaction-2")))->public_key().encoded());
  CHECK(zone.has_governance_key());
  CHECK(zone.has_consensus_key());
  const auto spki = crypto::spki_digest_of_pem_certificate(*read_file(folder.tls_certificate()));
  REQUIRE(zone.tls_keys_size() == 1);
  CHECK(zone.tls_keys(0).spki_digest() == spki->view());
  CHECK_FALSE(genesis->organisations(1).has_governance_key());
  CHECK(make_genesis(folder, wallet, plan()) == *bytes);  // the same keys, the same bytes
}

TEST_CASE("the folder keeps its genesis, and secrets are for their owner alone") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  const auto bytes = make_genesis(folder, Wallet(folder.keys(), ""), plan());
  REQUIRE(bytes);
  REQUIRE(write_genesis_files(folder, *bytes));
  CHECK(folder.read_genesis_bytes() == *bytes);
  CHECK(folder.chain_id() == ledger::chain_id_of(*bytes));
  v1::Genesis shown;
  CHECK(from_json_text(*read_file(folder.genesis_json()), shown));
  CHECK(write_genesis_files(folder, *bytes).error().reason == v1::REASON_CONFIGURATION);
  CHECK(mode_of(folder.keys() / "zone-office" / "transaction.pem") == 0600);
  CHECK(mode_of(folder.tls_key()) == 0600);
  CHECK(mode_of(folder.keys() / "zone-office") == 0700);
}

TEST_CASE("keys are encrypted where a passphrase is given, and open with it alone") {
  const testing::TemporaryFolder temporary;
  const Wallet wallet(temporary.path(), "correct horse");
  const auto key = wallet.ensure_key("bank", "transaction");
  REQUIRE(key);
  CHECK(crypto::is_encrypted_key(*read_file(wallet.file("bank", "transaction"))));
  CHECK(wallet.ensure_key("bank", "transaction") == *key);
  CHECK_FALSE(Wallet(temporary.path(), "wrong").transaction_signers("bank"));
  CHECK(wallet.transaction_signers("bank", 2).error().reason == v1::REASON_KEY_FILE);
  CHECK_FALSE(wallet.ensure_key("../bank", "transaction"));
  CHECK_FALSE(wallet.ensure_key("..", "transaction"));
}

TEST_CASE("a validator without its role is refused with the field") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  GenesisPlan wrong = plan();
  wrong.validators = {"hospital"};
  const auto bytes = make_genesis(folder, Wallet(folder.keys(), ""), wrong);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().reason == v1::REASON_ROLE_MISSING);
  CHECK(bytes.error().field == "validators[0]");
}

TEST_CASE("endpoints are read back as they were written, with paths from the folder") {
  const testing::TemporaryFolder temporary;
  const NetworkFolder folder(temporary.path());
  CHECK(read_endpoints(folder).error().reason == v1::REASON_CONFIGURATION);
  REQUIRE(write_endpoints(folder, "127.0.0.1:7400", "127.0.0.1:7401"));
  const auto endpoints = read_endpoints(folder);
  REQUIRE(endpoints);
  CHECK(endpoints->address == "127.0.0.1:7400");
  CHECK(endpoints->admin == "127.0.0.1:7401");
  CHECK(endpoints->certificate == folder.tls_certificate());
  REQUIRE(write_file(folder.config(), "address = oops"));
  CHECK(read_endpoints(folder).error().reason == v1::REASON_CONFIGURATION);
}

}  // namespace jinshi::cli
