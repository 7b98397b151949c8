#include "ledger/domain/effective_state.h"

#include <google/protobuf/descriptor.h>

#include "ledger/domain/calendar.h"

namespace jinshi::ledger {
namespace {

bool is_past(const std::string& last_day, TimeMs time) {
  const auto date = parse_date(last_day);
  return date.has_value() && date_of(time) > *date;
}

}  // namespace

v1::CertificateState effective_state(const v1::Certificate& certificate, TimeMs time) {
  const bool ended = certificate.state() == v1::CERTIFICATE_STATE_REVOKED ||
                     certificate.state() == v1::CERTIFICATE_STATE_CANCELLED;
  if (!ended && is_past(certificate.valid_to(), time)) return v1::CERTIFICATE_STATE_EXPIRED;
  return certificate.state();
}

TimeMs end_of(const v1::Certificate& certificate) {
  return start_of(add_days(parse_date(certificate.valid_to()).value_or(Date::last()), 1));
}

bool is_in_force(const v1::AssessmentInForce& assessment, TimeMs time) {
  return !is_past(assessment.valid_until(), time);
}

std::string effective_state_name(const v1::Record& record, TimeMs time) {
  if (record.kind_case() == v1::Record::KIND_NOT_SET) return {};
  const auto* field = v1::Record::descriptor()->FindFieldByNumber(record.kind_case());
  const auto& body = record.GetReflection()->GetMessage(record, field);
  const auto* state = body.GetDescriptor()->FindFieldByName("state");
  if (state == nullptr || state->enum_type() == nullptr) return {};
  const auto* value = body.GetReflection()->GetEnum(body, state);
  if (record.has_certificate()) {
    value = state->enum_type()->FindValueByNumber(effective_state(record.certificate(), time));
  }
  // CERTIFICATE_STATE_VALID without the name of its enum.
  const std::string& whole = value->name();
  const std::string zero = state->enum_type()->FindValueByNumber(0)->name();
  const std::size_t prefix = zero.size() - std::string_view("UNSPECIFIED").size();
  return whole.substr(prefix);
}

}  // namespace jinshi::ledger
