#include "cli/sealed_container.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "cli/container_unpacker.h"
#include "cli/content_hash.h"
#include "ledger/crypto/secret_file.h"
#include "ledger/crypto/segment_cipher.h"

namespace jinshi::cli {
namespace {

namespace fs = std::filesystem;
using crypto::SegmentCipher;

constexpr std::string_view kMagic = "JSSEALED";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 32;

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (; size-- > 0; number >>= 8) bytes[size] = static_cast<char>(number & 0xff);
  return bytes;
}

std::uint64_t number_in(ByteView bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// "JSSEALED", version, segment size, nonce, four zero bytes.
std::string make_header(std::uint64_t segment_size, ByteView nonce) {
  return std::string(kMagic) + big_endian(kVersion, 4) + big_endian(segment_size, 4) + std::string(nonce) +
         std::string(4, '\0');
}

struct ContainerHeader {
  std::string bytes;
  std::uint64_t segment_size = 0;
  std::string nonce;
};

Outcome<ContainerHeader> read_header(const fs::path& path, ByteView bytes) {
  if (bytes.size() != kHeaderSize || !bytes.starts_with(kMagic)) {
    return failed(v1::REASON_MALFORMED, path.string() + " is no sealed container");
  }
  if (number_in(bytes.substr(8, 4)) > kVersion) {
    return failed(v1::REASON_NEEDS_NEWER_VERIFIER, path.string() + " was sealed by a newer program");
  }
  ContainerHeader header{std::string(bytes), number_in(bytes.substr(12, 4)), std::string(bytes.substr(16, 12))};
  if (number_in(bytes.substr(8, 4)) != kVersion || !merkle::is_chunk_size(header.segment_size) ||
      bytes.substr(28) != std::string(4, '\0')) {
    return failed(v1::REASON_DAMAGED, path.string() + " has a damaged header");
  }
  return header;
}

// 64 hex digits and a newline: people copy keys by hand, and keep them in safes.
Outcome<crypto::SecretBytes> read_key(const fs::path& path) {
  const auto text = crypto::read_secret_file(path);
  if (!text) return failed(text.error());
  ByteView digits = text->view();
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  auto key = from_hex(digits);
  if (!key || key->size() != SegmentCipher::kKeySize) {
    return failed(v1::REASON_KEY_FILE, path.string() + " holds no content key: that is 64 hex digits");
  }
  return crypto::SecretBytes(*key);
}

// Removes a file that this run made, unless it is kept.
class Made {
 public:
  explicit Made(fs::path path) : path_(std::move(path)) {}
  ~Made() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

// Plaintext in, segments out: to the file and to the content tree.
class Sealer {
 public:
  Sealer(const SegmentCipher& cipher, const FileHandle& file, fs::path path, std::uint64_t segment_size)
      : cipher_(cipher),
        file_(file),
        path_(std::move(path)),
        segment_size_(segment_size),
        hasher_(segment_size),
        segments_([this](const std::string& sealed) { return put(sealed); }) {}

  Outcome<void> put(ByteView bytes) {
    if (!file_.write(bytes)) return disk_failure(path_, "written");
    return hasher_.update(bytes);
  }

  Outcome<void> add(ByteView plaintext) {
    while (!plaintext.empty()) {
      // A full segment waits for the next byte: only then is it known not to be the last.
      if (segment_.size() == segment_size_) {
        if (auto given = give(false); !given) return given;
      }
      const auto count = std::min<std::size_t>(plaintext.size(), segment_size_ - segment_.size());
      segment_.append(plaintext.substr(0, count));
      plaintext.remove_prefix(count);
    }
    return {};
  }

  Outcome<merkle::ContentSummary> finish() {
    if (auto given = give(true); !given) return std::unexpected(given.error());
    if (auto finished = segments_.finish(); !finished) return std::unexpected(finished.error());
    if (!file_.sync()) return disk_failure(path_, "written");
    return hasher_.finish();
  }

 private:
  Outcome<void> give(bool last) {
    return segments_.give([this, index = index_++, last, segment = std::exchange(segment_, {})] {
      return cipher_.seal(index, last, segment);
    });
  }

  const SegmentCipher& cipher_;
  const FileHandle& file_;
  fs::path path_;
  std::uint64_t segment_size_;
  std::uint64_t index_ = 0;
  std::string segment_;
  ParallelContentHasher hasher_;
  OrderedTasks<std::string> segments_;
};

}  // namespace

Outcome<SealedContent> seal_files(const ContentFiles& files, const fs::path& container, const fs::path& key_file,
                                  std::uint64_t chunk_size, const Advance& advance) {
  // The container first: where there is one already, no key is made that opens nothing.
  const FileHandle file(container, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file.is_open()) {
    if (errno == EEXIST) return failed(v1::REASON_DISK, container.string() + " exists already: name another file");
    return disk_failure(container, "made");
  }
  Made made_container(container);
  crypto::SecretBytes key = crypto::random_secret(SegmentCipher::kKeySize);
  const crypto::SecretBytes key_text(to_hex(key.view()) + "\n");
  if (auto written = crypto::write_secret_file(key_file, key_text.view()); !written) return failed(written.error());
  Made made_key(key_file);

  const std::string nonce = crypto::random_bytes(SegmentCipher::kNonceSize);
  const std::string header = make_header(chunk_size, nonce);
  const auto cipher = SegmentCipher::make(std::move(key), nonce, header);
  if (!cipher) return failed(cipher.error());
  const std::string manifest = encode_manifest(files.manifest);

  Sealer sealer(*cipher, file, container, chunk_size);
  if (auto put = sealer.put(header); !put) return std::unexpected(put.error());
  for (const std::string& part : {big_endian(manifest.size(), 8), manifest}) {
    if (auto added = sealer.add(part); !added) return std::unexpected(added.error());
  }
  const auto read = read_files(files, [&](ByteView bytes) {
    advance(bytes.size());
    return sealer.add(bytes);
  });
  if (!read) return std::unexpected(read.error());
  const auto content = sealer.finish();
  if (!content) return std::unexpected(content.error());
  made_container.keep();
  made_key.keep();
  return SealedContent{*content, manifest_digest(manifest), static_cast<std::uint64_t>(files.manifest.files_size()),
                       files.size};
}

Outcome<SealedContent> open_container(const fs::path& container, const fs::path& key_file, const fs::path& folder,
                                      const std::optional<Digest>& root, const Advance& advance) {
  auto key = read_key(key_file);
  if (!key) return std::unexpected(key.error());
  const FileHandle file(container, O_RDONLY);
  struct stat status {};
  if (!file.is_open() || ::fstat(file.descriptor(), &status) != 0) return disk_failure(container, "opened");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string raw_header(kHeaderSize, '\0');
  if (const auto got = file.read(raw_header.data(), kHeaderSize); !got) {
    return disk_failure(container, "read");
  } else {
    raw_header.resize(*got);
  }
  const auto header = read_header(container, raw_header);
  if (!header) return std::unexpected(header.error());
  const auto cipher = SegmentCipher::make(std::move(*key), header->nonce, header->bytes);
  if (!cipher) return failed(cipher.error());
  auto unpacker = ContainerUnpacker::begin(folder);
  if (!unpacker) return std::unexpected(unpacker.error());

  ParallelContentHasher hasher(header->segment_size);
  OrderedTasks<Result<std::string>> segments([&](const Result<std::string>& plaintext) -> Outcome<void> {
    if (!plaintext) return failed(plaintext.error());
    return unpacker->add(*plaintext);
  });
  if (auto hashed = hasher.update(header->bytes); !hashed) return std::unexpected(hashed.error());
  const std::uint64_t sealed_size = header->segment_size + SegmentCipher::kTagSize;
  std::uint64_t left = size - kHeaderSize;
  if (left == 0) return failed(v1::REASON_DAMAGED, container.string() + " is cut short: take an intact copy");
  for (std::uint64_t index = 0; left > 0; ++index) {
    std::string sealed(static_cast<std::size_t>(std::min(left, sealed_size)), '\0');
    const auto got = file.read(sealed.data(), sealed.size());
    if (!got) return disk_failure(container, "read");
    if (*got != sealed.size())
      return failed(v1::REASON_DAMAGED, container.string() + " became shorter while it was read");
    left -= sealed.size();
    advance(sealed.size());
    if (auto hashed = hasher.update(sealed); !hashed) return std::unexpected(hashed.error());
    auto given = segments.give([&cipher = *cipher, index, last = left == 0, sealed = std::move(sealed)] {
      return cipher.open(index, last, sealed);
    });
    if (!given) return std::unexpected(given.error());
  }
  if (auto finished = segments.finish(); !finished) return std::unexpected(finished.error());
  const auto content = hasher.finish();
  if (!content) return std::unexpected(content.error());
  if (root && content->root != *root) {
    return failed(v1::REASON_CONTENT_MISMATCH, "the container's root is " + to_hex(content->root.view()) +
                                                   ", not the one asked for: it is another content");
  }
  if (auto finished = unpacker->finish(); !finished) return std::unexpected(finished.error());
  return SealedContent{*content, unpacker->manifest(), unpacker->files(), unpacker->size()};
}

}  // namespace jinshi::cli
