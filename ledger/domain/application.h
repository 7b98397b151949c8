// From an application to the public notice.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// ApplyRegistration, RequestSupplement, ResubmitApplication, WithdrawApplication, AcceptApplication, RejectApplication,
// PublishNotice.
std::span<const Rule> application_rules();

// The registration of a kind inside an asset that is being edited; it must be there.
v1::Registration& registration_in(v1::Asset& asset, v1::CertificateKind kind);

}  // namespace jinshi::ledger
