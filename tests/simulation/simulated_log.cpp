#include "tests/simulation/simulated_log.h"

#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::simulation {

void SimulatedLog::append(const v1::LogEntry& entry) { entries_.push_back(encode(entry)); }

void SimulatedLog::sync_to(std::uint64_t count) {
  for (; synced_ < count; ++synced_) {
    const auto summary = node::summary_of(entries_[synced_ - dropped_]);
    JINSHI_ASSERT(summary.kind != v1::LogEntry::ENTRY_NOT_SET, "what is logged is an entry");
    needs_.note(summary);
    trimmed_ = trimmed_ || summary.kind == v1::LogEntry::kTrim;
  }
  if (trimmed_) drop_unneeded();
}

void SimulatedLog::drop_unneeded() {
  trimmed_ = false;
  const std::size_t on_disk = synced_ - dropped_;
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i >= on_disk || needs_.need(node::summary_of(entries_[i]))) kept.push_back(std::move(entries_[i]));
  }
  dropped_ += entries_.size() - kept.size();
  entries_ = std::move(kept);
}

// What was not synced may have reached the disk all the same, up to some entry.
void SimulatedLog::crash(Random& random) {
  const std::uint64_t kept = synced_ + random.below(appended() - synced_ + 1);
  entries_.resize(kept - dropped_);
  sync_to(kept);
}

std::vector<v1::LogEntry> SimulatedLog::read() const {
  std::vector<v1::LogEntry> log;
  if (needs_.epoch > 0 || needs_.height > 0) {
    v1::LogEntry trim;
    trim.mutable_trim()->set_epoch(needs_.epoch);
    trim.mutable_trim()->set_height(needs_.height);
    log.push_back(std::move(trim));
  }
  for (const auto& bytes : entries_) {
    if (needs_.need(node::summary_of(bytes))) log.push_back(*decode<v1::LogEntry>(bytes));
  }
  return log;
}

}  // namespace jinshi::simulation
