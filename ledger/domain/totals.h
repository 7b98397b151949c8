// Zone totals by month, derived: declared bytes and assets of certificates in force. One content root counts once, and
// derived data counts only what it is larger than its parents.
//   certificates  each that stands in the totals, in its asset's zone
//   assets        each with such a certificate, in its zone
//   bytes         each content root of such assets: those of the asset that brought it in, as they were then and in the
//                 zone that was then its own, until the last asset of the root leaves. An asset's bytes are its
//                 size_bytes less the sum of its parents', none where they are as large
// What is in the totals never follows a change by itself: whoever changes an asset's zone, size or content takes it out
// first and puts it in again (Recount).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/domain/case.h"

namespace jinshi::ledger {

// Puts a certificate into the totals, or takes it out, in the month of the block's time; nothing where it already
// stands as asked. A certificate counts while it is VALID and not past its end: count_in of any other does nothing.
void count_in(Overlay& overlay, std::string_view certificate, const BlockContext& block);
void count_out(Overlay& overlay, std::string_view certificate, const BlockContext& block);

// Takes the asset's certificates out, and puts those back in that it took out.
class Recount {
 public:
  Recount(Overlay& overlay, const v1::Asset& asset, const BlockContext& block);
  void finish();

 private:
  Overlay& overlay_;
  const BlockContext& block_;
  std::vector<std::string> certificates_;
};

}  // namespace jinshi::ledger
