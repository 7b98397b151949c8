// What a record's state is at a time: one function for checks, queries and verifiers. It reads one record and a time;
// nothing else is ever computed (docs/protocol.md, time).
#pragma once

#include <string>

#include "jinshi/v1/state.pb.h"
#include "proto/types.h"

namespace jinshi::ledger {

// EXPIRED when the UTC+8 date is past `valid_to`; a state that ended the certificate stays what it is.
v1::CertificateState effective_state(const v1::Certificate& certificate, TimeMs time);

// The first moment at which the certificate is past its end.
TimeMs end_of(const v1::Certificate& certificate);

// An assessment that was not withdrawn, and whose last day has not passed.
bool is_in_force(const v1::AssessmentInForce& assessment, TimeMs time);

// For people, by the state enum's name without its prefix: "VALID", "EXPIRED"; empty for a record without a state.
std::string effective_state_name(const v1::Record& record, TimeMs time);

}  // namespace jinshi::ledger
