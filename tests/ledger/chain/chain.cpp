#include "tests/ledger/chain/chain.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/crypto/key_file.h"
#include "ledger/crypto/signature.h"
#include "ledger/crypto/signer.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/identifiers.h"
#include "ledger/domain/validators.h"
#include "proto/canonical.h"

namespace jinshi::ledger::testing {
namespace {

struct Member {
  const char* id;
  const char* code;
  std::vector<v1::Role> roles;
  const char* centre = "";
};

const std::vector<Member>& members() {
  static const std::vector<Member> all = {
      {"zone-office", "11110112MA0990004L", {v1::ROLE_VALIDATOR, v1::ROLE_REGULATOR}},
      {"registry-public", "12110112MA0120113A", {v1::ROLE_VALIDATOR, v1::ROLE_REGISTRY_PUBLIC}, "PUB"},
      {"registry-social", "91110112MA0120228B", {v1::ROLE_VALIDATOR, v1::ROLE_REGISTRY_SOCIAL}, "SOC"},
      {"exchange", "91110112MA020013XT", {v1::ROLE_VALIDATOR, v1::ROLE_EXCHANGE}},
      {"assessor-quality", "91110112MA0300149G", {v1::ROLE_ASSESSOR}},
      {"hospital", "12110112MA09101238", {v1::ROLE_MEMBER}},
      {"carmaker", "91110112MA09102389", {v1::ROLE_MEMBER}},
      {"museum", "12110112MA0910457Q", {v1::ROLE_MEMBER}},
  };
  return all;
}

v1::Genesis make_genesis(const std::vector<std::string>& validators) {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_suite(kSuite);
  genesis.set_protocol_version(kProtocolVersion);
  genesis.set_name("test zone");
  genesis.set_time(kStart);
  genesis.set_development(true);
  *genesis.mutable_parameters() = default_parameters();
  genesis.mutable_parameters()->set_notice_days(0);
  *genesis.mutable_ordering() = default_ordering();
  for (const Member& member : members()) {
    auto& organisation = *genesis.add_organisations();
    organisation.set_org(member.id);
    organisation.set_credit_code(member.code);
    organisation.set_name(member.id);
    organisation.set_kind(v1::ORGANISATION_KIND_INSTITUTION);
    for (const v1::Role role : member.roles) organisation.add_roles(role);
    organisation.set_centre_code(member.centre);
    organisation.add_keys()->set_public_key(public_key(member.id));
    if (member.roles.front() != v1::ROLE_VALIDATOR) continue;
    organisation.mutable_governance_key()->set_public_key(public_key(std::string(member.id) + "/governance"));
    organisation.mutable_consensus_key()->set_public_key(public_key(std::string(member.id) + "/consensus"));
  }
  for (const auto& validator : validators) genesis.add_validators(validator);
  return genesis;
}

// 16 bytes that differ for different counts.
std::string counted(std::uint64_t count) {
  std::string bytes(kSaltBytes, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<char>(count >> (8 * i));
  bytes[0] = 1;
  return bytes;
}

std::string sign_with(const std::string& key, ByteView message) {
  auto secret = crypto::SecretKey::parse(secret_key(key).scalar());
  REQUIRE(secret.has_value());
  return *crypto::SoftwareSigner(std::move(*secret)).sign(message);
}

}  // namespace

std::string signature_by_openssl(const std::string& key, ByteView message) {
  auto secret = crypto::SecretKey::parse(secret_key(key).scalar());
  const auto pem = crypto::secret_key_to_pem(*secret, "");
  REQUIRE(pem.has_value());
  BIO* bio = BIO_new_mem_buf(pem->view().data(), static_cast<int>(pem->view().size()));
  EVP_PKEY* private_key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  REQUIRE(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, private_key) == 1);
  std::string der(128, '\0');
  std::size_t size = der.size();
  REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(der.data()), &size,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(private_key);
  der.resize(size);
  return *crypto::signature_from_der(der);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "jinshi-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestChain::TestChain(std::vector<std::string> validators, rocksdb::Env* env, std::size_t undo_bytes, bool sync_blocks,
                     std::uint32_t window)
    : validators_(std::move(validators)), env_(env), undo_bytes_(undo_bytes), sync_blocks_(sync_blocks) {
  v1::Genesis genesis = make_genesis(validators_);
  genesis.mutable_ordering()->set_window(window);
  prune(genesis);
  genesis_ = encode(genesis);
  auto created = Ledger::create({directory(), env_, undo_bytes_, sync_blocks_}, genesis_);
  INFO((created ? std::string() : created.error().message));
  REQUIRE(created.has_value());
  ledger_ = std::move(*created);
}

std::string TestChain::sign_bytes(const std::string& by, std::vector<v1::Operation> operations, const Signing& how) {
  v1::SignedTransaction transaction;
  std::vector<std::string> leaves;
  for (v1::Operation& operation : operations) {
    operation.set_salt(counted(++count_));
    prune(operation);
    leaves.push_back(encode(operation));
    transaction.add_operations(leaves.back());
  }
  v1::TransactionBody body;
  body.set_suite(kSuite);
  body.set_chain_id(ledger_->chain_id().string());
  body.set_mode(how.mode);
  body.add_signers()->set_public_key(public_key(by));
  for (const auto& cosigner : how.cosigners) {
    auto& signer = *body.add_signers();
    signer.set_public_key(public_key(cosigner.key));
    for (const auto& [first, count] : cosigner.ranges) {
      auto& range = *signer.add_operations();
      range.set_first(first);
      range.set_count(count);
    }
  }
  body.set_nonce(counted(++count_));
  body.set_expires_at(time_ + how.expires_in);
  body.set_operations_root(operations_root(leaves).string());
  body.set_operation_count(static_cast<std::uint32_t>(leaves.size()));
  transaction.set_body(encode(body));
  const std::string message = transaction_signing_bytes(transaction_id(transaction.body()));
  transaction.add_signatures(sign_with(by, message));
  for (const auto& cosigner : how.cosigners) transaction.add_signatures(sign_with(cosigner.key, message));
  return encode(transaction);
}

TransactionPtr TestChain::check(std::string bytes) const {
  auto checked = check_transaction(std::move(bytes), ledger_->chain_id());
  INFO((checked ? std::string() : checked.error().message));
  REQUIRE(checked.has_value());
  return *checked;
}

TransactionPtr TestChain::sign(const std::string& by, std::vector<v1::Operation> operations, const Signing& how) {
  return check(sign_bytes(by, std::move(operations), how));
}

namespace {

v1::HeaderCertificate signed_by(const std::vector<std::string>& validators, const Digest& header) {
  v1::HeaderCertificate certificate;
  const std::size_t quorum = crypto::quorum(validators.size());
  for (std::uint32_t i = 0; i < quorum; ++i) {
    auto& one = *certificate.add_signatures();
    one.set_validator(i);
    one.set_signature(sign_with(validators[i] + "/consensus", crypto::header_signing_bytes(header)));
  }
  return certificate;
}

}  // namespace

v1::HeaderCertificate TestChain::certificate_of(const Digest& header) const { return signed_by(validators_, header); }

v1::HeaderCertificate TestChain::certificate_of(const ExecutedBlock& block) const {
  std::vector<std::string> validators;
  for (const auto& one : block.epochs->current().set().validators()) validators.push_back(one.organisation());
  return signed_by(validators, block.digest);
}

Result<ExecutedBlock> TestChain::try_execute(std::vector<TransactionPtr> transactions, bool null) {
  OrderedBatch batch;
  if (!null) {
    v1::Batch message;
    message.set_proposer(validators_.front());
    message.set_time(time_);
    for (const auto& one : transactions) message.add_envelopes(one->envelope().string());
    batch.batch = encode(message);
  }
  batch.transactions = std::move(transactions);
  return ledger_->execute(batch);
}

ExecutedBlock TestChain::execute(std::vector<TransactionPtr> transactions, bool null) {
  auto executed = try_execute(std::move(transactions), null);
  INFO((executed ? std::string() : executed.error().message));
  REQUIRE(executed.has_value());
  return std::move(*executed);
}

void TestChain::certify(const ExecutedBlock& block) {
  const auto certified = ledger_->certify(block.height, certificate_of(block));
  INFO((certified ? std::string() : certified.error().message));
  REQUIRE(certified.has_value());
}

ExecutedBlock TestChain::block(std::vector<TransactionPtr> transactions, bool null) {
  auto executed = execute(std::move(transactions), null);
  certify(executed);
  return executed;
}

TransactionPlace TestChain::run(const TransactionPtr& transaction) {
  block({transaction});
  auto place = ledger_->find_transaction(transaction->id());
  REQUIRE(place.has_value());
  REQUIRE(place->has_value());
  return std::move(**place);
}

TransactionPlace TestChain::accept(const std::string& by, const v1::Operation& operation,
                               std::vector<Signing::Cosigner> cosigners) {
  Signing how;
  how.cosigners = std::move(cosigners);
  const auto place = run(sign(by, {operation}, how));
  INFO(operation.ShortDebugString() << " -> " << v1::Reason_Name(place.results.front().reason()));
  REQUIRE(place.outcome == v1::TRANSACTION_OUTCOME_ACCEPTED);
  return place;
}

std::string TestChain::certified_asset(const std::string& asset, const std::string& holder) {
  const Zone builders;
  const std::string quoted = "'" + asset + "'";
  accept(holder, op(builders.application(asset, holder)));
  accept("registry-social", op("accept_application { asset: " + quoted + " }"));
  accept("registry-social", op("publish_notice { asset: " + quoted + " }"));
  const std::string today = format_date(date_of(time_));
  const std::string number = *make_certificate_number("SOC", year_of(date_of(time_)), v1::CERTIFICATE_KIND_DATA_ASSET,
                                                      ++serial_);
  accept("registry-social",
         op("issue_certificate { asset: " + quoted + " certificate: '" + number + "' kind: CERTIFICATE_KIND_DATA_ASSET" +
            " valid_from: '" + today + "' valid_to: '" + format_date(add_days(date_of(time_), 1000)) + "' }"));
  return number;
}

Result<void> TestChain::reopen() {
  ledger_.reset();
  auto opened = Ledger::open({directory(), env_, undo_bytes_, sync_blocks_});
  if (!opened) return std::unexpected(opened.error());
  ledger_ = std::move(*opened);
  return {};
}

}  // namespace jinshi::ledger::testing
