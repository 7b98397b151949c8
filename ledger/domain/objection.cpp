#include "ledger/domain/objection.h"

#include "ledger/domain/application.h"
#include "ledger/domain/certificate.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

Result<void> objector_is_another(const Case& at) {
  if (is_holder(*at.asset, at.by())) {
    return refuse(at, v1::REASON_CONFLICT_OF_INTEREST, "asset",
                  "'" + at.by() + "' holds this asset: withdraw the application instead of objecting to it");
  }
  // It would judge its own objection, and nobody else may.
  if (at.registration != nullptr && at.registration->registry() == at.by()) {
    return refuse(at, v1::REASON_CONFLICT_OF_INTEREST, "asset",
                  "'" + at.by() + "' decides on objections to this registration and can't raise one");
  }
  return {};
}
const NamedCheck kObjectorIsAnother{Stage::kConflict, "neither the holder nor the registry that decides on it",
                                    objector_is_another};

Result<void> registration_stands(const Case& at) {
  const auto state = at.registration == nullptr ? v1::REGISTRATION_STATE_UNSPECIFIED : at.registration->state();
  if (state == v1::REGISTRATION_STATE_NOTICED || state == v1::REGISTRATION_STATE_CERTIFIED) return {};
  return refuse(at, v1::REASON_WRONG_STATE, "objection",
                "the registration is neither in public notice nor certified: resolve the objection instead");
}
const NamedCheck kRegistrationStands{Stage::kState, "the registration is NOTICED or CERTIFIED", registration_stands};

void apply_raised(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::RaiseObjection>();
  v1::Objection& objection = *overlay.create(keys::objection(event.objection())).mutable_objection();
  objection.set_id(event.objection());
  objection.set_asset(event.asset());
  objection.set_certificate_kind(at.certificate_kind);
  objection.set_objector(at.by());
  objection.set_ground_digest(event.ground_digest());
  objection.set_state(v1::OBJECTION_STATE_RAISED);
  v1::Encumbrances& on = *overlay.edit_asset(event.asset()).mutable_encumbrances();
  on.set_open_objections(on.open_objections() + 1);
}

void apply_admitted(const Case& at, Overlay& overlay) {
  v1::Objection& objection = *overlay.edit(keys::objection(at.objection->id())).mutable_objection();
  objection.set_state(v1::OBJECTION_STATE_ADMITTED);
  objection.set_admitted(true);
  v1::Encumbrances& on = *overlay.edit_asset(at.asset->id()).mutable_encumbrances();
  on.set_admitted_objections(on.admitted_objections() + 1);
}

void end_registration(const Case& at, Overlay& overlay) {
  if (at.registration == nullptr) return;
  if (at.registration->state() == v1::REGISTRATION_STATE_CERTIFIED) {
    end_certificate(overlay, at.registration->certificate(), v1::CERTIFICATE_STATE_REVOKED, at.block);
  } else if (at.registration->state() == v1::REGISTRATION_STATE_NOTICED) {
    registration_in(overlay.edit_asset(at.asset->id()), at.certificate_kind).set_state(v1::REGISTRATION_STATE_REJECTED);
  }
}

void apply_resolved(const Case& at, Overlay& overlay) {
  const auto outcome = at.event<v1::ResolveObjection>().outcome();
  v1::Objection& objection = *overlay.edit(keys::objection(at.objection->id())).mutable_objection();
  objection.set_state(v1::OBJECTION_STATE_RESOLVED);
  objection.set_outcome(outcome);
  v1::Encumbrances& on = *overlay.edit_asset(at.asset->id()).mutable_encumbrances();
  on.set_open_objections(on.open_objections() - 1);
  if (objection.admitted()) on.set_admitted_objections(on.admitted_objections() - 1);
  if (outcome == v1::OBJECTION_OUTCOME_UPHELD) end_registration(at, overlay);
}

}  // namespace

std::span<const Rule> objection_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kRaiseObjection,
       .by = Party::kAnyOrganisation,
       .subject = Subject::kRegistration,
       .from = States{v1::REGISTRATION_STATE_NOTICED, v1::REGISTRATION_STATE_CERTIFIED},
       .checks = {&kObjectorIsAnother},
       .apply = apply_raised,
       .effect = "an open objection: no certificate is issued"},
      {.event = v1::Operation::kAdmitObjection,
       .by = Party::kRegistry,
       .subject = Subject::kObjection,
       .from = States{v1::OBJECTION_STATE_RAISED},
       .to = States{v1::OBJECTION_STATE_ADMITTED},
       .checks = {&kRegistrationStands},
       .apply = apply_admitted,
       .effect = "the asset is not traded"},
      {.event = v1::Operation::kResolveObjection,
       .by = Party::kRegistry,
       .subject = Subject::kObjection,
       .from = States{v1::OBJECTION_STATE_RAISED, v1::OBJECTION_STATE_ADMITTED},
       .to = States{v1::OBJECTION_STATE_RESOLVED},
       .apply = apply_resolved,
       .effect = "upheld: NOTICED is REJECTED, a certificate REVOKED; dismissed: the registration goes on"},
  };
  return rules;
}

}  // namespace jinshi::ledger
