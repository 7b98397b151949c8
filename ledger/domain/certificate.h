// Certificates: issue, renewal, suspension, restoration, revocation, cancellation.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// IssueCertificate, RenewCertificate, SuspendCertificate, RestoreCertificate, RevokeCertificate, CancelRegistration.
std::span<const Rule> certificate_rules();

// Ends a certificate and its registration (REVOKED or CANCELLED), with all that follows: totals, the due entry, the
// claim on its content, the first registration that it earned.
void end_certificate(Overlay& overlay, std::string_view number, v1::CertificateState state, const BlockContext& block);

// Runs a DUE entry of a certificate's end.
void apply_due_certificate_end(const v1::Due& due, Overlay& overlay, const BlockContext& block);

}  // namespace jinshi::ledger
