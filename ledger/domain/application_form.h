// What an application says, whether it comes as ApplyRegistration or again inside ResubmitApplication.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// The application that the event is or carries.
const v1::ApplyRegistration& form_of(const Case& at);

// A refusal that names a field of the application, wherever it stands in the event.
std::unexpected<Error> refuse_form(const Case& at, v1::Reason reason, FieldPath field, std::string message);

// These checks, then all that hold of every application.
std::vector<const NamedCheck*> and_form_checks(std::vector<const NamedCheck*> checks);

// DATA_ASSET where none is named.
v1::CertificateKind kind_sought(v1::CertificateKind named);

// Whether the application names exactly the asset's holders.
bool has_same_holders(const v1::ApplyRegistration& form, const v1::Asset& asset);

// The asset stands as it was described: its first application of this kind, or one beside another that still runs, adds
// a registration and changes nothing else.
bool keeps_description(const Case& at);

// A registration of some kind is CERTIFIED, whether or not its certificate is in force.
bool is_certified(const v1::Asset& asset);

// CORE above IMPORTANT above GENERAL 4 to 1, so that IMPORTANT satisfies every "grade >= n".
std::uint32_t sensitivity(v1::DataLevel level, std::uint32_t grade);

}  // namespace jinshi::ledger
