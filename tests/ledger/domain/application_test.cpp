#include <catch2/catch.hpp>

#include "tests/ledger/domain/zone.h"

namespace jinshi::ledger::testing {
namespace {

using Form = v1::ApplyRegistration;

// What is wrong with an application, and what answers.
struct Flaw {
  const char* what;
  void (*spoil)(Form&);
  const char* outcome;
};

v1::GrantedRight right_of(v1::Right right, const char* holder, bool exclusive = false, const char* until = "") {
  v1::GrantedRight granted;
  granted.set_right(right);
  granted.set_holder(holder);
  granted.set_exclusive(exclusive);
  granted.set_until(until);
  return granted;
}

void share(Form& form, const char* organisation, std::uint32_t basis_points) {
  v1::HolderShare& holder = *form.add_holders();
  holder.set_org(organisation);
  holder.set_share_bp(basis_points);
}

// A form without rights but its holders' in common.
Form in_common(const Zone& zone, const char* asset) {
  Form form = zone.application(asset, "hospital");
  form.clear_rights();
  share(form, "hospital", 6000);
  share(form, "carmaker", 4000);
  return form;
}

Form derived(const Zone& zone, const char* asset, const char* holder, const char* parent) {
  Form form = zone.application(asset, holder);
  form.set_source(v1::SOURCE_DERIVED);
  form.add_parents()->set_asset(parent);
  return form;
}

v1::ResubmitApplication again(const Form& form) {
  v1::ResubmitApplication event;
  event.set_asset(form.asset());
  event.set_certificate_kind(form.certificate_kind());
  *event.mutable_application() = form;
  return event;
}

// Every flaw of a form by itself, where the holder is hospital and "parent", hospital's too, is certified at grade 2.
const std::vector<Flaw>& flaws() {
  static const std::vector<Flaw> all = {
      {"a zone that there isn't", [](Form& form) { form.set_zone("MOON"); }, "BAD_VALUE zone"},
      {"shares short of the whole", [](Form& form) { form.clear_rights(), share(form, "hospital", 9999); },
       "BAD_VALUE holders"},
      {"two shares of one",
       [](Form& form) { form.clear_rights(), share(form, "hospital", 5000), share(form, "hospital", 5000); },
       "BAD_VALUE holders[1].org"},
      {"GENERAL without a grade", [](Form& form) { form.set_grade(0); }, "BAD_VALUE grade"},
      {"IMPORTANT with a grade", [](Form& form) { form.set_level(v1::DATA_LEVEL_IMPORTANT); }, "BAD_VALUE grade"},
      {"DERIVED from nothing", [](Form& form) { form.set_source(v1::SOURCE_DERIVED); }, "BAD_VALUE source"},
      {"parents of its own production", [](Form& form) { form.add_parents()->set_asset("parent"); },
       "BAD_VALUE source"},
      {"one parent twice",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset("parent");
         form.add_parents()->set_asset("parent");
       },
       "BAD_VALUE parents[1].asset"},
      {"itself as its parent",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset(form.asset());
       },
       "BAD_VALUE parents[0].asset"},
      {"replacing itself", [](Form& form) { form.set_replaces(form.asset()); }, "BAD_VALUE replaces"},
      {"an odd chunk size", [](Form& form) { form.mutable_content()->set_chunk_size(1'000'000); },
       "BAD_VALUE content.chunk_size"},
      {"a chunk too few", [](Form& form) { form.mutable_content()->set_chunk_count(9); },
       "BAD_VALUE content.chunk_count"},
      {"chunks of its data where the container is larger",
       [](Form& form) {
         form.mutable_content()->set_over(v1::CONTENT_FORM_CIPHERTEXT);
         form.mutable_content()->set_size(10 << 20 | 1);
       },
       "BAD_VALUE content.chunk_count"},
      {"a licence that is no trade",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset("parent");
         form.mutable_parents(0)->set_licence("trade-1");
       },
       "UNKNOWN_RECORD parents[0].licence"},
      {"a right of nobody known", [](Form& form) { form.mutable_rights(1)->set_holder("nobody"); },
       "UNKNOWN_ORGANISATION rights[1].holder"},
      {"replacing what there isn't", [](Form& form) { form.set_replaces("never"); }, "UNKNOWN_ASSET replaces"},
      {"replacing another's", [](Form& form) { form.set_replaces("other"); }, "NOT_HOLDER replaces"},
      {"a period that ends before it begins", [](Form& form) { form.set_period_to("2020-12-31"); },
       "BAD_DATES period_to"},
      {"a right that is over", [](Form& form) { form.mutable_rights(2)->set_until("2026-11-22"); },
       "BAD_DATES rights[2].until"},
      {"CORE", [](Form& form) { form.set_level(v1::DATA_LEVEL_CORE), form.set_grade(0); }, "CORE_DATA_FORBIDDEN level"},
      {"two who hold", [](Form& form) { *form.add_rights() = right_of(v1::RIGHT_HOLD, "carmaker"); },
       "RIGHT_CONFLICT rights[3]"},
      {"one right twice", [](Form& form) { *form.add_rights() = right_of(v1::RIGHT_OPERATE, "hospital"); },
       "RIGHT_CONFLICT rights[3]"},
      {"another beside an exclusive one",
       [](Form& form) {
         form.mutable_rights(2)->set_exclusive(true);
         *form.add_rights() = right_of(v1::RIGHT_OPERATE, "carmaker");
       },
       "RIGHT_CONFLICT rights[3]"},
      {"an exclusive one beside another",
       [](Form& form) { *form.add_rights() = right_of(v1::RIGHT_PROCESS, "carmaker", true); },
       "RIGHT_CONFLICT rights[3]"},
      {"a parent that is not certified",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset("other");
       },
       "PARENT_NOT_CERTIFIED parents[0].asset"},
      {"a parent of another's",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset("parent");
         form.add_parents()->set_asset("foreign");
       },
       "PARENT_NOT_LICENSED parents[1]"},
      {"a grade below its parent's",
       [](Form& form) {
         form.set_source(v1::SOURCE_DERIVED);
         form.add_parents()->set_asset("parent");
         form.set_grade(1);
       },
       "ASSESSMENT_REQUIRED level"},
      {"DEIDENTIFIED without a basis",
       [](Form& form) { form.set_personal_information(v1::PERSONAL_INFORMATION_DEIDENTIFIED); },
       "LAWFUL_BASIS_REQUIRED lawful_basis_digest"},
      {"personal information without a basis",
       [](Form& form) { form.set_personal_information(v1::PERSONAL_INFORMATION_CONTAINED); },
       "LAWFUL_BASIS_REQUIRED lawful_basis_digest"},
  };
  return all;
}

Zone zone_with_relatives() {
  Zone zone;
  zone.with_certified_asset("parent", "hospital");
  zone.with_certified_asset("foreign", "carmaker");
  zone.with_application(zone.application("other", "museum"));
  return zone;
}

TEST_CASE("an application writes the asset as it was described") {
  Zone zone;
  Form form = zone.application("a", "hospital");
  form.set_lawful_basis_digest(digest_of("basis"));
  zone.accept("hospital", op(form));
  const v1::Asset& asset = *zone.asset("a");
  CHECK(asset.id() == "a");
  CHECK(asset.generation() == 1);
  CHECK(asset.holding() == 1);
  CHECK(asset.content_version() == 1);
  CHECK(asset.name() == form.name());
  CHECK(asset.zone() == "GENERAL");
  CHECK(asset.grade() == 2);
  CHECK(asset.rights_size() == 3);
  CHECK(asset.content().SerializeAsString() == form.content().SerializeAsString());
  CHECK(asset.lawful_basis_digest() == digest_of("basis"));
  CHECK(asset.description_digest() == form.description_digest());
  REQUIRE(asset.registrations_size() == 1);
  CHECK(asset.registrations(0).kind() == v1::CERTIFICATE_KIND_DATA_ASSET);
  CHECK(asset.registrations(0).state() == v1::REGISTRATION_STATE_APPLIED);
  CHECK(zone.record(keys::asset("a"))->version() == 1);
}

TEST_CASE("what an application says of itself comes to be said of the asset, field by field") {
  Zone zone;
  const Form form = zone.application("a", "hospital");
  // Every field of the form that the asset has is under the same name and of the same type.
  for (int i = 0; i < Form::descriptor()->field_count(); ++i) {
    const auto& field = *Form::descriptor()->field(i);
    if (field.name() == "asset" || field.name() == "certificate_kind") continue;
    const auto* kept = v1::Asset::descriptor()->FindFieldByName(field.name());
    INFO(field.name());
    REQUIRE(kept != nullptr);
    CHECK(kept->number() == field.number());
    CHECK(kept->type() == field.type());
  }
  // So that the two read alike as bytes once what only one of them has is gone.
  zone.accept("hospital", op(form));
  v1::Asset asset = *zone.asset("a");
  for (const char* own : {"id", "generation", "registrations", "holding", "content_version", "certificates_in_force"}) {
    asset.GetReflection()->ClearField(&asset, v1::Asset::descriptor()->FindFieldByName(own));
  }
  Form said = form;
  said.clear_asset();
  CHECK(asset.SerializeAsString() == said.SerializeAsString());
}

TEST_CASE("an application that can't be is refused at the field at fault") {
  const Zone zone = zone_with_relatives();
  for (const Flaw& flaw : flaws()) {
    Form form = zone.application("a", "hospital");
    flaw.spoil(form);
    INFO(flaw.what);
    CHECK(zone.forecast("hospital", {}, op(form)) == flaw.outcome);
  }
}

TEST_CASE("a resubmission is held to the same, at the same field within it") {
  Zone zone = zone_with_relatives();
  zone.with_application(zone.application("a", "hospital"));
  zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#why' }"));
  for (const Flaw& flaw : flaws()) {
    Form form = zone.application("a", "hospital");
    flaw.spoil(form);
    std::string outcome = flaw.outcome;
    outcome.insert(outcome.find(' ') + 1, "application.");
    // Who holds would change, which a supplement doesn't do, whatever else the rights say.
    if (flaw.what == std::string_view("two who hold")) outcome = "NOT_HOLDER application.rights";
    INFO(flaw.what);
    CHECK(zone.forecast("hospital", {}, op(again(form))) == outcome);
  }
}

TEST_CASE("an application without rights is refused, whoever signs") {
  Zone zone;
  Form form = zone.application("a", "hospital");
  form.clear_rights();
  CHECK(zone.outcome("hospital", op(form)) == "RIGHTS_NOT_NAMED rights");
}

TEST_CASE("only who holds applies, and those who hold in common all sign") {
  Zone zone;
  CHECK(zone.outcome("carmaker", op(zone.application("a", "hospital"))) == "NOT_HOLDER");
  Form nobody = zone.application("a", "hospital");
  nobody.mutable_rights()->DeleteSubrange(0, 1);
  CHECK(zone.outcome("hospital", op(nobody)) == "NOT_HOLDER");

  const Form form = in_common(zone, "a");
  CHECK(zone.outcome("museum", op(form)) == "NOT_HOLDER");
  CHECK(zone.outcome("hospital", op(form)) == "MISSING_COSIGNER");
  CHECK(zone.outcome("museum", {"hospital", "carmaker"}, op(form)) == "NOT_HOLDER");
  Form doubled = form;
  *doubled.add_rights() = right_of(v1::RIGHT_HOLD, "hospital");
  CHECK(zone.outcome("hospital", {"carmaker"}, op(doubled)) == "RIGHT_CONFLICT rights[0]");
  CHECK(zone.outcome("hospital", {"carmaker"}, op(form)) == "APPLIED");
  CHECK(zone.asset("a")->holders_size() == 2);
}

TEST_CASE("a container's chunks are counted by its own size") {
  Zone zone;
  Form form = zone.application("a", "hospital");
  form.mutable_content()->set_over(v1::CONTENT_FORM_CIPHERTEXT);
  form.mutable_content()->set_size(std::uint64_t{10} << 20 | 1);
  form.mutable_content()->set_chunk_count(11);
  CHECK(zone.outcome("hospital", op(form)) == "APPLIED");
}

TEST_CASE("an id is used again by its holder alone, after a rejection or a withdrawal") {
  Zone zone;
  const Form form = zone.application("a", "hospital");
  zone.accept("hospital", op(form));
  CHECK(zone.outcome("carmaker", op(zone.application("a", "carmaker"))) == "ID_TAKEN asset");
  CHECK(zone.outcome("hospital", op(form)) == "ID_TAKEN asset");

  zone.accept("registry-social", op("reject_application { asset: 'a' reason_digest: '#why' }"));
  CHECK(zone.outcome("carmaker", op(zone.application("a", "carmaker"))) == "ID_TAKEN asset");
  Form better = form;
  better.set_name("better");
  zone.accept("hospital", op(better));
  CHECK(zone.asset("a")->generation() == 2);
  CHECK(zone.asset("a")->holding() == 2);
  CHECK(zone.asset("a")->name() == "better");
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_APPLIED);
  CHECK(zone.record(keys::asset("a"))->version() == 3);

  zone.accept("hospital", op("withdraw_application { asset: 'a' }"));
  zone.accept("hospital", op(form));
  CHECK(zone.asset("a")->generation() == 3);
  CHECK(zone.asset("a")->registrations_size() == 1);

  zone.with_certified_asset("b", "hospital");
  CHECK(zone.outcome("hospital", op(zone.application("b", "hospital"))) == "ID_TAKEN asset");
  zone.accept("hospital", {"registry-social"}, op("cancel_registration { asset: 'b' }"));
  CHECK(zone.outcome("hospital", op(zone.application("b", "hospital"))) == "ID_TAKEN asset");
}

TEST_CASE("what was found about other content does not outlive it") {
  Zone zone;
  Form form = zone.application("a", "hospital");
  zone.with_application(form);
  zone.accept("assessor-quality", op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_COMPLIANCE)));
  zone.accept("hospital", {"assessor-quality"},
              op("record_anonymisation { anonymisation: 'n' asset: 'a' result: PERSONAL_INFORMATION_ANONYMISED method: "
                 "'masks' report_digest: '#r' }"));
  zone.accept("hospital", op("withdraw_application { asset: 'a' }"));
  zone.accept("hospital", op(form));
  CHECK(zone.asset("a")->in_force_size() == 1);
  CHECK(zone.asset("a")->anonymisation() == "n");

  zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#why' }"));
  form.mutable_content()->set_root(digest_of("other content"));
  zone.accept("hospital", op(again(form)));
  CHECK(zone.asset("a")->in_force_size() == 0);
  CHECK(zone.asset("a")->anonymisation().empty());
}

TEST_CASE("a second kind of registration joins the asset and leaves its description alone") {
  Zone zone;
  zone.with_application(zone.application("a", "hospital"));
  Form second = zone.application("a", "hospital");
  second.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
  second.set_name("another name");
  Form of_other_content = second;
  of_other_content.mutable_content()->set_root(digest_of("other content"));
  CHECK(zone.outcome("hospital", op(of_other_content)) == "CONTENT_MISMATCH content.root");
  zone.accept("hospital", op(second));
  const v1::Asset& asset = *zone.asset("a");
  CHECK(asset.generation() == 1);
  CHECK(asset.name() == "Sample data a");
  REQUIRE(asset.registrations_size() == 2);
  CHECK(zone.registration("a", v1::CERTIFICATE_KIND_DATA_IP)->state() == v1::REGISTRATION_STATE_APPLIED);

  // The two go their own ways, each at its own registry.
  CHECK(zone.outcome("registry-social",
                     op("accept_application { asset: 'a' certificate_kind: CERTIFICATE_KIND_DATA_IP }")) ==
        "WRONG_REGISTRY");
  zone.accept("registry-ip", op("accept_application { asset: 'a' certificate_kind: CERTIFICATE_KIND_DATA_IP }"));
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_APPLIED);
  CHECK(zone.registration("a", v1::CERTIFICATE_KIND_DATA_IP)->registry() == "registry-ip");
}

TEST_CASE("a rejected kind is applied for again without touching what another certificate rests on") {
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  Form second = zone.application("a", "hospital");
  second.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
  zone.accept("hospital", op(second));
  zone.accept("registry-ip", op("reject_application { asset: 'a' certificate_kind: CERTIFICATE_KIND_DATA_IP "
                                "reason_digest: '#why' }"));
  second.set_name("another name");
  second.mutable_content()->set_root(digest_of("other content"));
  CHECK(zone.outcome("hospital", op(second)) == "CONTENT_MISMATCH content.root");
  second.mutable_content()->set_root(zone.asset("a")->content().root());
  zone.accept("hospital", op(second));
  CHECK(zone.asset("a")->name() == "Sample data a");
  CHECK(zone.asset("a")->generation() == 1);
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_CERTIFIED);
}

TEST_CASE("derived data is registered on certified parents of its holder's, at their grade") {
  Zone zone = zone_with_relatives();
  CHECK(zone.outcome("hospital", op(derived(zone, "a", "hospital", "parent"))) == "APPLIED");
  CHECK(zone.asset("a")->parents(0).asset() == "parent");

  // Of a parent held in common, all who hold it sign.
  zone.with_certified(in_common(zone, "shared"));
  const Form form = derived(zone, "b", "hospital", "shared");
  CHECK(zone.outcome("hospital", op(form)) == "PARENT_NOT_LICENSED parents[0]");
  CHECK(zone.outcome("museum", {"hospital", "carmaker"}, op(derived(zone, "c", "museum", "shared"))) ==
        "PARENT_NOT_LICENSED parents[0]");
  CHECK(zone.outcome("hospital", {"carmaker"}, op(form)) == "APPLIED");
}

TEST_CASE("derived data goes below its parents' grade once it is assessed") {
  Zone zone = zone_with_relatives();
  Form form = derived(zone, "a", "hospital", "parent");
  zone.accept("hospital", op(form));
  zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#why' }"));
  form.set_grade(1);
  CHECK(zone.outcome("hospital", op(again(form))) == "ASSESSMENT_REQUIRED application.level");
  zone.accept("assessor-quality", op(zone.assessment("s", "a", v1::ASSESSMENT_KIND_COMPLIANCE)));
  Form other = form;
  other.mutable_content()->set_root(digest_of("content that nobody assessed"));
  CHECK(zone.outcome("hospital", op(again(other))) == "ASSESSMENT_REQUIRED application.level");
  CHECK(zone.outcome("hospital", op(again(form))) == "APPLIED");
  CHECK(zone.asset("a")->grade() == 1);
}

TEST_CASE("a replacement names an asset of the same holder") {
  Zone zone = zone_with_relatives();
  Form form = zone.application("a", "hospital");
  form.set_replaces("parent");
  CHECK(zone.outcome("hospital", op(form)) == "APPLIED");
  CHECK(zone.asset("a")->replaces() == "parent");
}

TEST_CASE("a supplement is asked for, and the new application takes the old one's place") {
  Zone zone;
  Form form = zone.application("a", "hospital");
  zone.with_application(form);
  const auto request = op("request_supplement { asset: 'a' reason_digest: '#why' }");
  CHECK(zone.outcome("hospital", op(again(form))) == "WRONG_STATE");
  CHECK(zone.outcome("hospital", request) == "ROLE_MISSING");
  CHECK(zone.outcome("registry-public", request) == "WRONG_REGISTRY");
  zone.accept("registry-social", request);
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_SUPPLEMENT_ASKED);
  CHECK(zone.outcome("registry-social", request) == "WRONG_STATE");

  Form other = form;
  other.set_asset("b");
  v1::ResubmitApplication event = again(other);
  event.set_asset("a");
  CHECK(zone.outcome("hospital", op(event)) == "BAD_VALUE application.asset");
  event = again(form);
  event.mutable_application()->set_certificate_kind(v1::CERTIFICATE_KIND_DATA_IP);
  CHECK(zone.outcome("hospital", op(event)) == "BAD_VALUE application.certificate_kind");
  CHECK(zone.outcome("hospital", op(again(zone.application("a", "carmaker")))) == "NOT_HOLDER application.rights");
  CHECK(zone.outcome("carmaker", op(again(form))) == "NOT_HOLDER");
  Form without_rights = form;
  without_rights.clear_rights();
  CHECK(zone.outcome("hospital", op(again(without_rights))) == "RIGHTS_NOT_NAMED application.rights");

  form.set_name("better");
  form.set_certificate_kind(v1::CERTIFICATE_KIND_DATA_ASSET);
  CHECK(zone.outcome("hospital", op(again(form))) == "APPLIED");
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_APPLIED);
  CHECK(zone.asset("a")->name() == "better");
  CHECK(zone.asset("a")->generation() == 1);
  CHECK(zone.record(keys::asset("a"))->version() == 3);
}

TEST_CASE("an application is withdrawn by its holder at any time before it is certified") {
  const auto withdraw = op("withdraw_application { asset: 'a' }");
  using Bring = void (*)(Zone&, const Form&);
  const Bring ways[] = {
      [](Zone& zone, const Form& form) { zone.with_application(form); },
      [](Zone& zone, const Form& form) {
        zone.with_application(form);
        zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#why' }"));
      },
      [](Zone& zone, const Form& form) { zone.with_accepted(form); },
      [](Zone& zone, const Form& form) { zone.with_noticed(form); },
  };
  for (const Bring bring : ways) {
    Zone zone;
    bring(zone, zone.application("a", "hospital"));
    CHECK(zone.outcome("carmaker", withdraw) == "NOT_HOLDER");
    CHECK(zone.outcome("hospital", withdraw) == "APPLIED");
    CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_WITHDRAWN);
    CHECK(zone.outcome("hospital", withdraw) == "WRONG_STATE");
  }
  Zone zone;
  zone.with_certified_asset("a", "hospital");
  CHECK(zone.outcome("hospital", withdraw) == "WRONG_STATE");
}

TEST_CASE("an application is accepted or rejected by the registry of its kind, once") {
  Zone zone;
  Form form = zone.application("a", "city-data");
  form.set_kind(v1::ASSET_KIND_PUBLIC_DATA);
  zone.with_application(form);
  const auto accept = op("accept_application { asset: 'a' }");
  const auto reject = op("reject_application { asset: 'a' reason_digest: '#why' }");
  CHECK(zone.outcome("registry-social", accept) == "WRONG_REGISTRY");
  CHECK(zone.outcome("exchange", accept) == "ROLE_MISSING");
  CHECK(zone.outcome("registry-social", reject) == "WRONG_REGISTRY");
  CHECK(zone.outcome("registry-public", op("accept_application { asset: 'b' }")) == "UNKNOWN_ASSET asset");
  zone.accept("registry-public", accept);
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_ACCEPTED);
  CHECK(zone.registration("a")->registry() == "registry-public");
  CHECK(zone.outcome("registry-public", accept) == "WRONG_STATE");
  CHECK(zone.outcome("registry-public", reject) == "WRONG_STATE");

  zone.with_application(zone.application("b", "hospital"));
  zone.accept("registry-social", op("reject_application { asset: 'b' reason_digest: '#why' }"));
  CHECK(zone.registration("b")->state() == v1::REGISTRATION_STATE_REJECTED);
}

TEST_CASE("a registry does not decide on what it holds itself") {
  Zone zone;
  zone.with_application(zone.application("a", "registry-social"));
  for (const char* event :
       {"accept_application { asset: 'a' }", "reject_application { asset: 'a' reason_digest: '#why' }",
        "request_supplement { asset: 'a' reason_digest: '#why' }"}) {
    CHECK(zone.outcome("registry-social", op(event)) == "CONFLICT_OF_INTEREST");
  }
}

TEST_CASE("sensitive data is accepted with a compliance assessment in force, and not without") {
  struct Level {
    v1::DataLevel level;
    std::uint32_t grade;
    const char* outcome;
  };
  const Level levels[] = {{v1::DATA_LEVEL_GENERAL, 2, "APPLIED"},
                          {v1::DATA_LEVEL_GENERAL, 3, "ASSESSMENT_REQUIRED asset"},
                          {v1::DATA_LEVEL_GENERAL, 4, "ASSESSMENT_REQUIRED asset"},
                          {v1::DATA_LEVEL_IMPORTANT, 0, "ASSESSMENT_REQUIRED asset"}};
  const auto accept = op("accept_application { asset: 'a' }");
  for (const Level& level : levels) {
    Zone zone;
    Form form = zone.application("a", "hospital");
    form.set_level(level.level);
    form.set_grade(level.grade);
    zone.with_application(form);
    CHECK(zone.forecast("registry-social", {}, accept) == level.outcome);

    zone.accept("assessor-quality", op(zone.assessment("q", "a", v1::ASSESSMENT_KIND_QUALITY)));
    CHECK(zone.forecast("registry-social", {}, accept) == level.outcome);
    auto failed = zone.assessment("d", "a", v1::ASSESSMENT_KIND_COMPLIANCE);
    failed.set_grade(v1::ASSESSMENT_GRADE_D);
    zone.accept("assessor-quality", op(failed));
    CHECK(zone.forecast("registry-social", {}, accept) == level.outcome);
    auto brief = zone.assessment("c", "a", v1::ASSESSMENT_KIND_COMPLIANCE);
    brief.set_valid_until(zone.date_in(1));
    zone.accept("assessor-quality", op(brief));
    CHECK(zone.forecast("registry-social", {}, accept) == "APPLIED");
    zone.pass(2 * kDay);
    CHECK(zone.forecast("registry-social", {}, accept) == level.outcome);
  }
}

TEST_CASE("anonymised data is accepted on an anonymisation with that result, its own or its parents'") {
  Zone zone;
  const auto record = [](const char* id, const char* asset, const char* result) {
    return op(std::string("record_anonymisation { anonymisation: '") + id + "' asset: '" + asset +
              "' result: PERSONAL_INFORMATION_" + result + " method: 'k-anonymity' report_digest: '#r' }");
  };
  Form form = zone.application("a", "hospital");
  form.set_personal_information(v1::PERSONAL_INFORMATION_DEIDENTIFIED);
  form.set_lawful_basis_digest(digest_of("basis"));
  zone.with_application(form);
  const auto accept = op("accept_application { asset: 'a' }");
  CHECK(zone.outcome("registry-social", accept) == "ANONYMISATION_REQUIRED asset");
  zone.accept("hospital", {"assessor-quality"}, record("n-1", "a", "ANONYMISED"));
  CHECK(zone.outcome("registry-social", accept) == "ANONYMISATION_REQUIRED asset");
  zone.accept("hospital", {"assessor-quality"}, record("n-2", "a", "DEIDENTIFIED"));
  CHECK(zone.outcome("registry-social", accept) == "APPLIED");
  zone.accept("registry-social", op("publish_notice { asset: 'a' }"));
  zone.accept("registry-social", op(zone.issue("a")));

  Form child = derived(zone, "b", "hospital", "a");
  child.set_personal_information(v1::PERSONAL_INFORMATION_DEIDENTIFIED);
  child.set_lawful_basis_digest(digest_of("basis"));
  zone.with_application(child);
  CHECK(zone.forecast("registry-social", {}, op("accept_application { asset: 'b' }")) == "APPLIED");
  // What its parent was not made into, it was not either.
  zone.change_asset("b").set_personal_information(v1::PERSONAL_INFORMATION_ANONYMISED);
  CHECK(zone.forecast("registry-social", {}, op("accept_application { asset: 'b' }")) ==
        "ANONYMISATION_REQUIRED asset");
}

TEST_CASE("a public notice runs for its working days, and not fewer than the parameter's") {
  Zone zone;
  zone.parameters().set_notice_days(5);
  zone.parameters().mutable_calendar()->add_holidays("2026-11-27");
  zone.with_accepted(zone.application("a", "hospital"));
  CHECK(zone.outcome("registry-social", op("publish_notice { asset: 'a' days: 4 }")) == "LIMIT_EXCEEDED days");
  CHECK(zone.outcome("registry-social", op("publish_notice { asset: 'a' days: 367 }")) == "BAD_VALUE days");
  CHECK(zone.outcome("registry-ip", op("publish_notice { asset: 'a' days: 5 }")) == "WRONG_REGISTRY");
  CHECK(zone.outcome("hospital", op("publish_notice { asset: 'a' days: 5 }")) == "ROLE_MISSING");
  zone.accept("registry-social", op("publish_notice { asset: 'a' days: 5 }"));
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_NOTICED);
  CHECK(zone.registration("a")->notice_until() == "2026-12-01");  // Tuesday: a weekend and a holiday between
  CHECK(zone.outcome("registry-social", op("publish_notice { asset: 'a' days: 5 }")) == "WRONG_STATE");
}

TEST_CASE("a notice of no days ends at once where the parameter allows it") {
  Zone zone;
  zone.with_accepted(zone.application("a", "hospital"));
  zone.accept("registry-social", op("publish_notice { asset: 'a' }"));
  CHECK(zone.registration("a")->state() == v1::REGISTRATION_STATE_NOTICED);
  CHECK(zone.registration("a")->notice_until().empty());
}

TEST_CASE("a registration stays with the registry that accepted it") {
  Zone zone;
  zone.with_accepted(zone.application("a", "hospital"));
  zone.change_organisation("registry-public").add_roles(v1::ROLE_REGISTRY_SOCIAL);
  CHECK(zone.outcome("registry-public", op("publish_notice { asset: 'a' }")) == "WRONG_REGISTRY");
}

TEST_CASE("while an asset is frozen or in dispute nobody describes it anew") {
  Zone zone;
  const Form form = zone.application("a", "hospital");
  zone.with_application(form);
  zone.accept("registry-social", op("request_supplement { asset: 'a' reason_digest: '#why' }"));
  zone.change_asset("a").mutable_encumbrances()->set_open_disputes(1);
  CHECK(zone.outcome("hospital", op(again(form))) == "DISPUTED");
  zone.change_asset("a").mutable_encumbrances()->set_freezes(1);
  CHECK(zone.outcome("hospital", op(again(form))) == "FROZEN");
  CHECK(zone.outcome("hospital", op("withdraw_application { asset: 'a' }")) == "APPLIED");
  CHECK(zone.outcome("hospital", op(form)) == "FROZEN");
}

}  // namespace
}  // namespace jinshi::ledger::testing
