// The worked examples of docs/protocol.md, computed by the code that the page describes.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jinshi::test {

// A line of an example: what it is, and its bytes or its words.
using Line = std::pair<std::string, std::string>;

struct Example {
  std::string name;
  std::vector<Line> lines;
};

std::vector<Example> protocol_examples();

}  // namespace jinshi::test
