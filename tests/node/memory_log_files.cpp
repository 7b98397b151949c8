#include "memory_log_files.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace jinshi::node {
namespace {

// A disk writes whole ones or none.
constexpr std::size_t kSector = 512;

std::unexpected<Error> no_space() { return fail(v1::REASON_DISK, "votes can't be written: No space left on device"); }

class MemoryFile : public LogFile {
 public:
  MemoryFile(MemoryLogFiles& files, std::shared_ptr<MemoryLogFiles::File> file)
      : files_(files), file_(std::move(file)) {}

  Result<void> append(ByteView bytes) override {
    const auto fault = files_.fault_now();
    if (fault == MemoryLogFiles::Fault::kNothingDone) return no_space();
    if (fault == MemoryLogFiles::Fault::kHalfDone) bytes = bytes.substr(0, bytes.size() / 2);
    file_->bytes += bytes;
    if (fault) return no_space();
    return {};
  }
  Result<void> sync() override {
    const auto fault = files_.fault_now();
    if (!fault) file_->synced = file_->bytes.size();
    if (fault == MemoryLogFiles::Fault::kHalfDone) {
      const std::size_t half = (file_->synced + file_->bytes.size()) / 2;
      file_->synced = std::max(file_->synced, half / kSector * kSector);
    }
    if (fault == MemoryLogFiles::Fault::kDoneButFailed) file_->synced = file_->bytes.size();
    if (fault) return no_space();
    return {};
  }
  Result<std::string> read(std::uint64_t offset, std::size_t size) const override {
    return offset < file_->bytes.size() ? file_->bytes.substr(offset, size) : std::string();
  }
  Result<std::uint64_t> size() const override { return file_->bytes.size(); }

 private:
  MemoryLogFiles& files_;
  const std::shared_ptr<MemoryLogFiles::File> file_;
};

}  // namespace

std::optional<MemoryLogFiles::Fault> MemoryLogFiles::fault_now() {
  const int now = operations++;
  if (plan.operation < 0 || now < plan.operation) return std::nullopt;
  return now == plan.operation ? plan.fault : Fault::kNothingDone;
}

void MemoryLogFiles::cut_power(Left left) {
  plan = {};
  for (auto& [name, file] : files) {
    std::string& bytes = file->bytes;
    const std::size_t unsynced = bytes.size() - file->synced;
    if (left == Left::kNothing) bytes.resize(file->synced);
    if (left == Left::kHalf) bytes.resize(file->synced + unsynced / 2);
    if (left == Left::kZeros) std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(file->synced), unsynced, '\0');
    if (left == Left::kZeroSector) {
      const std::size_t end = std::min(bytes.size(), (file->synced / kSector + 1) * kSector);
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(file->synced),
                bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
    }
    file->synced = bytes.size();
  }
}

Result<std::vector<std::string>> MemoryLogFiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files) names.push_back(name);
  return names;
}

Result<std::unique_ptr<LogFile>> MemoryLogFiles::create(std::string_view name) {
  const auto fault = fault_now();
  if (fault == Fault::kNothingDone) return no_space();
  auto& file = files[std::string(name)] = std::make_shared<File>();
  if (fault) return no_space();
  return std::make_unique<MemoryFile>(*this, file);
}

Result<std::unique_ptr<LogFile>> MemoryLogFiles::open(std::string_view name) {
  const auto file = files.find(name);
  if (file == files.end()) return fail(v1::REASON_DISK, path_of(name) + " can't be opened");
  return std::make_unique<MemoryFile>(*this, file->second);
}

Result<void> MemoryLogFiles::rename(std::string_view from, std::string_view to) {
  const auto fault = fault_now();
  if (fault == Fault::kNothingDone) return no_space();
  const auto node = files.find(from);
  REQUIRE(node != files.end());
  files[std::string(to)] = node->second;
  files.erase(node);
  if (fault) return no_space();
  return {};
}

Result<void> MemoryLogFiles::remove(std::string_view name) {
  const auto fault = fault_now();
  if (fault == Fault::kNothingDone) return no_space();
  files.erase(files.find(name));
  if (fault) return no_space();
  return {};
}

std::string& MemoryLogFiles::only() {
  std::string* bytes = nullptr;
  for (auto& [name, file] : files) {
    if (!name.ends_with(".log")) continue;
    REQUIRE(bytes == nullptr);
    bytes = &file->bytes;
  }
  REQUIRE(bytes != nullptr);
  return *bytes;
}

}  // namespace jinshi::node
