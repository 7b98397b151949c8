// A vote log's files in memory, with a disk's faults: an operation that fails half done, bytes that were never synced
// and are gone, torn or zero after a power cut.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/ordering/log_files.h"

namespace jinshi::node {

class MemoryLogFiles : public LogFiles {
 public:
  struct File {
    std::string bytes;
    std::size_t synced = 0;
  };

  // The operation of this number, counted from 0, fails, and so does each after it.
  enum class Fault { kNothingDone, kHalfDone, kDoneButFailed };
  struct Plan {
    int operation = -1;
    Fault fault = Fault::kNothingDone;
  };
  Plan plan;
  int operations = 0;

  // What a power cut leaves of what was not synced.
  enum class Left { kNothing, kHalf, kZeros, kZeroSector, kAll };
  void cut_power(Left left);

  std::string path_of(std::string_view name) const override { return "votes/" + std::string(name); }
  Result<std::vector<std::string>> names() const override;
  Result<std::unique_ptr<LogFile>> create(std::string_view name) override;
  Result<std::unique_ptr<LogFile>> open(std::string_view name) override;
  Result<void> rename(std::string_view from, std::string_view to) override;
  Result<void> remove(std::string_view name) override;

  // The only file that has a number.
  std::string& only();

  std::map<std::string, std::shared_ptr<File>, std::less<>> files;

  // Nothing, or how much of this operation is done before it fails.
  std::optional<Fault> fault_now();
};

}  // namespace jinshi::node
