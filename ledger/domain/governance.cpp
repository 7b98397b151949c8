#include "ledger/domain/governance.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "ledger/domain/check.h"
#include "ledger/domain/fields.h"
#include "ledger/domain/key_grants.h"
#include "ledger/domain/parties.h"
#include "ledger/domain/ranges.h"

namespace jinshi::ledger {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// --- parameters ---

constexpr std::array kRanges = {
    Range{v1::Parameters::kNoticeDaysFieldNumber, 0, 60},
    Range{v1::Parameters::kComplianceGradeFieldNumber, 1, 4},
    Range{v1::Parameters::kCertificateDaysFieldNumber, 1, 7305},  // 20 years
    Range{v1::Parameters::kRenewalDaysFieldNumber, 0, 366},
    Range{v1::Parameters::kControlsDelayMsFieldNumber, kHour, 30 * kDay},
    Range{v1::Parameters::kProposalLifetimeMsFieldNumber, kHour, 90 * kDay},
    Range{v1::Parameters::kExpiryOneSignerMsFieldNumber, kMinute, kDay},
    Range{v1::Parameters::kExpirySeveralSignersMsFieldNumber, kMinute, 30 * kDay},
    Range{v1::Parameters::kChallengeSamplesFieldNumber, 1, 64},
    Range{v1::Parameters::kConfirmByMsFieldNumber, kMinute, 90 * kDay},
    Range{v1::Parameters::kSilenceDaysFieldNumber, 1, 366},
    Range{v1::Parameters::kFreezeDaysFieldNumber, 1, 366},
};

// An error inside a part of the event, told as the event's own.
Error inside(Error error, FieldPath path) {
  path.insert(path.end(), error.field.begin(), error.field.end());
  error.field = std::move(path);
  return error;
}

Result<void> parameters_in_range(const Case& at) {
  auto checked = check_parameters(at.event<v1::SetParameters>().parameters());
  if (!checked) return std::unexpected(inside(checked.error(), {v1::SetParameters::kParametersFieldNumber}));
  return {};
}
const NamedCheck kParametersInRange{Stage::kRule, "every parameter is in its range", parameters_in_range};

void apply_set_parameters(const Case& at, Overlay& overlay) {
  v1::Parameters& parameters = *overlay.edit(keys::parameters()).mutable_parameters();
  parameters = at.event<v1::SetParameters>().parameters();
  std::ranges::sort(*parameters.mutable_two_keys());
}

// --- proposals ---

FieldPath change_path(const v1::Operation& change) {
  return {v1::Propose::kChangeFieldNumber, static_cast<std::uint32_t>(change.event_case())};
}

bool may_be_proposed(const Rule& rule) {
  return rule.by == Party::kGovernance || rule.by == Party::kOrganisationItselfOrGovernance;
}

Result<void> change_is_governance(const Case& at) {
  const v1::Operation& change = at.event<v1::Propose>().change();
  const std::uint32_t field = v1::Propose::kChangeFieldNumber;
  if (change.event_case() == v1::Operation::EVENT_NOT_SET) {
    return fail(v1::REASON_MISSING_FIELD, "a proposal carries its exact change: put an event in", {field});
  }
  if (!change.salt().empty()) {
    return fail(v1::REASON_BAD_VALUE, "the change is salted by the proposal that carries it: leave its salt out",
                {field, v1::Operation::kSaltFieldNumber});
  }
  const Rule* rule = find_rule(change.event_case());
  if (rule == nullptr || !may_be_proposed(*rule)) {
    return fail(
        v1::REASON_BAD_VALUE,
        std::string(event_name(change.event_case())) + " is not governance's to sign: propose one that it signs",
        change_path(change));
  }
  return {};
}
const NamedCheck kChangeIsGovernance{Stage::kFields, "the change is one that governance signs", change_is_governance};

// Runs those of the change's own checks that `chosen` names, on the change as it is proposed.
template <class Chosen>
Result<void> check_change(const Case& at, const Chosen& chosen) {
  const v1::Operation& change = at.event<v1::Propose>().change();
  Case of_change{change, *find_rule(change.event_case()), at.records, at.block};
  of_change.signers = at.signers;
  for (const NamedCheck* check : of_change.rule.checks) {
    if (!chosen(*check)) continue;
    if (auto checked = check->run(of_change); !checked) {
      return std::unexpected(inside(checked.error(), change_path(change)));
    }
  }
  return {};
}

Result<void> change_is_complete(const Case& at) {
  const v1::Operation& change = at.event<v1::Propose>().change();
  if (auto fields = check_fields(event_of(change)); !fields) {
    return std::unexpected(inside(fields.error(), change_path(change)));
  }
  return check_change(at, [](const NamedCheck& check) { return check.stage == Stage::kFields; });
}
const NamedCheck kChangeIsComplete{Stage::kFields, "the change's fields are as its event asks", change_is_complete};

Result<void> not_over(const Case& at) {
  if (at.event<v1::Propose>().expires_at() > at.block.time) return {};
  return refuse(at, v1::REASON_TOO_LATE, "expires_at", "the proposal would be over already: give it a later end");
}
const NamedCheck kNotOver{Stage::kDates, "it ends later than now", not_over};

Result<void> not_too_long(const Case& at) {
  const std::int64_t longest = at.parameters().proposal_lifetime_ms();
  if (at.event<v1::Propose>().expires_at() - at.block.time <= longest) return {};
  return refuse(at, v1::REASON_LIMIT_EXCEEDED, "expires_at",
                "a proposal stands for at most " + std::to_string(longest) + " ms: give it an earlier end");
}
const NamedCheck kNotTooLong{Stage::kLimits, "it ends within the parameter's time", not_too_long};

// What must be fresh is checked while it is: the approvals may take days.
Result<void> change_is_fresh(const Case& at) {
  return check_change(at, [](const NamedCheck& check) { return &check == &kRecentHeader; });
}
const NamedCheck kChangeIsFresh{Stage::kRule, "a header that the change rests on is recent", change_is_fresh};

// Every member of the set in force that has approved, once these signers have.
std::set<std::string> approvals_with(const Case& at) {
  const auto signers = governance_signers(at);
  std::set<std::string> approvals(signers.begin(), signers.end());
  if (at.proposal == nullptr) return approvals;
  for (const v1::Validator& validator : at.records.epochs().current().set().validators()) {
    const auto& before = at.proposal->approvals();
    if (std::ranges::find(before, validator.organisation()) != before.end()) approvals.insert(validator.organisation());
  }
  return approvals;
}

bool carries(const Case& at) {
  const auto validators = static_cast<std::size_t>(at.records.epochs().current().set().validators_size());
  return approvals_with(at).size() >= governance_quorum(validators);
}

// The exact change: this operation's, or the proposal's.
const v1::Operation& change_of(const Case& at) {
  return at.proposal == nullptr ? at.event<v1::Propose>().change() : at.proposal->change();
}

// The approval that completes it runs it: then the change must stand as if it were signed now.
Result<void> change_stands(const Case& at) {
  if (!carries(at)) return {};
  const v1::Operation& change = change_of(at);
  const auto judged = check_proposed(change, at);
  if (judged) return {};
  Error error = judged.error();
  error.message = "the change that this would carry is refused: " + error.message;
  if (at.proposal == nullptr) return std::unexpected(inside(error, change_path(change)));
  error.field = {v1::Approve::kProposalFieldNumber};
  return std::unexpected(error);
}
const NamedCheck kChangeStands{Stage::kRule, "when it completes the quorum, the change passes its own checks",
                               change_stands};

void carry_out(const Case& at, Overlay& overlay) {
  const auto judged = check_proposed(change_of(at), at);
  JINSHI_ASSERT(judged.has_value(), "the change was checked with the approval that carries it");
  judged->rule.apply(*judged, overlay);
}

// Approvals in byte order; CARRIED and run when they are enough.
void record_approvals(const Case& at, const std::string& id, Overlay& overlay) {
  v1::Proposal& proposal = *overlay.edit(keys::proposal(id)).mutable_proposal();
  const auto approvals = approvals_with(at);
  proposal.mutable_approvals()->Assign(approvals.begin(), approvals.end());
  if (!carries(at)) return;
  proposal.set_state(v1::PROPOSAL_STATE_CARRIED);
  carry_out(at, overlay);
}

void apply_propose(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::Propose>();
  v1::Proposal& proposal = *overlay.create(keys::proposal(event.proposal())).mutable_proposal();
  proposal.set_id(event.proposal());
  *proposal.mutable_change() = event.change();
  proposal.set_expires_at(event.expires_at());
  proposal.set_epoch(at.records.epochs().current().number());
  proposal.set_proposer(at.by());
  proposal.set_state(v1::PROPOSAL_STATE_OPEN);
  record_approvals(at, event.proposal(), overlay);
}

// --- approvals ---

Result<void> same_epoch(const Case& at) {
  if (at.proposal->epoch() == at.records.epochs().current().number()) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "proposal",
                "the validators have changed since it was made, which voids it: propose it again");
}
const NamedCheck kSameEpoch{Stage::kState, "the validators are those that it was put to", same_epoch};

Result<void> not_lapsed(const Case& at) {
  if (at.block.time <= at.proposal->expires_at()) return {};
  return refuse(at, v1::REASON_RECORD_EXPIRED, "proposal", "the proposal has lapsed: propose it again");
}
const NamedCheck kNotLapsed{Stage::kDates, "it has not lapsed", not_lapsed};

Result<void> not_approved_before(const Case& at) {
  const auto& before = at.proposal->approvals();
  if (std::ranges::find(before, at.by()) == before.end()) return {};
  return refuse(at, v1::REASON_ALREADY_CONFIRMED, "proposal",
                "'" + at.by() + "' has approved it already: other validators are to follow");
}
const NamedCheck kNotApprovedBefore{Stage::kRule, "the validator has not approved it before", not_approved_before};

void apply_approve(const Case& at, Overlay& overlay) { record_approvals(at, at.proposal->id(), overlay); }

}  // namespace

std::span<const Rule> governance_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kSetParameters,
       .by = Party::kGovernance,
       .checks = {&kParametersInRange},
       .apply = apply_set_parameters,
       .effect = "all parameters replaced"},
      {.event = v1::Operation::kPropose,
       .by = Party::kValidator,
       .subject = Subject::kProposal,
       .to = States{v1::PROPOSAL_STATE_OPEN, v1::PROPOSAL_STATE_CARRIED},
       .checks = {&kChangeIsGovernance, &kChangeIsComplete, &kNotOver, &kNotTooLong, &kChangeIsFresh, &kChangeStands},
       .apply = apply_propose,
       .effect = "its signers have approved; it runs with the approval that completes the quorum"},
      {.event = v1::Operation::kApprove,
       .by = Party::kValidator,
       .subject = Subject::kProposal,
       .from = States{v1::PROPOSAL_STATE_OPEN},
       .to = States{v1::PROPOSAL_STATE_OPEN, v1::PROPOSAL_STATE_CARRIED},
       .checks = {&kSameEpoch, &kNotLapsed, &kNotApprovedBefore, &kChangeStands},
       .apply = apply_approve,
       .effect = "it runs with the approval that completes the quorum"},
  };
  return rules;
}

Result<void> check_parameters(const v1::Parameters& parameters) {
  if (auto checked = check_ranges(parameters, kRanges); !checked) return checked;
  if (parameters.expiry_several_signers_ms() < parameters.expiry_one_signer_ms()) {
    return fail(v1::REASON_PARAMETER_RANGE,
                "several signers need at least as long as one: raise expiry_several_signers_ms",
                {v1::Parameters::kExpirySeveralSignersMsFieldNumber});
  }
  return check_fields(parameters);
}

v1::Parameters default_parameters() {
  v1::Parameters parameters;
  parameters.set_notice_days(5);
  parameters.set_compliance_grade(3);
  parameters.set_certificate_days(1096);
  parameters.set_renewal_days(90);
  parameters.set_controls_delay_ms(24 * kHour);
  parameters.set_proposal_lifetime_ms(7 * kDay);
  parameters.set_expiry_one_signer_ms(kHour);
  parameters.set_expiry_several_signers_ms(7 * kDay);
  parameters.set_challenge_samples(16);
  parameters.set_confirm_by_ms(24 * kHour);
  parameters.set_silence_days(10);
  parameters.set_freeze_days(30);
  for (const char* zone :
       {"FINANCE", "GOVERNMENT", "MEDICAL", "AUTONOMOUS_DRIVING", "SHIPPING_TRADE", "CULTURE_TOURISM", "GENERAL"}) {
    parameters.add_zones(zone);
  }
  for (const char* purpose : {"MODEL_TRAINING", "RESEARCH", "CLINICAL", "DRUG_DEVELOPMENT", "PUBLIC_SERVICE"}) {
    parameters.add_deidentified_purposes(purpose);
  }
  // Ascending. SettleTrade, RuleDispute, Freeze, EnforcePledge and GrantCompute join with their events.
  for (const std::uint32_t event :
       {v1::Operation::kAddKey, v1::Operation::kIssueCertificate, v1::Operation::kRevokeCertificate}) {
    parameters.add_two_keys(event);
  }
  return parameters;
}

}  // namespace jinshi::ledger
