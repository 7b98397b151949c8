#include "ledger/domain/certificate.h"

#include <algorithm>

#include "ledger/domain/application.h"
#include "ledger/domain/certified_content.h"
#include "ledger/domain/due_queue.h"
#include "ledger/domain/effective_state.h"
#include "ledger/domain/firsts.h"
#include "ledger/domain/identifiers.h"
#include "ledger/domain/parties.h"
#include "ledger/domain/totals.h"

namespace jinshi::ledger {
namespace {

v1::Due end_entry(const v1::Certificate& certificate) {
  return due_entry(end_of(certificate), v1::DUE_WHAT_CERTIFICATE_END, v1::StateKey::kCertificate, certificate.number());
}

// A date of the event or of a record, whose form was checked when it came in.
Date date(const std::string& text) {
  const auto parsed = parse_date(text);
  JINSHI_ASSERT(parsed.has_value(), "a date that was checked is a date");
  return *parsed;
}

// --- checks of an issue ---

Result<void> number_says_kind_and_year(const Case& at) {
  const auto& event = at.event<v1::IssueCertificate>();
  const auto number = parse_certificate_number(event.certificate());
  JINSHI_ASSERT(number.has_value(), "the fields stage checked the number's form");
  const int year = year_of(at.block.date());
  if (number->kind == event.kind() && number->year == year) return {};
  return refuse(at, v1::REASON_BAD_CERTIFICATE_NUMBER, "certificate",
                "the number names another kind or year: it is of this year, " + std::to_string(year) +
                    ", and DA or IP as `kind` says");
}
const NamedCheck kNumberSaysKindAndYear{Stage::kFields, "the number is of the certificate's kind and of this year",
                                        number_says_kind_and_year};

Result<void> number_is_its_own(const Case& at) {
  const auto number = parse_certificate_number(at.event<v1::IssueCertificate>().certificate());
  const std::string& own = at.records.organisation(at.by())->centre_code();
  if (number->centre == own) return {};
  return refuse(at, v1::REASON_BAD_CERTIFICATE_NUMBER, "certificate",
                "a registry numbers under its own centre code: begin with '" + own + "'");
}
const NamedCheck kNumberIsItsOwn{Stage::kRole, "the number is under the registry's own centre code", number_is_its_own};

Result<void> notice_over(const Case& at) {
  const std::string& until = at.registration->notice_until();
  if (until.empty() || at.block.date() > date(until)) return {};
  return refuse(at, v1::REASON_NOTICE_RUNNING, "asset", "the public notice runs until " + until + ": issue after it");
}
const NamedCheck kNoticeOver{Stage::kDates, "the public notice is over", notice_over};

Result<void> begins_today(const Case& at) {
  if (date(at.event<v1::IssueCertificate>().valid_from()) == at.block.date()) return {};
  return refuse(at, v1::REASON_BAD_DATES, "valid_from",
                "a certificate is valid from the day of its issue, " + format_date(at.block.date()));
}
const NamedCheck kBeginsToday{Stage::kDates, "valid from the day of the issue", begins_today};

Result<void> not_too_long(const Case& at) {
  const auto& event = at.event<v1::IssueCertificate>();
  const Date last = add_days(date(event.valid_from()), std::int64_t{at.parameters().certificate_days()} - 1);
  const Date end = date(event.valid_to());
  if (date(event.valid_from()) <= end && end <= last) return {};
  return refuse(
      at, v1::REASON_BAD_DATES, "valid_to",
      "a certificate ends on the day it begins at the earliest, and on " + format_date(last) + " at the latest");
}
const NamedCheck kNotTooLong{Stage::kDates, "valid for at most `certificate_days`, both ends included", not_too_long};

Result<void> content_free(const Case& at) {
  if (may_claim(at.records, at.asset->content().root(), *at.asset)) return {};
  return refuse(at, v1::REASON_CONTENT_ALREADY_CERTIFIED, "asset",
                "another holder has the same content certified, and one of the two is exclusive");
}
const NamedCheck kContentFree{Stage::kRule, "the same content is not certified against an exclusive holder",
                              content_free};

void apply_issue(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::IssueCertificate>();
  v1::Asset& asset = overlay.edit_asset(event.asset());
  v1::Certificate& certificate = *overlay.create(keys::certificate(event.certificate())).mutable_certificate();
  const auto holders = holders_of(asset);
  certificate.set_number(event.certificate());
  certificate.set_asset(event.asset());
  certificate.set_kind(event.kind());
  certificate.set_holder(holders.front());
  *certificate.mutable_rights() = asset.rights();
  certificate.set_valid_from(event.valid_from());
  certificate.set_valid_to(event.valid_to());
  if (event.has_fee_fen()) certificate.set_fee_fen(event.fee_fen());
  if (event.has_fee_commitment()) *certificate.mutable_fee_commitment() = event.fee_commitment();
  certificate.set_invoice_digest(event.invoice_digest());
  certificate.set_registry(at.by());
  certificate.set_state(v1::CERTIFICATE_STATE_VALID);
  for (const std::string& holder : holders) certificate.add_issued_to(holder);

  v1::Registration& registration = registration_in(asset, event.kind());
  registration.set_state(v1::REGISTRATION_STATE_CERTIFIED);
  registration.set_certificate(event.certificate());
  claim(overlay, asset);
  schedule(overlay, end_entry(certificate));
  count_in(overlay, event.certificate(), at.block);
  for (const std::string& holder : holders) {
    earn_first(overlay, holder, v1::FIRST_KIND_REGISTRATION, event.certificate(), at.block);
  }
}

// --- renewal ---

Result<void> within_renewal(const Case& at) {
  const Date end = date(at.certificate->valid_to());
  const std::int64_t days = at.parameters().renewal_days();
  const Date first = add_days(end, -days);
  const Date last = add_days(end, days);
  if (at.block.date() < first) {
    return refuse(at, v1::REASON_TOO_EARLY, "certificate", "it may be renewed from " + format_date(first));
  }
  if (at.block.date() <= last) return {};
  return refuse(at, v1::REASON_TOO_LATE, "certificate",
                "it could be renewed until " + format_date(last) + ": cancel the registration and apply anew");
}
const NamedCheck kWithinRenewal{Stage::kDates, "within `renewal_days` before and after the end", within_renewal};

Result<void> new_end_is_later(const Case& at) {
  const Date end = date(at.certificate->valid_to());
  const Date least = std::max(add_days(end, 1), at.block.date());
  const Date most = add_days(end, at.parameters().certificate_days());
  const Date asked = date(at.event<v1::RenewCertificate>().valid_to());
  if (least <= asked && asked <= most) return {};
  return refuse(at, v1::REASON_BAD_DATES, "valid_to",
                "the new end is from " + format_date(least) + " to " + format_date(most));
}
const NamedCheck kNewEndIsLater{Stage::kDates, "the new end is later, at most `certificate_days` after the old one",
                                new_end_is_later};

void apply_renewal(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::RenewCertificate>();
  unschedule(overlay, end_entry(*at.certificate));
  v1::Certificate& certificate = overlay.edit_certificate(event.certificate());
  certificate.set_valid_to(event.valid_to());
  schedule(overlay, end_entry(certificate));
  count_in(overlay, event.certificate(), at.block);
}

// --- suspension, restoration, ends ---

void apply_suspension(const Case& at, Overlay& overlay) {
  count_out(overlay, at.certificate->number(), at.block);
  overlay.edit_certificate(at.certificate->number()).set_state(v1::CERTIFICATE_STATE_SUSPENDED);
}

void apply_restoration(const Case& at, Overlay& overlay) {
  overlay.edit_certificate(at.certificate->number()).set_state(v1::CERTIFICATE_STATE_VALID);
  count_in(overlay, at.certificate->number(), at.block);
}

void apply_revocation(const Case& at, Overlay& overlay) {
  end_certificate(overlay, at.certificate->number(), v1::CERTIFICATE_STATE_REVOKED, at.block);
}

void apply_cancellation(const Case& at, Overlay& overlay) {
  end_certificate(overlay, at.registration->certificate(), v1::CERTIFICATE_STATE_CANCELLED, at.block);
}

}  // namespace

void end_certificate(Overlay& overlay, std::string_view number, v1::CertificateState state, const BlockContext& block) {
  JINSHI_ASSERT(state == v1::CERTIFICATE_STATE_REVOKED || state == v1::CERTIFICATE_STATE_CANCELLED,
                "a certificate ends revoked or cancelled");
  count_out(overlay, number, block);
  v1::Certificate& certificate = overlay.edit_certificate(number);
  unschedule(overlay, end_entry(certificate));
  certificate.set_state(state);
  v1::Asset& asset = overlay.edit_asset(certificate.asset());
  registration_in(asset, certificate.kind())
      .set_state(state == v1::CERTIFICATE_STATE_REVOKED ? v1::REGISTRATION_STATE_REVOKED
                                                        : v1::REGISTRATION_STATE_CANCELLED);
  release(overlay, asset);
  for (const std::string& holder : certificate.issued_to()) {
    annul_first(overlay, holder, v1::FIRST_KIND_REGISTRATION, number);
  }
}

void apply_due_certificate_end(const v1::Due& due, Overlay& overlay, const BlockContext& block) {
  count_out(overlay, due.id(), block);
}

std::span<const Rule> certificate_rules() {
  using enum v1::CertificateState;
  using enum v1::RegistrationState;
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kIssueCertificate,
       .by = Party::kRegistry,
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_NOTICED},
       .to = States{REGISTRATION_STATE_CERTIFIED},
       .blocked_by = kObjectionOpen,
       .checks = {&kNumberSaysKindAndYear, &kNumberIsItsOwn, &kNoticeOver, &kBeginsToday, &kNotTooLong, &kContentFree},
       .apply = apply_issue,
       .effect = "the certificate is VALID and counts in the zone's totals; first registration derived"},
      {.event = v1::Operation::kRenewCertificate,
       .by = Party::kHolder,
       .with = {Party::kRegistry},
       .subject = Subject::kCertificate,
       .from = States{CERTIFICATE_STATE_VALID, CERTIFICATE_STATE_EXPIRED},
       .checks = {&kWithinRenewal, &kNewEndIsLater},
       .apply = apply_renewal,
       .effect =
           "new end; one that had expired counts again, one that was suspended before it expired stays suspended"},
      {.event = v1::Operation::kSuspendCertificate,
       .by = Party::kRegistryOrCourt,
       .subject = Subject::kCertificate,
       .from = States{CERTIFICATE_STATE_VALID},
       .to = States{CERTIFICATE_STATE_SUSPENDED},
       .apply = apply_suspension,
       .effect = "leaves the totals"},
      {.event = v1::Operation::kRestoreCertificate,
       .by = Party::kRegistryOrCourt,
       .subject = Subject::kCertificate,
       .from = States{CERTIFICATE_STATE_SUSPENDED},
       .to = States{CERTIFICATE_STATE_VALID},
       .apply = apply_restoration,
       .effect = "counts in the totals again"},
      {.event = v1::Operation::kRevokeCertificate,
       .by = Party::kRegistryOrCourt,
       .subject = Subject::kCertificate,
       .from = States{CERTIFICATE_STATE_VALID, CERTIFICATE_STATE_SUSPENDED, CERTIFICATE_STATE_EXPIRED},
       .to = States{CERTIFICATE_STATE_REVOKED},
       .apply = apply_revocation,
       .effect = "the registration is REVOKED, its content free, the first registration that it earned annulled"},
      {.event = v1::Operation::kCancelRegistration,
       .by = Party::kHolder,
       .with = {Party::kRegistry},
       .subject = Subject::kRegistration,
       .from = States{REGISTRATION_STATE_CERTIFIED},
       .to = States{REGISTRATION_STATE_CANCELLED},
       .blocked_by = kFrozen | kDisputed | kPledged | kTradeOpen,
       .apply = apply_cancellation,
       .effect = "the certificate is CANCELLED, its content free, the first registration that it earned annulled"},
  };
  return rules;
}

}  // namespace jinshi::ledger
