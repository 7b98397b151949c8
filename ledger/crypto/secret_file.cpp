#include "ledger/crypto/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jinshi::crypto {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr off_t kMaxSize = 64 * 1024;

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int fd;
};

bool write_all(int fd, ByteView contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Without this, a crash may leave a key in use that no name leads to.
bool sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.fd >= 0 && ::fsync(opened.fd) == 0;
}

std::string reason_of(int error) { return std::strerror(error); }

}  // namespace

Result<void> write_secret_file(const std::filesystem::path& path, ByteView contents) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (file.fd < 0 && errno == EEXIST) {
    return fail(v1::REASON_KEY_FILE, path.string() + " exists and is never overwritten: name another file or move it.");
  }
  if (file.fd < 0) return fail(v1::REASON_DISK, path.string() + " can't be created: " + reason_of(errno) + '.');
  // The umask may have taken away more than it should, never less.
  if (::fchmod(file.fd, kOwnerOnly) != 0 || !write_all(file.fd, contents) || ::fsync(file.fd) != 0 ||
      !sync_folder_of(path)) {
    const int error = errno;
    ::unlink(path.c_str());
    return fail(v1::REASON_DISK, path.string() + " can't be written: " + reason_of(error) + '.');
  }
  return {};
}

Result<SecretBytes> read_secret_file(const std::filesystem::path& path) {
  // Not to block on a pipe that lies where the key should.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) return fail(v1::REASON_KEY_FILE, path.string() + " can't be opened: " + reason_of(errno) + '.');
  struct stat status;
  if (::fstat(file.fd, &status) != 0) return fail(v1::REASON_DISK, path.string() + ": " + reason_of(errno) + '.');
  if (!S_ISREG(status.st_mode)) {
    return fail(v1::REASON_KEY_FILE, path.string() + " is no regular file: name the key file itself.");
  }
  if ((status.st_mode & 07777 & ~kOwnerOnly) != 0) {
    return fail(v1::REASON_KEY_FILE, "Others than its owner may use " + path.string() +
                                         ", so its key may no longer be secret: run 'chmod 600 " + path.string() +
                                         "', and replace the key if anyone may have read it.");
  }
  if (status.st_size > kMaxSize) {
    return fail(v1::REASON_KEY_FILE, path.string() + " is over 64 KiB, more than any key file: name the key file.");
  }
  SecretBytes contents(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < contents.size()) {
    const ssize_t got = ::read(file.fd, contents.data() + filled, contents.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(v1::REASON_DISK, path.string() + " can't be read whole: try again.");
    filled += static_cast<std::size_t>(got);
  }
  return contents;
}

}  // namespace jinshi::crypto
