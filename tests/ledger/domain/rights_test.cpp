#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

const std::vector<std::string> kSocial{"registry-social"};

v1::Operation transfer(const std::string& to) {
  return op("transfer_registration { asset: 'a' to: '" + to + "' agreement_digest: '#agreement' }");
}
v1::Operation grant(const std::string& right) { return op("grant_right { asset: 'a' right { " + right + " } }"); }
v1::Operation end(const std::string& right, const std::string& holder) {
  return op("end_right { asset: 'a' right: " + right + " holder: '" + holder + "' reason_digest: '#reason' }");
}

// "HOLD! hospital" where exclusive, in the record's order.
template <class Record>
std::vector<std::string> rights(const Record& record) {
  std::vector<std::string> all;
  for (const v1::GrantedRight& right : record.rights()) {
    all.push_back(v1::Right_Name(right.right()).substr(6) + (right.exclusive() ? "! " : " ") + right.holder() +
                  (right.until().empty() ? "" : " " + right.until()));
  }
  return all;
}
using Rights = std::vector<std::string>;

const v1::CertifiedContent& content(const Zone& zone, std::string_view asset) {
  return *zone.records().certified_content(zone.asset(asset)->content().root());
}

// --- transfer ---

TEST_CASE("a transfer moves HOLD and the old holder's rights, and the certificate and the claim follow") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.accept("hospital", {"carmaker", "registry-social"}, grant("right: RIGHT_PROCESS holder: 'carmaker'"));
  zone.accept("hospital", {"museum", "registry-social"}, transfer("museum"));
  const v1::Asset& asset = *zone.asset("a");
  CHECK(rights(asset) == Rights{"HOLD! museum", "PROCESS museum", "OPERATE museum", "PROCESS carmaker"});
  CHECK(rights(*zone.certificate(number)) == rights(asset));
  CHECK(zone.certificate(number)->holder() == "museum");
  CHECK(asset.holding() == 2);
  CHECK(content(zone, "a").holder() == "museum");
  CHECK(content(zone, "a").registrations() == 1);
  // The first registration is who registered's, and is annulled with the certificate.
  CHECK(zone.record(keys::first("hospital", v1::FIRST_KIND_REGISTRATION)) != nullptr);
  CHECK(zone.record(keys::first("museum", v1::FIRST_KIND_REGISTRATION)) == nullptr);
  zone.accept("court", op("revoke_certificate { certificate: '" + number + "' reason_digest: '#r' }"));
  CHECK(zone.record(keys::first("hospital", v1::FIRST_KIND_REGISTRATION)) == nullptr);
}

TEST_CASE("a right that the new holder had already becomes one with the old holder's") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.accept("hospital", {"museum", "registry-social"},
              grant("right: RIGHT_PROCESS holder: 'museum' until: '2027-01-31'"));
  zone.accept("hospital", {"museum", "registry-social"}, transfer("museum"));
  CHECK(rights(*zone.asset("a")) == Rights{"HOLD! museum", "PROCESS museum", "OPERATE museum"});
}

TEST_CASE("holders in common transfer to one, all of them signing, and the certificates of both kinds follow") {
  Zone zone;
  auto application = zone.application("a", "hospital");
  application.mutable_rights()->DeleteSubrange(0, 1);
  for (const char* holder : {"hospital", "carmaker"}) {
    auto& share = *application.add_holders();
    share.set_org(holder);
    share.set_share_bp(5000);
  }
  const auto one = zone.with_certified(application);
  application.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
  const auto two = zone.with_certified(application);
  CHECK(zone.outcome("hospital", {"museum", "registry-social"}, transfer("museum")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"carmaker", "registry-social"}, transfer("carmaker")) == "SAME_PARTY to");
  zone.accept("carmaker", {"hospital", "museum", "registry-social"}, transfer("museum"));
  CHECK(zone.asset("a")->holders().empty());
  CHECK(rights(*zone.asset("a")) == Rights{"HOLD! museum", "PROCESS museum", "OPERATE museum"});
  CHECK(zone.certificate(one)->holder() == "museum");
  CHECK(zone.certificate(two)->holder() == "museum");
  CHECK(content(zone, "a").holder() == "museum");
  CHECK(content(zone, "a").exclusive() == 2);
}

TEST_CASE("a transfer takes both holders and the registry, and an asset that is free") {
  Zone zone;
  zone.with_application(zone.application("b", "hospital"));
  zone.with_certified_asset("a", "hospital");
  CHECK(zone.outcome("museum", {"hospital", "registry-social"}, transfer("museum")) == "NOT_HOLDER");
  CHECK(zone.outcome("hospital", {"museum"}, transfer("museum")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"registry-social"}, transfer("museum")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"museum", "registry-public"}, transfer("museum")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"registry-social"}, transfer("registry-social")) == "CONFLICT_OF_INTEREST");
  CHECK(zone.outcome("hospital", kSocial, transfer("hospital")) == "SAME_PARTY to");
  CHECK(zone.outcome("hospital", kSocial, transfer("nobody")) == "UNKNOWN_ORGANISATION to");
  CHECK(zone.outcome("hospital", {"museum", "registry-social"},
                     op("transfer_registration { asset: 'b' to: 'museum' agreement_digest: '#x' }")) == "WRONG_STATE");
  v1::Encumbrances& on = *zone.change_asset("a").mutable_encumbrances();
  const auto blocked = [&] { return zone.outcome("hospital", {"museum", "registry-social"}, transfer("museum")); };
  on.set_bookings(1);
  CHECK(blocked() == "ALREADY_BOOKED");
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
  zone.accept("hospital", {"museum", "registry-social", "bank"}, transfer("museum"));
}

TEST_CASE("an asset whose holder keeps the same content exclusively elsewhere is not transferred") {
  Zone zone;
  auto one = zone.application("a", "hospital");
  auto other = zone.application("b", "hospital");
  *other.mutable_content() = one.content();
  zone.with_certified(one);
  zone.with_certified(other);
  CHECK(zone.outcome("hospital", {"museum", "registry-social"}, transfer("museum")) ==
        "CONTENT_ALREADY_CERTIFIED asset");
  zone.accept("hospital", kSocial, op("cancel_registration { asset: 'b' }"));
  zone.accept("hospital", {"museum", "registry-social"}, transfer("museum"));
}

TEST_CASE("content that nobody holds exclusively is several holders' after a transfer") {
  Zone zone;
  auto one = zone.application("a", "hospital");
  auto other = zone.application("b", "hospital");
  *other.mutable_content() = one.content();
  one.mutable_rights(0)->set_exclusive(false);
  other.mutable_rights(0)->set_exclusive(false);
  zone.with_certified(one);
  zone.with_certified(other);
  zone.accept("hospital", {"museum", "registry-social"}, transfer("museum"));
  CHECK(content(zone, "a").holder().empty());
  CHECK(content(zone, "a").registrations() == 2);
}

TEST_CASE("a merger's assets go to the successor by its own signature and the registry's") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.change_organisation("hospital").set_state(v1::ORGANISATION_STATE_REMOVED);
  zone.change_organisation("hospital").set_succeeded_by("museum");
  CHECK(zone.outcome("carmaker", {"registry-social"}, transfer("carmaker")) == "NOT_HOLDER");
  zone.accept("museum", {"registry-social"}, transfer("museum"));
  CHECK(zone.certificate(number)->holder() == "museum");
}

// --- rights granted and ended ---

TEST_CASE("a right is granted, stands on the certificate too, and is ended") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  zone.accept("hospital", {"carmaker", "registry-social"},
              grant("right: RIGHT_PROCESS holder: 'carmaker' until: '2029-11-22'"));
  const Rights granted{"HOLD! hospital", "PROCESS hospital", "OPERATE hospital", "PROCESS carmaker 2029-11-22"};
  CHECK(rights(*zone.asset("a")) == granted);
  CHECK(rights(*zone.certificate(number)) == granted);
  CHECK(zone.asset("a")->holding() == 1);
  zone.accept("hospital", {"carmaker", "registry-social"}, end("RIGHT_PROCESS", "carmaker"));
  const Rights left{"HOLD! hospital", "PROCESS hospital", "OPERATE hospital"};
  CHECK(rights(*zone.asset("a")) == left);
  CHECK(rights(*zone.certificate(number)) == left);
}

TEST_CASE("a holder ends its own right to make room for an exclusive one") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const auto exclusive = grant("right: RIGHT_OPERATE holder: 'carmaker' exclusive: true");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  CHECK(zone.outcome("hospital", with, exclusive) == "RIGHT_CONFLICT right");
  CHECK(zone.outcome("hospital", end("RIGHT_OPERATE", "hospital")) == "MISSING_COSIGNER");
  zone.accept("hospital", kSocial, end("RIGHT_OPERATE", "hospital"));
  zone.accept("hospital", with, exclusive);
  CHECK(zone.outcome("hospital", {"museum", "registry-social"}, grant("right: RIGHT_OPERATE holder: 'museum'")) ==
        "RIGHT_CONFLICT right");
  zone.accept("hospital", {"museum", "registry-social"}, grant("right: RIGHT_PROCESS holder: 'museum'"));
}

TEST_CASE("rights that can't be granted") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::string process = "right: RIGHT_PROCESS holder: 'carmaker'";
  struct Case {
    std::vector<std::string> with;
    std::string right;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {{"carmaker", "registry-social"}, "right: RIGHT_HOLD holder: 'carmaker'", "BAD_VALUE right.right"},
      {{"carmaker", "registry-social"}, "holder: 'carmaker'", "MISSING_FIELD right.right"},
      {{"carmaker", "registry-social"}, process + " until: '2029-11-23'", "BAD_DATES right.until"},
      {{"carmaker", "registry-social"}, process + " until: '2026-11-22'", "BAD_DATES right.until"},
      {{"carmaker", "registry-social"}, process + " until: '2026-11-31'", "BAD_DATES right.until"},
      {{"carmaker"}, process, "MISSING_COSIGNER"},
      {{"registry-social"}, process, "MISSING_COSIGNER"},
      {{"registry-social"}, "right: RIGHT_PROCESS holder: 'hospital'", "SAME_PARTY right.holder"},
      {{"registry-social"}, "right: RIGHT_PROCESS holder: 'registry-social'", "CONFLICT_OF_INTEREST"},
      {{"registry-social"}, "right: RIGHT_PROCESS holder: 'nobody'", "UNKNOWN_ORGANISATION right.holder"},
  };
  for (const Case& one : cases) {
    INFO(one.right);
    CHECK(zone.outcome("hospital", one.with, grant(one.right)) == one.expected);
  }
  CHECK(zone.outcome("carmaker", {"hospital", "registry-social"}, grant(process)) == "NOT_HOLDER");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  zone.accept("hospital", with, grant(process));
  CHECK(zone.outcome("hospital", with, grant(process)) == "RIGHT_CONFLICT right");
  v1::Encumbrances& on = *zone.change_asset("a").mutable_encumbrances();
  on.set_open_disputes(1);
  CHECK(zone.outcome("hospital", with, grant(process)) == "DISPUTED");
  on.set_freezes(1);
  CHECK(zone.outcome("hospital", with, grant(process)) == "FROZEN");
  on.Clear();
  zone.at_date("2029-11-23");
  CHECK(zone.outcome("hospital", with, grant(process)) == "CERTIFICATE_NOT_VALID");
}

TEST_CASE("an asset has sixteen rights at most, and one that is over makes room") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  v1::Asset& asset = zone.change_asset("a");
  while (asset.rights_size() < 16) {
    v1::GrantedRight& right = *asset.add_rights();
    right.set_right(v1::RIGHT_PROCESS);
    right.set_holder("other-" + std::to_string(asset.rights_size()));
  }
  const auto process = grant("right: RIGHT_PROCESS holder: 'carmaker'");
  CHECK(zone.outcome("hospital", with, process) == "LIMIT_EXCEEDED right");
  asset.mutable_rights(15)->set_until("2026-11-23");
  CHECK(zone.outcome("hospital", with, process) == "LIMIT_EXCEEDED right");
  zone.at_date("2026-11-24");
  zone.accept("hospital", with, process);
  CHECK(zone.asset("a")->rights_size() == 16);
  CHECK(zone.asset("a")->rights(15).holder() == "carmaker");
}

TEST_CASE("a right that is over is granted anew") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  zone.accept("hospital", with, grant("right: RIGHT_PROCESS holder: 'carmaker' until: '2026-11-23'"));
  CHECK(zone.outcome("hospital", with, grant("right: RIGHT_PROCESS holder: 'carmaker'")) == "RIGHT_CONFLICT right");
  zone.at_date("2026-11-24");
  zone.accept("hospital", with, grant("right: RIGHT_PROCESS holder: 'carmaker'"));
  CHECK(zone.asset("a")->rights_size() == 4);
}

TEST_CASE("a court ends a right alone, even in a dispute, unless it is its own") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  zone.accept("hospital", with, grant("right: RIGHT_PROCESS holder: 'carmaker'"));
  zone.accept("hospital", {"court", "registry-social"}, grant("right: RIGHT_OPERATE holder: 'court'"));
  CHECK(zone.outcome("court", end("RIGHT_PROCESS", "carmaker")) == "CONFLICT_OF_INTEREST");
  zone.accept("hospital", {"court", "registry-social"}, end("RIGHT_OPERATE", "court"));
  v1::Encumbrances& on = *zone.change_asset("a").mutable_encumbrances();
  on.set_open_disputes(1);
  CHECK(zone.outcome("hospital", with, end("RIGHT_PROCESS", "carmaker")) == "DISPUTED");
  on.set_freezes(1);
  CHECK(zone.outcome("hospital", with, end("RIGHT_PROCESS", "carmaker")) == "FROZEN");
  zone.accept("court", end("RIGHT_PROCESS", "carmaker"));
  CHECK(zone.asset("a")->rights_size() == 3);
}

TEST_CASE("rights that can't be ended") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  const std::vector<std::string> with{"carmaker", "registry-social"};
  CHECK(zone.outcome("hospital", kSocial, end("RIGHT_HOLD", "hospital")) == "BAD_VALUE right");
  CHECK(zone.outcome("court", end("RIGHT_HOLD", "hospital")) == "BAD_VALUE right");
  CHECK(zone.outcome("hospital", with, end("RIGHT_PROCESS", "carmaker")) == "RIGHT_NOT_HELD holder");
  CHECK(zone.outcome("carmaker", with, end("RIGHT_PROCESS", "carmaker")) == "NOT_HOLDER");
  CHECK(zone.outcome("arbitration", with, end("RIGHT_PROCESS", "carmaker")) == "NOT_HOLDER");
  zone.accept("hospital", with, grant("right: RIGHT_PROCESS holder: 'carmaker'"));
  CHECK(zone.outcome("hospital", kSocial, end("RIGHT_PROCESS", "carmaker")) == "MISSING_COSIGNER");
  CHECK(zone.outcome("hospital", {"carmaker"}, end("RIGHT_PROCESS", "carmaker")) == "MISSING_COSIGNER");
  zone.accept("hospital", kSocial, op("cancel_registration { asset: 'a' }"));
  CHECK(zone.outcome("hospital", with, end("RIGHT_PROCESS", "carmaker")) == "WRONG_STATE");
}

}  // namespace
}  // namespace jinshi::ledger::testing
