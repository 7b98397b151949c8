#include "node/ordering/known_sets.h"

#include <algorithm>

#include "ledger/crypto/digest.h"
#include "ledger/domain/record_key.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::node {
namespace {

consensus::KnownSet known_set(const v1::Epoch& epoch) {
  consensus::KnownSet known;
  known.epoch = epoch.number();
  known.hash = crypto::digest(crypto::Tag::kSet, encode(epoch.set()));
  known.rotation_interval = epoch.ordering().rotation_interval();
  known.window = epoch.ordering().window();
  for (const auto& validator : epoch.set().validators()) {
    auto key = crypto::PublicKey::parse(validator.consensus_key());
    JINSHI_ASSERT(key.has_value(), "the ledger holds keys that parse");
    known.keys.push_back(*key);
    known.organisations.push_back(validator.organisation());
  }
  return known;
}

}  // namespace

consensus::VerifierPtr make_verifier(const ledger::Ledger& ledger, const v1::Epochs& executed) {
  std::vector<consensus::KnownSet> sets;
  const auto add = [&](const v1::Epoch& epoch) {
    if (epoch.set().validators().empty()) return;
    if (std::ranges::find(sets, epoch.number(), &consensus::KnownSet::epoch) == sets.end()) {
      sets.push_back(known_set(epoch));
    }
  };
  add(executed.current());
  add(executed.next());
  // Right behind a boundary view changes still cite the last header of the epoch before.
  const auto certified = ledger.get(ledger::keys::epochs().key());
  if (certified && certified->record) add(certified->record->epochs().current());
  const auto genesis = ledger.header(0);
  JINSHI_ASSERT(genesis.has_value(), "block 0 is there");
  return std::make_shared<const consensus::Verifier>(
      ledger.chain_id(), crypto::digest(crypto::Tag::kHeader, genesis->header()), std::move(sets));
}

}  // namespace jinshi::node
