#include "node/peer/tls_keys.h"

#include <vector>

#include "ledger/domain/record_key.h"

namespace jinshi::node {
namespace {

constexpr std::uint32_t kPage = 500;

void add_key(const v1::Record& record, std::vector<v1::Key>& keys) {
  if (record.has_key() && record.key().purpose() == v1::KEY_PURPOSE_TLS) keys.push_back(record.key());
}

// The TLS keys that an operation names, whether it was carried out or not: the ledger says.
void named_by(const v1::Operation& operation, const ledger::Ledger& ledger, std::vector<std::string>& spki_digests,
              bool& all) {
  switch (operation.event_case()) {
    case v1::Operation::kAdmitOrganisation:
      for (const auto& grant : operation.admit_organisation().tls_keys()) spki_digests.push_back(grant.spki_digest());
      return;
    case v1::Operation::kAddTlsKey:
      return spki_digests.push_back(operation.add_tls_key().key().spki_digest());
    case v1::Operation::kRevokeTlsKey:
      return spki_digests.push_back(operation.revoke_tls_key().spki_digest());
    case v1::Operation::kRemoveOrganisation:
    case v1::Operation::kSucceedOrganisation:
      all = true;
      return;
    case v1::Operation::kApprove: {
      const auto proposal =
          ledger.get(ledger::keys::named(v1::StateKey::kProposal, operation.approve().proposal()).key());
      if (proposal && proposal->record) named_by(proposal->record->proposal().change(), ledger, spki_digests, all);
      return;
    }
    case v1::Operation::kPropose:
      return named_by(operation.propose().change(), ledger, spki_digests, all);
    default:
      return;
  }
}

}  // namespace

Result<void> update_peer_book(PeerBook& book, const ledger::Ledger& ledger) {
  std::vector<v1::Key> keys;
  v1::ListRequest request;
  request.set_kind("key");
  request.set_page_size(kPage);
  do {
    const auto page = ledger.list(request);
    if (!page) return std::unexpected(page.error());
    for (const auto& record : page->records()) add_key(record, keys);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  book.update(keys, ledger.epochs());
  // Right behind a boundary the set before still certifies the epoch's last height.
  const auto certified = ledger.get(ledger::keys::epochs().key());
  if (!certified) return std::unexpected(certified.error());
  if (certified->record) book.previous_set(certified->record->epochs().current().set());
  return {};
}

Result<void> update_peer_book(PeerBook& book, const ledger::Ledger& ledger,
                              std::span<const ledger::TransactionPtr> listed) {
  std::vector<std::string> spki_digests;
  bool all = false;
  for (const auto& transaction : listed) {
    for (const auto& operation : transaction->operations()) named_by(operation, ledger, spki_digests, all);
  }
  if (all) return update_peer_book(book, ledger);
  std::vector<v1::Key> keys;
  for (const auto& digest : spki_digests) {
    const auto found = ledger.get(ledger::keys::key(digest).key());
    if (!found) return std::unexpected(found.error());
    if (found->record) add_key(*found->record, keys);
  }
  if (!keys.empty()) book.update(keys, ledger.epochs());
  return {};
}

}  // namespace jinshi::node
