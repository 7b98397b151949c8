// Runs a fuzz target without libFuzzer: over the files named, such as a crash that it found, or over seeds made here:
// messages of every recorded type and what a few changed bytes make of them.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "proto/canonical.h"
#include "tests/proto/message_filler.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMessagesOfAType = 10;
constexpr int kMutations = 40;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void mutate(std::string& input, jinshi::test::RandomFiller& random) {
  const std::size_t at = random.below(input.size());
  switch (random.below(4)) {
    case 0:
      input[at] = static_cast<char>(random.below(256));
      break;
    case 1:
      input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
      break;
    case 2:
      input.insert(at, 1, static_cast<char>(random.below(256)));
      break;
    default:
      input.erase(at, 1 + random.below(3));
      if (input.empty()) input = "x";
      break;
  }
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    if (!file) return std::fprintf(stderr, "%s can't be read\n", arguments[i]), 1;
    run(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  if (count > 1) return 0;

  jinshi::test::RandomFiller random(5);
  for (const auto* type : jinshi::test::recorded_types()) {
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
    for (int i = 0; i < kMessagesOfAType; ++i) {
      const std::unique_ptr<google::protobuf::Message> message(prototype->New());
      random.fill(*message);
      for (char selector = 0; selector < 4; ++selector) {
        const std::string seed = selector + jinshi::encode(*message);
        run(seed);
        std::string changed = seed;
        for (int n = 0; n < kMutations; ++n) {
          mutate(changed, random);
          run(changed);
          if (random.below(3) == 0) changed = seed;
        }
      }
    }
  }
  return 0;
}
