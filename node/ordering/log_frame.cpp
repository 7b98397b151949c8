#include "node/ordering/log_frame.h"

#include <algorithm>

#include "ledger/crypto/sha256.h"

namespace jinshi::node {
namespace {

constexpr ByteView kMagic = "JSVOTES1";
constexpr std::size_t kCheckSize = 8, kChainSize = 16;
constexpr std::size_t kLengthSize = 4;
// The least that a disk writes at once, and how many bytes of one must be missing: fewer may be zero by themselves.
constexpr std::uint64_t kSector = 512, kLeastMissing = 8;

template <class Number>
std::string little_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  return bytes;
}

template <class Number>
Number number_at(ByteView bytes, std::size_t offset) {
  Number number = 0;
  for (std::size_t i = sizeof number; i-- > 0;) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[offset + i]));
  }
  return number;
}

std::string place_check(const Digest& salt, std::uint64_t offset, std::uint32_t length) {
  return crypto::Sha256()
      .update(salt.view())
      .update(little_endian(offset))
      .update(little_endian(length))
      .finish()
      .string()
      .substr(0, kCheckSize);
}

Digest next_chain(const Digest& chain, std::uint32_t length, ByteView entries) {
  return crypto::Sha256().update(chain.view()).update(little_endian(length)).update(entries).finish();
}

// A group begins here, whatever became of its entries.
bool begins_group(ByteView head, const Digest& salt, std::uint64_t offset) {
  return head.size() == kLogGroupHeadSize &&
         head.substr(kLengthSize, kCheckSize) == place_check(salt, offset, number_at<std::uint32_t>(head, 0));
}

class Reader {
 public:
  Reader(const LogFile& file, const std::string& path) : file_(file), path_(path) {}

  Result<LogFileRead> read(std::uint64_t number, const std::function<Result<void>(ByteView, std::uint64_t)>& visit) {
    const auto size = file_.size();
    if (!size) return std::unexpected(size.error());
    size_ = *size;
    const auto head = file_.read(0, kLogHeadSize);
    if (!head) return std::unexpected(head.error());
    if (head->size() < kLogHeadSize || ByteView(*head).substr(0, kMagic.size()) != kMagic) return damaged(0);
    const std::uint64_t named = number_at<std::uint64_t>(*head, kMagic.size());
    settled_ = number_at<std::uint64_t>(*head, kMagic.size() + 8);
    if (*head != log_head(named, settled_) || named != number) return damaged(0);
    salt_ = chain_ = log_salt(*head);
    std::uint64_t offset = kLogHeadSize;
    while (offset < size_) {
      const auto group = group_at(offset);
      if (!group) return std::unexpected(group.error());
      if (!*group) break;
      const ByteView entries = **group;
      for (std::size_t at = 0; at < entries.size();) {
        if (entries.size() - at < kLengthSize) return damaged(offset);
        const std::uint32_t length = number_at<std::uint32_t>(entries, at);
        at += kLengthSize;
        if (length > entries.size() - at) return damaged(offset);
        auto visited = visit(entries.substr(at, length), offset + kLogGroupHeadSize + at);
        if (!visited) return std::unexpected(std::move(visited.error()));
        at += length;
      }
      offset += kLogGroupHeadSize + entries.size();
    }
    if (offset < settled_) return damaged(offset);
    return LogFileRead{offset, size_};
  }

 private:
  // The entries of the group, or nothing where the end is torn.
  Result<std::optional<std::string>> group_at(std::uint64_t offset) {
    const auto head = file_.read(offset, kLogGroupHeadSize);
    if (!head) return std::unexpected(head.error());
    if (head->size() < kLogGroupHeadSize) return std::nullopt;
    if (!begins_group(*head, salt_, offset)) {
      const auto torn = is_torn(offset);
      if (!torn) return std::unexpected(torn.error());
      if (!*torn) return damaged(offset);
      return std::nullopt;
    }
    const std::uint32_t length = number_at<std::uint32_t>(*head, 0);
    const std::uint64_t end = offset + kLogGroupHeadSize + length;
    if (end > size_) return std::nullopt;
    auto entries = file_.read(offset + kLogGroupHeadSize, length);
    if (!entries) return std::unexpected(entries.error());
    const Digest chain = next_chain(chain_, length, *entries);
    if (chain.view().substr(0, kChainSize) != ByteView(*head).substr(kLengthSize + kCheckSize)) {
      // A further group is written only after this one was synced.
      const auto torn = end < size_ ? false : is_torn(offset);
      if (!torn) return std::unexpected(torn.error());
      if (!*torn) return damaged(offset);
      return std::nullopt;
    }
    chain_ = chain;
    return entries;
  }

  // Nothing was written after what should stand here, and a sector of it was never written.
  Result<bool> is_torn(std::uint64_t offset) {
    const auto rest = file_.read(offset, static_cast<std::size_t>(size_ - offset));
    if (!rest) return std::unexpected(rest.error());
    const ByteView bytes = *rest;
    for (std::size_t at = 1; at + kLogGroupHeadSize <= bytes.size(); ++at) {
      if (number_at<std::uint32_t>(bytes, at) > bytes.size() - at - kLogGroupHeadSize) continue;
      if (begins_group(bytes.substr(at, kLogGroupHeadSize), salt_, offset + at)) return false;
    }
    for (std::uint64_t at = offset; at < size_;) {
      const std::uint64_t end = std::min(size_, (at / kSector + 1) * kSector);
      const bool is_zero =
          std::ranges::all_of(bytes.substr(at - offset, end - at), [](char byte) { return byte == 0; });
      if (is_zero && end - at >= kLeastMissing) return true;
      at = end;
    }
    return false;
  }

  std::unexpected<Error> damaged(std::uint64_t offset) const {
    return fail(v1::REASON_DAMAGED,
                path_ + " is damaged at byte " + std::to_string(offset) +
                    ": this key may have signed what the log no longer tells, so it must not vote again; rotate the "
                    "consensus key, then make a new log for the new one");
  }

  const LogFile& file_;
  const std::string& path_;
  std::uint64_t size_ = 0, settled_ = 0;
  Digest salt_, chain_;
};

}  // namespace

std::string log_head(std::uint64_t number, std::uint64_t settled) {
  std::string head(kMagic);
  head += little_endian(number);
  head += little_endian(settled);
  head += crypto::sha256(head).string().substr(0, kCheckSize);
  return head;
}

Digest log_salt(ByteView head) { return crypto::sha256(head); }

void append_log_group(std::string& out, std::uint64_t offset, const Digest& salt, Digest& chain,
                      std::span<const std::string> entries) {
  const std::size_t begin = out.size();
  out.append(kLogGroupHeadSize, '\0');
  for (const std::string& entry : entries) {
    out += little_endian(static_cast<std::uint32_t>(entry.size()));
    out += entry;
  }
  const ByteView written = ByteView(out).substr(begin + kLogGroupHeadSize);
  const auto length = static_cast<std::uint32_t>(written.size());
  chain = next_chain(chain, length, written);
  out.replace(begin, kLengthSize, little_endian(length));
  out.replace(begin + kLengthSize, kCheckSize, place_check(salt, offset, length));
  out.replace(begin + kLengthSize + kCheckSize, kChainSize, chain.string().substr(0, kChainSize));
}

Result<LogFileRead> read_log_file(const LogFile& file, std::uint64_t number, const std::string& path,
                                  const std::function<Result<void>(ByteView, std::uint64_t)>& visit) {
  return Reader(file, path).read(number, visit);
}

}  // namespace jinshi::node
