// A container's plaintext, as it comes, into a new folder: its manifest, then the files. Everything goes to a folder
// beside it first, which takes its name only when all is there.
#pragma once

#include <filesystem>
#include <optional>

#include "cli/content_files.h"
#include "cli/failure.h"

namespace jinshi::cli {

class ContainerUnpacker {
 public:
  // DISK when the folder, or FOLDER.partial, exists.
  static Outcome<ContainerUnpacker> begin(const std::filesystem::path& folder);
  ContainerUnpacker(ContainerUnpacker&& other) noexcept;
  ContainerUnpacker& operator=(ContainerUnpacker&&) = delete;
  // Without `finish`, nothing is left.
  ~ContainerUnpacker();

  Outcome<void> add(ByteView plaintext);
  // DAMAGED when the plaintext ended before its files did.
  Outcome<void> finish();

  const Digest& manifest() const { return manifest_digest_; }
  std::uint64_t files() const { return static_cast<std::uint64_t>(manifest_.files_size()); }
  std::uint64_t size() const { return size_; }

 private:
  explicit ContainerUnpacker(std::filesystem::path folder);
  Outcome<void> read_manifest();
  Outcome<void> open_next();  // up to the next file with bytes, making the empty ones before it

  std::filesystem::path folder_;
  std::filesystem::path partial_;  // empty = there is nothing to remove
  std::string start_;              // the manifest and its length, until they are whole
  bool manifest_read_ = false;
  v1::ContentManifest manifest_;
  Digest manifest_digest_;
  int next_ = 0;
  std::uint64_t left_ = 0;  // of the open file
  std::optional<FileHandle> file_;
  std::uint64_t size_ = 0;
};

}  // namespace jinshi::cli
