// Assessments of an asset, and its anonymisation.
#pragma once

#include <span>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {

// SubmitAssessment, WithdrawAssessment, RecordAnonymisation.
std::span<const Rule> assessment_rules();

// The last passing assessment of a kind that is in force; null where there is none.
const v1::AssessmentInForce* in_force(const v1::Asset& asset, v1::AssessmentKind kind, TimeMs time);

}  // namespace jinshi::ledger
