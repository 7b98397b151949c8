#include "node/ordering/vote_log.h"

#include <algorithm>
#include <cstring>

#include "ledger/crypto/sha256.h"
#include "node/ordering/log_frame.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

constexpr std::string_view kSuffix = ".log", kUnnamed = "next";
constexpr std::size_t kNumberDigits = 10;
// A new file's groups stay so small that reading it back takes little memory.
constexpr std::size_t kGroupBytes = 4 << 20;

std::string file_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, kNumberDigits - std::min(kNumberDigits, digits.size()), '0');
  return digits + std::string(kSuffix);
}

std::optional<std::uint64_t> number_of(std::string_view name) {
  if (name.size() != kNumberDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : name.substr(0, kNumberDigits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

// The numbers of the files, ascending.
Result<std::vector<std::uint64_t>> numbers_in(const LogFiles& files) {
  const auto names = files.names();
  if (!names) return std::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const auto& name : *names) {
    if (const auto number = number_of(name)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::uint64_t check_of(ByteView entry) {
  const Digest digest = crypto::sha256(entry);
  std::uint64_t check;
  std::memcpy(&check, digest.bytes.data(), sizeof check);
  return check;
}

std::string created_entry(const VoteLog::Owner& owner) {
  v1::LogEntry entry;
  entry.mutable_created()->set_format(kVoteLogFormat);
  entry.mutable_created()->set_chain_id(owner.chain_id.string());
  entry.mutable_created()->set_public_key(owner.public_key);
  return encode(entry);
}

std::string trim_entry(const LogNeeds& needs) {
  v1::LogEntry entry;
  entry.mutable_trim()->set_epoch(needs.epoch);
  entry.mutable_trim()->set_height(needs.height);
  return encode(entry);
}

Result<void> check_owner(const v1::LogCreated& created, const VoteLog::Owner& owner, const std::string& path) {
  if (created.format() != kVoteLogFormat) {
    return fail(v1::REASON_CONFIGURATION, path + " has a format that this program doesn't know: run the newer one");
  }
  if (created.chain_id() != owner.chain_id.view()) {
    return fail(v1::REASON_CONFIGURATION,
                path + " belongs to another network: give this one a data directory of its own");
  }
  if (created.public_key() != owner.public_key) {
    return fail(v1::REASON_CONFIGURATION,
                path + " belongs to another key than node.consensus_key: configure the log's own, or make a log for the "
                       "new one once the ledger names it");
  }
  return {};
}

}  // namespace

Result<void> VoteLog::create(LogFiles& files, const Owner& owner) {
  const auto numbers = numbers_in(files);
  if (!numbers) return std::unexpected(numbers.error());
  if (!numbers->empty()) {
    return fail(v1::REASON_WRONG_STATE, files.path_of(file_name(numbers->back())) +
                                            " exists: a key's votes are never forgotten while it may vote");
  }
  VoteLog log(files, owner, kVoteLogFileBytes);
  return log.begin_file(1, {});
}

Result<VoteLog::Opened> VoteLog::open(LogFiles& files, const Owner& owner, std::uint64_t file_bytes) {
  const auto numbers = numbers_in(files);
  if (!numbers) return std::unexpected(numbers.error());
  if (numbers->empty()) {
    return fail(v1::REASON_WRONG_STATE,
                files.path_of(file_name(1)) +
                    " is missing: without its log a key never votes again; make one only for a key that has signed "
                    "nothing");
  }
  // A lower number is what a crash kept from being removed.
  const std::uint64_t number = numbers->back();
  const std::string path = files.path_of(file_name(number));
  const auto file = files.open(file_name(number));
  if (!file) return std::unexpected(file.error());
  Opened opened{std::unique_ptr<VoteLog>(new VoteLog(files, owner, file_bytes)), {}};
  VoteLog& log = *opened.log;

  std::vector<std::string> entries;
  bool first = true;
  const auto read = read_log_file(**file, number, path, [&](ByteView bytes, std::uint64_t offset) -> Result<void> {
    const auto entry = decode<v1::LogEntry>(bytes);
    if (!entry || entry->has_created() != first || entry->entry_case() == v1::LogEntry::ENTRY_NOT_SET) {
      return fail(v1::REASON_DAMAGED, path + " holds at byte " + std::to_string(offset) +
                                          " what no program of this kind writes: is it the right file?");
    }
    first = false;
    if (entry->has_created()) return check_owner(entry->created(), owner, path);
    log.needs_.note(summary_of(bytes));
    entries.emplace_back(bytes);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  if (first) return fail(v1::REASON_DAMAGED, path + " doesn't say whose it is: is it the right file?");
  if (read->torn()) opened.restored.cut = Cut{path, read->end, read->size - read->end};

  std::erase_if(entries, [&](const std::string& entry) { return !log.needs_.need(summary_of(entry)); });
  opened.restored.trimmed_epoch = log.needs_.epoch;
  opened.restored.trimmed_height = log.needs_.height;
  for (const auto& entry : entries) opened.restored.entries.push_back(*decode<v1::LogEntry>(entry));
  if (auto begun = log.begin_file(number + 1, std::move(entries)); !begun) return std::unexpected(begun.error());
  return opened;
}

Result<void> VoteLog::write(std::span<const std::string> entries) {
  if (failed_) return std::unexpected(*failed_);
  auto written = append_group(entries);
  if (written) written = renew_if_worth_it();
  if (!written) failed_ = written.error();
  return written;
}

Result<void> VoteLog::append_group(std::span<const std::string> entries) {
  if (entries.empty()) return {};
  buffer_.clear();
  append_log_group(buffer_, size_, salt_, chain_, entries);
  if (auto appended = file_->append(buffer_); !appended) return appended;
  if (auto synced = file_->sync(); !synced) return synced;
  std::uint64_t offset = size_ + kLogGroupHeadSize;
  for (const auto& entry : entries) {
    offset += sizeof(std::uint32_t);
    places_.push_back({summary_of(entry), offset, static_cast<std::uint32_t>(entry.size()), check_of(entry)});
    needs_.note(places_.back().summary);
    offset += entry.size();
  }
  size_ += buffer_.size();
  return {};
}

Result<void> VoteLog::renew_if_worth_it() {
  if (size_ < renew_at_) return {};
  std::erase_if(places_, [&](const Place& place) { return !needs_.need(place.summary); });
  std::uint64_t needed = 0;
  for (const Place& place : places_) needed += place.size;
  if (2 * needed > size_) {
    renew_at_ = size_ + file_bytes_ / 4;
    return {};
  }
  return renew();
}

Result<void> VoteLog::renew() {
  std::vector<std::string> needed;
  for (const Place& place : places_) {
    auto entry = file_->read(place.offset, place.size);
    if (!entry) return std::unexpected(entry.error());
    if (check_of(*entry) != place.check) {
      return fail(v1::REASON_DAMAGED, files_.path_of(file_name(number_)) + " is not at byte " +
                                          std::to_string(place.offset) + " what was written there: replace the disk");
    }
    needed.push_back(std::move(*entry));
  }
  return begin_file(number_ + 1, std::move(needed));
}

Result<void> VoteLog::begin_file(std::uint64_t number, std::vector<std::string> needed) {
  std::vector<std::string> head_entries{created_entry(owner_)};
  if (needs_.epoch != 0 || needs_.height != 0) head_entries.push_back(trim_entry(needs_));
  needed.insert(needed.begin(), std::make_move_iterator(head_entries.begin()),
                std::make_move_iterator(head_entries.end()));

  // The groups' extents first: the head says how long they are together.
  std::vector<std::span<const std::string>> groups;
  std::uint64_t settled = kLogHeadSize;
  for (std::size_t begin = 0; begin < needed.size();) {
    std::size_t end = begin, bytes = 0;
    while (end < needed.size() && (end == begin || bytes + needed[end].size() <= kGroupBytes)) {
      bytes += sizeof(std::uint32_t) + needed[end++].size();
    }
    groups.push_back(std::span(needed).subspan(begin, end - begin));
    settled += kLogGroupHeadSize + bytes;
    begin = end;
  }

  auto file = files_.create(kUnnamed);
  if (!file) return std::unexpected(file.error());
  std::string head = log_head(number, settled);
  salt_ = chain_ = log_salt(head);
  if (auto appended = (*file)->append(head); !appended) return appended;
  places_.clear();
  std::uint64_t offset = kLogHeadSize;
  for (const auto& group : groups) {
    buffer_.clear();
    append_log_group(buffer_, offset, salt_, chain_, group);
    if (auto appended = (*file)->append(buffer_); !appended) return appended;
    std::uint64_t place = offset + kLogGroupHeadSize;
    for (const auto& entry : group) {
      place += sizeof(std::uint32_t);
      places_.push_back({summary_of(entry), place, static_cast<std::uint32_t>(entry.size()), check_of(entry)});
      place += entry.size();
    }
    offset += buffer_.size();
  }
  JINSHI_ASSERT(offset == settled, "a file is as long as its head says");
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto renamed = files_.rename(kUnnamed, file_name(number)); !renamed) return renamed;
  file_ = std::move(*file);
  number_ = number;
  size_ = settled;
  renew_at_ = std::max(file_bytes_, 2 * settled);

  const auto numbers = numbers_in(files_);
  if (!numbers) return std::unexpected(numbers.error());
  for (const std::uint64_t older : *numbers) {
    if (older == number) continue;
    if (auto removed = files_.remove(file_name(older)); !removed) return removed;
  }
  return {};
}

}  // namespace jinshi::node
