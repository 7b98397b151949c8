#include "ledger/domain/validators.h"

#include <array>
#include <vector>

#include "ledger/domain/parties.h"
#include "ledger/domain/ranges.h"

namespace jinshi::ledger {
namespace {

using Ordering = v1::OrderingParameters;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

// A window above 64 would let more unexecuted batches wait than a node holds in memory; 2 MiB of batch leave a peer
// message of 4 MiB room for the rest.
constexpr std::array kRanges = {
    Range{Ordering::kWindowFieldNumber, 1, 64},
    Range{Ordering::kRotationIntervalFieldNumber, 1, 1'000'000},
    Range{Ordering::kHeartbeatMsFieldNumber, 100, kDay},
    Range{Ordering::kProgressTimeoutMsFieldNumber, 50, kMinute},
    Range{Ordering::kMaxClockSkewMsFieldNumber, 1, 10 * kMinute},
    Range{Ordering::kFairnessBatchesFieldNumber, 1, 1000},
    Range{Ordering::kBatchOperationsFieldNumber, 1000, 2000},
    Range{Ordering::kBatchBytesFieldNumber, 1 << 20, 2 << 20},
};

// --- checks ---

const v1::Organisation& named(const Case& at, int index) {
  return *at.records.organisation(at.event<v1::SetValidators>().validators(index));
}

// The first organisation of the list that `stands` doesn't hold for is refused where it is named.
template <class Stands>
Result<void> each_named(const Case& at, const Stands& stands, v1::Reason reason, const char* mend) {
  for (int i = 0; i < at.event<v1::SetValidators>().validators_size(); ++i) {
    const v1::Organisation& organisation = named(at, i);
    if (stands(organisation)) continue;
    return fail(reason, "'" + organisation.id() + "' " + mend,
                {v1::SetValidators::kValidatorsFieldNumber, static_cast<std::uint32_t>(i)});
  }
  return {};
}

Result<void> named_are_active(const Case& at) {
  const auto active = [](const auto& organisation) { return organisation.state() == v1::ORGANISATION_STATE_ACTIVE; };
  return each_named(at, active, v1::REASON_WRONG_STATE, "is suspended or removed: restore it first, or leave it out");
}
const NamedCheck kNamedAreActive{Stage::kState, "each organisation is active", named_are_active};

Result<void> named_may_validate(const Case& at) {
  const auto may = [](const auto& organisation) { return has_role(organisation, v1::ROLE_VALIDATOR); };
  return each_named(at, may, v1::REASON_ROLE_MISSING, "is no validator: let ChangeRoles give it the role VALIDATOR");
}
const NamedCheck kNamedMayValidate{Stage::kState, "each has the role VALIDATOR", named_may_validate};

// Revoking the newest key clears it: an organisation names none that is not live.
Result<void> named_have_keys(const Case& at) {
  const auto has = [](const auto& organisation) {
    return !organisation.consensus_key().empty() && !organisation.governance_key().empty();
  };
  return each_named(at, has, v1::REASON_KEY_NOT_LIVE,
                    "has no live consensus key or no live governance key: let AddKey bring them first");
}
const NamedCheck kNamedHaveKeys{Stage::kState, "each has a live consensus key and a live governance key",
                                named_have_keys};

Result<void> ordering_in_range(const Case& at) {
  const auto& event = at.event<v1::SetValidators>();
  if (!event.has_ordering()) return {};
  auto checked = check_ordering(event.ordering());
  if (!checked) checked.error().field.insert(checked.error().field.begin(), v1::SetValidators::kOrderingFieldNumber);
  return checked;
}
const NamedCheck kOrderingInRange{Stage::kRule, "every ordering parameter is in its range", ordering_in_range};

// --- effects ---

// The first height of an epoch that block `height` announces: while that block is not executed by anyone, nothing so
// high can be in flight under the window in force.
Height first_height_after(Height height, const v1::Epoch& in_force) {
  return height + in_force.ordering().window() + 1;
}

// The epoch to write into, begun as the one before it where there is none yet. What one block or one span announces is
// one epoch: the last change of it stands.
v1::Epoch& announced(v1::Epochs& epochs, Height height) {
  const Height first = first_height_after(height, epochs.current());
  if (!epochs.has_next()) {
    *epochs.mutable_next() = epochs.current();
    epochs.mutable_next()->set_number(epochs.current().number() + 1);
    epochs.mutable_next()->set_first_height(first);
  }
  // The next epoch's headers name it already; a change is one for the epoch after it, as if executed at its start.
  if (epochs.next().first_height() == first) return *epochs.mutable_next();
  if (!epochs.has_waiting()) {
    *epochs.mutable_waiting() = epochs.next();
    epochs.mutable_waiting()->set_number(epochs.next().number() + 1);
    epochs.mutable_waiting()->set_first_height(first_height_after(epochs.next().first_height(), epochs.next()));
  }
  return *epochs.mutable_waiting();
}

void apply_set_validators(const Case& at, Overlay& overlay) {
  const auto& event = at.event<v1::SetValidators>();
  v1::Epoch& epoch = announced(*overlay.edit(keys::epochs()).mutable_epochs(), at.block.height);
  epoch.clear_set();
  for (int i = 0; i < event.validators_size(); ++i) {
    const v1::Organisation& organisation = named(at, i);
    v1::Validator& validator = *epoch.mutable_set()->add_validators();
    validator.set_organisation(organisation.id());
    validator.set_consensus_key(organisation.consensus_key());
    validator.set_governance_key(organisation.governance_key());
  }
  if (event.has_ordering()) *epoch.mutable_ordering() = event.ordering();
}

}  // namespace

std::span<const Rule> validator_rules() {
  static const std::vector<Rule> rules = {
      {.event = v1::Operation::kSetValidators,
       .by = Party::kGovernance,
       .checks = {&kNamedAreActive, &kNamedMayValidate, &kNamedHaveKeys, &kOrderingInRange},
       .apply = apply_set_validators,
       .effect = "in force, each with its newest keys, from the epoch that begins W + 1 heights on"},
  };
  return rules;
}

Result<void> check_ordering(const v1::OrderingParameters& ordering) {
  if (auto checked = check_ranges(ordering, kRanges); !checked) return checked;
  if (ordering.rotation_interval() >= ordering.window()) return {};
  return fail(v1::REASON_PARAMETER_RANGE,
              "a proposer's turn is as long as the window at least: raise rotation_interval",
              {Ordering::kRotationIntervalFieldNumber});
}

v1::OrderingParameters default_ordering() {
  v1::OrderingParameters ordering;
  ordering.set_window(64);
  ordering.set_rotation_interval(10'000);
  ordering.set_heartbeat_ms(kMinute);
  ordering.set_progress_timeout_ms(kSecond);
  ordering.set_max_clock_skew_ms(2 * kSecond);
  ordering.set_fairness_batches(8);
  ordering.set_batch_operations(2000);
  ordering.set_batch_bytes(2 << 20);
  return ordering;
}

void switch_epoch(Overlay& overlay) {
  const v1::Epochs& epochs = overlay.epochs();
  if (!epochs.has_next() || epochs.next().first_height() != overlay.height()) return;
  v1::Epochs& edited = *overlay.edit(keys::epochs()).mutable_epochs();
  *edited.mutable_current() = edited.next();
  edited.clear_next();
  if (!edited.has_waiting()) return;
  *edited.mutable_next() = edited.waiting();
  edited.clear_waiting();
}

}  // namespace jinshi::ledger
