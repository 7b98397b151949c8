// A disk that forgets what was not synced. Files lie on the real one; this keeps book of which bytes a sync has made
// last and which names a sync of their folder has, and after a power cut leaves what a disk may leave:
//   - of each file the synced bytes, and a prefix of the rest (a torn write);
//   - of the names that were made, renamed and removed, those of a synced folder, and a prefix of the later changes, as
//     a file system with a journal does.
// Folders themselves are taken as lasting. What is drawn follows the seed.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <random>

namespace jinshi::ledger::testing {

class UnsyncedDisk {
 public:
  explicit UnsyncedDisk(std::uint64_t seed);
  ~UnsyncedDisk();

  rocksdb::Env* env() { return env_.get(); }

  // The power goes at so many writes, syncs and changes of names from now (1 = at the next); that one and all after it
  // fail.
  void cut_power_at(std::uint64_t step);
  bool power_is_cut() const;
  // Leaves the surviving bytes and names on the real disk, and works again. No file may be open any more.
  void restore_power();

 private:
  class Disk;
  std::shared_ptr<Disk> disk_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace jinshi::ledger::testing
