// The files of a content, in the order in which their bytes follow one another (docs/protocol.md, content).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/failure.h"
#include "jinshi/v1/content.pb.h"
#include "proto/types.h"

namespace jinshi::cli {

// An open file that closes itself. POSIX, because it must be opened exclusively, and without following links.
class FileHandle {
 public:
  FileHandle(const std::filesystem::path& path, int flags, int mode = 0);
  ~FileHandle();
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  bool is_open() const { return descriptor_ >= 0; }
  // Up to `size` bytes, fewer only at the file's end; empty in an error, which errno tells.
  std::optional<std::size_t> read(char* into, std::size_t size) const;
  bool write(ByteView bytes) const;
  bool sync() const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

std::unexpected<Failure> disk_failure(const std::filesystem::path& path, std::string_view verb);

struct ContentFiles {
  std::filesystem::path root;    // the folder, or the one file
  v1::ContentManifest manifest;  // in byte order of the paths
  std::uint64_t size = 0;
  std::uint64_t skipped = 0;  // symbolic links, sockets and other things that are no regular files
};

// The regular files below a folder, or one file alone. Links are not followed. BAD_TEXT for a name that is not UTF-8.
Outcome<ContentFiles> list_files(const std::filesystem::path& root);

std::string encode_manifest(const v1::ContentManifest& manifest);
Digest manifest_digest(ByteView manifest);

// Gives the files' bytes one after another, in pieces. CONTENT_MISMATCH for a file whose size is not, or doesn't stay,
// the one listed.
Outcome<void> read_files(const ContentFiles& files, const std::function<Outcome<void>(ByteView)>& sink);

// Whether a manifest's paths are relative, in order, each once, and lead nowhere but below the folder they are put in.
Outcome<void> check_paths(const v1::ContentManifest& manifest);

}  // namespace jinshi::cli
