#include "cli/event_flags.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "cli/operation_input.h"
#include "cli/session.h"

namespace jinshi::cli {
namespace {

// What `jinshi submit EVENT args...` makes of its flags.
Outcome<OperationInput> flags_to_operation(const std::string& event, std::vector<std::string> args) {
  CLI::App app;
  EventFlags flags;
  flags.event = find_event(event);
  REQUIRE(flags.event != nullptr);
  add_event_flags(app, flags);
  std::reverse(args.begin(), args.end());
  app.parse(args);
  auto json = args_of(flags);
  if (!json) return std::unexpected(json.error());
  auto input = operation_from_json(event, std::move(*json));
  if (!input) return failed(input.error(), flags.event->message_type());
  return std::move(*input);
}

}  // namespace

TEST_CASE("flags with dots, lists by repeating and lists of messages as JSON become the event") {
  const auto input = flags_to_operation(
      "ApplyRegistration", {"--asset",
                            "relics",
                            "--kind",
                            "SOCIAL_DATA",
                            "--level",
                            "GENERAL",
                            "--grade",
                            "1",
                            "--size_bytes",
                            "95000000000000",
                            "--coverage",
                            "110000",
                            "--coverage",
                            "120000",
                            "--content.root",
                            std::string(64, 'a'),
                            "--content.chunk_size",
                            "1048576",
                            "--content.over",
                            "PLAINTEXT",
                            "--rights",
                            R"({"right": "HOLD", "holder": "museum", "exclusive": true})",
                            "--rights",
                            R"([{"right": "PROCESS", "holder": "museum"}, {"right": "OPERATE", "holder": "museum"}])"});
  REQUIRE(input);
  const auto& event = input->operation.apply_registration();
  CHECK(event.asset() == "relics");
  CHECK(event.kind() == v1::ASSET_KIND_SOCIAL_DATA);
  CHECK(event.size_bytes() == 95000000000000);
  CHECK(event.coverage_size() == 2);
  CHECK(event.content().root() == std::string(32, '\xAA'));
  CHECK(event.content().over() == v1::CONTENT_FORM_PLAINTEXT);
  REQUIRE(event.rights_size() == 3);
  CHECK(event.rights(0).exclusive());
  CHECK(event.rights(2).right() == v1::RIGHT_OPERATE);
}

TEST_CASE("events in fields are named, and a list may be one flag of JSON") {
  const auto named =
      flags_to_operation("SetControls", {"--org", "bank", "--two_keys", "IssueCertificate", "--two_keys", "AddKey"});
  REQUIRE(named);
  CHECK(named->operation.set_controls().two_keys_size() == 2);
  CHECK(named->operation.set_controls().two_keys(0) == v1::Operation::kIssueCertificate);
  const auto listed = flags_to_operation("SetControls", {"--org", "bank", "--two_keys", R"(["AddKey"])"});
  REQUIRE(listed);
  CHECK(listed->operation.set_controls().two_keys(0) == v1::Operation::kAddKey);
}

TEST_CASE("a message may be JSON, and its fields by dots go over it") {
  const auto input = flags_to_operation(
      "AddKey", {"--org", "bank", "--key", R"({"label": "desk", "valid_from": 7})", "--key.label", "vault"});
  REQUIRE(input);
  CHECK(input->operation.add_key().key().label() == "vault");
  CHECK(input->operation.add_key().key().valid_from() == 7);
}

TEST_CASE("flags win over the JSON beside them, and a confidential flag becomes a commitment") {
  const auto input =
      flags_to_operation("SubmitAssessment", {"--json", R"({"assessment": "va-1", "asset": "a", "kind": "VALUE"})",
                                              "--asset", "b", "--value_fen", "1000", "--confidential", "value_fen"});
  REQUIRE(input);
  CHECK(input->operation.submit_assessment().asset() == "b");
  CHECK(input->operation.submit_assessment().has_value_commitment());
  REQUIRE(input->secrets.size() == 1);
  const auto given =
      flags_to_operation("SubmitAssessment", {"--assessment", "va-1", "--confidential", "value_fen=1000"});
  REQUIRE(given);
  CHECK(given->secrets.front().opening.value() == input->secrets.front().opening.value());
}

TEST_CASE("a wrong value is refused with the field's name") {
  const auto input = flags_to_operation("PublishNotice", {"--asset", "a", "--days", "many"});
  REQUIRE_FALSE(input);
  CHECK(input.error().field == "days");
  CHECK(flags_to_operation("ApplyRegistration", {"--rights", "{"}).error().exit_status == kUsage);
}

TEST_CASE("help tells a field's rule and who signs, from the tables alone") {
  const auto* type = find_event("IssueCertificate")->message_type();
  CHECK(describe(*type->FindFieldByName("asset")) == "required, id of asset");
  CHECK(describe(*type->FindFieldByName("kind")) == "required, one of DATA_ASSET DATA_IP");
  CHECK(describe(*type->FindFieldByName("fee_fen")) == "optional, whole number of fen");
  CHECK(describe_signers(v1::Operation::kRecordAnonymisation).starts_with("holder, with assessor"));
}

TEST_CASE("every event has its command, and no field hides an option of submit") {
  CLI::App app;
  Session session;
  app.fallthrough();
  add_submit_command(app, session);
  const auto* submit = app.get_subcommand("submit");
  std::set<std::string> own;
  for (const auto* option : submit->get_options()) own.insert(option->get_lnames().begin(), option->get_lnames().end());
  const auto* events = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < events->field_count(); ++i) {
    const auto* command = submit->get_subcommand(events->field(i)->message_type()->name());
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) {
        INFO(command->get_name() << " --" << name);
        if (name != "help") CHECK_FALSE(own.contains(name));
      }
    }
  }
}

}  // namespace jinshi::cli
