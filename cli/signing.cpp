#include "cli/signing.h"

#include <algorithm>

#include "cli/time_text.h"
#include "ledger/domain/controls.h"
#include "ledger/domain/rule.h"

namespace jinshi::cli {
namespace {

constexpr std::string_view kGovernance = "governance";

bool by_governance(std::uint32_t event) {
  const auto* rule = ledger::find_rule(event);
  return rule != nullptr && (rule->by == ledger::Party::kGovernance || rule->by == ledger::Party::kValidator);
}

Outcome<v1::Record> record(const Client& client, const v1::StateKey& key) {
  v1::GetRequest request;
  *request.mutable_key() = key;
  auto answer = client.get(request);
  if (!answer) return std::unexpected(answer.error());
  return answer->record();
}

// Those of the wallet that may sign all of the events now, in the wallet's order.
std::vector<SignerPtr> fit_to_sign(std::vector<SignerPtr> signers, const v1::Organisation& organisation,
                                   const SigningRequest& request, TimeMs time) {
  const auto fit = [&](const SignerPtr& signer) {
    return std::ranges::any_of(organisation.keys(), [&](const v1::OrganisationKey& key) {
      return key.public_key() == signer->public_key().encoded() && key.revoked_at() == 0 && key.valid_from() <= time &&
             (!key.has_only() || std::ranges::all_of(request.events, [&](std::uint32_t event) {
               return std::ranges::find(key.only().events(), event) != key.only().events().end();
             }));
    });
  };
  std::erase_if(signers, [&](const SignerPtr& signer) { return !fit(signer); });
  return signers;
}

bool asks_for_two(const v1::Organisation& organisation, const v1::Parameters& parameters, const SigningRequest& request,
                  TimeMs time) {
  const auto controlled = ledger::events_with_two_keys(organisation, parameters, time);
  return std::ranges::any_of(request.events, [&](std::uint32_t event) {
    const auto* rule = ledger::find_rule(event);
    return controlled.contains(event) || (rule != nullptr && rule->needs_second_key != nullptr);
  });
}

Outcome<std::vector<SignerPtr>> organisation_signers(const Wallet& wallet, const Client& client,
                                                     const std::string& organisation, const SigningRequest& request) {
  const std::size_t here = wallet.transaction_keys(organisation);
  if (here < 2) return wallet.transaction_signers(organisation, std::max<std::size_t>(request.signatures, 1));
  auto all = wallet.transaction_signers(organisation, here);
  if (!all) return all;
  v1::StateKey key;
  key.set_organisation(organisation);
  const auto known = record(client, key);
  if (!known) return std::unexpected(known.error());
  key.mutable_parameters();
  const auto parameters = record(client, key);
  if (!parameters) return std::unexpected(parameters.error());
  const auto chain = client.chain();
  if (!chain) return std::unexpected(chain.error());
  auto fit = fit_to_sign(std::move(*all), known->organisation(), request, chain->time());
  std::size_t count = request.signatures;
  if (count == 0) count = asks_for_two(known->organisation(), parameters->parameters(), request, chain->time()) ? 2 : 1;
  if (fit.size() < count) {
    return failed(v1::REASON_SECOND_KEY_MISSING, organisation + " needs " + std::to_string(count) +
                                                     " live keys for this, and " + std::to_string(fit.size()) +
                                                     " are here: co-sign by a draft (`jinshi tx new`)");
  }
  fit.resize(count);
  return fit;
}

Outcome<std::vector<SignerPtr>> governance_signers(const Wallet& wallet, const Client& client) {
  v1::StateKey key;
  key.mutable_epochs();
  const auto epochs = record(client, key);
  if (!epochs) return std::unexpected(epochs.error());
  std::vector<SignerPtr> signers;
  for (const auto& validator : epochs->epochs().current().set().validators()) {
    if (!wallet.has_governance_key(validator.organisation())) continue;
    auto signer = wallet.governance_signer(validator.organisation());
    if (!signer) return std::unexpected(signer.error());
    if ((*signer)->public_key().encoded() == validator.governance_key()) signers.push_back(std::move(*signer));
  }
  if (!signers.empty()) return signers;
  return failed(v1::REASON_KEY_FILE, "no validator's governance key is here: co-sign by a draft (`jinshi tx new`)");
}

Outcome<std::vector<SignerPtr>> signers_of(const Wallet& wallet, const Client& client, const std::string& who,
                                           const SigningRequest& request) {
  if (who == kGovernance) return governance_signers(wallet, client);
  if (std::ranges::any_of(request.events, by_governance) && wallet.has_governance_key(who)) {
    auto one = wallet.governance_signer(who);
    if (!one) return std::unexpected(one.error());
    return std::vector{std::move(*one)};
  }
  return organisation_signers(wallet, client, who, request);
}

}  // namespace

Outcome<std::vector<SignerPtr>> choose_signers(const Wallet& wallet, const Client& client,
                                               const SigningRequest& request) {
  if (request.by.empty()) return misused("say who signs: --by ORG, or --by governance");
  std::vector<std::string> everyone{request.by};
  everyone.insert(everyone.end(), request.cosign.begin(), request.cosign.end());
  std::vector<SignerPtr> signers;
  for (const auto& who : everyone) {
    auto some = signers_of(wallet, client, who, request);
    if (!some) return some;
    for (auto& signer : *some) {
      const bool there = std::ranges::any_of(
          signers, [&](const SignerPtr& other) { return other->public_key() == signer->public_key(); });
      if (!there) signers.push_back(std::move(signer));
    }
  }
  return signers;
}

}  // namespace jinshi::cli
