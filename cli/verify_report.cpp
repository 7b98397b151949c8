#include "cli/verify_report.h"

#include "cli/failure.h"
#include "cli/output.h"
#include "cli/time_text.h"
#include "ledger/crypto/digest.h"
#include "proto/canonical.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

using ledger::ChainStep;

std::string counted(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string at(Height height, TimeMs time) { return "block " + std::to_string(height) + " of " + format_time(time); }

template <class Enum>
std::string word(const google::protobuf::EnumDescriptor& type, Enum value) {
  const auto* found = type.FindValueByNumber(value);
  return found == nullptr ? std::to_string(value) : std::string(value_name(*found));
}

std::string word_of(ChainStep::Kind kind) {
  switch (kind) {
    case ChainStep::Kind::kGenesis:
      return "genesis";
    case ChainStep::Kind::kTrustedHeader:
      return "trusted_header";
    case ChainStep::Kind::kLink:
      return "link";
    case ChainStep::Kind::kHead:
      return "head";
  }
  return {};
}

std::string line_of(const ChainStep& step) {
  switch (step.kind) {
    case ChainStep::Kind::kGenesis:
      return "the genesis of " + format_time(step.time) + ", which you trust: " + counted(step.validators, "validator");
    case ChainStep::Kind::kTrustedHeader:
      return at(step.height, step.time) + ", which you trust: " + counted(step.validators, "validator");
    case ChainStep::Kind::kLink:
      return at(step.height, step.time) + ", certified by " + counted(step.signatures, "signature") + ": " +
             counted(step.validators, "validator") + " from the next block on";
    case ChainStep::Kind::kHead:
      return at(step.height, step.time) + ", the head, certified by " + std::to_string(step.signatures) + " of " +
             counted(step.validators, "validator");
  }
  return {};
}

// The event's, the due entry's, or the record's own message, as people read it.
boost::json::value inner(const google::protobuf::Message& message, std::string_view oneof) {
  const auto* which = message.GetDescriptor()->FindOneofByName(std::string(oneof));
  const auto* field = message.GetReflection()->GetOneofFieldDescriptor(message, which);
  return jinshi::to_json(message.GetReflection()->GetMessage(message, field));
}

boost::json::value details(const ledger::ProvedOperation& proved) {
  if (proved.is_due()) return jinshi::to_json(std::get<v1::Due>(proved.operation));
  return inner(std::get<v1::Operation>(proved.operation), "event");
}

std::string rows(const boost::json::value& json) {
  std::string text;
  const std::string table = rows_of(json).text();
  for (std::size_t from = 0; from < table.size();) {
    const std::size_t end = table.find('\n', from);
    text += "  " + table.substr(from, end - from) + "\n";
    from = end == std::string::npos ? table.size() : end + 1;
  }
  return text;
}

std::string kind_of(const v1::Record& record) {
  return std::string(ledger::name_of(static_cast<v1::StateKey::KindCase>(record.kind_case())));
}

// --- in words ---

std::string say(const ledger::ProvedOperation& proved, const v1::Header&) {
  std::string text = "Proved: " + proved.event() + ", operation " + std::to_string(proved.index + 1) + " of " +
                     std::to_string(proved.count);
  text += proved.is_due() ? " that came due" : " of transaction " + to_hex(proved.leaf.id());
  text += ", was " + word(*v1::OperationOutcome_descriptor(), proved.result.outcome());
  if (proved.result.reason() != v1::REASON_UNSPECIFIED) {
    text += " with " + std::string(reason_name(proved.result.reason()));
  }
  text += ".\nIt stands in " + at(proved.leaf.height(), proved.leaf.time()) + ", as leaf " +
          std::to_string(proved.leaf_index) + " of the history.\n";
  if (!proved.result.by().empty()) text += "It was signed by '" + printable(proved.result.by()) + "'.\n";
  for (const auto& key : proved.signers) text += "  with the key " + to_hex(key) + "\n";
  return text + rows(details(proved));
}

std::string say(const ledger::ProvedRecord& proved, const v1::Header& head) {
  std::string text =
      "Proved: this " + kind_of(proved.record) + " stood on the ledger at " + at(head.height(), head.time());
  if (!proved.state.empty()) text += ", and was " + proved.state + " then";
  text += ".\nIt was last changed at height " + std::to_string(proved.record.changed_height()) + ".\n" +
          rows(inner(proved.record, "kind"));
  if (proved.asset) text += "Its asset:\n" + rows(inner(*proved.asset, "kind"));
  return text;
}

std::string say(const ledger::ProvedAbsence& proved, const v1::Header& head) {
  return "Proved: nothing stood on the ledger under this key at " + at(head.height(), head.time()) + ".\n" +
         rows(jinshi::to_json(proved.key));
}

std::string say(const ledger::ProvedConsistency& proved, const v1::Header& head) {
  return "Proved: the history of " + at(proved.older.height(), proved.older.time()) + ", " +
         std::to_string(proved.older.history_size()) + " leaves" + ", is the beginning of that of " +
         at(head.height(), head.time()) + ", " + std::to_string(head.history_size()) +
         " leaves: nothing in it was changed.\n";
}

// --- for programs ---

boost::json::object facts(const ledger::ProvedOperation& proved) {
  boost::json::array signers;
  for (const auto& key : proved.signers) signers.emplace_back(to_hex(key));
  return {{"kind", "receipt"},
          {"event", proved.event()},
          {"operation_index", proved.index},
          {"operation_count", proved.count},
          {"signers", std::move(signers)},
          {"operation", details(proved)},
          {"result", jinshi::to_json(proved.result)},
          {"leaf_index", proved.leaf_index},
          {"leaf", jinshi::to_json(proved.leaf)},
          {"block_time_text", format_time(proved.leaf.time())}};
}

boost::json::object facts(const ledger::ProvedRecord& proved) {
  boost::json::object json{
      {"kind", "record"}, {"record_kind", kind_of(proved.record)}, {"record", jinshi::to_json(proved.record)}};
  if (!proved.state.empty()) json["effective_state"] = proved.state;
  if (proved.asset) json["asset"] = jinshi::to_json(*proved.asset);
  return json;
}

boost::json::object facts(const ledger::ProvedAbsence& proved) {
  return {{"kind", "absence"}, {"key", jinshi::to_json(proved.key)}};
}

boost::json::object facts(const ledger::ProvedConsistency& proved) {
  return {{"kind", "consistency"}, {"older", jinshi::to_json(proved.older)}};
}

}  // namespace

std::string to_text(const ledger::VerifiedReport& report) {
  std::string text = "Valid, on the chain " + to_hex(report.chain_id.view()) + ".\n";
  text += std::visit([&](const auto& proved) { return say(proved, report.head); }, report.proved);
  text += "It rests on:\n";
  for (const ChainStep& step : report.steps) text += "  " + line_of(step) + "\n";
  if (report.links_skipped > 0) {
    text +=
        "  not on " + counted(report.links_skipped, "link") + " before the trusted header, which were not checked\n";
  }
  text.pop_back();  // the last line's end is the printer's
  return text;
}

boost::json::object to_json(const ledger::VerifiedReport& report) {
  boost::json::object json = std::visit([](const auto& proved) { return facts(proved); }, report.proved);
  json["verdict"] = "valid";
  json["chain_id"] = to_hex(report.chain_id.view());
  json["head"] = jinshi::to_json(report.head);
  boost::json::array steps;
  for (const ChainStep& step : report.steps) {
    steps.push_back(boost::json::object{{"step", word_of(step.kind)},
                                        {"height", step.height},
                                        {"time", step.time},
                                        {"time_text", format_time(step.time)},
                                        {"validators", step.validators},
                                        {"signatures", step.signatures}});
  }
  json["rests_on"] = std::move(steps);
  if (report.links_skipped > 0) json["links_not_checked"] = report.links_skipped;
  return json;
}

}  // namespace jinshi::cli
