#include "cli/genesis_maker.h"

#include <algorithm>

#include "cli/time_text.h"
#include "ledger/crypto/secret_file.h"
#include "ledger/crypto/tls_identity.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/validators.h"
#include "ledger/execution/genesis.h"
#include "ledger/execution/transaction.h"
#include "proto/canonical.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kDevelopmentHeartbeatMs = 2000;

Outcome<std::string> ensure_tls_certificate(const NetworkFolder& folder, const NodePlace& node,
                                            const GenesisPlan& plan) {
  const auto path = node.certificate(folder);
  if (std::filesystem::exists(path)) return read_file(path);
  crypto::TlsNames names{.common_name = plan.name.substr(0, 64), .dns = {}, .addresses = {}};
  for (const std::string& host : plan.hosts) {
    const bool address =
        host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
    (address ? names.addresses : names.dns).push_back(host);
  }
  const auto identity = crypto::generate_tls_identity(names, system_now());
  if (!identity) return failed(identity.error());
  if (auto written = write_file(path, identity->certificate_pem); !written) return std::unexpected(written.error());
  if (auto written = crypto::write_secret_file(node.key(folder), identity->key_pem.view()); !written) {
    return failed(written.error());
  }
  return identity->certificate_pem;
}

Outcome<void> list_certificate(v1::AdmitOrganisation& organisation, const NetworkFolder& folder, const NodePlace& node,
                               const GenesisPlan& plan) {
  const auto certificate = ensure_tls_certificate(folder, node, plan);
  if (!certificate) return std::unexpected(certificate.error());
  const auto spki = crypto::spki_digest_of_pem_certificate(*certificate);
  if (!spki) return failed(spki.error());
  v1::TlsKeyGrant& listed = *organisation.add_tls_keys();
  listed.set_spki_digest(spki->string());
  listed.set_label(node.name);
  return {};
}

Outcome<void> give_keys(v1::AdmitOrganisation& organisation, const Wallet& wallet, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto key = wallet.ensure_key(organisation.org(), Wallet::transaction_name(i));
    if (!key) return std::unexpected(key.error());
    organisation.add_keys()->set_public_key(std::move(*key));
  }
  if (std::ranges::find(organisation.roles(), v1::ROLE_VALIDATOR) == organisation.roles().end()) return {};
  auto governance = wallet.ensure_key(organisation.org(), "governance");
  if (!governance) return std::unexpected(governance.error());
  organisation.mutable_governance_key()->set_public_key(std::move(*governance));
  auto consensus = wallet.ensure_key(organisation.org(), "consensus");
  if (!consensus) return std::unexpected(consensus.error());
  organisation.mutable_consensus_key()->set_public_key(std::move(*consensus));
  return {};
}

}  // namespace

Outcome<std::string> make_genesis(const NetworkFolder& folder, const Wallet& wallet, const GenesisPlan& plan) {
  std::vector<NodePlace> nodes = plan.nodes;
  if (nodes.empty() && !plan.validators.empty()) {
    nodes.push_back({.name = "node", .organisation = plan.validators.front()});
  }
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_suite(ledger::kSuite);
  genesis.set_protocol_version(kProtocolVersion);
  genesis.set_name(plan.name);
  genesis.set_time(plan.time);
  genesis.set_development(plan.development);
  *genesis.mutable_parameters() = ledger::default_parameters();
  genesis.mutable_parameters()->set_notice_days(plan.notice_days);
  *genesis.mutable_ordering() = ledger::default_ordering();
  if (plan.development) genesis.mutable_ordering()->set_heartbeat_ms(kDevelopmentHeartbeatMs);
  for (const auto& without_keys : plan.organisations) {
    auto& organisation = *genesis.add_organisations();
    organisation = without_keys;
    if (auto given = give_keys(organisation, wallet, plan.keys_each); !given) return std::unexpected(given.error());
    for (const NodePlace& node : nodes) {
      if (node.organisation != organisation.org()) continue;
      if (auto listed = list_certificate(organisation, folder, node, plan); !listed) {
        return std::unexpected(listed.error());
      }
    }
  }
  for (const auto& validator : plan.validators) genesis.add_validators(validator);
  prune(genesis);
  auto bytes = encode(genesis);
  if (const auto checked = ledger::read_genesis(bytes); !checked) {
    return failed(checked.error(), v1::Genesis::descriptor());
  }
  return bytes;
}

Outcome<void> write_genesis_files(const NetworkFolder& folder, ByteView bytes) {
  if (folder.exists()) {
    return failed(v1::REASON_CONFIGURATION,
                  folder.genesis().string() + " exists, and a network's genesis never changes: choose another folder");
  }
  const auto genesis = decode<v1::Genesis>(bytes);
  if (!genesis) return failed(genesis.error(), v1::Genesis::descriptor());
  if (auto written = write_file(folder.genesis_json(), to_json_text(*genesis)); !written) return written;
  return write_file(folder.genesis(), bytes);
}

}  // namespace jinshi::cli
