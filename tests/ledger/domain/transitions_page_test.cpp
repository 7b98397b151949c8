#include "ledger/domain/transitions_page.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

TEST_CASE("docs/transitions.md is what the ledger executes") {
  const std::string path = std::string(JINSHI_SOURCE_DIR) + "/docs/transitions.md";
  const std::string page = jinshi::ledger::transitions_page();
  if (std::getenv("JINSHI_REGENERATE_GOLDEN") != nullptr) std::ofstream(path) << page;
  std::ifstream in(path);
  const std::string written{std::istreambuf_iterator<char>(in), {}};
  INFO("regenerate with JINSHI_REGENERATE_GOLDEN=1 " << path);
  CHECK(written == page);
}
