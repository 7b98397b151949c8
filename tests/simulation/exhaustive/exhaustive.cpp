// jinshi_exhaustive: searches every behaviour of a tiny configuration; see search.h.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "tests/simulation/exhaustive/search.h"

int main(int argc, char** argv) {
  jinshi::exhaustive::SearchSettings settings;
  std::string byzantine = "abcd";
  bool expect_violation = false;
  CLI::App app("Searches all that three honest validators and a Byzantine one can come to at one height.");
  app.add_option("--views", settings.views, "how many views")->check(CLI::Range(1, 4));
  app.add_option("--states", settings.states, "at most, for each Byzantine validator");
  app.add_option("--byzantine", byzantine, "which validators, one after another: a leads view 0, b view 1, ...");
  app.add_flag("--depth-first", settings.depth_first, "not breadth first");
  app.add_flag("--expect-violation", expect_violation, "succeed where a broken promise is found, for faulty cores");
  CLI11_PARSE(app, argc, argv);

  bool found = false;
  for (const char name : byzantine) {
    if (name < 'a' || name > 'd') {
      std::fprintf(stderr, "--byzantine takes letters from a to d\n");
      return 1;
    }
    settings.byzantine = static_cast<std::size_t>(name - 'a');
    const auto began = std::chrono::steady_clock::now();
    const auto result = jinshi::exhaustive::Search(settings).run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%c is Byzantine, %zu views: %zu states, %zu transitions, %zu states of one, %zu messages, %s, %.1f s\n",
                name, settings.views, result.states, result.transitions, result.local_states, result.messages,
                result.violation ? "VIOLATION" : result.complete ? "complete" : "cut", took.count());
    std::printf("  states in which 0, 1, 2, 3 honest validators delivered: %zu %zu %zu %zu\n", result.delivered[0],
                result.delivered[1], result.delivered[2], result.delivered[3]);
    std::fflush(stdout);
    if (!result.violation) continue;
    found = true;
    std::printf("  %s\n", result.violation->c_str());
    for (const auto& line : result.trace) std::printf("    %s\n", line.c_str());
    if (expect_violation) break;
  }
  return found == expect_violation ? 0 : 1;
}
