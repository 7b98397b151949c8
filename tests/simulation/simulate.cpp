// jinshi_simulate: many seeds, or one with its trace. A failing seed is printed with the command that replays it.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tests/simulation/profile.h"

namespace {

volatile std::uint64_t running_seed = 0;

// A broken invariant ends the process: the seed is told all the same.
void tell_seed(int) {
  std::fprintf(stderr, "seed %llu broke an invariant\n", static_cast<unsigned long long>(running_seed));
  std::_Exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seeds = 1, first = 1;
  std::size_t validators = 0;
  std::string profile = "mixed";
  bool trace = false, keep_going = false;
  CLI::App app("Runs simulated networks of validators, one seed each.");
  app.add_option("--seeds", seeds, "how many seeds");
  app.add_option("--seed", first, "the first of them");
  app.add_option("--validators", validators, "1, 4 or 7; the seed chooses unless given");
  app.add_option("--profile", profile,
                 "calm, lossy, crashes, partitions, chaos, byzantine, epochs, everything, mixed, "
                 "or an adversary's name");
  app.add_flag("--trace", trace, "print what happens");
  app.add_flag("--keep-going", keep_going, "print every failing seed instead of the first");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGABRT, &tell_seed);

  const auto began = std::chrono::steady_clock::now();
  std::uint64_t failed = 0;
  long long slowest_ms = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    running_seed = seed;
    auto settings =
        jinshi::simulation::make_settings(profile, seed, validators == 0 ? std::nullopt : std::optional(validators));
    if (!settings) {
      std::fprintf(stderr, "%s is no profile and no adversary\n", profile.c_str());
      return 1;
    }
    settings->trace = trace;
    const std::string drawn = settings->profile;
    jinshi::simulation::World world(std::move(*settings));
    const auto failure = world.run();
    const long long settled_ms =
        world.now() - std::max(world.settings().faults.end_ms, world.settings().transactions_end_ms);
    slowest_ms = std::max(slowest_ms, settled_ms);
    if (!failure) continue;
    ++failed;
    std::printf("seed %llu (%s): %s\n  replay: jinshi_simulate --profile %s --seed %llu --trace%s\n",
                static_cast<unsigned long long>(seed), drawn.c_str(), failure->c_str(), profile.c_str(),
                static_cast<unsigned long long>(seed),
                validators == 0 ? "" : (" --validators " + std::to_string(validators)).c_str());
    if (!keep_going) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%llu seeds, %llu failed, %.1f s, slowest to settle %lld ms\n", static_cast<unsigned long long>(seeds),
              static_cast<unsigned long long>(failed), took.count(), slowest_ms);
  return failed == 0 ? 0 : 1;
}
