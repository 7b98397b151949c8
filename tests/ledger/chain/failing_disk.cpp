#include "tests/ledger/chain/failing_disk.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>

#include "tests/ledger/chain/hasty_env.h"

namespace jinshi::ledger::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

IOStatus full() { return IOStatus::NoSpace("While appending to file", "No space left on device"); }
IOStatus unreadable() { return IOStatus::IOError("While pread", "Input/output error"); }

}  // namespace

class FailingDisk::Disk final : public rocksdb::FileSystemWrapper {
 public:
  Disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingDisk"; }

  void leave(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    left_ = bytes;
  }
  std::atomic<bool> refuses_reads = false;

  // How much of a write fits.
  std::uint64_t take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t fits = std::min(bytes, left_);
    if (left_ != kNoLimit) left_ -= fits;
    return fits;
  }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override;
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext* debug) override {
    return refuses_reads ? unreadable() : target_->NewRandomAccessFile(path, options, file, debug);
  }
  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, IODebugContext* debug) override {
    return refuses_reads ? unreadable() : target_->NewSequentialFile(path, options, file, debug);
  }

 private:
  class WrittenFile;

  std::mutex mutex_;  // guards left_
  std::uint64_t left_ = kNoLimit;
};

class FailingDisk::Disk::WrittenFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WrittenFile(std::unique_ptr<rocksdb::FSWritableFile> target, Disk& disk)
      : FSWritableFileOwnerWrapper(std::move(target)), disk_(disk) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const std::uint64_t fits = disk_.take(data.size());
    const IOStatus written = target()->Append(Slice(data.data(), fits), options, debug);
    return written.ok() && fits < data.size() ? full() : written;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  // Nothing here lives through a power cut.
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  Disk& disk_;
};

IOStatus FailingDisk::Disk::NewWritableFile(const std::string& path, const FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (left_ == 0) return full();
  }
  std::unique_ptr<rocksdb::FSWritableFile> target;
  const IOStatus made = target_->NewWritableFile(path, options, &target, debug);
  if (made.ok()) *file = std::make_unique<WrittenFile>(std::move(target), *this);
  return made;
}

FailingDisk::FailingDisk() : disk_(std::make_shared<Disk>()), env_(hasty_env(disk_)) {}
FailingDisk::~FailingDisk() = default;

void FailingDisk::leave(std::uint64_t bytes) { disk_->leave(bytes); }
void FailingDisk::free_space() {
  disk_->leave(kNoLimit);
  disk_->refuses_reads = false;
}
void FailingDisk::refuse_reads() { disk_->refuses_reads = true; }

}  // namespace jinshi::ledger::testing
