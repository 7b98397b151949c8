// What the zone refuses, a line each (refusals.jsonl):
//   name    what somebody tries
//   given   how the zone came to be as it is: events that are applied, or states in words (see `bring_about`)
//   by, cosign, op, args   the event; `args` in the JSON mapping, where "#text" stands for the digest of a text
//   like    [asset, holder]: `args` alter a valid application of it, null taking a field away; of ResubmitApplication,
//           the application that it carries is that valid one
//   expect, field   the reason, and the field at fault if one is
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "proto/descriptor_names.h"
#include "proto/json.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

namespace json = boost::json;

std::string text(const json::object& line, const char* member) {
  const json::value* value = line.if_contains(member);
  return value == nullptr ? std::string() : json::value_to<std::string>(*value);
}

std::vector<std::string> words(const json::object& line, const char* member) {
  const json::value* value = line.if_contains(member);
  return value == nullptr ? std::vector<std::string>() : json::value_to<std::vector<std::string>>(*value);
}

void spell_out(json::value& value) {
  if (value.is_string() && value.get_string().starts_with('#')) {
    value = to_hex(digest_of(std::string_view(value.get_string()).substr(1)));
  }
  if (value.is_array()) {
    for (json::value& element : value.get_array()) spell_out(element);
  }
  if (value.is_object()) {
    for (auto& member : value.get_object()) spell_out(member.value());
  }
}

v1::Operation operation_of(const Zone& zone, const json::object& line) {
  const auto event = event_number(text(line, "op"));
  REQUIRE(event);
  v1::Operation operation;
  const auto* field = v1::Operation::descriptor()->FindFieldByNumber(static_cast<int>(*event));
  auto& message = *operation.GetReflection()->MutableMessage(&operation, field);

  json::object args = line.at("args").as_object();
  if (const auto like = words(line, "like"); !like.empty()) {
    json::object valid = to_json(zone.application(like.at(0), like.at(1))).as_object();
    if (operation.has_resubmit_application()) {
      args["application"] = valid;
    } else {
      for (const auto& member : args) {
        if (member.value().is_null()) {
          valid.erase(member.key());
        } else {
          valid[member.key()] = member.value();
        }
      }
      args = valid;
    }
  }
  json::value spelled = args;
  spell_out(spelled);
  const auto read = from_json(spelled, message);
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  operation.set_salt(digest_of("salt").substr(0, 16));
  return operation;
}

// "applied | asked | accepted | noticed | certified ASSET HOLDER", "frozen ASSET", "notice of DAYS days",
// "ORGANISATION controls ORGANISATION".
void bring_about(Zone& zone, const std::string& state) {
  std::istringstream in(state);
  std::vector<std::string> said;
  for (std::string word; in >> word;) said.push_back(word);
  const std::string& verb = said.at(0);
  if (verb == "frozen") {
    zone.change_asset(said.at(1)).mutable_encumbrances()->set_freezes(1);
  } else if (verb == "notice") {
    zone.parameters().set_notice_days(static_cast<std::uint32_t>(std::stoul(said.at(2))));
  } else if (said.at(1) == "controls") {
    zone.change_organisation(said.at(2)).set_controller(said.at(0));
  } else {
    const auto application = zone.application(said.at(1), said.at(2));
    if (verb == "applied" || verb == "asked") zone.with_application(application);
    if (verb == "asked") {
      zone.accept(zone.registry_of(said.at(1)),
                  op("request_supplement { asset: '" + said.at(1) + "' reason_digest: '#why' }"));
    }
    if (verb == "accepted") zone.with_accepted(application);
    if (verb == "noticed") zone.with_noticed(application);
    if (verb == "certified") zone.with_certified(application);
    REQUIRE(zone.asset(said.at(1)) != nullptr);
  }
}

TEST_CASE("every line of refusals.jsonl is refused with its reason, at its field") {
  std::ifstream file(JINSHI_SOURCE_DIR "/tests/ledger/domain/refusals.jsonl");
  REQUIRE(file);
  std::set<std::string> names;
  for (std::string raw; std::getline(file, raw);) {
    INFO(raw);
    const json::object line = json::parse(raw).as_object();
    CHECK(names.insert(text(line, "name")).second);
    Zone zone;
    if (const json::value* given = line.if_contains("given")) {
      for (const json::value& before : given->as_array()) {
        if (before.is_string()) {
          bring_about(zone, json::value_to<std::string>(before));
        } else {
          const json::object& event = before.as_object();
          zone.accept(text(event, "by"), words(event, "cosign"), operation_of(zone, event));
        }
      }
    }
    const std::string field = text(line, "field");
    const std::string expected = text(line, "expect") + (field.empty() ? "" : " " + field);
    CHECK(zone.outcome(text(line, "by"), words(line, "cosign"), operation_of(zone, line)) == expected);
  }
  CHECK(names.size() >= 60);
}

}  // namespace
}  // namespace jinshi::ledger::testing
