#include <algorithm>
#include <array>
#include <map>

#include "ledger/domain/application.h"
#include "ledger/domain/assessment.h"
#include "ledger/domain/certificate.h"
#include "ledger/domain/change.h"
#include "ledger/domain/controls.h"
#include "ledger/domain/governance.h"
#include "ledger/domain/objection.h"
#include "ledger/domain/organisation.h"
#include "ledger/domain/rights.h"
#include "ledger/domain/rule.h"
#include "ledger/domain/validators.h"

namespace jinshi::ledger {

// The table of transitions: a family of rows for each subject, beside the checks and effects that they point at.
std::span<const RuleFamily> rule_families() {
  static const std::array families = {
      RuleFamily{"Organisations", organisation_rules()},
      RuleFamily{"Keys and controls", control_rules()},
      RuleFamily{"Governance", governance_rules()},
      RuleFamily{"Validators", validator_rules()},
      RuleFamily{"Registration: application and notice", application_rules()},
      RuleFamily{"Registration: objections", objection_rules()},
      RuleFamily{"Registration: certificates", certificate_rules()},
      RuleFamily{"Registration: changes", change_rules()},
      RuleFamily{"Registration: rights and transfer", rights_rules()},
      RuleFamily{"Assessment", assessment_rules()},
  };
  return families;
}

const Rule* find_rule(std::uint32_t event) {
  static const std::map<std::uint32_t, const Rule*> by_event = [] {
    std::map<std::uint32_t, const Rule*> all;
    for (const RuleFamily& family : rule_families()) {
      for (const Rule& rule : family.rules) {
        JINSHI_ASSERT(all.emplace(rule.event, &rule).second, "an event has one row");
      }
    }
    return all;
  }();
  const auto found = by_event.find(event);
  return found == by_event.end() ? nullptr : found->second;
}

std::string_view event_name(std::uint32_t event) {
  const auto* field = v1::Operation::descriptor()->FindFieldByNumber(static_cast<int>(event));
  if (field == nullptr || field->containing_oneof() == nullptr) return "an unknown event";
  return field->message_type()->name();
}

std::uint32_t event_named(std::string_view name) {
  const auto* event = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < event->field_count(); ++i) {
    if (event->field(i)->message_type()->name() == name) return static_cast<std::uint32_t>(event->field(i)->number());
  }
  return 0;
}

}  // namespace jinshi::ledger
