#include "tests/ledger/chain/unsynced_disk.h"

#include <rocksdb/file_system.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/ledger/chain/hasty_env.h"

namespace jinshi::ledger::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

struct File {
  std::uint64_t synced = 0, size = 0;
  std::optional<std::string> content;  // kept when it has lost its last name
};
using FilePtr = std::shared_ptr<File>;
using Names = std::map<std::string, FilePtr>;

// One change of a folder, whole or not at all: each path gets a file or loses it.
struct NameChange {
  std::string folder;
  std::vector<std::pair<std::string, FilePtr>> names;
};

void carry_out(const NameChange& change, Names& names) {
  for (const auto& [path, file] : change.names) {
    if (file) {
      names[path] = file;
    } else {
      names.erase(path);
    }
  }
}

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string plain(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

}  // namespace

class UnsyncedDisk::Disk final : public rocksdb::FileSystemWrapper {
 public:
  explicit Disk(std::uint64_t seed) : FileSystemWrapper(rocksdb::FileSystem::Default()), random_(seed) {}
  const char* Name() const override { return "UnsyncedDisk"; }

  void cut_power_at(std::uint64_t step) {
    const std::lock_guard lock(mutex_);
    steps_left_ = step;
  }
  bool power_is_cut() const {
    const std::lock_guard lock(mutex_);
    return cut_;
  }
  void restore_power();

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override;
  IOStatus ReopenWritableFile(const std::string&, const FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>*,
                              IODebugContext*) override {
    return IOStatus::NotSupported("files are written once");
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("files are written once");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext* debug) override;
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override;
  IOStatus LinkFile(const std::string&, const std::string&, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("no links here");
  }
  IOStatus Truncate(const std::string&, std::size_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("files are written once");
  }

  // One step nearer to the cut. `act` runs while there is power; what it did at the very moment of the cut may or may
  // not have reached the disk, and was never answered.
  template <class Act>
  IOStatus step(const Act& act) {
    const std::lock_guard lock(mutex_);
    if (cut_) return IOStatus::IOError("the power is off");
    if (steps_left_ > 0 && --steps_left_ == 0) cut_ = true;
    const IOStatus done = act();
    return cut_ ? IOStatus::IOError("the power went off") : done;
  }

 private:
  class WrittenFile;
  class Folder;

  void change(NameChange change) {
    carry_out(change, live_);
    pending_.push_back(std::move(change));
  }
  void sync_folder(const std::string& path) {
    std::vector<NameChange> later;
    for (auto& one : pending_) {
      if (one.folder == path) {
        carry_out(one, durable_);
      } else {
        later.push_back(std::move(one));
      }
    }
    pending_ = std::move(later);
  }
  // Nothing, all, or something between.
  std::uint64_t part_of(std::uint64_t whole) {
    switch (random_() % 3) {
      case 0:
        return 0;
      case 1:
        return whole;
      default:
        return random_() % (whole + 1);
    }
  }

  mutable std::mutex mutex_;  // guards all below
  std::mt19937_64 random_;
  std::uint64_t steps_left_ = 0;
  bool cut_ = false;
  Names live_, durable_;
  std::vector<NameChange> pending_;
};

class UnsyncedDisk::Disk::WrittenFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WrittenFile(std::unique_ptr<rocksdb::FSWritableFile> target, Disk& disk, FilePtr file)
      : FSWritableFileOwnerWrapper(std::move(target)), disk_(disk), file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return disk_.step([&] {
      file_->size += data.size();
      return target()->Append(data, options, debug);
    });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  // The real disk need not sync: what lasts is decided here.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    return disk_.step([&] {
      if (!disk_.cut_) file_->synced = file_->size;
      return IOStatus::OK();
    });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  Disk& disk_;
  const FilePtr file_;
};

class UnsyncedDisk::Disk::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory> target, Disk& disk, std::string path)
      : FSDirectoryWrapper(std::move(target)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return disk_.step([&] {
      if (!disk_.cut_) disk_.sync_folder(path_);
      return IOStatus::OK();
    });
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  Disk& disk_;
  const std::string path_;
};

IOStatus UnsyncedDisk::Disk::NewWritableFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  return step([&] {
    const std::string name = plain(path);
    if (const auto old = live_.find(name); old != live_.end()) old->second->content = read_whole(name);
    std::unique_ptr<rocksdb::FSWritableFile> target;
    const IOStatus made = target_->NewWritableFile(name, options, &target, debug);
    if (!made.ok()) return made;
    const auto fresh = std::make_shared<File>();
    change({folder_of(name), {{name, fresh}}});
    *file = std::make_unique<WrittenFile>(std::move(target), *this, fresh);
    return made;
  });
}

IOStatus UnsyncedDisk::Disk::NewDirectory(const std::string& path, const IOOptions& options,
                                          std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> target;
  const IOStatus opened = target_->NewDirectory(path, options, &target, debug);
  if (opened.ok()) *folder = std::make_unique<Folder>(std::move(target), *this, plain(path));
  return opened;
}

IOStatus UnsyncedDisk::Disk::DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) {
  return step([&] {
    const std::string name = plain(path);
    if (const auto file = live_.find(name); file != live_.end()) {
      file->second->content = read_whole(name);
      change({folder_of(name), {{name, nullptr}}});
    }
    return target_->DeleteFile(name, options, debug);
  });
}

IOStatus UnsyncedDisk::Disk::RenameFile(const std::string& source, const std::string& destination,
                                        const IOOptions& options, IODebugContext* debug) {
  return step([&] {
    const std::string from = plain(source), to = plain(destination);
    const auto file = live_.find(from);
    if (file != live_.end()) {
      if (const auto old = live_.find(to); old != live_.end()) old->second->content = read_whole(to);
      change({folder_of(from), {{to, file->second}, {from, nullptr}}});
    } else if (std::filesystem::is_directory(from)) {
      const auto moved = [&](std::string path) {
        return path == from || path.starts_with(from + "/") ? to + path.substr(from.size()) : path;
      };
      for (Names* names : {&live_, &durable_}) {
        Names all;
        for (const auto& [path, one] : *names) all[moved(path)] = one;
        *names = std::move(all);
      }
      for (auto& one : pending_) {
        one.folder = moved(one.folder);
        for (auto& [path, ignored] : one.names) path = moved(path);
      }
    }
    return target_->RenameFile(from, to, options, debug);
  });
}

void UnsyncedDisk::Disk::restore_power() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, file] : live_) {
    file->content = read_whole(path);
    std::filesystem::remove(path);
  }
  const std::uint64_t kept = part_of(pending_.size());
  for (std::uint64_t i = 0; i < kept; ++i) carry_out(pending_[i], durable_);
  live_.clear();
  for (const auto& [path, old] : durable_) {
    REQUIRE(old->content.has_value());
    REQUIRE(old->content->size() >= old->synced);
    const std::uint64_t size = old->synced + part_of(old->content->size() - old->synced);
    std::ofstream(path, std::ios::binary).write(old->content->data(), static_cast<std::streamsize>(size));
    live_[path] = std::make_shared<File>(File{size, size, std::nullopt});
  }
  durable_ = live_;
  pending_.clear();
  cut_ = false;
  steps_left_ = 0;
}

UnsyncedDisk::UnsyncedDisk(std::uint64_t seed) : disk_(std::make_shared<Disk>(seed)), env_(hasty_env(disk_)) {}
UnsyncedDisk::~UnsyncedDisk() = default;

void UnsyncedDisk::cut_power_at(std::uint64_t step) { disk_->cut_power_at(step); }
bool UnsyncedDisk::power_is_cut() const { return disk_->power_is_cut(); }
void UnsyncedDisk::restore_power() { disk_->restore_power(); }

}  // namespace jinshi::ledger::testing
