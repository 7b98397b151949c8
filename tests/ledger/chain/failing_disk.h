// The real disk until it is full: then a write takes what still fits and fails, and no file can be made.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>

namespace jinshi::ledger::testing {

class FailingDisk {
 public:
  FailingDisk();
  ~FailingDisk();

  rocksdb::Env* env() { return env_.get(); }

  // So many bytes are left.
  void leave(std::uint64_t bytes);
  // There is space again.
  void free_space();
  // Reads fail as those of a dying disk do, until free_space.
  void refuse_reads();

 private:
  class Disk;
  std::shared_ptr<Disk> disk_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace jinshi::ledger::testing
