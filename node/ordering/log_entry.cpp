#include "node/ordering/log_entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>
#include <optional>

namespace jinshi::node {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// One field of a canonical message; numbers that are left out are zero.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // of a varint
  ByteView bytes;           // of a length-delimited one
};

// Takes the first field off `message`. These messages have no other wire types.
std::optional<Field> take_field(ByteView& message) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
  const std::uint32_t tag = in.ReadTag();
  Field field{static_cast<std::uint32_t>(WireFormatLite::GetTagFieldNumber(tag)), 0, {}};
  std::size_t skipped = 0;
  if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
    std::uint32_t size = 0;
    if (tag == 0 || !in.ReadVarint32(&size)) return std::nullopt;
    skipped = static_cast<std::size_t>(in.CurrentPosition());
    if (size > message.size() - skipped) return std::nullopt;
    field.bytes = message.substr(skipped, size);
    skipped += size;
  } else {
    if (tag == 0 || WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_VARINT ||
        !in.ReadVarint64(&field.value)) {
      return std::nullopt;
    }
    skipped = static_cast<std::size_t>(in.CurrentPosition());
  }
  message.remove_prefix(skipped);
  return field;
}

// The varints among the first three fields, as [1] to [3].
std::array<std::uint64_t, 4> leading_numbers(ByteView message) {
  std::array<std::uint64_t, 4> numbers{};
  while (const auto field = take_field(message)) {
    if (field->number >= numbers.size()) break;
    numbers[field->number] = field->value;
  }
  return numbers;
}

// The message that is the first field.
ByteView first_member(ByteView message) {
  const auto field = take_field(message);
  return field && field->number == 1 ? field->bytes : ByteView{};
}

}  // namespace

LogEntrySummary summary_of(ByteView entry) {
  ByteView rest = entry;
  const auto field = take_field(rest);
  if (!field || !rest.empty()) return {};
  LogEntrySummary summary{static_cast<v1::LogEntry::EntryCase>(field->number), {}, 0};
  switch (summary.kind) {
    case v1::LogEntry::kCreated:
      return summary;
    case v1::LogEntry::kBatch:
      summary.height = leading_numbers(field->bytes)[1];
      return summary;
    case v1::LogEntry::kVote:
    case v1::LogEntry::kPrepared: {
      const auto numbers = leading_numbers(field->bytes);
      summary.at = {numbers[1], numbers[2]};
      summary.height = numbers[3];
      return summary;
    }
    case v1::LogEntry::kViewChange:
    case v1::LogEntry::kNewView: {
      const auto numbers = leading_numbers(first_member(field->bytes));
      summary.at = {numbers[1], numbers[2]};
      return summary;
    }
    case v1::LogEntry::kHeader: {
      const auto numbers = leading_numbers(first_member(field->bytes));
      summary.at.epoch = numbers[1];
      summary.height = numbers[2];
      return summary;
    }
    case v1::LogEntry::kTrim: {
      const auto numbers = leading_numbers(field->bytes);
      summary.at.epoch = numbers[1];
      summary.height = numbers[2];
      return summary;
    }
    case v1::LogEntry::ENTRY_NOT_SET:
      break;
  }
  return {};
}

bool LogNeeds::is_last_view(const LogBallot& at) const {
  const auto last = views.find(at.epoch);
  return last != views.end() && last->second == at.view;
}

void LogNeeds::note(const LogEntrySummary& entry) {
  switch (entry.kind) {
    case v1::LogEntry::kViewChange:
    case v1::LogEntry::kNewView:
      views[entry.at.epoch] = std::max(views[entry.at.epoch], entry.at.view);
      return;
    case v1::LogEntry::kTrim:
      epoch = std::max(epoch, entry.at.epoch);
      height = std::max(height, entry.height);
      views.erase(views.begin(), views.lower_bound(epoch));
      return;
    default:
      return;
  }
}

bool LogNeeds::need(const LogEntrySummary& entry) const {
  switch (entry.kind) {
    case v1::LogEntry::kBatch:
      return entry.height > height;
    case v1::LogEntry::kVote:
      // A vote without a height is one for a view.
      return entry.at.epoch >= epoch && (entry.height == 0 ? is_last_view(entry.at) : entry.height > height);
    case v1::LogEntry::kPrepared:
    case v1::LogEntry::kHeader:
      return entry.at.epoch >= epoch && entry.height > height;
    case v1::LogEntry::kViewChange:
    case v1::LogEntry::kNewView:
      return is_last_view(entry.at) && entry.at.epoch >= epoch;
    default:
      return false;
  }
}

}  // namespace jinshi::node
