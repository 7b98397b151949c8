#include "ledger/chain/past.h"

#include <google/protobuf/io/coded_stream.h>

#include "jinshi/v1/block.pb.h"
#include "ledger/chain/stored_records.h"
#include "ledger/store/damage.h"

namespace jinshi::ledger {
namespace {

using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t tag_of(int field) { return static_cast<std::uint32_t>(field) << 3 | 2; }

// A list holds ten thousand records of a full block, and one of them is looked for: parsed in place, not into messages.
bool walk(ByteView list, const std::function<bool(const Digest&, ByteView)>& visit) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(list.data()), static_cast<int>(list.size()));
  const auto bytes = [&](ByteView& out) {
    std::uint32_t size = 0;
    const auto begin = [&] { return static_cast<std::size_t>(in.CurrentPosition()); };
    if (!in.ReadVarint32(&size) || size > list.size() - begin()) return false;
    out = list.substr(begin(), size);
    return true;
  };
  while (const std::uint32_t tag = in.ReadTag()) {
    ByteView one;
    if (tag != tag_of(v1::UndoBlock::kRecordsFieldNumber) || !bytes(one)) return false;
    const int end = in.CurrentPosition() + static_cast<int>(one.size());
    ByteView key, record;
    if (in.ReadTag() != tag_of(v1::UndoRecord::kKeyFieldNumber) || !bytes(key)) return false;
    in.Skip(static_cast<int>(key.size()));
    if (in.CurrentPosition() < end) {
      if (in.ReadTag() != tag_of(v1::UndoRecord::kRecordFieldNumber) || !bytes(record)) return false;
      in.Skip(static_cast<int>(record.size()));
    }
    const auto digest = Digest::from(key);
    if (in.CurrentPosition() != end || !digest) return false;
    if (!visit(*digest, record)) return true;
  }
  return in.ConsumedEntireMessage();
}

}  // namespace

Result<void> each_undo(const Database& database, const Database::Snapshot& at, Height height,
                       const std::function<bool(const Digest& key, ByteView record)>& visit) {
  const auto list = database.get(Family::kUndo, DiskKey().u64(height).str(), at);
  if (!list) return std::unexpected(list.error());
  if (!*list) {
    return fail(v1::REASON_HEIGHT_UNKNOWN,
                "what block " + std::to_string(height) + " replaced is no longer kept on this node: ask for a later "
                                                         "height, or ask a node that keeps more");
  }
  if (!walk(**list, visit)) return damaged("the undo list of height " + std::to_string(height), "does not parse");
  return {};
}

Result<std::optional<std::optional<std::string>>> record_then(const Database& database, const Database::Snapshot& at,
                                                              const Digest& key, Height height, Height now) {
  std::optional<std::optional<std::string>> found;
  for (++height; height <= now && !found; ++height) {
    const auto walked = each_undo(database, at, height, [&](const Digest& touched, ByteView record) {
      if (touched == key) {
        auto& then = found.emplace();
        if (!record.empty()) then.emplace(record);
      }
      return touched < key;
    });
    if (!walked) return std::unexpected(walked.error());
  }
  return found;
}

Result<void> StateThen::reach(const Database& database, const Database::Snapshot& at, Height now) {
  for (; now_ < now; ++now_) {
    const auto walked = each_undo(database, at, now_ + 1, [&](const Digest& key, ByteView record) {
      // What a lower list said of the key stands.
      if (!values_.try_emplace(key, record.empty() ? std::nullopt : std::optional(record_digest(record))).second) {
        return true;
      }
      if (!record.empty()) records_.emplace(key, record);
      return true;
    });
    if (!walked) return walked;
  }
  return {};
}

std::optional<std::string> StateThen::record(const Digest& key) const {
  const auto found = records_.find(key);
  return found == records_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace jinshi::ledger
