#include "tests/simulation/profile.h"

#include <algorithm>

namespace jinshi::simulation {

const std::vector<std::string>& profile_names() {
  static const std::vector<std::string> kNames{"calm",  "lossy",     "crashes", "partitions",
                                               "chaos", "byzantine", "epochs",  "everything"};
  return kNames;
}

std::optional<Settings> make_settings(const std::string& name, std::uint64_t seed,
                                      std::optional<std::size_t> validators) {
  // Apart from the world's own numbers, so that a profile may draw more of them tomorrow.
  Random random(seed ^ 0x70726f66696c65);
  std::string profile = name;
  if (profile == "mixed") profile = random.one_of(profile_names());
  Settings settings;
  settings.seed = seed;
  settings.profile = profile;
  settings.validators = random.chance(0.1) ? 1 : random.chance(0.25) ? 7 : 4;
  if (validators) settings.validators = *validators;

  const std::vector<std::uint32_t> windows{2, 4, 8, 16, 64};
  auto& ordering = settings.ordering;
  ordering.set_window(random.one_of(windows));
  ordering.set_rotation_interval(random.chance(0.5)   ? ordering.window()
                                 : random.chance(0.5) ? 3 * ordering.window()
                                                      : 10'000);
  ordering.set_heartbeat_ms(random.between(500, 4000));
  ordering.set_progress_timeout_ms(random.between(200, 800));
  ordering.set_max_clock_skew_ms(1000);
  ordering.set_fairness_batches(8);
  ordering.set_batch_operations(1000);
  ordering.set_batch_bytes(1 << 20);
  settings.most_skew_ms = random.between(0, 400);
  settings.most_sync_ms = random.between(0, 20);
  settings.most_execute_ms = random.between(0, 20);
  settings.most_flush_ms = random.between(100, 4000);
  settings.network.longest_ms = random.between(2, 30);
  settings.batch_transactions = 1 + random.below(12);
  settings.transactions = 20 + random.below(60);
  settings.real_signatures = random.chance(0.01);
  settings.wire = random.chance(0.1);

  const bool everything = profile == "everything";
  const bool byzantine = profile == "byzantine" || everything;
  if (profile == "lossy" || profile == "chaos" || everything) {
    settings.network.loss = 0.001 * static_cast<double>(random.between(1, 150));
    settings.network.duplication = 0.05;
    settings.network.straggler = 0.03;
  }
  settings.faults.crashes = profile == "crashes" || profile == "chaos" || everything;
  settings.faults.partitions = profile == "partitions" || profile == "chaos" || everything;
  settings.faults.every_ms = random.between(200, 2000);
  if (profile != "calm") settings.faults.end_ms = random.between(3000, 12'000);
  if (byzantine) settings.adversary = random.one_of(adversary_names());
  if (byzantine && random.chance(0.5)) settings.more_adversary = random.one_of(adversary_names());
  if (byzantine && random.chance(0.5)) {
    settings.faults.crashes = random.chance(0.5);
    settings.faults.partitions = !settings.faults.crashes;
  }
  if (profile == "epochs" || (everything && random.chance(0.5))) {
    settings.standby = settings.validators > 1 ? random.below(3) : 0;
    settings.set_changes = 1 + random.below(5);
    if (profile == "epochs" && random.chance(0.5)) settings.faults.crashes = true;
    if (profile == "epochs" && random.chance(0.3)) settings.faults.partitions = true;
  }
  const auto& names = adversary_names();
  if (std::ranges::find(names, profile) != names.end()) {
    settings.adversary = profile;
  } else if (std::ranges::find(profile_names(), profile) == profile_names().end()) {
    return std::nullopt;
  }
  return settings;
}

}  // namespace jinshi::simulation
