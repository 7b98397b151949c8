#include "ledger/domain/totals.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "ledger/domain/effective_state.h"
#include "ledger/domain/parties.h"
#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

struct Stock {
  std::int64_t certificates = 0;
  std::int64_t assets = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const Stock&, const Stock&) = default;
};
using Stocks = std::map<std::string, Stock>;  // by sector zone

Stocks stocks(const Zone& zone) {
  Stocks sums;
  for (const auto& [place, total] : zone.totals()) {
    Stock& stock = sums[place.first];
    stock.certificates += total.certificates();
    stock.assets += total.assets();
    stock.bytes += total.declared_bytes();
  }
  std::erase_if(sums, [](const auto& one) { return one.second == Stock{}; });
  return sums;
}

void with_root(v1::ApplyRegistration& application, std::string_view root, std::uint64_t size) {
  application.set_size_bytes(size);
  application.mutable_content()->set_root(digest_of(root));
  application.mutable_content()->set_chunk_count((size + (1 << 20) - 1) >> 20);
}

void derived_from(v1::ApplyRegistration& application, const std::vector<std::string>& parents) {
  application.set_source(v1::SOURCE_DERIVED);
  for (const std::string& parent : parents) application.add_parents()->set_asset(parent);
}

TEST_CASE("derived data counts what it is larger than its parents, and nothing where they are as large") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  zone.with_certified_asset("b", "hospital");
  auto larger = zone.application("c", "hospital");
  with_root(larger, "c", 25'000'000);
  derived_from(larger, {"a", "b"});
  zone.with_certified(larger);
  CHECK(stocks(zone) == Stocks{{"GENERAL", {3, 3, 25'000'000}}});
  auto smaller = zone.application("d", "hospital");
  with_root(smaller, "d", 20'000'000);
  derived_from(smaller, {"a", "b"});
  const auto number = zone.with_certified(smaller);
  CHECK(stocks(zone) == Stocks{{"GENERAL", {4, 4, 25'000'000}}});
  zone.accept("court", op("revoke_certificate { certificate: '" + number + "' reason_digest: '#r' }"));
  CHECK(stocks(zone) == Stocks{{"GENERAL", {3, 3, 25'000'000}}});
}

TEST_CASE("a root's bytes stay where they were brought in until the last asset of it leaves") {
  Zone zone;
  const auto certified = [&](const char* asset, const char* holder, const char* sector) {
    auto application = zone.application(asset, holder);
    with_root(application, "shared", 10'000'000);
    application.mutable_rights(0)->set_exclusive(false);
    application.set_zone(sector);
    return zone.with_certified(application);
  };
  const auto revoke = [&](const std::string& number) {
    zone.accept("court", op("revoke_certificate { certificate: '" + number + "' reason_digest: '#r' }"));
  };
  const auto one = certified("a", "hospital", "GENERAL");
  const auto two = certified("b", "museum", "MEDICAL");
  CHECK(stocks(zone) == Stocks{{"GENERAL", {1, 1, 10'000'000}}, {"MEDICAL", {1, 1, 0}}});
  revoke(one);
  CHECK(stocks(zone) == Stocks{{"GENERAL", {0, 0, 10'000'000}}, {"MEDICAL", {1, 1, 0}}});
  revoke(two);
  CHECK(stocks(zone).empty());
}

TEST_CASE("what is counted in twice counts once, and what is not in force never counts") {
  Zone zone;
  const auto number = zone.with_certified_asset("a", "hospital");
  const Stocks before = stocks(zone);
  zone.change([&](Overlay& overlay) { count_in(overlay, number, zone.block()); });
  CHECK(stocks(zone) == before);
  zone.change([&](Overlay& overlay) {
    count_out(overlay, number, zone.block());
    count_out(overlay, number, zone.block());
  });
  CHECK(stocks(zone).empty());
  zone.at_date("2029-11-23");
  zone.change([&](Overlay& overlay) { count_in(overlay, number, zone.block()); });
  CHECK(stocks(zone).empty());
}

// --- random histories against a recomputation ---

// The rule of totals.h by other code: who is in force is read from the records; what a root counts is remembered from
// the step at which its first asset came in, or at which its only asset changed.
class Recomputation {
 public:
  void follow(const Zone& zone, const std::string& changed) {
    std::map<std::string, std::set<std::string>> in_force;  // root -> assets
    Stocks now;
    for (const auto& [digest, record] : zone.records().all()) {
      if (!record->has_certificate()) continue;
      const v1::Certificate& certificate = record->certificate();
      const bool valid = effective_state(certificate, zone.time()) == v1::CERTIFICATE_STATE_VALID;
      CHECK(certificate.counted() == valid);
      if (!valid) continue;
      const v1::Asset& asset = *zone.asset(certificate.asset());
      ++now[asset.zone()].certificates;
      in_force[asset.content().root()].insert(asset.id());
    }
    for (const auto& [root, assets] : in_force) {
      for (const std::string& asset : assets) ++now[zone.asset(asset)->zone()].assets;
      const std::string& one = *assets.begin();
      const bool alone = assets.size() == 1;
      if (!counted_.contains(root) || (alone && one == changed)) counted_[root] = bytes_of(zone, one);
      CHECK((alone || before_[root].size() > 0));
    }
    std::erase_if(counted_, [&](const auto& root) { return !in_force.contains(root.first); });
    for (const auto& [root, bytes] : counted_) now[bytes.second].bytes += bytes.first;
    std::erase_if(now, [](const auto& one) { return one.second == Stock{}; });
    CHECK(stocks(zone) == now);
    before_ = in_force;
  }

 private:
  static std::pair<std::int64_t, std::string> bytes_of(const Zone& zone, const std::string& id) {
    const v1::Asset& asset = *zone.asset(id);
    auto bytes = static_cast<std::int64_t>(asset.size_bytes());
    for (const auto& parent : asset.parents()) {
      bytes -= static_cast<std::int64_t>(zone.asset(parent.asset())->size_bytes());
    }
    return {std::max<std::int64_t>(bytes, 0), asset.zone()};
  }

  std::map<std::string, std::pair<std::int64_t, std::string>> counted_;
  std::map<std::string, std::set<std::string>> before_;
};

// Claims, firsts and due entries, read off the registrations and certificates.
void check_followers(const Zone& zone) {
  std::map<std::string, std::uint32_t> claims;
  std::map<std::string, std::uint32_t> exclusive;
  std::set<std::pair<TimeMs, std::string>> ends;
  for (const auto& [digest, record] : zone.records().all()) {
    if (record->has_asset()) {
      const v1::Asset& asset = record->asset();
      for (const auto& registration : asset.registrations()) {
        if (registration.state() != v1::REGISTRATION_STATE_CERTIFIED) continue;
        ++claims[asset.content().root()];
        exclusive[asset.content().root()] += asset.rights(0).exclusive() ? 1 : 0;
        const v1::Certificate& certificate = *zone.certificate(registration.certificate());
        CHECK(certificate.holder() == holders_of(asset).front());
        const TimeMs end = end_of(certificate);
        if (end > zone.time()) ends.emplace(end, certificate.number());
      }
    } else if (record->has_first()) {
      const auto state = zone.certificate(record->first().record())->state();
      CHECK((state == v1::CERTIFICATE_STATE_VALID || state == v1::CERTIFICATE_STATE_SUSPENDED));
    }
  }
  std::set<std::pair<TimeMs, std::string>> queued;
  for (const auto& [digest, record] : zone.records().all()) {
    if (record->has_due()) queued.emplace(record->due().time(), record->due().id());
    if (!record->has_certified_content()) continue;
    const v1::CertifiedContent& content = record->certified_content();
    CHECK(content.registrations() == claims[content.root()]);
    CHECK(content.exclusive() == exclusive[content.root()]);
    claims.erase(content.root());
  }
  CHECK(claims.empty());
  CHECK(queued == ends);
}

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const TotalChanges before = zone_.totals();
      changed_.clear();
      const std::string what = one_step();
      INFO("step " << step << ": " << what << " " << changed_);
      recomputation_.follow(zone_, changed_);
      check_followers(zone_);
      for (const auto& [place, total] : before) {
        if (place.second == month_of(zone_.time())) continue;
        CHECK(total.ShortDebugString() == zone_.totals().at(place).ShortDebugString());
      }
    }
  }
  const std::map<std::string, int>& applied() const { return applied_; }

 private:
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most - 1)(random_); }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(up_to(static_cast<int>(of.size())))];
  }
  std::string any_holder() { return any<std::string>({"hospital", "carmaker", "museum", "shipping"}); }
  std::string any_root() { return "root " + std::to_string(up_to(6)); }
  std::string any_sector() { return any<std::string>({"GENERAL", "MEDICAL", "FINANCE"}); }

  // Everyone who could have to sign, `by` first.
  bool submit(const std::string& name, const std::string& by, const v1::Operation& operation,
              std::vector<std::string> others = {}) {
    for (const char* registry : {"registry-social", "registry-ip"}) {
      if (by != registry) others.push_back(registry);
    }
    std::erase(others, by);
    const bool done = zone_.submit(by, others, operation).has_value();
    if (done) ++applied_[name];
    return done;
  }

  // An asset of a dozen; a new one takes the place of one that has ended.
  std::string apply() {
    const std::string id = "asset-" + std::to_string(++made_);
    auto application = zone_.application(id, any_holder());
    with_root(application, any_root(), static_cast<std::uint64_t>(1 + up_to(50'000'000)));
    application.mutable_rights(0)->set_exclusive(up_to(6) == 0);
    application.set_zone(any_sector());
    if (up_to(3) == 0 && !assets_.empty()) {
      std::set<std::string> parents;
      for (int i = 0; i < 1 + up_to(2); ++i) parents.insert(any(assets_));
      application.mutable_rights(0)->set_holder(zone_.asset(*parents.begin())->rights(0).holder());
      derived_from(application, {parents.begin(), parents.end()});
    }
    if (!submit("apply", application.rights(0).holder(), op(application))) return "apply";
    if (assets_.size() < 12) {
      assets_.push_back(id);
    } else {
      assets_[static_cast<std::size_t>(up_to(12))] = id;
    }
    certify(id, v1::CERTIFICATE_KIND_DATA_ASSET);
    return "apply";
  }

  void certify(const std::string& id, v1::CertificateKind kind) {
    const std::string registry = zone_.registry_of(id, kind);
    v1::AcceptApplication acceptance;
    acceptance.set_asset(id);
    acceptance.set_certificate_kind(kind);
    v1::PublishNotice notice;
    notice.set_asset(id);
    notice.set_certificate_kind(kind);
    submit("accept", registry, op(acceptance));
    submit("notice", registry, op(notice));
    auto issue = zone_.issue(id, kind);
    issue.set_valid_to(zone_.date_in(30 + up_to(400)));
    submit("issue", registry, op(issue));
  }

  std::string one_step() {
    const int dice = up_to(100);
    if (dice < 14 || assets_.empty()) return apply();
    if (dice < 24) {
      zone_.pass(up_to(8) == 0 ? 200 * kDay : (1 + up_to(25)) * kDay);
      return "time";
    }
    const std::string id = any(assets_);
    const v1::Asset& asset = *zone_.asset(id);
    const std::string holder = asset.rights(0).holder();
    const auto& registration = asset.registrations(up_to(asset.registrations_size()));
    const std::string number = registration.certificate();
    const std::string registry = zone_.registry_of(id, registration.kind());
    const auto about = [&](const char* event) {
      submit(event, registry, op(std::string(event) + " { certificate: '" + number + "' reason_digest: '#r' }"));
      return std::string(event) + " " + number;
    };
    if (dice < 32) {
      auto application = zone_.application(id, holder);
      application.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
      *application.mutable_content() = asset.content();
      application.set_size_bytes(asset.size_bytes());
      if (submit("apply for IP", holder, op(application))) certify(id, v1::CERTIFICATE_KIND_DATA_IP);
      return "issue IP";
    }
    if (dice < 44) return about("suspend_certificate");
    if (dice < 56) return about("restore_certificate");
    if (dice < 66) {
      if (number.empty()) return "nothing";
      const auto end = parse_date(zone_.certificate(number)->valid_to());
      v1::RenewCertificate renewal;
      renewal.set_certificate(number);
      renewal.set_valid_to(format_date(add_days(*end, 1 + up_to(300))));
      submit("renew", holder, op(renewal));
      return "renew " + number;
    }
    if (dice < 70) return about("revoke_certificate");
    if (dice < 74) {
      v1::CancelRegistration cancellation;
      cancellation.set_asset(id);
      cancellation.set_certificate_kind(registration.kind());
      submit("cancel", holder, op(cancellation));
      return "cancel " + id;
    }
    if (dice < 86) {
      v1::UpdateContent update;
      update.set_asset(id);
      update.set_size_bytes(static_cast<std::uint64_t>(1 + up_to(60'000'000)));
      *update.mutable_content() = asset.content();
      update.mutable_content()->set_root(digest_of(any_root()));
      update.mutable_content()->set_chunk_count((update.size_bytes() + (1 << 20) - 1) >> 20);
      update.set_period_to(asset.period_to());
      if (submit("update", holder, op(update))) changed_ = id;
      return "update";
    }
    if (dice < 94) {
      v1::ChangeRegistration change;
      change.set_asset(id);
      change.set_zone(any_sector());
      change.set_reason_digest(digest_of("reason"));
      if (submit("change", holder, op(change))) changed_ = id;
      return "change";
    }
    v1::TransferRegistration transfer;
    transfer.set_asset(id);
    transfer.set_to(any_holder());
    transfer.set_agreement_digest(digest_of("agreement"));
    submit("transfer", holder, op(transfer), {transfer.to()});
    return "transfer " + id;
  }

  std::mt19937 random_;
  Zone zone_;
  Recomputation recomputation_;
  std::vector<std::string> assets_;
  std::string changed_;
  std::map<std::string, int> applied_;
  int made_ = 0;
};

TEST_CASE("totals, claims, firsts and the due queue equal a recomputation through random histories") {
  std::map<std::string, int> applied;
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    History history(seed);
    history.run(300);
    for (const auto& [event, count] : history.applied()) applied[event] += count;
  }
  for (const char* event : {"issue", "apply for IP", "suspend_certificate", "restore_certificate", "renew",
                            "revoke_certificate", "cancel", "update", "change", "transfer"}) {
    INFO(event);
    CHECK(applied[event] >= 10);
  }
}

}  // namespace
}  // namespace jinshi::ledger::testing
