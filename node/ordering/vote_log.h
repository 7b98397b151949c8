// What one validator has signed and must not forget, and what it needs to say again after a crash (docs/protocol.md,
// the vote log; docs/decisions/0005). Apart from the database and in no backup: a log restored from yesterday would let
// the key sign twice.
//
// One file at a time, `0000000001.log` and so on: a head, then groups of entries. A group is written and synced as one,
// and stands whole or not at all. What came after the last sync may be torn by a crash and is cut; anything else that
// is not as it was written is DAMAGED, and the log does not open.
//
// A LoggedTrim entry says what is no longer needed. When most of a file is, the rest is written to a new file, which is
// synced before it takes its name, and only then the old one goes. Each opening does the same, so that nothing that was
// read rests on a page that the disk may have refused to keep.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "node/ordering/log_entry.h"
#include "node/ordering/log_files.h"
#include "proto/error.h"
#include "proto/types.h"

namespace jinshi::node {

inline constexpr std::uint32_t kVoteLogFormat = 1;
// From this size on a file gives way to a new one, once half of it is not needed.
inline constexpr std::uint64_t kVoteLogFileBytes = 64 << 20;

class VoteLog {
 public:
  // Whose log it is.
  struct Owner {
    Digest chain_id;
    std::string public_key;
  };

  // What a crash left after the last sync; nothing that was said rested on it.
  struct Cut {
    std::string file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  // The entries that are still needed, in the order in which they were written, after the last trim point.
  struct Restored {
    std::uint64_t trimmed_epoch = 0;
    Height trimmed_height = 0;
    std::vector<v1::LogEntry> entries;
    std::optional<Cut> cut;
  };

  // Only by the operator's explicit command, for a key that has signed nothing. WRONG_STATE where there is one.
  static Result<void> create(LogFiles& files, const Owner& owner);

  // WRONG_STATE where there is none, CONFIGURATION for another chain's or key's, DAMAGED with file and offset, DISK.
  // `files` outlives the log.
  struct Opened {
    std::unique_ptr<VoteLog> log;
    Restored restored;
  };
  static Result<Opened> open(LogFiles& files, const Owner& owner, std::uint64_t file_bytes = kVoteLogFileBytes);

  // Canonical LogEntry each. On disk when it returns. After an error nothing more is written: the same error returns.
  Result<void> write(std::span<const std::string> entries);

  // Of the present file.
  std::uint64_t size() const { return size_; }

 private:
  struct Place {
    LogEntrySummary summary;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::uint64_t check = 0;
  };

  VoteLog(LogFiles& files, Owner owner, std::uint64_t file_bytes)
      : files_(files), owner_(std::move(owner)), file_bytes_(file_bytes) {}

  Result<void> append_group(std::span<const std::string> entries);
  Result<void> renew_if_worth_it();
  // Writes the needed entries of the present file to the next.
  Result<void> renew();
  // A new file of these, in place of all others.
  Result<void> begin_file(std::uint64_t number, std::vector<std::string> needed);

  LogFiles& files_;
  const Owner owner_;
  const std::uint64_t file_bytes_;
  std::uint64_t number_ = 0;
  std::unique_ptr<LogFile> file_;
  std::uint64_t size_ = 0;
  std::uint64_t renew_at_ = 0;
  Digest salt_, chain_;
  LogNeeds needs_;
  std::vector<Place> places_;
  std::string buffer_;
  std::optional<Error> failed_;
};

}  // namespace jinshi::node
