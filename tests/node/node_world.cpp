#include "node_world.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "jinshi/v1/block.pb.h"
#include "ledger/crypto/digest.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/validators.h"
#include "proto/canonical.h"

namespace jinshi::node {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "jinshi-node-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

crypto::SecretKey numbered_key(int number) {
  auto key = crypto::SecretKey::parse(crypto::sha256("node test key " + std::to_string(number)).view());
  REQUIRE(key);
  return std::move(*key);
}

namespace {

std::string public_half(int number) { return std::string(numbered_key(number).public_key().encoded()); }

std::string sixteen(int seed, std::size_t index) {
  return crypto::sha256(std::to_string(seed) + "/" + std::to_string(index)).string().substr(0, 16);
}

}  // namespace

namespace {

v1::Genesis empty_genesis(TimeMs time) {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_suite(1);
  genesis.set_protocol_version(1);
  genesis.set_name("node test");
  genesis.set_time(time);
  genesis.set_development(true);
  *genesis.mutable_parameters() = ledger::default_parameters();
  *genesis.mutable_ordering() = ledger::default_ordering();
  return genesis;
}

struct Keys {
  int first, second, governance, consensus;
};

void add_validator(v1::Genesis& genesis, const std::string& name, const std::string& credit_code, const Keys& keys) {
  auto& centre = *genesis.add_organisations();
  centre.set_org(name);
  centre.set_credit_code(credit_code);
  centre.set_name("Centre " + name);
  centre.set_kind(v1::ORGANISATION_KIND_INSTITUTION);
  centre.add_roles(v1::ROLE_VALIDATOR);
  centre.add_keys()->set_public_key(public_half(keys.first));
  centre.add_keys()->set_public_key(public_half(keys.second));
  centre.mutable_governance_key()->set_public_key(public_half(keys.governance));
  centre.mutable_consensus_key()->set_public_key(public_half(keys.consensus));
  // Chosen controls, which SetControls below neither tightens nor loosens.
  centre.add_two_keys(v1::Operation::kIssueCertificate);
  genesis.add_validators(name);
}

}  // namespace

std::string genesis_bytes(TimeMs time) {
  v1::Genesis genesis = empty_genesis(time);
  add_validator(genesis, "centre-a", "11110112MA0990004L", {kFirstKey, kSecondKey, kGovernanceKey, kConsensusKey});
  prune(genesis);
  return encode(genesis);
}

std::string validator_name(int number) { return "validator-" + std::to_string(number); }

int key_of_validator(int number, int key) { return 100 * number + key; }

std::string genesis_of_four(TimeMs time) {
  v1::Genesis genesis = empty_genesis(time);
  genesis.mutable_ordering()->set_heartbeat_ms(200);
  genesis.mutable_ordering()->set_progress_timeout_ms(300);
  const char* codes[] = {"11110112MA0990004L", "12110112MA0120113A", "91110112MA0120228B", "91110112MA020013XT"};
  for (int number = 1; number <= kValidators; ++number) {
    add_validator(genesis, validator_name(number), codes[number - 1],
                  {key_of_validator(number, kFirstKey), key_of_validator(number, kSecondKey),
                   key_of_validator(number, kGovernanceKey), key_of_validator(number, kConsensusKey)});
  }
  prune(genesis);
  return encode(genesis);
}

std::string transaction_bytes(const Wanted& wanted) {
  v1::SignedTransaction parts;
  std::vector<std::string> operations;
  for (std::size_t i = 0; i < wanted.operations; ++i) {
    v1::Operation operation;
    operation.set_salt(sixteen(wanted.nonce, i));
    operation.mutable_set_controls()->set_org(wanted.organisation);
    operation.mutable_set_controls()->add_two_keys(v1::Operation::kIssueCertificate);
    operations.push_back(encode(operation));
    parts.add_operations(operations.back());
  }
  v1::TransactionBody body;
  body.set_suite(1);
  body.set_chain_id(wanted.chain_id.string());
  body.set_mode(v1::MODE_ATOMIC);
  for (const int key : wanted.keys) body.add_signers()->set_public_key(public_half(key));
  body.set_nonce(sixteen(wanted.nonce, 1'000'000));
  body.set_expires_at(wanted.expires_at);
  body.set_operations_root(ledger::operations_root(operations).string());
  body.set_operation_count(static_cast<std::uint32_t>(wanted.operations));
  parts.set_body(encode(body));
  for (const int key : wanted.keys) {
    const auto signature = crypto::SoftwareSigner(numbered_key(key))
                               .sign(ledger::transaction_signing_bytes(ledger::transaction_id(parts.body())));
    REQUIRE(signature);
    parts.add_signatures(*signature);
  }
  return encode(parts);
}

std::string with_other_signature(const std::string& bytes, int key) {
  const auto pem = crypto::secret_key_to_pem(numbered_key(key), "");
  REQUIRE(pem);
  BIO* text = BIO_new_mem_buf(pem->view().data(), static_cast<int>(pem->size()));
  EVP_PKEY* openssl_key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  v1::SignedTransaction parts;
  REQUIRE(parts.ParseFromString(bytes));
  const std::string message = ledger::transaction_signing_bytes(ledger::transaction_id(parts.body()));
  std::string der(128, '\0');
  std::size_t size = der.size();
  REQUIRE(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, openssl_key) == 1);
  REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(der.data()), &size,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(openssl_key);
  BIO_free(text);
  const auto signature = crypto::signature_from_der(ByteView(der).substr(0, size));
  REQUIRE(signature);
  parts.set_signatures(0, *signature);
  return encode(parts);
}

ledger::TransactionPtr transaction(const Wanted& wanted) {
  auto checked = ledger::check_transaction(transaction_bytes(wanted), wanted.chain_id);
  if (!checked) FAIL(checked.error().message);
  return *checked;
}

Config config_in(const TemporaryFolder& folder) {
  std::ofstream(folder / "genesis.bin", std::ios::binary) << genesis_bytes();
  REQUIRE(crypto::write_key_file(folder / "consensus.pem", numbered_key(kConsensusKey), ""));
  const auto config = parse_config(
      "[node]\ndata = 'data'\ngenesis = 'genesis.bin'\norganisation = 'centre-a'\nconsensus_key = 'consensus.pem'\n"
      "[client]\ncertificate = 'tls.pem'\nkey = 'tls.key'\n",
      folder / "node.toml");
  if (!config) FAIL(config.error().message);
  return *config;
}

}  // namespace jinshi::node
