// An organisation's keys and its controls: which keys may sign, and which events need two of them (经办/复核).
#pragma once

#include <set>
#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// AddKey, RevokeKey, AddTlsKey, RevokeTlsKey, SetControls.
std::span<const Rule> control_rules();

// The *signers* stage: every covering key is known, live, its organisation not suspended, the key allowed the event, and
// where the organisation's controls ask for two keys there are two.
Result<void> check_signing_keys(const Case& at);

// The events for which the organisation needs two keys now: what it set, or the parameter's list where it has two live
// keys or more.
std::set<std::uint32_t> events_with_two_keys(const v1::Organisation& organisation, const v1::Parameters& parameters,
                                             TimeMs time);

// Keys that sign transactions: not revoked, valid_from reached.
std::size_t live_keys(const v1::Organisation& organisation, TimeMs time);

// Runs a DUE entry of loosened controls.
void apply_due_controls(const v1::Due& due, Overlay& overlay);

}  // namespace jinshi::ledger
