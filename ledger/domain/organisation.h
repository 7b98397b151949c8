// Organisations: admission by governance, roles, suspension, removal, succession.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// AdmitOrganisation, ChangeRoles, SuspendOrganisation, RestoreOrganisation, RemoveOrganisation, SucceedOrganisation.
std::span<const Rule> organisation_rules();

// Writes the organisation with its KEY and CREDIT_CODE records: for the operation, and for genesis. Everything that the
// operation's checks look at must hold already.
void admit(const v1::AdmitOrganisation& admission, Overlay& overlay);

}  // namespace jinshi::ledger
