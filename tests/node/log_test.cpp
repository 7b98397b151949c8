#include "node/log.h"

#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <sstream>

namespace jinshi::node {
namespace {

std::string written(LogFormat format, const std::function<void(const Log&)>& write) {
  std::ostringstream out;
  write(Log(LogLevel::kInfo, format, std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
  return out.str();
}

}  // namespace

TEST_CASE("a text line reads as words and key=value, and nothing in a value begins another line") {
  const std::string line = written(LogFormat::kText, [](const Log& log) {
    log.info("block", {{"height", 5}, {"name", "two words"}, {"evil", "a\nfatal b=\"c\""}, {"open", true}});
  });
  CHECK(line.substr(24) == " info    block height=5 name=\"two words\" evil=\"a\\nfatal b=\\\"c\\\"\" open=true\n");
}

TEST_CASE("a JSON line is one object") {
  const std::string line = written(LogFormat::kJson, [](const Log& log) {
    log.warning("x", {{"height", 5}, {"text", std::string("a\x01\\")}, {"open", false}});
  });
  CHECK(line.substr(34) == R"(,"level":"warning","event":"x","height":5,"text":"a\u0001\\","open":false})"
                           "\n");
}

TEST_CASE("what is below the level is not written") {
  CHECK(written(LogFormat::kText, [](const Log& log) { log.debug("x"); }).empty());
}

}  // namespace jinshi::node
