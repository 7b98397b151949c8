#include <catch2/catch.hpp>

#include "ledger/domain/effective_state.h"
#include "ledger/domain/identifiers.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

using enum v1::CertificateState;
using enum v1::RegistrationState;

const std::vector<std::string> kSocial{"registry-social"};

v1::Operation about(const std::string& event, const std::string& number) {
  return op(event + " { certificate: '" + number + "' reason_digest: '#reason' }");
}
v1::Operation renew(const std::string& number, const std::string& until) {
  return op("renew_certificate { certificate: '" + number + "' valid_to: '" + until + "' }");
}
v1::Operation cancel() { return op("cancel_registration { asset: 'a' }"); }

const v1::Record* first(const Zone& zone, std::string_view organisation) {
  return zone.record(keys::first(organisation, v1::FIRST_KIND_REGISTRATION));
}
const v1::CertifiedContent* content(const Zone& zone, std::string_view asset) {
  return zone.records().certified_content(zone.asset(asset)->content().root());
}
v1::CertificateState state(const Zone& zone, const std::string& number) {
  return effective_state(*zone.certificate(number), zone.time());
}
// What the totals of GENERAL come to over all months: certificates, assets, bytes.
std::vector<std::int64_t> stock(const Zone& zone) {
  std::vector<std::int64_t> sum(3);
  for (const auto& [place, total] : zone.totals()) {
    sum[0] += total.certificates();
    sum[1] += total.assets();
    sum[2] += total.declared_bytes();
  }
  return sum;
}
const std::vector<std::int64_t> kOneAsset{1, 1, 10'000'000};
const std::vector<std::int64_t> kNothing{0, 0, 0};

// --- issue ---

TEST_CASE("a certificate is issued: the registration is certified, its content claimed, its end queued") {
  Zone zone;
  zone.with_noticed(zone.application("a", "hospital"));
  auto issue = zone.issue("a");
  issue.set_fee_fen(120'000);
  issue.set_invoice_digest(digest_of("invoice"));
  zone.accept("registry-social", op(issue));

  const v1::Certificate& certificate = *zone.certificate(issue.certificate());
  CHECK(certificate.number() == "SOC-2026-DA-000001-6");
  CHECK(certificate.asset() == "a");
  CHECK(certificate.kind() == v1::CERTIFICATE_KIND_DATA_ASSET);
  CHECK(certificate.holder() == "hospital");
  CHECK(certificate.rights_size() == 3);
  CHECK(certificate.valid_from() == "2026-11-23");
  CHECK(certificate.valid_to() == "2029-11-22");
  CHECK(certificate.fee_fen() == 120'000);
  CHECK(certificate.invoice_digest() == digest_of("invoice"));
  CHECK(certificate.registry() == "registry-social");
  CHECK(certificate.state() == CERTIFICATE_STATE_VALID);
  CHECK(certificate.counted());

  CHECK(zone.registration("a")->state() == REGISTRATION_STATE_CERTIFIED);
  CHECK(zone.registration("a")->certificate() == issue.certificate());
  CHECK(zone.asset("a")->certificates_in_force() == 1);
  CHECK(content(zone, "a")->registrations() == 1);
  CHECK(content(zone, "a")->holder() == "hospital");
  CHECK(content(zone, "a")->exclusive() == 1);
  CHECK(content(zone, "a")->in_force() == 1);
  REQUIRE(first(zone, "hospital") != nullptr);
  CHECK(first(zone, "hospital")->first().record() == issue.certificate());
  CHECK(first(zone, "hospital")->first().time() == zone.time());
  CHECK(stock(zone) == kOneAsset);
  CHECK(zone.total("GENERAL", "2026-11").certificates() == 1);

  const auto due = zone.records().due(end_of(certificate));
  REQUIRE(due.size() == 1);
  CHECK(due[0].time() == start_of(*parse_date("2029-11-23")));
  CHECK(due[0].what() == v1::DUE_WHAT_CERTIFICATE_END);
  CHECK(due[0].id() == issue.certificate());
}

TEST_CASE("a fee may be committed instead of told") {
  Zone zone;
  zone.with_noticed(zone.application("a", "hospital"));
  auto issue = zone.issue("a");
  issue.mutable_fee_commitment()->set_scheme(1);
  issue.mutable_fee_commitment()->set_digest("short");
  CHECK(zone.outcome("registry-social", op(issue)).starts_with("BAD_COMMITMENT fee_commitment"));
  issue.mutable_fee_commitment()->set_digest(digest_of("fee"));
  zone.accept("registry-social", op(issue));
  CHECK(zone.certificate(issue.certificate())->fee_commitment().digest() == digest_of("fee"));
}

TEST_CASE("a certificate whose number, dates or signer are wrong is not issued") {
  Zone zone;
  zone.with_noticed(zone.application("a", "hospital"));
  const auto number = [](const char* centre, int year, v1::CertificateKind kind) {
    return *make_certificate_number(centre, year, kind, 7);
  };
  const auto da = v1::CERTIFICATE_KIND_DATA_ASSET;
  const auto ip = v1::CERTIFICATE_KIND_DATA_IP;
  struct Case {
    const char* by;
    std::string number, from, to, expected;
  };
  const std::vector<Case> cases = {
      {"registry-social", number("PUB", 2026, da), "2026-11-23", "2027-11-22", "BAD_CERTIFICATE_NUMBER certificate"},
      {"registry-social", number("SOC", 2025, da), "2026-11-23", "2027-11-22", "BAD_CERTIFICATE_NUMBER certificate"},
      {"registry-social", number("SOC", 2026, ip), "2026-11-23", "2027-11-22", "BAD_CERTIFICATE_NUMBER certificate"},
      {"registry-social", "SOC-2026-DA-000007-7", "2026-11-23", "2027-11-22", "BAD_CERTIFICATE_NUMBER certificate"},
      {"registry-social", number("SOC", 2026, da), "2026-11-22", "2027-11-22", "BAD_DATES valid_from"},
      {"registry-social", number("SOC", 2026, da), "2026-11-24", "2027-11-22", "BAD_DATES valid_from"},
      {"registry-social", number("SOC", 2026, da), "2026-11-23", "2026-11-22", "BAD_DATES valid_to"},
      {"registry-social", number("SOC", 2026, da), "2026-11-23", "2029-11-23", "BAD_DATES valid_to"},
      {"registry-social", number("SOC", 2026, da), "2026-02-30", "2029-11-23", "BAD_DATES valid_from"},
      {"registry-public", number("PUB", 2026, da), "2026-11-23", "2027-11-22", "WRONG_REGISTRY"},
      {"hospital", number("SOC", 2026, da), "2026-11-23", "2027-11-22", "ROLE_MISSING"},
  };
  for (const Case& one : cases) {
    auto issue = zone.issue("a");
    issue.set_certificate(one.number);
    issue.set_valid_from(one.from);
    issue.set_valid_to(one.to);
    INFO(one.number << " " << one.from << " " << one.to);
    CHECK(zone.outcome(one.by, op(issue)) == one.expected);
  }
  const auto taken = zone.with_certified_asset("b", "museum");
  auto issue = zone.issue("a");
  issue.set_certificate(taken);
  CHECK(zone.outcome("registry-social", op(issue)) == "ID_TAKEN certificate");
  issue = zone.issue("a");
  issue.set_asset("none");
  CHECK(zone.outcome("registry-social", op(issue)) == "UNKNOWN_ASSET asset");
}

TEST_CASE("a certificate waits for its notice and for objections") {
  Zone zone;
  zone.parameters().set_notice_days(5);
  zone.with_accepted(zone.application("a", "hospital"));
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "WRONG_STATE");
  zone.accept("registry-social", op("publish_notice { asset: 'a' days: 5 }"));
  REQUIRE(zone.registration("a")->notice_until() == "2026-11-30");
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "NOTICE_RUNNING asset");
  zone.at_date("2026-11-30");
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "NOTICE_RUNNING asset");
  zone.accept("carmaker", op("raise_objection { objection: 'o' asset: 'a' ground_digest: '#ground' }"));
  zone.at_date("2026-12-01");
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "OBJECTION_OPEN");
  zone.accept("registry-social",
              op("resolve_objection { objection: 'o' outcome: OBJECTION_OUTCOME_DISMISSED reason_digest: '#reason' }"));
  const auto issue = zone.issue("a");
  zone.accept("registry-social", op(issue));
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "WRONG_STATE");
}

TEST_CASE("a registry does not certify its own data") {
  Zone zone;
  zone.with_noticed(zone.application("a", "hospital"));
  zone.change_asset("a").mutable_rights(1)->set_holder("registry-social");
  CHECK(zone.outcome("registry-social", op(zone.issue("a"))) == "CONFLICT_OF_INTEREST");
}

TEST_CASE("the same content is not certified against an exclusive holder, and is free once the registration ended") {
  for (const bool exclusive : {true, false}) {
    Zone zone;
    auto one = zone.application("a", "hospital");
    auto other = zone.application("b", "museum");
    auto own = zone.application("c", "hospital");
    *other.mutable_content() = one.content();
    *own.mutable_content() = one.content();
    one.mutable_rights(0)->set_exclusive(exclusive);
    other.mutable_rights(0)->set_exclusive(!exclusive);
    own.mutable_rights(0)->set_exclusive(exclusive);
    const auto number = zone.with_certified(one);
    zone.with_certified(own);
    CHECK(content(zone, "a")->registrations() == 2);
    zone.with_noticed(other);
    CHECK(zone.outcome("registry-social", op(zone.issue("b"))) == "CONTENT_ALREADY_CERTIFIED asset");
    zone.accept("registry-social", about("revoke_certificate", number));
    CHECK(content(zone, "a")->registrations() == 1);
    CHECK(zone.outcome("registry-social", op(zone.issue("b"))) == "CONTENT_ALREADY_CERTIFIED asset");
    zone.accept("registry-social", about("revoke_certificate", zone.registration("c")->certificate()));
    CHECK(content(zone, "a") == nullptr);
    zone.accept("registry-social", op(zone.issue("b")));
    CHECK(content(zone, "a")->holder() == "museum");
  }
}

TEST_CASE("the same content is certified for several holders, none of them exclusive, and counts once") {
  Zone zone;
  auto one = zone.application("a", "hospital");
  auto other = zone.application("b", "museum");
  *other.mutable_content() = one.content();
  one.mutable_rights(0)->set_exclusive(false);
  other.mutable_rights(0)->set_exclusive(false);
  zone.with_certified(one);
  zone.with_certified(other);
  CHECK(content(zone, "a")->holder().empty());
  CHECK(content(zone, "a")->in_force() == 2);
  CHECK(stock(zone) == std::vector<std::int64_t>{2, 2, 10'000'000});
}

TEST_CASE("every holder in common earns a first registration, and together they claim the content") {
  Zone zone;
  auto application = zone.application("a", "hospital");
  application.mutable_rights()->DeleteSubrange(0, 1);
  for (const char* holder : {"museum", "hospital"}) {
    auto& share = *application.add_holders();
    share.set_org(holder);
    share.set_share_bp(5000);
  }
  const auto number = zone.with_certified(application);
  CHECK(zone.certificate(number)->holder() == "museum");
  CHECK(content(zone, "a")->holder() == "hospital,museum");
  CHECK(content(zone, "a")->exclusive() == 1);
  CHECK(first(zone, "hospital") != nullptr);
  CHECK(first(zone, "museum") != nullptr);
  zone.accept("registry-social", about("revoke_certificate", number));
  CHECK(first(zone, "hospital") == nullptr);
  CHECK(first(zone, "museum") == nullptr);
}

TEST_CASE("a data-IP certificate of the same asset counts as a certificate, not as another asset") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  auto application = zone.application("a", "hospital");
  application.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
  const auto number = zone.with_certified(application);
  CHECK(number.starts_with("IPR-2026-IP-"));
  CHECK(content(zone, "a")->registrations() == 2);
  CHECK(content(zone, "a")->in_force() == 1);
  CHECK(stock(zone) == std::vector<std::int64_t>{2, 1, 10'000'000});
  CHECK(zone.outcome("registry-social", about("revoke_certificate", number)) == "WRONG_REGISTRY");
  zone.accept("registry-ip", about("revoke_certificate", number));
  CHECK(zone.registration("a")->state() == REGISTRATION_STATE_CERTIFIED);
  CHECK(zone.registration("a", v1::CERTIFICATE_KIND_DATA_IP)->state() == REGISTRATION_STATE_REVOKED);
  CHECK(first(zone, "hospital") != nullptr);
  CHECK(stock(zone) == kOneAsset);
}

// --- renewal ---

TEST_CASE("a certificate is renewed within ninety days of its end") {
  struct Case {
    const char* today;
    const char* until;
    const char* expected;
  };
  const Case cases[] = {
      {"2029-08-23", "2030-11-22", "TOO_EARLY certificate"},
      {"2029-08-24", "2030-11-22", "APPLIED"},
      {"2029-08-24", "2029-11-22", "BAD_DATES valid_to"},
      {"2029-08-24", "2032-11-22", "APPLIED"},
      {"2029-08-24", "2032-11-23", "BAD_DATES valid_to"},
      {"2030-02-20", "2030-02-19", "BAD_DATES valid_to"},
      {"2030-02-20", "2030-02-20", "APPLIED"},
      {"2030-02-21", "2030-11-22", "TOO_LATE certificate"},
  };
  for (const Case& one : cases) {
    INFO(one.today << " until " << one.until);
    Zone zone;
    const auto number = zone.with_certified_asset("a", "hospital");
    zone.at_date(one.today);
    CHECK(zone.outcome("hospital", kSocial, renew(number, one.until)) == one.expected);
    if (std::string(one.expected) != "APPLIED") continue;
    CHECK(zone.certificate(number)->valid_to() == one.until);
    CHECK(state(zone, number) == CERTIFICATE_STATE_VALID);
    CHECK(stock(zone) == kOneAsset);
    const auto due = zone.records().due(end_of(*zone.certificate(number)));
    REQUIRE(due.size() == 1);
    CHECK(due[0].time() == end_of(*zone.certificate(number)));
  }
}

TEST_CASE("a renewal takes holder and registry, and a certificate that is not suspended") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.at_date("2029-11-22");
  CHECK(zone.outcome("hospital", renew(number, "2030-11-22")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("registry-social", {"hospital"}, renew(number, "2030-11-22")) == "NOT_HOLDER");
  CHECK(zone.outcome("hospital", kSocial, renew("SOC-2026-DA-000009-Z", "2030-11-22")).ends_with(" certificate"));
  zone.accept("registry-social", about("suspend_certificate", number));
  CHECK(zone.outcome("hospital", kSocial, renew(number, "2030-11-22")) == "WRONG_STATE");
  zone.at_date("2029-11-23");
  CHECK(zone.outcome("registry-social", about("restore_certificate", number)) == "WRONG_STATE");
  zone.accept("hospital", kSocial, renew(number, "2030-11-22"));
  CHECK(state(zone, number) == CERTIFICATE_STATE_SUSPENDED);
  CHECK(stock(zone) == kNothing);
  zone.accept("registry-social", about("restore_certificate", number));
  CHECK(state(zone, number) == CERTIFICATE_STATE_VALID);
  CHECK(stock(zone) == kOneAsset);
}

// --- suspension, restoration, ends ---

TEST_CASE("a certificate is suspended and restored by its registry or a court") {
  for (const char* by : {"registry-social", "court"}) {
    Zone zone;
    const auto number = zone.with_certified_asset("a", "hospital");
    const auto suspend = about("suspend_certificate", number);
    const auto restore = about("restore_certificate", number);
    CHECK(zone.outcome(by, restore) == "WRONG_STATE");
    zone.accept(by, suspend);
    CHECK(state(zone, number) == CERTIFICATE_STATE_SUSPENDED);
    CHECK(zone.registration("a")->state() == REGISTRATION_STATE_CERTIFIED);
    CHECK(first(zone, "hospital") != nullptr);
    CHECK(stock(zone) == kNothing);
    CHECK(content(zone, "a")->in_force() == 0);
    CHECK(zone.outcome(by, suspend) == "WRONG_STATE");
    zone.at_date("2026-12-01");
    zone.accept(by, restore);
    CHECK(state(zone, number) == CERTIFICATE_STATE_VALID);
    CHECK(stock(zone) == kOneAsset);
    CHECK(zone.total("GENERAL", "2026-11").declared_bytes() == 0);
    CHECK(zone.total("GENERAL", "2026-12").declared_bytes() == 10'000'000);
  }
}

TEST_CASE("nobody but its registry or a court acts on a certificate, and no court on its own") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.with_certified_asset("b", "court");
  for (const char* event : {"suspend_certificate", "restore_certificate", "revoke_certificate"}) {
    CHECK(zone.outcome("hospital", about(event, number)) == "ROLE_MISSING");
    CHECK(zone.outcome("exchange", about(event, number)) == "ROLE_MISSING");
    CHECK(zone.outcome("registry-public", about(event, number)) == "WRONG_REGISTRY");
    CHECK(zone.outcome("court", about(event, zone.registration("b")->certificate())) == "CONFLICT_OF_INTEREST");
    CHECK(zone.outcome("registry-social", op(std::string(event) + " { certificate: '" + number + "' }")) ==
          "MISSING_FIELD reason_digest");
    CHECK(zone.outcome("registry-social",
                       about(event, *make_certificate_number("SOC", 2026, v1::CERTIFICATE_KIND_DATA_ASSET, 999))) ==
          "UNKNOWN_CERTIFICATE certificate");
  }
}

TEST_CASE("a revoked certificate ends all that followed from it, whatever its state was") {
  for (const char* before : {"valid", "suspended", "expired"}) {
    INFO(before);
    Zone zone;
    const auto number = zone.with_certified_asset("a", "hospital");
    if (std::string(before) == "suspended") zone.accept("court", about("suspend_certificate", number));
    if (std::string(before) == "expired") zone.at_date("2029-11-23");
    zone.accept("registry-social", about("revoke_certificate", number));
    CHECK(state(zone, number) == CERTIFICATE_STATE_REVOKED);
    CHECK(zone.registration("a")->state() == REGISTRATION_STATE_REVOKED);
    CHECK(content(zone, "a") == nullptr);
    CHECK(first(zone, "hospital") == nullptr);
    CHECK(stock(zone) == kNothing);
    CHECK(zone.records().due(end_of(*zone.certificate(number))).empty());
    CHECK(zone.outcome("registry-social", about("revoke_certificate", number)) == "WRONG_STATE");
    CHECK(zone.outcome("registry-social", about("suspend_certificate", number)) == "WRONG_STATE");
    CHECK(zone.outcome("hospital", kSocial, renew(number, "2030-11-22")) == "WRONG_STATE");
  }
}

TEST_CASE("an annulled first is free for the next registration, and only for the next") {
  Zone zone;
  const auto one = zone.with_certified_asset("a", "hospital");
  const auto two = zone.with_certified_asset("b", "hospital");
  zone.accept("court", about("revoke_certificate", two));
  CHECK(first(zone, "hospital")->first().record() == one);
  zone.accept("court", about("revoke_certificate", one));
  CHECK(first(zone, "hospital") == nullptr);
  const auto three = zone.with_certified_asset("c", "hospital");
  CHECK(first(zone, "hospital")->first().record() == three);
}

TEST_CASE("a registration is cancelled by holder and registry unless something stands in the way") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  CHECK(zone.outcome("hospital", cancel()) == "MISSING_COSIGNER");
  CHECK(zone.outcome("registry-social", {"hospital"}, cancel()) == "NOT_HOLDER");
  CHECK(zone.outcome("hospital", {"registry-public"}, cancel()) == "MISSING_COSIGNER");
  v1::Encumbrances& on = *zone.change_asset("a").mutable_encumbrances();
  const auto blocked = [&] { return zone.outcome("hospital", kSocial, cancel()); };
  on.set_open_trades(1);
  CHECK(blocked() == "TRADE_OPEN");
  on.set_pledge("p");
  on.set_pledgee("bank");
  CHECK(blocked() == "PLEDGED");
  on.set_open_disputes(1);
  CHECK(blocked() == "DISPUTED");
  on.set_freezes(1);
  CHECK(blocked() == "FROZEN");
  on.Clear();
  on.set_pledge("p");
  on.set_pledgee("bank");
  zone.accept("hospital", {"registry-social", "bank"}, cancel());
  CHECK(state(zone, number) == CERTIFICATE_STATE_CANCELLED);
  CHECK(zone.registration("a")->state() == REGISTRATION_STATE_CANCELLED);
  CHECK(content(zone, "a") == nullptr);
  CHECK(first(zone, "hospital") == nullptr);
  CHECK(stock(zone) == kNothing);
  on.Clear();
  CHECK(zone.outcome("hospital", kSocial, cancel()) == "WRONG_STATE");
  zone.with_application(zone.application("b", "hospital"));
  CHECK(zone.outcome("hospital", kSocial, op("cancel_registration { asset: 'b' }")) == "WRONG_STATE");
}

TEST_CASE("issue and revocation take two keys of a registry that has two") {
  Zone zone;
  zone.with_second_key("registry-social");
  zone.with_accepted(zone.application("a", "hospital"));
  zone.accept("registry-social", op("publish_notice { asset: 'a' }"));
  const auto issue = zone.issue("a");
  CHECK(zone.outcome("registry-social", op(issue)) == "SECOND_KEY_MISSING");
  zone.accept("registry-social", {"registry-social/2"}, op(issue));
  const auto revoke = about("revoke_certificate", issue.certificate());
  CHECK(zone.outcome("registry-social", revoke) == "SECOND_KEY_MISSING");
  zone.accept("registry-social", {"registry-social/2"}, revoke);
}

}  // namespace
}  // namespace jinshi::ledger::testing
