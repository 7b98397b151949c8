// The vocabulary of the table of transitions. A row says who signs and co-signs an event, from which states, to which,
// what blocks it and what else is checked; forecast, execution, the page of transitions in docs/ and the wrong-role test
// all come from the rows. What a row can't say is a small named function that it points at.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jinshi/v1/transaction.pb.h"
#include "ledger/domain/case.h"

namespace jinshi::ledger {

// Who an event needs. Each stands for a role, a relation to the records, or both (parties.cpp).
enum class Party : std::uint8_t {
  kAnyOrganisation,
  kApplicant,          // named as holder by the application
  kHolder,             // every holder of the asset
  kHolderOrCourt,      // a court that signs first decides alone: the row's co-signers are the holder's
  kRegistry,           // of the registration's kind; the one that accepted it, once one has
  kRegistryOrCourt,
  kAnyRegistry,        // whichever kind it registers
  kCourt,
  kObjector,
  kNewHolder,          // `to` of a transfer
  kGrantee,            // the other side of a right that is granted or ended
  kAssessor,           // any assessor
  kItsAssessor,        // the assessment's own
  kOrganisationItself, // `org`
  kOrganisationItselfOrGovernance,
  kGovernance,         // more than two thirds of the validators, by their governance keys
  kValidator,          // one of them
};

// What a row's `from` and `to` speak of.
enum class Subject : std::uint8_t { kNone, kRegistration, kCertificate, kObjection, kAssessment, kOrganisation, kProposal };

// A set of states of one enum. Mixing enums does not compile.
class States {
 public:
  States() = default;
  template <class State>
  States(std::initializer_list<State> states) : type_(google::protobuf::GetEnumDescriptor<State>()) {
    for (const State state : states) bits_ |= 1u << state;
  }
  bool any() const { return bits_ == 0; }  // no condition
  bool contains(int state) const { return (bits_ >> state & 1u) != 0; }
  const google::protobuf::EnumDescriptor* type() const { return type_; }

 private:
  const google::protobuf::EnumDescriptor* type_ = nullptr;
  std::uint32_t bits_ = 0;
};

// What blocks what (DOMAIN.md section 4). Tested in this order.
enum Block : std::uint32_t {
  kFrozen = 1u << 0,
  kDisputed = 1u << 1,
  kCertificateNotValid = 1u << 2,  // suspended, past its end, revoked, cancelled, or none
  kObjectionOpen = 1u << 3,
  kObjectionAdmitted = 1u << 4,
  kPledged = 1u << 5,  // unless the pledgee co-signs
  kTradeOpen = 1u << 6,
  kBooked = 1u << 7,
  kCustodyLost = 1u << 8,
};
using Blocks = std::uint32_t;

// The order in which an operation is judged (DOMAIN.md section 8).
enum class Stage : std::uint8_t { kSigners, kFields, kId, kReference, kRole, kConflict, kState, kDates, kLimits, kRule };

struct NamedCheck {
  Stage stage;
  std::string_view says;  // for the page of transitions: "the public notice is over"
  Result<void> (*run)(const Case&);
};

struct Rule {
  std::uint32_t event;  // its field number in Operation: v1::Operation::kAcceptApplication
  Party by = Party::kAnyOrganisation;
  std::vector<Party> with = {};
  Subject subject = Subject::kNone;
  States from = {};
  States to = {};  // for the page; `apply` sets it
  Blocks blocked_by = 0;
  std::vector<const NamedCheck*> checks = {};
  // Whether one key is not enough beyond what the organisation's controls say; null where it never is.
  bool (*needs_second_key)(const Case&) = nullptr;
  bool suspended_may_sign = false;
  // Never fails: all that could refuse was checked.
  void (*apply)(const Case&, Overlay&) = nullptr;
  std::string_view effect = {};  // for the page: "first registration derived"
};

// Every row, in the order of events; the page of transitions' headings are the families.
struct RuleFamily {
  std::string_view name;
  std::span<const Rule> rules;
};
std::span<const RuleFamily> rule_families();
const Rule* find_rule(std::uint32_t event);

// For pages and messages: "IssueCertificate", "registry", "FROZEN".
std::string_view event_name(std::uint32_t event);
std::uint32_t event_named(std::string_view name);  // 0 = none
std::string_view party_name(Party party);

// What a party's absence answers: the reason when the first signer is not one, and the roles that it takes (empty: none
// in particular). For the check and for the wrong-role matrix.
struct PartyRule {
  std::string_view name;
  std::vector<v1::Role> roles;     // holds one of these, by the kind of registration where that decides
  v1::Reason wrong;                // ROLE_MISSING where the role decides, NOT_HOLDER and so on where the relation does
};
const PartyRule& party_rule(Party party);

}  // namespace jinshi::ledger
