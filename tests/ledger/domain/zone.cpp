#include "tests/ledger/domain/zone.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "ledger/crypto/digest.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "ledger/domain/due_queue.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/identifiers.h"
#include "ledger/domain/organisation.h"
#include "ledger/domain/parties.h"
#include "ledger/domain/validators.h"
#include "proto/canonical.h"

namespace jinshi::ledger::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Member {
  const char* id;
  const char* credit_code;
  v1::OrganisationKind kind;
  std::vector<v1::Role> roles;
  const char* centre = "";
};

const std::vector<Member>& members() {
  using enum v1::Role;
  static const std::vector<Member> all = {
      {"zone-office", "11110112MA0990004L", v1::ORGANISATION_KIND_GOVERNMENT, {ROLE_VALIDATOR, ROLE_REGULATOR}},
      {"registry-public",
       "12110112MA0120113A",
       v1::ORGANISATION_KIND_INSTITUTION,
       {ROLE_VALIDATOR, ROLE_REGISTRY_PUBLIC},
       "PUB"},
      {"registry-social",
       "91110112MA0120228B",
       v1::ORGANISATION_KIND_STATE_OWNED,
       {ROLE_VALIDATOR, ROLE_REGISTRY_SOCIAL},
       "SOC"},
      {"exchange", "91110112MA020013XT", v1::ORGANISATION_KIND_STATE_OWNED, {ROLE_VALIDATOR, ROLE_EXCHANGE}},
      {"registry-ip", "12110112MA0700193J", v1::ORGANISATION_KIND_INSTITUTION, {ROLE_REGISTRY_IP}, "IPR"},
      {"assessor-quality", "91110112MA0300149G", v1::ORGANISATION_KIND_PRIVATE, {ROLE_ASSESSOR}},
      {"assessor-value", "91110112MA0300253L", v1::ORGANISATION_KIND_PRIVATE, {ROLE_ASSESSOR}},
      {"court", "12110112MA0810114P", v1::ORGANISATION_KIND_GOVERNMENT, {ROLE_COURT}},
      {"arbitration", "35110112MA0600184N", v1::ORGANISATION_KIND_INSTITUTION, {ROLE_ARBITRATOR}},
      {"regulator", "91110112MA0800100D", v1::ORGANISATION_KIND_GOVERNMENT, {ROLE_REGULATOR}},
      {"bank", "91110112MA0500175C", v1::ORGANISATION_KIND_STATE_OWNED, {ROLE_FINANCIER, ROLE_MEMBER}},
      {"hospital", "12110112MA09101238", v1::ORGANISATION_KIND_INSTITUTION, {ROLE_MEMBER}},
      {"carmaker", "91110112MA09102389", v1::ORGANISATION_KIND_PRIVATE, {ROLE_MEMBER}},
      {"museum", "12110112MA0910457Q", v1::ORGANISATION_KIND_INSTITUTION, {ROLE_MEMBER}},
      {"shipping", "91110112MA0910342D", v1::ORGANISATION_KIND_STATE_OWNED, {ROLE_MEMBER}},
      {"city-data", "11110112MA09106766", v1::ORGANISATION_KIND_GOVERNMENT, {ROLE_MEMBER}},
  };
  return all;
}

v1::AdmitOrganisation admission_of(const Member& member) {
  v1::AdmitOrganisation admission;
  admission.set_org(member.id);
  admission.set_credit_code(member.credit_code);
  admission.set_name(std::string("Sample ") + member.id);
  admission.set_kind(member.kind);
  for (const v1::Role role : member.roles) admission.add_roles(role);
  admission.set_centre_code(member.centre);
  const std::string id = member.id;
  admission.add_keys()->set_public_key(public_key(id));
  if (std::ranges::find(member.roles, v1::ROLE_VALIDATOR) != member.roles.end()) {
    admission.mutable_governance_key()->set_public_key(public_key(id + "/governance"));
    admission.mutable_consensus_key()->set_public_key(public_key(id + "/consensus"));
    admission.add_tls_keys()->set_spki_digest(digest_of(id + "/tls"));
  }
  return admission;
}

std::string spelled_out(const std::string& value) {
  if (value.starts_with('#')) return digest_of(value.substr(1));
  if (value.starts_with('@')) return public_key(value.substr(1));
  return value;
}

// "#text" and "@name" in bytes fields, all the way down.
void spell_out(Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        spell_out(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i)
                                       : *reflection->MutableMessage(&message, field));
      } else if (field->type() == FieldDescriptor::TYPE_BYTES && field->is_repeated()) {
        reflection->SetRepeatedString(&message, field, i,
                                      spelled_out(reflection->GetRepeatedString(message, field, i)));
      } else if (field->type() == FieldDescriptor::TYPE_BYTES) {
        reflection->SetString(&message, field, spelled_out(reflection->GetString(message, field)));
      }
    }
  }
}

}  // namespace

const crypto::SecretKey& secret_key(std::string_view name) {
  static std::map<std::string, crypto::SecretKey, std::less<>> keys;
  auto found = keys.find(name);
  if (found == keys.end()) {
    auto key = crypto::SecretKey::parse(digest_of("key " + std::string(name)));
    REQUIRE(key);
    found = keys.emplace(std::string(name), std::move(*key)).first;
  }
  return found->second;
}

std::string public_key(std::string_view name) { return std::string(secret_key(name).public_key().encoded()); }

std::string digest_of(std::string_view text) { return crypto::sha256(text).string(); }

v1::Operation op(std::string_view text) {
  v1::Operation operation;
  INFO(text);
  REQUIRE(google::protobuf::TextFormat::ParseFromString(std::string(text), &operation));
  spell_out(operation);
  operation.set_salt(digest_of("salt").substr(0, 16));
  return operation;
}

v1::Operation op(const Message& event) {
  v1::Operation operation;
  const auto* events = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < events->field_count(); ++i) {
    if (events->field(i)->message_type() != event.GetDescriptor()) continue;
    operation.GetReflection()->MutableMessage(&operation, events->field(i))->CopyFrom(event);
  }
  REQUIRE(operation.event_case() != v1::Operation::EVENT_NOT_SET);
  operation.set_salt(digest_of("salt").substr(0, 16));
  return operation;
}

const v1::Record* MemoryRecords::find(const RecordKey& key) const {
  const auto found = records_.find(key.digest());
  return found == records_.end() ? nullptr : found->second.get();
}

v1::Record* MemoryRecords::find_to_change(const RecordKey& key) {
  const auto found = records_.find(key.digest());
  REQUIRE(found != records_.end());
  return found->second.get();
}

void MemoryRecords::write(const Overlay::Entries& entries) {
  for (const auto& [digest, entry] : entries) {
    if (entry.record == nullptr) {
      records_.erase(digest);
      continue;
    }
    REQUIRE(key_of(*entry.record).digest() == digest);
    auto& record = records_[digest];
    if (record == nullptr) record = std::make_unique<v1::Record>();
    *record = *entry.record;
  }
}

std::vector<v1::Due> MemoryRecords::due(TimeMs time) const {
  std::vector<v1::Due> entries;
  for (const auto& [digest, record] : records_) {
    if (record->has_due() && record->due().time() <= time) entries.push_back(record->due());
  }
  std::ranges::sort(entries, {}, due_order);
  return entries;
}

Zone::Zone() {
  block_.chain_id = *Digest::from(digest_of("chain"));
  block_.time = kStart;
  change([](Overlay& overlay) {
    auto& parameters = *overlay.create(keys::parameters()).mutable_parameters();
    parameters = default_parameters();
    parameters.set_notice_days(0);
    for (const Member& member : members()) admit(admission_of(member), overlay);
    v1::Epoch& epoch = *overlay.create(keys::epochs()).mutable_epochs()->mutable_current();
    epoch.set_number(1);
    epoch.set_protocol_version(kProtocolVersion);
    *epoch.mutable_ordering() = default_ordering();
    for (const char* id : {"zone-office", "registry-public", "registry-social", "exchange"}) {
      v1::Validator& validator = *epoch.mutable_set()->add_validators();
      validator.set_organisation(id);
      validator.set_consensus_key(public_key(std::string(id) + "/consensus"));
      validator.set_governance_key(public_key(std::string(id) + "/governance"));
    }
  });
  at(kStart);
}

Result<void> Zone::submit(std::string_view by, const v1::Operation& operation) { return submit(by, {}, operation); }

Result<void> Zone::submit(std::string_view by, const std::vector<std::string>& cosigners,
                          const v1::Operation& operation) {
  const auto judged = check_operation(operation, keys_named(by, cosigners), records_, block_);
  if (!judged) return std::unexpected(judged.error());
  Overlay block(records_, block_.height, created_);
  Overlay overlay(block);
  judged->rule.apply(*judged, overlay);
  block.absorb(std::move(overlay));
  keep(block);
  return {};
}

std::string Zone::outcome(std::string_view by, const v1::Operation& operation) { return outcome(by, {}, operation); }

std::string Zone::outcome(std::string_view by, const std::vector<std::string>& cosigners,
                          const v1::Operation& operation) {
  return to_text(submit(by, cosigners, operation), operation);
}

std::string Zone::forecast(std::string_view by, const std::vector<std::string>& cosigners,
                           const v1::Operation& operation) const {
  const auto judged = check_operation(operation, keys_named(by, cosigners), records_, block_);
  return to_text(judged ? Result<void>() : std::unexpected(judged.error()), operation);
}

void Zone::accept(std::string_view by, const v1::Operation& operation) { accept(by, {}, operation); }

void Zone::accept(std::string_view by, const std::vector<std::string>& cosigners, const v1::Operation& operation) {
  const auto result = submit(by, cosigners, operation);
  INFO(operation.ShortDebugString());
  INFO(to_text(result, operation) << (result ? "" : result.error().message));
  REQUIRE(result);
}

void Zone::at(TimeMs time) {
  block_.time = time;
  change([&](Overlay& overlay) {
    v1::Record& record = overlay.contains(keys::header(block_.height)) ? overlay.edit(keys::header(block_.height))
                                                                       : overlay.create(keys::header(block_.height));
    record.mutable_header()->set_height(block_.height);
    record.mutable_header()->set_digest(digest_of("header " + std::to_string(block_.height)));
  });
  ++block_.height;
  change(switch_epoch);
  for (const v1::Due& due : records_.due(time)) {
    change([&](Overlay& overlay) { run_due(due, overlay, block_); });
  }
}

void Zone::pass_blocks(std::uint64_t blocks) {
  for (; blocks > 0; --blocks) pass(0);
}

void Zone::at_date(std::string_view date) {
  const auto day = parse_date(date);
  REQUIRE(day);
  at(start_of(*day) + 9 * kHour);
}

std::string Zone::date() const { return format_date(block_.date()); }
std::string Zone::date_in(int days) const { return format_date(add_days(block_.date(), days)); }

const v1::Registration* Zone::registration(std::string_view asset, v1::CertificateKind kind) const {
  const v1::Asset* record = records_.asset(asset);
  if (record == nullptr) return nullptr;
  const auto found = std::ranges::find(record->registrations(), kind, &v1::Registration::kind);
  return found == record->registrations().end() ? nullptr : &*found;
}

v1::ApplyRegistration Zone::application(std::string_view asset, std::string_view holder) const {
  v1::ApplyRegistration application;
  application.set_asset(std::string(asset));
  application.set_name("Sample data " + std::string(asset));
  application.set_kind(v1::ASSET_KIND_SOCIAL_DATA);
  application.set_zone("GENERAL");
  application.set_industry("I65");
  for (const v1::Right right : {v1::RIGHT_HOLD, v1::RIGHT_PROCESS, v1::RIGHT_OPERATE}) {
    v1::GrantedRight& granted = *application.add_rights();
    granted.set_right(right);
    granted.set_holder(std::string(holder));
    granted.set_exclusive(right == v1::RIGHT_HOLD);
  }
  application.set_level(v1::DATA_LEVEL_GENERAL);
  application.set_grade(2);
  application.set_personal_information(v1::PERSONAL_INFORMATION_NONE);
  application.set_source(v1::SOURCE_OWN_PRODUCTION);
  application.set_size_bytes(10'000'000);
  application.set_record_count(1000);
  application.set_update_frequency(v1::UPDATE_FREQUENCY_DAILY);
  application.set_period_from("2021-01-01");
  application.set_period_to("2026-10-31");
  application.add_coverage("110000");
  v1::Content& content = *application.mutable_content();
  content.set_root(digest_of("content of " + std::string(asset)));
  content.set_chunk_size(1 << 20);
  content.set_chunk_count(10);
  content.set_over(v1::CONTENT_FORM_PLAINTEXT);
  application.set_description_digest(digest_of("description of " + std::string(asset)));
  return application;
}

std::string Zone::registry_of(std::string_view asset, v1::CertificateKind kind) const {
  const v1::Asset* record = records_.asset(asset);
  REQUIRE(record != nullptr);
  switch (registry_role(record->kind(), kind)) {
    case v1::ROLE_REGISTRY_PUBLIC:
      return "registry-public";
    case v1::ROLE_REGISTRY_IP:
      return "registry-ip";
    default:
      return "registry-social";
  }
}

std::string Zone::next_number(std::string_view asset, v1::CertificateKind kind) {
  const auto number = make_certificate_number(organisation(registry_of(asset, kind))->centre_code(),
                                              year_of(block_.date()), kind, ++serial_);
  REQUIRE(number);
  return *number;
}

v1::IssueCertificate Zone::issue(std::string_view asset, v1::CertificateKind kind) {
  v1::IssueCertificate issue;
  issue.set_asset(std::string(asset));
  issue.set_certificate(next_number(asset, kind));
  issue.set_kind(kind);
  issue.set_valid_from(date());
  issue.set_valid_to(date_in(1095));
  return issue;
}

v1::SubmitAssessment Zone::assessment(std::string_view id, std::string_view asset, v1::AssessmentKind kind) const {
  v1::SubmitAssessment assessment;
  assessment.set_assessment(std::string(id));
  assessment.set_asset(std::string(asset));
  assessment.set_kind(kind);
  if (kind == v1::ASSESSMENT_KIND_VALUE) {
    assessment.set_method(v1::VALUATION_METHOD_COST);
    assessment.set_value_fen(5'000'000);
  } else {
    assessment.set_grade(v1::ASSESSMENT_GRADE_A);
  }
  if (kind == v1::ASSESSMENT_KIND_QUALITY) {
    v1::QualityDimensions& dimensions = *assessment.mutable_dimensions_bp();
    dimensions.set_normativity(9800);
    dimensions.set_completeness(9700);
    dimensions.set_accuracy(9600);
    dimensions.set_consistency(9500);
    dimensions.set_timeliness(9400);
    dimensions.set_accessibility(9300);
  }
  assessment.set_as_of(date_in(-3));
  assessment.set_valid_until(date_in(360));
  assessment.set_report_digest(digest_of("report " + std::string(id)));
  return assessment;
}

v1::KeyGrant Zone::grant(std::string_view organisation, std::string_view key, v1::KeyPurpose purpose) const {
  v1::KeyGrant grant;
  grant.set_public_key(public_key(key));
  v1::Possession possession;
  possession.set_chain_id(block_.chain_id.string());
  possession.set_organisation(std::string(organisation));
  possession.set_purpose(purpose);
  possession.set_public_key(grant.public_key());
  if (purpose == v1::KEY_PURPOSE_CONSENSUS) {
    grant.set_recent_header(digest_of("header " + std::to_string(block_.height - 1)));
    possession.set_recent_header(grant.recent_header());
  }
  auto scalar = crypto::SecretKey::parse(secret_key(key).scalar());
  REQUIRE(scalar);
  const auto signature = crypto::SoftwareSigner(std::move(*scalar))
                             .sign(crypto::signing_bytes(crypto::Tag::kPossession, encode(possession)));
  REQUIRE(signature);
  grant.set_possession(*signature);
  return grant;
}

void Zone::with_application(const v1::ApplyRegistration& application) {
  std::string by;
  std::vector<std::string> others;
  for (const auto& share : application.holders()) (by.empty() ? by : others.emplace_back()) = share.org();
  for (const auto& right : application.rights()) {
    if (by.empty() && right.right() == v1::RIGHT_HOLD) by = right.holder();
  }
  accept(by, others, op(application));
}

namespace {

template <class Event>
Event about(const v1::ApplyRegistration& application) {
  Event event;
  event.set_asset(application.asset());
  event.set_certificate_kind(application.certificate_kind());
  return event;
}

v1::CertificateKind kind_of(const v1::ApplyRegistration& application) {
  return application.certificate_kind() == v1::CERTIFICATE_KIND_UNSPECIFIED ? v1::CERTIFICATE_KIND_DATA_ASSET
                                                                            : application.certificate_kind();
}

}  // namespace

void Zone::with_accepted(const v1::ApplyRegistration& application) {
  with_application(application);
  accept(registry_of(application.asset(), kind_of(application)), op(about<v1::AcceptApplication>(application)));
}

void Zone::with_noticed(const v1::ApplyRegistration& application) {
  with_accepted(application);
  auto notice = about<v1::PublishNotice>(application);
  notice.set_days(parameters().notice_days());
  accept(registry_of(application.asset(), kind_of(application)), op(notice));
}

std::string Zone::with_certified_asset(std::string_view asset, std::string_view holder) {
  return with_certified(application(asset, holder));
}

std::string Zone::with_certified(const v1::ApplyRegistration& application) {
  with_noticed(application);
  const auto kind = kind_of(application);
  const auto event = issue(application.asset(), kind);
  accept(registry_of(application.asset(), kind), op(event));
  return event.certificate();
}

void Zone::with_second_key(std::string_view organisation) {
  v1::AddKey event;
  event.set_org(std::string(organisation));
  event.set_purpose(v1::KEY_PURPOSE_TRANSACTION);
  *event.mutable_key() = grant(organisation, std::string(organisation) + "/2");
  accept(organisation, op(event));
}

std::vector<std::string> Zone::keys_named(std::string_view by, const std::vector<std::string>& cosigners) const {
  std::vector<std::string> names{std::string(by)};
  names.insert(names.end(), cosigners.begin(), cosigners.end());
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    if (name != "governance") {
      keys.push_back(public_key(name));
      continue;
    }
    for (const auto& validator : records_.epochs().current().set().validators()) {
      keys.push_back(validator.governance_key());
    }
  }
  return keys;
}

void Zone::keep(const Overlay& overlay) {
  records_.write(overlay.entries());
  for (const auto& [place, change] : overlay.totals()) {
    v1::Total& total = totals_[place];
    total.set_declared_bytes(total.declared_bytes() + change.declared_bytes());
    total.set_assets(total.assets() + change.assets());
    total.set_certificates(total.certificates() + change.certificates());
  }
  created_ = overlay.created();
}

std::string to_text(const Result<void>& result, const v1::Operation& operation) {
  if (result) return "APPLIED";
  std::string text = v1::Reason_Name(result.error().reason).substr(std::string_view("REASON_").size());
  const auto* type = event_of(operation).GetDescriptor();
  const FieldPath& path = result.error().field;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto* field = type == nullptr ? nullptr : type->FindFieldByNumber(static_cast<int>(path[i]));
    text += i == 0 ? " " : ".";
    text += field == nullptr ? std::to_string(path[i]) : field->name();
    type = field == nullptr ? nullptr : field->message_type();
    if (field != nullptr && field->is_repeated() && i + 1 < path.size()) text += "[" + std::to_string(path[++i]) + "]";
  }
  return text;
}

}  // namespace jinshi::ledger::testing
