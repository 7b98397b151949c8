// The table of transitions as a whole: it has every event once, and no row lets the wrong organisation begin.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "ledger/domain/parties.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

const google::protobuf::OneofDescriptor& events() { return *v1::Operation::descriptor()->FindOneofByName("event"); }

TEST_CASE("every event has exactly one row, and every row can be applied") {
  std::multiset<std::uint32_t> rows;
  for (const RuleFamily& family : rule_families()) {
    CHECK_FALSE(family.name.empty());
    for (const Rule& rule : family.rules) {
      CAPTURE(event_name(rule.event));
      rows.insert(rule.event);
      CHECK(rule.apply != nullptr);
      CHECK(std::ranges::find(rule.checks, nullptr) == rule.checks.end());
      CHECK((rule.from.any() || rule.subject != Subject::kNone));
    }
  }
  CHECK(rows.size() == static_cast<std::size_t>(events().field_count()));
  for (int i = 0; i < events().field_count(); ++i) {
    const auto number = static_cast<std::uint32_t>(events().field(i)->number());
    CAPTURE(events().field(i)->name());
    CHECK(rows.count(number) == 1);
    REQUIRE(find_rule(number) != nullptr);
    CHECK(find_rule(number)->event == number);
    CHECK(event_named(event_name(number)) == number);
  }
  CHECK(find_rule(1) == nullptr);
  CHECK(event_named("Nothing") == 0);
}

TEST_CASE("every party has a name and an answer to whoever is not it") {
  std::set<std::string_view> names;
  for (int party = 0; party <= static_cast<int>(Party::kValidator); ++party) {
    const PartyRule& rule = party_rule(static_cast<Party>(party));
    CHECK(names.insert(rule.name).second);
    CHECK((rule.wrong != v1::REASON_UNSPECIFIED || static_cast<Party>(party) == Party::kAnyOrganisation));
    CHECK((rule.wrong == v1::REASON_ROLE_MISSING) == !rule.roles.empty());
  }
}

// --- the wrong-role matrix ---

// An event that a zone accepts as it stands.
struct Scene {
  std::function<v1::Operation(Zone&)> make;  // brings the zone to where the event is due
  std::string by;
  std::vector<std::string> with = {};
  std::set<std::string> may_begin = {};  // others that may sign it first
};

constexpr const char* kAsset = "a";
const std::vector<std::string> kValidators = {"zone-office", "registry-public", "registry-social", "exchange"};

std::set<std::string> validators() { return {kValidators.begin(), kValidators.end()}; }

std::function<v1::Operation(Zone&)> text(const char* event) {
  return [event](Zone&) { return op(event); };
}

std::function<v1::Operation(Zone&)> applied(const char* event) {
  return [event](Zone& zone) {
    zone.with_application(zone.application(kAsset, "hospital"));
    return op(event);
  };
}

std::function<v1::Operation(Zone&)> certified(const char* event) {
  return [event](Zone& zone) {
    zone.with_certified_asset(kAsset, "hospital");
    return op(event);
  };
}

std::function<v1::Operation(Zone&)> of_certificate(const std::string& event, const std::string& before = {}) {
  return [=](Zone& zone) {
    const std::string number = zone.with_certified_asset(kAsset, "hospital");
    const std::string fields = " { certificate: '" + number + "' reason_digest: '#reason' }";
    if (!before.empty()) zone.accept("registry-social", op(before + fields));
    return op(event + fields);
  };
}

v1::Operation objected(Zone& zone, const char* event) {
  zone.with_noticed(zone.application(kAsset, "hospital"));
  zone.accept("museum", op("raise_objection { objection: 'o' asset: 'a' ground_digest: '#ground' }"));
  return op(event);
}

v1::Operation admission(Zone& zone) {
  v1::AdmitOrganisation event;
  event.set_org("fintech");
  event.set_credit_code("91110112MA0910561P");
  event.set_name("Sample Credit Data");
  event.set_kind(v1::ORGANISATION_KIND_PRIVATE);
  event.add_roles(v1::ROLE_MEMBER);
  *event.add_keys() = zone.grant("fintech", "fintech");
  return op(event);
}

v1::Operation proposal(const Zone& zone) {
  return op("propose { proposal: 'p' change { restore_organisation { org: 'museum' } } expires_at: " +
            std::to_string(zone.time() + kHour) + " }");
}

v1::Operation grant_of_right(const Zone& zone) {
  return op("grant_right { asset: 'a' right { right: RIGHT_PROCESS holder: 'carmaker' until: '" + zone.date_in(300) +
            "' } }");
}

const std::vector<Scene>& scenes() {
  static const std::vector<std::string> registry = {"registry-social"};
  static const std::vector<Scene> all = {
      {admission, "governance"},
      {text("change_roles { org: 'museum' roles: ROLE_PLATFORM }"), "governance"},
      {text("suspend_organisation { org: 'museum' reason_digest: '#reason' }"), "governance"},
      {[](Zone& zone) {
         zone.accept("governance", op("suspend_organisation { org: 'museum' reason_digest: '#reason' }"));
         return op("restore_organisation { org: 'museum' }");
       },
       "governance"},
      {text("remove_organisation { org: 'shipping' reason_digest: '#reason' }"), "governance"},
      {text("succeed_organisation { org: 'shipping' into: 'bank' agreement_digest: '#merger' }"),
       "governance",
       {"registry-ip"}},
      {[](Zone& zone) {
         v1::AddKey event;
         event.set_org("hospital");
         event.set_purpose(v1::KEY_PURPOSE_TRANSACTION);
         *event.mutable_key() = zone.grant("hospital", "hospital/2");
         return op(event);
       },
       "hospital"},
      {[](Zone& zone) {
         zone.with_second_key("hospital");
         return op("revoke_key { org: 'hospital' public_key: '@hospital' }");
       },
       "hospital"},
      {text("add_tls_key { org: 'hospital' key { spki_digest: '#tls' } }"), "hospital"},
      {[](Zone& zone) {
         zone.accept("hospital", op("add_tls_key { org: 'hospital' key { spki_digest: '#tls' } }"));
         return op("revoke_tls_key { org: 'hospital' spki_digest: '#tls' }");
       },
       "hospital"},
      {text("set_controls { org: 'hospital' }"), "hospital"},
      {[](Zone&) {
         v1::SetParameters event;
         *event.mutable_parameters() = Zone().parameters();
         return op(event);
       },
       "governance"},
      {proposal, "exchange/governance"},
      {[](Zone& zone) {
         zone.accept("zone-office/governance", proposal(zone));
         return op("approve { proposal: 'p' }");
       },
       "exchange/governance"},

      {text("set_validators { validators: 'exchange' validators: 'zone-office' }"), "governance"},

      {[](Zone& zone) { return op(zone.application(kAsset, "hospital")); }, "hospital"},
      {applied("request_supplement { asset: 'a' reason_digest: '#reason' }"), "registry-social"},
      {[](Zone& zone) {
         zone.with_application(zone.application(kAsset, "hospital"));
         zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#reason' }"));
         v1::ResubmitApplication event;
         event.set_asset(kAsset);
         *event.mutable_application() = zone.application(kAsset, "hospital");
         return op(event);
       },
       "hospital"},
      {applied("withdraw_application { asset: 'a' }"), "hospital"},
      {applied("accept_application { asset: 'a' }"), "registry-social"},
      {applied("reject_application { asset: 'a' reason_digest: '#reason' }"), "registry-social"},
      {[](Zone& zone) {
         zone.with_accepted(zone.application(kAsset, "hospital"));
         return op("publish_notice { asset: 'a' days: 3 }");
       },
       "registry-social"},
      {certified("raise_objection { objection: 'o' asset: 'a' ground_digest: '#ground' }"), "museum"},
      {[](Zone& zone) { return objected(zone, "admit_objection { objection: 'o' }"); }, "registry-social"},
      {[](Zone& zone) {
         return objected(zone, "resolve_objection { objection: 'o' outcome: OBJECTION_OUTCOME_DISMISSED }");
       },
       "registry-social"},
      {[](Zone& zone) {
         zone.with_noticed(zone.application(kAsset, "hospital"));
         return op(zone.issue(kAsset));
       },
       "registry-social"},
      {certified("change_registration { asset: 'a' name: 'another name' reason_digest: '#reason' }"), "hospital",
       registry},
      {certified("correct_registration { asset: 'a' name: 'the name' reason_digest: '#reason' }"),
       "registry-social",
       {"hospital"}},
      {certified("update_content { asset: 'a' content { root: '#grown' chunk_size: 1048576 chunk_count: 11 "
                 "over: CONTENT_FORM_PLAINTEXT } size_bytes: 11000000 record_count: 1100 period_to: '2026-11-20' }"),
       "hospital"},
      {certified("transfer_registration { asset: 'a' to: 'carmaker' agreement_digest: '#agreement' }"),
       "hospital",
       {"carmaker", "registry-social"}},
      {[](Zone& zone) {
         zone.with_certified_asset(kAsset, "hospital");
         return grant_of_right(zone);
       },
       "hospital",
       {"carmaker", "registry-social"}},
      {[](Zone& zone) {
         zone.with_certified_asset(kAsset, "hospital");
         zone.accept("hospital", {"carmaker", "registry-social"}, grant_of_right(zone));
         return op("end_right { asset: 'a' right: RIGHT_PROCESS holder: 'carmaker' reason_digest: '#reason' }");
       },
       "hospital",
       {"carmaker", "registry-social"},
       {"court"}},
      {[](Zone& zone) {
         const std::string number = zone.with_certified_asset(kAsset, "hospital");
         zone.at_date(zone.date_in(1060));
         return op("renew_certificate { certificate: '" + number + "' valid_to: '" + zone.date_in(1000) + "' }");
       },
       "hospital", registry},
      {of_certificate("suspend_certificate"), "registry-social", {}, {"court"}},
      {of_certificate("restore_certificate", "suspend_certificate"), "registry-social", {}, {"court"}},
      {of_certificate("revoke_certificate"), "registry-social", {}, {"court"}},
      {certified("cancel_registration { asset: 'a' }"), "hospital", registry},

      {[](Zone& zone) {
         zone.with_application(zone.application(kAsset, "hospital"));
         return op(zone.assessment("q", kAsset, v1::ASSESSMENT_KIND_QUALITY));
       },
       "assessor-quality",
       {},
       {"assessor-value"}},
      {[](Zone& zone) {
         zone.with_application(zone.application(kAsset, "hospital"));
         zone.accept("assessor-quality", op(zone.assessment("q", kAsset, v1::ASSESSMENT_KIND_QUALITY)));
         return op("withdraw_assessment { assessment: 'q' }");
       },
       "assessor-quality"},
      {[](Zone& zone) {
         auto application = zone.application(kAsset, "hospital");
         application.set_personal_information(v1::PERSONAL_INFORMATION_ANONYMISED);
         application.set_lawful_basis_digest(digest_of("basis"));
         zone.with_application(application);
         return op(
             "record_anonymisation { anonymisation: 'n' asset: 'a' result: PERSONAL_INFORMATION_ANONYMISED "
             "method: 'k-anonymity 20' report_digest: '#report' }");
       },
       "hospital",
       {"assessor-quality"}},
  };
  return all;
}

std::vector<std::string> organisations(const Zone& zone) {
  std::vector<std::string> ids;
  for (const auto& [digest, record] : zone.records().all()) {
    if (record->has_organisation()) ids.push_back(record->organisation().id());
  }
  return ids;
}

bool is_registry(const Zone& zone, const std::string& organisation) {
  return std::ranges::any_of(zone.organisation(organisation)->roles(),
                             [](int role) { return is_registry_role(static_cast<v1::Role>(role)); });
}

// What the row answers to this organisation as its first signer, all those that should sign following it.
std::string answer(const Zone& zone, const Rule& rule, const std::string& organisation) {
  if (zone.organisation(organisation)->state() != v1::ORGANISATION_STATE_ACTIVE) return "ORGANISATION_SUSPENDED";
  if (rule.by == Party::kGovernance && validators().contains(organisation)) return "QUORUM_MISSING";
  if ((rule.by == Party::kRegistry || rule.by == Party::kRegistryOrCourt) && is_registry(zone, organisation)) {
    return "WRONG_REGISTRY";
  }
  return v1::Reason_Name(party_rule(rule.by).wrong).substr(std::string_view("REASON_").size());
}

TEST_CASE("every event has a scene") {
  std::set<std::uint32_t> shown;
  for (const Scene& scene : scenes()) {
    Zone zone;
    const auto operation = scene.make(zone);
    CAPTURE(event_name(operation.event_case()));
    CHECK(shown.insert(operation.event_case()).second);
    CHECK(zone.outcome(scene.by, scene.with, operation) == "APPLIED");
  }
  CHECK(shown.size() == static_cast<std::size_t>(events().field_count()));
}

TEST_CASE("whoever a row does not name is refused as its first signer, whoever signs beside it") {
  for (const Scene& scene : scenes()) {
    Zone zone;
    const auto operation = scene.make(zone);
    const Rule& rule = *find_rule(operation.event_case());
    if (rule.by == Party::kAnyOrganisation) continue;
    for (const std::string& organisation : organisations(zone)) {
      if (organisation == scene.by || scene.may_begin.contains(organisation)) continue;
      std::vector<std::string> beside = scene.with;
      std::erase(beside, organisation);
      // The votes would let a validator begin with any of its keys.
      const bool votes = scene.by == "governance" || scene.by.ends_with("/governance");
      if (!votes || !validators().contains(organisation)) beside.push_back(scene.by);
      CAPTURE(event_name(rule.event), organisation);
      CHECK(zone.forecast(organisation, beside, operation) == answer(zone, rule, organisation));
    }
  }
}

TEST_CASE("where a row names co-signers, each of them is needed") {
  for (const Scene& scene : scenes()) {
    Zone zone;
    const auto operation = scene.make(zone);
    for (const std::string& absent : scene.with) {
      std::vector<std::string> beside = scene.with;
      std::erase(beside, absent);
      CAPTURE(event_name(operation.event_case()), absent);
      CHECK(zone.forecast(scene.by, beside, operation) == "MISSING_COSIGNER");
    }
  }
}

}  // namespace
}  // namespace jinshi::ledger::testing
