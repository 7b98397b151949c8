// Which keys sign an event: the first signer's organisation is *by*, the others co-sign, governance signs as
// validators.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/wallet.h"
#include "jinshi/v1/organisation.pb.h"

namespace jinshi::cli {

struct SigningRequest {
  std::set<std::uint32_t> events;   // that the transaction holds
  std::string by;                   // an organisation, or "governance"
  std::vector<std::string> cosign;  // likewise
  std::size_t signatures = 0;       // keys of each organisation; 0 = as many as its controls ask for
};

// Keys come from the wallet: those that the ledger holds as live and allowed, where there is a choice. Two for an
// organisation whose controls ask for it. `client` is asked only where the wallet has a choice, or governance signs.
Outcome<std::vector<SignerPtr>> choose_signers(const Wallet& wallet, const Client& client,
                                               const SigningRequest& request);

}  // namespace jinshi::cli
