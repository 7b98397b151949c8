// Accepts every proof file of a folder and refuses each of them with any one byte changed, over every byte: what a forger
// of a real file meets. verify_sweep GENESIS FILE...
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "ledger/verify/verify.h"

namespace {

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "verify_sweep GENESIS FILE...\n");
    return 2;
  }
  const auto start = jinshi::ledger::Chain::from_genesis(read_file(arguments[1]));
  if (!start) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], start.error().message.c_str());
    return 2;
  }
  std::size_t changed = 0, wrong = 0;
  for (int i = 2; i < count; ++i) {
    std::string file = read_file(arguments[i]);
    if (const auto report = jinshi::ledger::verify_file(file, *start); !report) {
      std::printf("%s is refused as it is: %s\n", arguments[i], report.error().message.c_str());
      ++wrong;
    }
    for (std::size_t at = 0; at < file.size(); ++at, ++changed) {
      file[at] = static_cast<char>(file[at] ^ 1);
      if (jinshi::ledger::verify_file(file, *start)) {
        std::printf("%s is accepted with byte %zu changed\n", arguments[i], at);
        ++wrong;
      }
      file[at] = static_cast<char>(file[at] ^ 1);
    }
  }
  std::printf("%d files, %zu changed bytes, %zu wrong verdicts\n", count - 2, changed, wrong);
  return wrong == 0 ? 0 : 1;
}
