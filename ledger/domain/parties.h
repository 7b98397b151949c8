// Whether an organisation is what a row asks for.
#pragma once

#include <string_view>
#include <vector>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// The *role* stage, in three steps with the row's own relation checks after the first: the first signer's role and
// relation; whoever must sign as it does, that is every holder, and more than two thirds for governance; the co-signers
// that the row names. Of a change that a proposal carries, the last alone.
Result<void> check_first_signer(const Case& at);
Result<void> check_fellow_signers(const Case& at);
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
