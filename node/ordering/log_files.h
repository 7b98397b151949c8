// The files that the vote log is made of, behind an interface so that tests and the simulator can lose, tear and spoil
// what a disk would. Names are within one directory, which one process holds at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

// Errors are DISK and name the file.
class LogFile {
 public:
  virtual ~LogFile() = default;

  // After an error nobody knows how much of it stands.
  virtual Result<void> append(ByteView bytes) = 0;
  // What was appended, and that the file is so long, outlives a power cut.
  virtual Result<void> sync() = 0;
  // Fewer bytes where the file ends.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t size) const = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

class LogFiles {
 public:
  virtual ~LogFiles() = default;

  // How a file is named to people.
  virtual std::string path_of(std::string_view name) const = 0;
  virtual Result<std::vector<std::string>> names() const = 0;
  // Empty, whatever was there before.
  virtual Result<std::unique_ptr<LogFile>> create(std::string_view name) = 0;
  virtual Result<std::unique_ptr<LogFile>> open(std::string_view name) = 0;
  // The directory is synced before these return.
  virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  virtual Result<void> remove(std::string_view name) = 0;
};

// Makes the directory where there is none, and locks it for as long as the object lives: CONFIGURATION when another
// process has it.
Result<std::unique_ptr<LogFiles>> log_files_on_disk(const std::filesystem::path& directory);

}  // namespace jinshi::node
