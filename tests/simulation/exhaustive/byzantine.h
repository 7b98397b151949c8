// What the Byzantine validator can say: whatever it can sign, and whatever it can build from signatures that were said.
#pragma once

#include <vector>

#include "tests/simulation/exhaustive/catalogue.h"

namespace jinshi::exhaustive {

// The ids of what honest validators have said, ascending.
using Said = std::vector<MessageId>;

class Byzantine {
 public:
  Byzantine(const TinyWorld& world, Catalogue& catalogue) : world_(world), catalogue_(catalogue) {}

  MessageId pre_prepare(consensus::View view, Value value);
  MessageId prepare(consensus::View view, Value value);
  MessageId commit(consensus::View view, Value value);
  MessageId header(Value value);
  // With each prepare certificate that can be built, the certified header if there is one, or nothing.
  std::vector<MessageId> view_changes(consensus::View view, const Said& said);
  MessageId empty_view_change(consensus::View view);
  // Of a view that it leads: every choice of view changes, one for each set of what they bring.
  std::vector<MessageId> new_views(consensus::View view, const Said& said);
  // A quorum's signatures of a block's header, its own among them.
  consensus::CertifiedHeaderPtr certificate(Value value, const Said& said) const;

 private:
  MessageId add(const consensus::Message& message);
  v1::ViewChange sign(const v1::ViewChangeBody& body) const;
  MessageId view_change(consensus::View view, const consensus::CertifiedHeaderPtr& certified,
                        const consensus::PrepareCertificatePtr& prepared);
  std::vector<consensus::PrepareCertificatePtr> certificates(consensus::View below, const Said& said) const;

  const TinyWorld& world_;
  Catalogue& catalogue_;
};

}  // namespace jinshi::exhaustive
