#include "ledger/domain/due_queue.h"

#include "ledger/domain/certificate.h"
#include "ledger/domain/controls.h"

namespace jinshi::ledger {
namespace {

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

v1::Due due_entry(TimeMs time, v1::DueWhat what, v1::StateKey::KindCase kind, std::string_view id) {
  v1::Due due;
  due.set_time(time);
  due.set_what(what);
  due.set_kind(kind);
  due.set_id(std::string(id));
  return due;
}

void schedule(Overlay& overlay, const v1::Due& due) {
  const RecordKey key = keys::due(due);
  if (overlay.contains(key)) return;
  *overlay.create(key).mutable_due() = due;
}

void unschedule(Overlay& overlay, const v1::Due& due) {
  const RecordKey key = keys::due(due);
  if (overlay.contains(key)) overlay.remove(key);
}

void run_due(const v1::Due& due, Overlay& overlay, const BlockContext& block) {
  overlay.remove(keys::due(due));
  switch (due.what()) {
    case v1::DUE_WHAT_CERTIFICATE_END:
      return apply_due_certificate_end(due, overlay, block);
    case v1::DUE_WHAT_CONTROLS:
      return apply_due_controls(due, overlay);
    default:
      JINSHI_ASSERT(false, "an entry of the due queue says what is due");
  }
}

std::string due_order(const v1::Due& due) {
  std::string order;
  order.reserve(16 + due.id().size());
  put_big_endian(order, static_cast<std::uint64_t>(due.time()), 8);
  put_big_endian(order, static_cast<std::uint64_t>(due.what()), 4);
  put_big_endian(order, due.kind(), 4);
  return order + due.id();
}

}  // namespace jinshi::ledger
