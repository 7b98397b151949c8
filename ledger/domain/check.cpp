#include "ledger/domain/check.h"

#include <algorithm>

#include "jinshi/v1/options.pb.h"
#include "ledger/domain/controls.h"
#include "ledger/domain/effective_state.h"
#include "ledger/domain/fields.h"
#include "ledger/domain/parties.h"

namespace jinshi::ledger {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// --- signers ---

Result<void> check_signers(Case& at, const std::vector<std::string>& keys) {
  std::vector<SigningKey> found;
  for (const std::string& public_key : keys) {
    const v1::Key* key = at.records.key(public_key);
    if (key == nullptr || key->purpose() == v1::KEY_PURPOSE_TLS) {
      found.push_back({public_key, {}, v1::KEY_PURPOSE_UNSPECIFIED});
    } else {
      found.push_back({public_key, key->organisation(), key->purpose()});
    }
  }
  at.signers = Signers(std::move(found));
  return check_signing_keys(at);
}

// --- references ---

v1::Reason unknown(v1::StateKey::KindCase kind) {
  switch (kind) {
    case v1::StateKey::kOrganisation: return v1::REASON_UNKNOWN_ORGANISATION;
    case v1::StateKey::kAsset: return v1::REASON_UNKNOWN_ASSET;
    case v1::StateKey::kCertificate: return v1::REASON_UNKNOWN_CERTIFICATE;
    default: return v1::REASON_UNKNOWN_RECORD;
  }
}

// Calls visit(field, rule, value, path) for every string field that is filled in, in field order, nested ones too.
template <class Visit>
Result<void> each_named(const Message& message, FieldPath path, const Visit& visit) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    path.push_back(static_cast<std::uint32_t>(field->number()));
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      FieldPath here = path;
      if (field->is_repeated()) here.push_back(static_cast<std::uint32_t>(i));
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (field->message_type() == v1::Operation::descriptor()) continue;
        const Message& part = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                   : reflection->GetMessage(message, field);
        if (auto checked = each_named(part, here, visit); !checked) return checked;
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        const auto& rule = field->options().GetExtension(v1::rule);
        const std::string value = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                       : reflection->GetString(message, field);
        if (auto checked = visit(*field, rule, value, here); !checked) return checked;
      }
    }
    path.pop_back();
  }
  return {};
}

Result<void> check_id(const Case& at) {
  return each_named(at.event_message(), {}, [&](const FieldDescriptor&, const v1::FieldRule& rule,
                                                const std::string& id, const FieldPath& path) -> Result<void> {
    if (rule.creates().empty()) return {};
    const auto kind = kind_named(rule.creates());
    if (at.records.find(keys::named(kind, id)) == nullptr) return {};
    return fail(v1::REASON_ID_TAKEN, "the " + rule.creates() + " '" + id + "' exists: ids are never used again", path);
  });
}

Result<void> check_references(const Case& at) {
  return each_named(at.event_message(), {}, [&](const FieldDescriptor&, const v1::FieldRule& rule,
                                                const std::string& id, const FieldPath& path) -> Result<void> {
    if (rule.refers().empty()) return {};
    const auto kind = kind_named(rule.refers());
    if (kind != v1::StateKey::KIND_NOT_SET && at.records.find(keys::named(kind, id)) != nullptr) return {};
    return fail(unknown(kind), "there is no " + rule.refers() + " '" + id + "'", path);
  });
}

// --- what the event is about ---

std::string text_of(const Message& event, const char* name) {
  const auto* field = event.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) return {};
  return event.GetReflection()->GetString(event, field);
}

v1::CertificateKind kind_of(const Message& event) {
  for (const char* name : {"certificate_kind", "kind"}) {
    const auto* field = event.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->enum_type() != v1::CertificateKind_descriptor()) continue;
    const int kind = event.GetReflection()->GetEnumValue(event, field);
    return kind == 0 ? v1::CERTIFICATE_KIND_DATA_ASSET : static_cast<v1::CertificateKind>(kind);
  }
  return v1::CERTIFICATE_KIND_UNSPECIFIED;
}

const v1::Registration* registration_of(const v1::Asset& asset, v1::CertificateKind kind) {
  const auto found = std::ranges::find(asset.registrations(), kind, &v1::Registration::kind);
  return found == asset.registrations().end() ? nullptr : &*found;
}

// An event of the asset as a whole goes by its data asset registration, or by the one that is certified where that isn't.
v1::CertificateKind leading_kind(const v1::Asset& asset) {
  const auto* first = registration_of(asset, v1::CERTIFICATE_KIND_DATA_ASSET);
  if (first != nullptr && first->state() == v1::REGISTRATION_STATE_CERTIFIED) return v1::CERTIFICATE_KIND_DATA_ASSET;
  const auto* second = registration_of(asset, v1::CERTIFICATE_KIND_DATA_IP);
  if (second != nullptr && second->state() == v1::REGISTRATION_STATE_CERTIFIED) return v1::CERTIFICATE_KIND_DATA_IP;
  return first == nullptr && second != nullptr ? v1::CERTIFICATE_KIND_DATA_IP : v1::CERTIFICATE_KIND_DATA_ASSET;
}

void find_records(Case& at) {
  const Message& event = at.event_message();
  const RecordView& records = at.records;
  at.organisation = records.organisation(text_of(event, "org"));
  at.objection = records.objection(text_of(event, "objection"));
  at.assessment = records.assessment(text_of(event, "assessment"));
  at.proposal = records.proposal(text_of(event, "proposal"));
  at.certificate = records.certificate(text_of(event, "certificate"));
  at.certificate_kind = kind_of(event);
  std::string asset = text_of(event, "asset");
  if (asset.empty() && at.certificate != nullptr) {
    asset = at.certificate->asset();
    at.certificate_kind = at.certificate->kind();
  }
  if (asset.empty() && at.objection != nullptr) {
    asset = at.objection->asset();
    at.certificate_kind = at.objection->certificate_kind();
  }
  if (asset.empty() && at.assessment != nullptr) asset = at.assessment->asset();
  at.asset = records.asset(asset);
  if (at.asset == nullptr) return;
  if (at.certificate_kind == v1::CERTIFICATE_KIND_UNSPECIFIED) at.certificate_kind = leading_kind(*at.asset);
  at.registration = registration_of(*at.asset, at.certificate_kind);
  if (at.certificate == nullptr && at.registration != nullptr) {
    at.certificate = records.certificate(at.registration->certificate());
  }
}

// --- state ---

int state_of(const Case& at, Subject subject) {
  switch (subject) {
    case Subject::kNone: return 0;
    case Subject::kRegistration: return at.registration == nullptr ? 0 : at.registration->state();
    case Subject::kCertificate:
      return at.certificate == nullptr ? 0 : effective_state(*at.certificate, at.block.time);
    case Subject::kObjection: return at.objection == nullptr ? 0 : at.objection->state();
    case Subject::kAssessment: return at.assessment == nullptr ? 0 : at.assessment->state();
    case Subject::kOrganisation: return at.organisation == nullptr ? 0 : at.organisation->state();
    case Subject::kProposal: return at.proposal == nullptr ? 0 : at.proposal->state();
  }
  return 0;
}

Result<void> check_from(const Case& at) {
  const Rule& rule = at.rule;
  const int state = state_of(at, rule.subject);
  if (rule.from.any() || rule.from.contains(state)) return {};
  const auto* value = rule.from.type()->FindValueByNumber(state);
  return fail(v1::REASON_WRONG_STATE, std::string(event_name(rule.event)) + " is not for a record that is " +
                                          (value == nullptr ? std::string("in no such state") : value->name()));
}

Result<void> check_blocks(const Case& at) {
  const Blocks blocks = at.rule.blocked_by;
  if (blocks == 0 || at.asset == nullptr) return {};
  const v1::Encumbrances& on = at.asset->encumbrances();
  const auto blocked = [&](v1::Reason reason, const char* why) {
    return fail(reason, "asset '" + at.asset->id() + "' " + why);
  };
  if ((blocks & kFrozen) != 0 && on.freezes() > 0) return blocked(v1::REASON_FROZEN, "is frozen");
  if ((blocks & kDisputed) != 0 && on.open_disputes() > 0) return blocked(v1::REASON_DISPUTED, "is in dispute");
  if ((blocks & kCertificateNotValid) != 0 &&
      (at.certificate == nullptr || effective_state(*at.certificate, at.block.time) != v1::CERTIFICATE_STATE_VALID)) {
    return blocked(v1::REASON_CERTIFICATE_NOT_VALID, "has no certificate in force");
  }
  if ((blocks & kObjectionOpen) != 0 && on.open_objections() > 0) {
    return blocked(v1::REASON_OBJECTION_OPEN, "has an objection that is not resolved");
  }
  if ((blocks & kObjectionAdmitted) != 0 && on.admitted_objections() > 0) {
    return blocked(v1::REASON_OBJECTION_OPEN, "has an objection that was admitted");
  }
  if ((blocks & kPledged) != 0 && !on.pledge().empty() && !at.signers.has(on.pledgee())) {
    return blocked(v1::REASON_PLEDGED, "is pledged: let the pledgee co-sign");
  }
  if ((blocks & kTradeOpen) != 0 && on.open_trades() > 0) return blocked(v1::REASON_TRADE_OPEN, "has an open trade");
  if ((blocks & kBooked) != 0 && on.bookings() > 0) {
    return blocked(v1::REASON_ALREADY_BOOKED, "stands on a balance sheet: derecognise it first");
  }
  if ((blocks & kCustodyLost) != 0 && on.custody_lost()) {
    return blocked(v1::REASON_CUSTODY_LOST, "was lost by its custodian");
  }
  return {};
}

Result<void> check_stage(const Case& at, Stage stage) {
  for (const NamedCheck* check : at.rule.checks) {
    if (check->stage != stage) continue;
    if (auto result = check->run(at); !result) return result;
  }
  return {};
}

// Fields, id and reference; then the case is whole.
Result<void> check_event(Case& at) {
  if (auto fields = check_fields(at.event_message()); !fields) return fields;
  if (auto fields = check_stage(at, Stage::kFields); !fields) return fields;
  find_records(at);
  if (auto id = check_id(at); !id) return id;
  if (auto id = check_stage(at, Stage::kId); !id) return id;
  if (auto references = check_references(at); !references) return references;
  return check_stage(at, Stage::kReference);
}

Result<void> check_standing(const Case& at) {
  if (auto conflicts = check_stage(at, Stage::kConflict); !conflicts) return conflicts;
  if (auto from = check_from(at); !from) return from;
  if (auto blocks = check_blocks(at); !blocks) return blocks;
  for (const Stage stage : {Stage::kState, Stage::kDates, Stage::kLimits, Stage::kRule}) {
    if (auto result = check_stage(at, stage); !result) return result;
  }
  return {};
}

}  // namespace

Result<Case> check_operation(const v1::Operation& operation, const std::vector<std::string>& keys,
                             const RecordView& records, const BlockContext& block, std::string* by) {
  const Rule* rule = find_rule(operation.event_case());
  JINSHI_ASSERT(rule != nullptr && !keys.empty(), "the check before ordering let the operation through");
  Case at{operation, *rule, records, block};
  const auto signers = check_signers(at, keys);
  if (by != nullptr) *by = at.by();
  if (!signers) return std::unexpected(signers.error());
  if (auto event = check_event(at); !event) return std::unexpected(event.error());
  if (auto first = check_first_signer(at); !first) return std::unexpected(first.error());
  if (auto relation = check_stage(at, Stage::kRole); !relation) return std::unexpected(relation.error());
  if (auto fellows = check_fellow_signers(at); !fellows) return std::unexpected(fellows.error());
  if (auto cosigners = check_cosigners(at); !cosigners) return std::unexpected(cosigners.error());
  if (auto conflicts = check_conflicts(at); !conflicts) return std::unexpected(conflicts.error());
  if (auto standing = check_standing(at); !standing) return std::unexpected(standing.error());
  return at;
}

Result<Case> check_proposed(const v1::Operation& change, const Case& carrier) {
  const Rule* rule = find_rule(change.event_case());
  JINSHI_ASSERT(rule != nullptr, "a proposal's event was checked when it was made");
  Case at{change, *rule, carrier.records, carrier.block};
  at.signers = carrier.signers;
  at.carried = true;
  if (auto event = check_event(at); !event) return std::unexpected(event.error());
  if (auto cosigners = check_cosigners(at); !cosigners) return std::unexpected(cosigners.error());
  if (auto conflicts = check_conflicts(at); !conflicts) return std::unexpected(conflicts.error());
  if (auto standing = check_standing(at); !standing) return std::unexpected(standing.error());
  return at;
}

}  // namespace jinshi::ledger
