#include "cli/content_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ledger/crypto/digest.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1 << 20;

std::unexpected<Failure> changed(const fs::path& path) {
  return failed(v1::REASON_CONTENT_MISMATCH,
                path.string() + " changed while it was read: try again when nothing writes to it");
}

Outcome<void> add_file(ContentFiles& files, std::string path, std::uint64_t size) {
  if (!is_utf8(path)) return failed(v1::REASON_BAD_TEXT, "'" + path + "': rename the file, its name is not UTF-8");
  auto& file = *files.manifest.add_files();
  file.set_path(std::move(path));
  file.set_size(size);
  files.size += size;
  return {};
}

Outcome<void> list_folder(ContentFiles& files) {
  std::error_code problem;
  fs::recursive_directory_iterator at(files.root, problem);
  const fs::recursive_directory_iterator end;
  while (!problem && at != end) {
    const auto status = at->symlink_status(problem);
    if (problem) break;
    if (fs::is_regular_file(status)) {
      const std::uint64_t size = at->file_size(problem);
      if (problem) break;
      if (auto added = add_file(files, at->path().lexically_relative(files.root).generic_string(), size); !added) {
        return added;
      }
    } else if (!fs::is_directory(status)) {
      ++files.skipped;
    }
    at.increment(problem);
  }
  if (problem) return failed(v1::REASON_DISK, files.root.string() + " can't be read: " + problem.message());
  return {};
}

bool is_safe(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

FileHandle::FileHandle(const fs::path& path, int flags, int mode)
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::size_t> FileHandle::read(char* into, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor_, into + done, size - done);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool FileHandle::write(ByteView bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool FileHandle::sync() const { return ::fsync(descriptor_) == 0; }

std::unexpected<Failure> disk_failure(const fs::path& path, std::string_view verb) {
  const int why = errno;
  return failed(v1::REASON_DISK, path.string() + " can't be " + std::string(verb) + ": " + std::strerror(why));
}

Outcome<ContentFiles> list_files(const fs::path& root) {
  ContentFiles files{.root = root, .manifest = {}};
  std::error_code problem;
  if (fs::is_directory(root, problem)) {
    if (auto listed = list_folder(files); !listed) return std::unexpected(listed.error());
  } else if (fs::is_regular_file(root, problem)) {
    const std::uint64_t size = fs::file_size(root, problem);
    if (problem) return failed(v1::REASON_DISK, root.string() + " can't be read: " + problem.message());
    if (auto added = add_file(files, root.filename().string(), size); !added) return std::unexpected(added.error());
  } else {
    return failed(v1::REASON_DISK, root.string() + " is neither a folder nor a file");
  }
  std::ranges::sort(*files.manifest.mutable_files(), {}, &v1::ContentFile::path);
  return files;
}

std::string encode_manifest(const v1::ContentManifest& manifest) { return encode(manifest); }

Digest manifest_digest(ByteView manifest) { return crypto::digest(crypto::Tag::kContentManifest, manifest); }

Outcome<void> read_files(const ContentFiles& files, const std::function<Outcome<void>(ByteView)>& sink) {
  std::error_code problem;
  const bool one_file = !fs::is_directory(files.root, problem);
  std::string piece(kPiece, '\0');
  for (const auto& file : files.manifest.files()) {
    const fs::path path = one_file ? files.root : files.root / file.path();
    const FileHandle handle(path, O_RDONLY | (one_file ? 0 : O_NOFOLLOW));
    if (!handle.is_open()) return disk_failure(path, "opened");
    for (std::uint64_t left = file.size(); left > 0;) {
      const auto got = handle.read(piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece)));
      if (!got) return disk_failure(path, "read");
      if (*got == 0) return changed(path);
      left -= *got;
      if (auto taken = sink(ByteView(piece).substr(0, *got)); !taken) return taken;
    }
    char beyond;
    const auto more = handle.read(&beyond, 1);
    if (!more) return disk_failure(path, "read");
    if (*more != 0) return changed(path);
  }
  return {};
}

Outcome<void> check_paths(const v1::ContentManifest& manifest) {
  std::string_view before;
  for (const auto& file : manifest.files()) {
    if (!is_safe(file.path())) {
      return failed(v1::REASON_DAMAGED, "the container names a file outside its folder: '" + file.path() + "'");
    }
    if (!before.empty() && before >= file.path()) {
      return failed(v1::REASON_DAMAGED, "the container's files are out of order at '" + file.path() + "'");
    }
    before = file.path();
  }
  return {};
}

}  // namespace jinshi::cli
