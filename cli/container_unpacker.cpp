#include "cli/container_unpacker.h"

#include <fcntl.h>

#include <algorithm>

#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLengthSize = 8;
constexpr std::uint64_t kMaxManifest = 256 * 1024 * 1024;

std::uint64_t length_in(ByteView start) {
  std::uint64_t length = 0;
  for (const char byte : start.substr(0, kLengthSize)) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

ContainerUnpacker::ContainerUnpacker(fs::path folder)
    : folder_(std::move(folder)), partial_(folder_.string() + ".partial") {}

ContainerUnpacker::ContainerUnpacker(ContainerUnpacker&& other) noexcept
    : folder_(std::move(other.folder_)),
      partial_(std::exchange(other.partial_, {})),
      start_(std::move(other.start_)),
      manifest_read_(other.manifest_read_),
      manifest_(std::move(other.manifest_)),
      manifest_digest_(other.manifest_digest_),
      next_(other.next_),
      left_(other.left_),
      file_(std::move(other.file_)),
      size_(other.size_) {}

ContainerUnpacker::~ContainerUnpacker() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

Outcome<ContainerUnpacker> ContainerUnpacker::begin(const fs::path& folder) {
  std::error_code problem;
  if (fs::exists(fs::symlink_status(folder, problem))) {
    return failed(v1::REASON_DISK, folder.string() + " exists already: name another folder");
  }
  ContainerUnpacker unpacker(folder);
  if (!fs::create_directory(unpacker.partial_, problem)) {
    const fs::path partial = std::exchange(unpacker.partial_, {});  // not ours
    return failed(v1::REASON_DISK, partial.string() + " can't be made: " +
                                       (problem ? problem.message() : "remove what an earlier run left there"));
  }
  return unpacker;
}

Outcome<void> ContainerUnpacker::read_manifest() {
  const std::uint64_t length = length_in(start_);
  const ByteView bytes = ByteView(start_).substr(kLengthSize, length);
  auto manifest = decode<v1::ContentManifest>(bytes);
  if (!manifest) return failed(v1::REASON_DAMAGED, "the container's list of files is damaged");
  if (auto checked = check_paths(*manifest); !checked) return checked;
  manifest_ = std::move(*manifest);
  manifest_digest_ = cli::manifest_digest(bytes);
  manifest_read_ = true;
  return open_next();
}

Outcome<void> ContainerUnpacker::open_next() {
  file_.reset();
  while (next_ < manifest_.files_size()) {
    const auto& file = manifest_.files(next_++);
    const fs::path path = partial_ / file.path();
    std::error_code problem;
    fs::create_directories(path.parent_path(), problem);
    if (problem) return failed(v1::REASON_DISK, path.string() + " can't be made: " + problem.message());
    FileHandle handle(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
    if (!handle.is_open()) return disk_failure(path, "made");
    if (file.size() == 0) continue;
    left_ = file.size();
    file_ = std::move(handle);
    return {};
  }
  return {};
}

Outcome<void> ContainerUnpacker::add(ByteView plaintext) {
  if (!manifest_read_) {
    start_.append(plaintext);
    if (start_.size() < kLengthSize) return {};
    const std::uint64_t length = length_in(start_);
    if (length > kMaxManifest)
      return failed(v1::REASON_TOO_LARGE, "the container's list of files is over 256 MiB long");
    if (start_.size() < kLengthSize + length) return {};
    if (auto read = read_manifest(); !read) return read;
    const std::string rest = start_.substr(kLengthSize + length);
    start_.clear();
    return add(rest);
  }
  while (!plaintext.empty()) {
    if (!file_) return failed(v1::REASON_DAMAGED, "the container holds more than its files");
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, plaintext.size()));
    if (!file_->write(plaintext.substr(0, count))) {
      return disk_failure(partial_ / manifest_.files(next_ - 1).path(), "written");
    }
    size_ += count;
    left_ -= count;
    plaintext.remove_prefix(count);
    if (left_ > 0) continue;
    if (auto opened = open_next(); !opened) return opened;
  }
  return {};
}

Outcome<void> ContainerUnpacker::finish() {
  if (!manifest_read_ || file_) return failed(v1::REASON_DAMAGED, "the container ends before its files do");
  std::error_code problem;
  fs::rename(partial_, folder_, problem);
  if (problem) return failed(v1::REASON_DISK, folder_.string() + " can't be made: " + problem.message());
  partial_.clear();
  return {};
}

}  // namespace jinshi::cli
