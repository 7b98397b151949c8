#include "ledger/domain/transitions_page.h"

#include <array>
#include <utility>

#include "ledger/domain/rule.h"

namespace jinshi::ledger {
namespace {

std::string parties_of(const Rule& rule) {
  std::string text(party_name(rule.by));
  for (const Party party : rule.with) text += " + " + std::string(party_name(party));
  return text;
}

// The states without their enum's prefix, in the enum's order.
std::string states_of(const States& states) {
  if (states.any()) return "";
  std::string text;
  const std::string& zero = states.type()->FindValueByNumber(0)->name();
  const std::size_t prefix = zero.size() - std::string_view("UNSPECIFIED").size();
  for (int i = 0; i < states.type()->value_count(); ++i) {
    const auto* value = states.type()->value(i);
    if (!states.contains(value->number())) continue;
    text += (text.empty() ? "`" : ", `") + value->name().substr(prefix) + "`";
  }
  return text;
}

std::string blocks_of(Blocks blocks) {
  static constexpr std::array<std::pair<Block, const char*>, 9> names = {{{kFrozen, "frozen"},
                                                                          {kDisputed, "disputed"},
                                                                          {kCertificateNotValid, "certificate not valid"},
                                                                          {kObjectionOpen, "objection open"},
                                                                          {kObjectionAdmitted, "objection admitted"},
                                                                          {kPledged, "pledged"},
                                                                          {kTradeOpen, "trade open"},
                                                                          {kBooked, "booked"},
                                                                          {kCustodyLost, "custody lost"}}};
  std::string text;
  for (const auto& [block, name] : names) {
    if ((blocks & block) != 0) text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

std::string checks_of(const Rule& rule) {
  std::string text;
  for (int stage = 0; stage <= static_cast<int>(Stage::kRule); ++stage) {
    for (const NamedCheck* check : rule.checks) {
      if (check->stage == static_cast<Stage>(stage)) text += (text.empty() ? "" : "; ") + std::string(check->says);
    }
  }
  return text;
}

}  // namespace

std::string transitions_page() {
  std::string page =
      "# Transitions\n\n"
      "Who signs which event, from which states, what blocks it and what is checked: printed from the table that the\n"
      "ledger executes, and held against it by a test. A row's checks stand in the order in which they are made:\n"
      "signers, fields, id, reference, role, conflict, state, dates, limits, rule. Ids that must be free, references that\n"
      "must exist, required fields and formats stand beside the fields in [the messages](../proto/jinshi/v1).\n";
  for (const RuleFamily& family : rule_families()) {
    page += "\n## " + std::string(family.name) +
            "\n\n| event | signs [+ co-signs] | from | blocked while | checks | effect |\n| --- | --- | --- | --- | --- | "
            "--- |\n";
    for (const Rule& rule : family.rules) {
      const std::string to = states_of(rule.to);
      std::string effect = to.empty() ? "" : "-> " + to;
      if (!rule.effect.empty()) effect += (effect.empty() ? "" : "; ") + std::string(rule.effect);
      page += "| `" + std::string(event_name(rule.event)) + "` | " + parties_of(rule) + " | " + states_of(rule.from) +
              " | " + blocks_of(rule.blocked_by) + " | " + checks_of(rule) + " | " + effect + " |\n";
    }
  }
  return page;
}

}  // namespace jinshi::ledger
