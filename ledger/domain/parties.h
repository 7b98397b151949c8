// Whether an organisation is what a row asks for.
#pragma once

#include <string_view>
#include <vector>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// The *role* stage: the first signer's role, its relation, then the co-signers; more than two thirds for governance.
Result<void> check_parties(const Case& at);

// Of the *role* stage the co-signers alone: for a change that a proposal carries.
Result<void> check_cosigners(const Case& at);

// The first signer acts as a court where the row lets one decide instead of the holder.
bool court_decides(const Case& at);

// The *conflict* stage: nobody acts as an official on a record that it is party to, and no organisation is two required
// signers.
Result<void> check_conflicts(const Case& at);

bool is_registry_role(v1::Role role);

// The role that makes a registry of this registration.
v1::Role registry_role(v1::AssetKind asset, v1::CertificateKind certificate);

// Who has HOLD: the holders in common, or the one holder.
std::vector<std::string> holders_of(const v1::Asset& asset);
bool is_holder(const v1::Asset& asset, std::string_view organisation);
// Has any right in the asset, or a share in it.
bool is_party_to(const v1::Asset& asset, std::string_view organisation);

bool has_role(const v1::Organisation& organisation, v1::Role role);

// Related parties: both under one controller, or one the other's.
bool are_related(const v1::Organisation& one, const v1::Organisation& other);

// The validators in force that signed with their governance keys, in the set's order, and how many it takes.
std::vector<std::string> governance_signers(const Case& at);
std::size_t governance_quorum(std::size_t validators);  // more than two thirds

}  // namespace jinshi::ledger
