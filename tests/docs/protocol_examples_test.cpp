// docs/protocol.md is the specification: its examples are what the code computes, and its table of tags is the code's.
// Examples stand in fenced blocks that begin with `example: name`; JINSHI_REGENERATE_GOLDEN=1 writes them anew.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "ledger/crypto/digest.h"
#include "tests/docs/examples.h"

namespace jinshi {
namespace {

const std::string kPage = JINSHI_SOURCE_DIR "/docs/protocol.md";
constexpr std::size_t kHexWidth = 100;

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// `label: words`; what is long goes on in lines of its own, indented by four.
std::string text_of(const test::Example& example) {
  std::string text = "example: " + example.name + "\n";
  for (const auto& [label, value] : example.lines) {
    text += label + ":";
    if (value.empty()) {
      text += " (nothing)\n";
    } else if (label.size() + 2 + value.size() <= kHexWidth || value.find(' ') != std::string::npos) {
      text += " " + value + "\n";
    } else {
      text += "\n";
      for (std::size_t at = 0; at < value.size(); at += kHexWidth) text += "    " + value.substr(at, kHexWidth) + "\n";
    }
  }
  return text;
}

struct Block {
  std::size_t begin = 0, end = 0;  // between the fences
  std::string name;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  const std::string opening = "```text\nexample: ";
  for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at + 1)) {
    Block block;
    block.begin = at + std::string("```text\n").size();
    block.end = page.find("```", block.begin);
    const std::size_t name = at + opening.size();
    block.name = page.substr(name, page.find('\n', name) - name);
    blocks.push_back(block);
  }
  return blocks;
}

const test::Example* find(const std::vector<test::Example>& examples, const std::string& name) {
  const auto found = std::ranges::find(examples, name, &test::Example::name);
  return found == examples.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the page's examples are what the code computes") {
  const auto examples = test::protocol_examples();
  std::string page = contents(kPage);
  if (std::getenv("JINSHI_REGENERATE_GOLDEN")) {
    auto blocks = blocks_of(page);
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
      if (const auto* example = find(examples, block->name)) {
        page.replace(block->begin, block->end - block->begin, text_of(*example));
      }
    }
    std::ofstream(kPage) << page;
  }
  std::map<std::string, int> shown;
  for (const Block& block : blocks_of(page)) {
    INFO(block.name);
    ++shown[block.name];
    const auto* example = find(examples, block.name);
    REQUIRE(example != nullptr);
    CHECK(page.substr(block.begin, block.end - block.begin) == text_of(*example));
  }
  for (const auto& example : examples) {
    INFO(example.name);
    CHECK(shown[example.name] == 1);
  }
}

TEST_CASE("the page lists every tag, in order") {
  std::vector<std::string> listed;
  std::istringstream page(contents(kPage));
  bool in_table = false;
  for (std::string row; std::getline(page, row);) {
    if (row.starts_with("| tag |")) in_table = true;
    if (!row.starts_with("|")) in_table = false;
    if (in_table && row.starts_with("| `")) listed.push_back(row.substr(3, row.find('`', 3) - 3));
  }
  std::vector<std::string> tags;
  for (std::size_t i = 0; i < crypto::kTagCount; ++i) tags.emplace_back(crypto::name(static_cast<crypto::Tag>(i)));
  CHECK(listed == tags);
}

}  // namespace jinshi
