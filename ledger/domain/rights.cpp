#include "ledger/domain/rights.h"

#include <algorithm>

#include "ledger/domain/application_form.h"
#include "ledger/domain/assessment.h"
#include "ledger/domain/certified_content.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

constexpr int kMaxRights = 16;

bool is_over(const v1::GrantedRight& right, Date today) {
  const auto until = parse_date(right.until());
  return until.has_value() && today > *until;
}

bool may_be_granted(v1::Right right) { return right == v1::RIGHT_PROCESS || right == v1::RIGHT_OPERATE; }

FieldPath field_of_right(std::uint32_t field) { return {v1::GrantRight::kRightFieldNumber, field}; }

// The certificates of the asset's certified registrations say what its record says.
void follow_rights(Overlay& overlay, const v1::Asset& asset) {
  const std::string holder = holders_of(asset).front();
  for (const v1::Registration& registration : asset.registrations()) {
    if (registration.state() != v1::REGISTRATION_STATE_CERTIFIED) continue;
    v1::Certificate& certificate = overlay.edit_certificate(registration.certificate());
    certificate.set_holder(holder);
    *certificate.mutable_rights() = asset.rights();
  }
}

template <class Keep>
void keep_rights(v1::Asset& asset, const Keep& keep) {
  google::protobuf::RepeatedPtrField<v1::GrantedRight> kept;
  for (const v1::GrantedRight& right : asset.rights()) {
    if (keep(right)) *kept.Add() = right;
  }
  asset.mutable_rights()->Swap(&kept);
}

// --- transfer ---

Result<void> transfer_to_another(const Case& at) {
  const std::string& to = at.event<v1::TransferRegistration>().to();
  if (!is_holder(*at.asset, to)) return {};
  return refuse(at, v1::REASON_SAME_PARTY, "to", "'" + to + "' holds the asset already: name a new holder");
}
const NamedCheck kTransferToAnother{Stage::kRole, "the new holder is another", transfer_to_another};

Result<void> claim_goes_along(const Case& at) {
  if (may_hand_over(at.records, *at.asset)) return {};
  return refuse(at, v1::REASON_CONTENT_ALREADY_CERTIFIED, "asset",
                "its holder has the same content certified as another asset, exclusively: transfer or cancel that one "
                "first");
}
const NamedCheck kClaimGoesAlong{Stage::kRule, "the same content does not stay certified against an exclusive holder",
                                 claim_goes_along};

// The same right twice in one hand becomes one: exclusive if either was, and as long as the longer.
void add_or_merge(v1::Asset& asset, const v1::GrantedRight& right) {
  for (v1::GrantedRight& held : *asset.mutable_rights()) {
    if (held.right() != right.right() || held.holder() != right.holder()) continue;
    held.set_exclusive(held.exclusive() || right.exclusive());
    if (right.until().empty() || held.until().empty()) {
      held.clear_until();
    } else if (held.until() < right.until()) {  // as texts, since both are YYYY-MM-DD
      held.set_until(right.until());
    }
    return;
  }
  *asset.add_rights() = right;
}

void apply_transfer(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::TransferRegistration>();
  const v1::Asset& before = *at.asset;
  v1::Asset& asset = overlay.edit_asset(event.asset());
  hand_over(overlay, asset, event.to());
  asset.clear_rights();
  if (!before.holders().empty()) {
    v1::GrantedRight& hold = *asset.add_rights();  // in common, it stood in the shares
    hold.set_right(v1::RIGHT_HOLD);
    hold.set_holder(event.to());
    hold.set_exclusive(true);
    asset.clear_holders();
  }
  for (v1::GrantedRight right : before.rights()) {
    if (is_holder(before, right.holder())) right.set_holder(event.to());
    add_or_merge(asset, right);
  }
  asset.set_holding(asset.holding() + 1);
  follow_rights(overlay, asset);
}

// --- rights granted and ended ---

Result<void> grant_of_use(const Case& at) {
  if (may_be_granted(at.event<v1::GrantRight>().right().right())) return {};
  return fail(v1::REASON_BAD_VALUE, "PROCESS and OPERATE are granted; HOLD moves by TransferRegistration",
              field_of_right(v1::GrantedRight::kRightFieldNumber));
}
const NamedCheck kGrantOfUse{Stage::kFields, "PROCESS or OPERATE", grant_of_use};

Result<void> grant_to_another(const Case& at) {
  const std::string& grantee = at.event<v1::GrantRight>().right().holder();
  if (!is_holder(*at.asset, grantee)) return {};
  return fail(v1::REASON_SAME_PARTY, "'" + grantee + "' holds the asset itself: name another grantee",
              field_of_right(v1::GrantedRight::kHolderFieldNumber));
}
const NamedCheck kGrantToAnother{Stage::kRole, "the grantee is not a holder", grant_to_another};

Result<void> grant_within_certificate(const Case& at) {
  const std::string& until = at.event<v1::GrantRight>().right().until();
  const std::string today = format_date(at.block.date());
  const std::string& end = at.certificate->valid_to();
  if (until.empty() || (today <= until && until <= end)) return {};
  return fail(v1::REASON_BAD_DATES,
              "a right lasts until a day from " + today + " to " + end + ", the certificate's end",
              field_of_right(v1::GrantedRight::kUntilFieldNumber));
}
const NamedCheck kGrantWithinCertificate{Stage::kDates, "until the certificate's end at the latest",
                                         grant_within_certificate};

Result<void> room_for_a_right(const Case& at) {
  const auto running = std::ranges::count_if(
      at.asset->rights(), [&](const v1::GrantedRight& right) { return !is_over(right, at.block.date()); });
  if (running < kMaxRights) return {};
  return refuse(at, v1::REASON_LIMIT_EXCEEDED, "right",
                "an asset has at most " + std::to_string(kMaxRights) + " rights at a time: end one first");
}
const NamedCheck kRoomForARight{Stage::kLimits, "at most sixteen rights", room_for_a_right};

Result<void> no_exclusive_right(const Case& at) {
  const v1::GrantedRight& asked = at.event<v1::GrantRight>().right();
  for (const v1::GrantedRight& right : at.asset->rights()) {
    if (right.right() != asked.right() || is_over(right, at.block.date())) continue;
    if (right.holder() == asked.holder()) {
      return refuse(at, v1::REASON_RIGHT_CONFLICT, "right", "'" + right.holder() + "' has this right: end it first");
    }
    if (right.exclusive() || asked.exclusive()) {
      return refuse(at, v1::REASON_RIGHT_CONFLICT, "right",
                    "'" + right.holder() + "' has this right, and one of the two is exclusive: end it first");
    }
  }
  return {};
}
const NamedCheck kNoExclusiveRight{Stage::kRule, "no conflict with an exclusive right, the grantor's own included",
                                   no_exclusive_right};

void apply_grant(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::GrantRight>();
  v1::Asset& asset = overlay.edit_asset(event.asset());
  keep_rights(asset, [&](const v1::GrantedRight& right) {
    return right.right() == v1::RIGHT_HOLD || !is_over(right, at.block.date());
  });
  *asset.add_rights() = event.right();
  follow_rights(overlay, asset);
}

Result<void> end_of_use(const Case& at) {
  if (may_be_granted(at.event<v1::EndRight>().right())) return {};
  return refuse(at, v1::REASON_BAD_VALUE, "right", "HOLD is never ended: it moves, or the registration is cancelled");
}
const NamedCheck kEndOfUse{Stage::kFields, "PROCESS or OPERATE", end_of_use};

// What a court decides about an asset in dispute it may carry out itself.
Result<void> free_or_by_court(const Case& at) {
  const v1::Encumbrances& on = at.asset->encumbrances();
  if (court_decides(at) || (on.freezes() == 0 && on.open_disputes() == 0)) return {};
  return fail(on.freezes() > 0 ? v1::REASON_FROZEN : v1::REASON_DISPUTED,
              "asset '" + at.asset->id() + "' is frozen or in dispute: until that ends, a court alone ends a right");
}
const NamedCheck kFreeOrByCourt{Stage::kState, "neither frozen nor disputed, unless by a court", free_or_by_court};

Result<void> right_is_held(const Case& at) {
  const auto& event = at.event<v1::EndRight>();
  const bool held = std::ranges::any_of(at.asset->rights(), [&](const v1::GrantedRight& right) {
    return right.right() == event.right() && right.holder() == event.holder();
  });
  if (held) return {};
  return refuse(at, v1::REASON_RIGHT_NOT_HELD, "holder", "'" + event.holder() + "' has no such right in the asset");
}
const NamedCheck kRightIsHeld{Stage::kRule, "the right is held", right_is_held};

void apply_end(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::EndRight>();
  v1::Asset& asset = overlay.edit_asset(event.asset());
  keep_rights(asset, [&](const v1::GrantedRight& right) {
    return right.right() != event.right() || right.holder() != event.holder();
  });
  follow_rights(overlay, asset);
}

}  // namespace

std::span<const Rule> rights_rules() {
  using enum v1::RegistrationState;
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kTransferRegistration,
       .by = Party::kHolder,
       .with = {Party::kNewHolder, Party::kRegistry},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kFrozen | kDisputed | kPledged | kTradeOpen | kBooked,
       .checks = {&kTransferToAnother, &kClaimGoesAlong},
       .apply = apply_transfer,
       .effect = "HOLD moves, the old holder's PROCESS and OPERATE with it; `holding` grows, certificates follow"},
      {.event = v1::Operation::kGrantRight,
       .by = Party::kHolder,
       .with = {Party::kGrantee, Party::kRegistry},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kFrozen | kDisputed | kCertificateNotValid,
       .checks = {&kGrantOfUse, &kGrantToAnother, &kGrantWithinCertificate, &kRoomForARight, &kNoExclusiveRight},
       .apply = apply_grant,
       .effect = "the right is added, on the certificates too; rights that are over make room"},
      {.event = v1::Operation::kEndRight,
       .by = Party::kHolderOrCourt,
       .with = {Party::kGrantee, Party::kRegistry},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .checks = {&kEndOfUse, &kFreeOrByCourt, &kRightIsHeld},
       .apply = apply_end,
       .effect = "the right is taken away, on the certificates too"},
  };
  return rules;
}

}  // namespace jinshi::ledger
