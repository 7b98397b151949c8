#include "ledger/merkle/state_file.h"

#include <algorithm>
#include <string>

#include "ledger/crypto/sha256.h"

namespace jinshi::merkle {
namespace {

constexpr ByteView kMagic = "JSLEAVES";
constexpr std::size_t kHeaderSize = 56;
constexpr std::size_t kLeafSize = 2 * Digest::kSize + 8;
// Leaves hashed and moved at once.
constexpr std::size_t kChunk = 4096;

void append_number(std::string& bytes, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
}

std::uint64_t number_at(ByteView bytes, std::size_t offset) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(offset, 8)) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

std::unexpected<Error> damaged() {
  return fail(v1::REASON_DAMAGED, "the leaf file is damaged; delete it, and the state is rebuilt from the records");
}

// Writes and hashes what it is given, a chunk at a time.
class HashedOutput {
 public:
  explicit HashedOutput(std::ostream& out) : out_(out) { bytes_.reserve((kChunk + 1) * kLeafSize); }
  std::string& bytes() { return bytes_; }
  void flush_if_full() {
    if (bytes_.size() >= kChunk * kLeafSize) flush();
  }
  void flush() {
    hash_.update(bytes_);
    out_.write(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    bytes_.clear();
  }
  Digest finish() {
    flush();
    return hash_.finish();
  }

 private:
  std::ostream& out_;
  std::string bytes_;
  crypto::Sha256 hash_;
};

// False at the end of the stream.
bool read(std::istream& in, std::string& bytes, std::size_t size) {
  bytes.resize(size);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  return static_cast<std::size_t>(in.gcount()) == size;
}

}  // namespace

Result<void> write_state_file(std::ostream& out, const StateTree& tree, Height height) {
  HashedOutput output(out);
  std::string& bytes = output.bytes();
  bytes.append(kMagic);
  append_number(bytes, height);
  append_number(bytes, tree.size());
  bytes.append(tree.root().view());
  bytes.append(crypto::sha256(bytes).view());
  tree.for_each_leaf([&](const StateLeaf& leaf) {
    bytes.append(leaf.key.view()).append(leaf.record.view());
    append_number(bytes, leaf.position);
    output.flush_if_full();
  });
  const Digest checksum = output.finish();
  out.write(checksum.view().data(), static_cast<std::streamsize>(Digest::kSize));
  out.flush();
  if (!out)
    return fail(v1::REASON_DISK, "the leaf file can't be written; free some disk space or mend its folder's mode");
  return {};
}

Result<StateFile> read_state_file(std::istream& in) {
  crypto::Sha256 hash;
  std::string bytes;
  if (!read(in, bytes, kHeaderSize + Digest::kSize) || !bytes.starts_with(kMagic)) return damaged();
  hash.update(bytes);
  const ByteView header = ByteView(bytes).substr(0, kHeaderSize);
  // Checked before the count is trusted to size anything.
  if (crypto::sha256(header).view() != ByteView(bytes).substr(kHeaderSize)) return damaged();
  const Height height = number_at(header, 8);
  const std::uint64_t count = number_at(header, 16);
  const Digest root = *Digest::from(header.substr(24));

  StateTree::Builder builder(count);
  std::optional<Digest> last;
  for (std::uint64_t done = 0; done < count;) {
    const std::size_t chunk = std::min<std::uint64_t>(kChunk, count - done);
    if (!read(in, bytes, chunk * kLeafSize)) return damaged();
    hash.update(bytes);
    for (ByteView rest = bytes; !rest.empty(); rest.remove_prefix(kLeafSize)) {
      const StateLeaf leaf{*Digest::from(rest.substr(0, 32)), *Digest::from(rest.substr(32, 32)), number_at(rest, 64)};
      if (last && leaf.key <= *last) return damaged();
      last = leaf.key;
      builder.add(leaf);
    }
    done += chunk;
  }
  if (!read(in, bytes, Digest::kSize) || hash.finish().view() != bytes) return damaged();
  if (in.peek() != std::istream::traits_type::eof()) return damaged();

  auto tree = builder.finish();
  if (!tree || tree->root() != root) return damaged();
  return StateFile{std::move(*tree), height};
}

}  // namespace jinshi::merkle
