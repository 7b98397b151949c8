#include "node/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace jinshi::node {
namespace {

class File {
 public:
  File(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  bool write(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

std::unexpected<Error> disk_error(const std::filesystem::path& path) {
  return fail(v1::REASON_DISK, path.string() + " can't be written: " + std::strerror(errno));
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& path, ByteView contents) {
  std::filesystem::path beside = path;
  beside += ".new";
  {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open() || !file.write(contents) || !file.sync()) return disk_error(beside);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return disk_error(path);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const File directory(folder, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open() || !directory.sync()) return disk_error(folder);
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(v1::REASON_CONFIGURATION, path.string() + " is no file: give the path of one that can be read");
  }
  std::ifstream in(path, std::ios::binary);
  std::string contents(limit + 1, '\0');
  in.read(contents.data(), static_cast<std::streamsize>(contents.size()));
  if (!in.is_open() || in.bad()) {
    return fail(v1::REASON_CONFIGURATION, path.string() + " can't be read: check its owner and its mode");
  }
  contents.resize(static_cast<std::size_t>(in.gcount()));
  if (contents.size() > limit) {
    return fail(v1::REASON_CONFIGURATION,
                path.string() + " is larger than " + std::to_string(limit) + " bytes: is it the right file?");
  }
  return contents;
}

}  // namespace jinshi::node
