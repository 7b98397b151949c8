// The proof files that every verifier must judge alike: kept in tests/vectors/, made here.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jinshi::test {

enum class Verdict { kValid, kInvalid, kNewer };

struct Case {
  std::string name;
  std::string file;
  std::string genesis;  // the file name of one in `Cases`
  Verdict expect = Verdict::kInvalid;
  std::string says;                                                          // of a refusal: a part of the sentence
  std::optional<std::pair<std::string, std::string>> absent = std::nullopt;  // kind and id of a key
};

struct Cases {
  std::vector<std::pair<std::string, std::string>> geneses;  // file name and bytes
  std::vector<Case> cases;
};

const Cases& all_cases();

// The valid files of which every byte is changed: one of each kind.
std::vector<const Case*> files_to_spoil();

}  // namespace jinshi::test
