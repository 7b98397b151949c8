#include "node/ordering/log_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jinshi::node {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int operator*() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Error> disk_error(const std::filesystem::path& path, std::string_view doing) {
  const std::string reason = std::strerror(errno);
  return fail(v1::REASON_DISK, path.string() + " can't be " + std::string(doing) + ": " + reason);
}

class FileOnDisk : public LogFile {
 public:
  FileOnDisk(std::filesystem::path path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Result<void> append(ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(*fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return disk_error(path_, "written");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(*fd_) != 0) return disk_error(path_, "synced");
    return {};
  }

  Result<std::string> read(std::uint64_t offset, std::size_t size) const override {
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
      const ssize_t got = ::pread(*fd_, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return disk_error(path_, "read");
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
  }

  Result<std::uint64_t> size() const override {
    struct stat status;
    if (::fstat(*fd_, &status) != 0) return disk_error(path_, "read");
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  const std::filesystem::path path_;
  const Descriptor fd_;
};

class FilesOnDisk : public LogFiles {
 public:
  FilesOnDisk(std::filesystem::path directory, Descriptor locked)
      : directory_(std::move(directory)), locked_(std::move(locked)) {}

  std::string path_of(std::string_view name) const override { return (directory_ / name).string(); }

  Result<std::vector<std::string>> names() const override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) return fail(v1::REASON_DISK, directory_.string() + " can't be read: " + error.message());
    return names;
  }

  Result<std::unique_ptr<LogFile>> create(std::string_view name) override {
    return open(name, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, "created");
  }
  Result<std::unique_ptr<LogFile>> open(std::string_view name) override { return open(name, O_RDONLY, "opened"); }

  Result<void> rename(std::string_view from, std::string_view to) override {
    if (::rename((directory_ / from).c_str(), (directory_ / to).c_str()) != 0) {
      return disk_error(directory_ / from, "renamed");
    }
    return sync_directory();
  }

  Result<void> remove(std::string_view name) override {
    if (::unlink((directory_ / name).c_str()) != 0) return disk_error(directory_ / name, "removed");
    return sync_directory();
  }

 private:
  Result<std::unique_ptr<LogFile>> open(std::string_view name, int flags, std::string_view doing) {
    const auto path = directory_ / name;
    Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd.is_open()) return disk_error(path, doing);
    return std::make_unique<FileOnDisk>(path, std::move(fd));
  }

  Result<void> sync_directory() const {
    if (::fsync(*locked_) != 0) return disk_error(directory_, "synced");
    return {};
  }

  const std::filesystem::path directory_;
  const Descriptor locked_;
};

}  // namespace

Result<std::unique_ptr<LogFiles>> log_files_on_disk(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) {
    const std::filesystem::path above = directory.has_parent_path() ? directory.parent_path() : ".";
    const Descriptor parent(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.is_open() || ::fsync(*parent) != 0) return disk_error(above, "synced");
  } else if (errno != EEXIST) {
    return disk_error(directory, "created");
  }
  Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return disk_error(directory, "opened");
  if (::flock(*opened, LOCK_EX | LOCK_NB) != 0) {
    return fail(v1::REASON_CONFIGURATION,
                directory.string() + " is in use by another process: two must never vote with one key");
  }
  return std::make_unique<FilesOnDisk>(directory, std::move(opened));
}

}  // namespace jinshi::node
