// Files that stand without this node: receipts, records, consistency, headers.
#include "ledger/chain/impl.h"
#include "ledger/store/damage.h"

namespace jinshi::ledger {
namespace {

// A block that comes while undo lists are read makes the reading go on; after so many, the last lists are read under
// the lock.
constexpr int kPatience = 4;

}  // namespace

// The links that lead to the set in force at the head: a set takes over at the height after its link's.
ProofHead Ledger::Impl::proof_head(const Head& head, const Published& at) const {
  ProofHead proof;
  proof.certified.set_header(head.header);
  if (head.height == 0) return proof;
  *proof.certified.mutable_certificate() = head.certificate;
  for (const ChainLink& link : *at.links) {
    if (link.last < head.height) proof.links.push_back(link.link);
  }
  return proof;
}

Result<Head> Ledger::Impl::certified_from(Height height, const Published& at) const {
  if (height >= at.head.height) return at.head;
  std::optional<Height> found;
  const auto scanned =
      database->scan(Family::kCertificates, {}, DiskKey().u64(height).str(), [&](ByteView key, ByteView) {
        found = read_u64(key);
        return false;
      });
  if (!scanned) return std::unexpected(scanned.error());
  if (!found) return damaged("the certificate of height " + std::to_string(at.head.height), "is missing");
  return head_at(*found);
}

Result<std::string> Ledger::receipt(std::uint64_t leaf_index, std::uint32_t operation) const {
  const auto at = impl_->latest();
  if (leaf_index >= at->head.history_size) {
    return fail(v1::REASON_UNKNOWN_RECORD, "the certified ledger has no transaction " + std::to_string(leaf_index));
  }
  const auto stored = stored_leaf(impl_->view(at), leaf_index);
  if (!stored) return std::unexpected(stored.error());
  const StoredTiles tiles(*impl_->database, at->readable.snapshot);
  merkle::HistoryReader reader(tiles, at->head.history_size);
  const auto path = reader.inclusion_path(leaf_index, at->head.history_size);
  if (!path) return std::unexpected(path.error());
  return make_receipt(*stored, leaf_index, operation, *path, impl_->proof_head(at->head, *at));
}

Result<std::vector<std::optional<TransactionOutcome>>> Ledger::outcomes(std::span<const Digest> ids) const {
  const auto at = impl_->latest();
  const StoredTiles tiles(*impl_->database, at->readable.snapshot);
  merkle::HistoryReader reader(tiles, at->head.history_size);
  std::optional<ProofHead> head;
  std::vector<std::optional<TransactionOutcome>> outcomes;
  for (const Digest& id : ids) {
    auto found = impl_->find(id, at->head.height);
    if (!found) return std::unexpected(found.error());
    auto& outcome = outcomes.emplace_back();
    if (!*found) continue;
    outcome.emplace().place = std::move((*found)->place);
    if (!outcome->place.certified) continue;
    const auto path = reader.inclusion_path(outcome->place.leaf_index, at->head.history_size);
    if (!path) return std::unexpected(path.error());
    if (!head) head = impl_->proof_head(at->head, *at);
    auto file = make_receipt((*found)->stored, outcome->place.leaf_index, 0, *path, *head);
    if (!file) return std::unexpected(file.error());
    outcome->receipt = std::move(*file);
  }
  return outcomes;
}

Result<v1::CertifiedHeader> Ledger::header(Height height) const {
  const auto at = impl_->latest();
  if (height > at->head.height) {
    return fail(v1::REASON_HEIGHT_UNKNOWN, "the latest certified height is " + std::to_string(at->head.height));
  }
  const auto head = height == 0 ? impl_->head_at(0) : impl_->certified_from(height, *at);
  if (!head) return std::unexpected(head.error());
  return impl_->proof_head(*head, *at).certified;
}

// --- records ---

// Undo lists are read and hashed before the lock; under it only the tree is walked.
Result<std::vector<ProvenRecord>> Ledger::Impl::prove_at(const std::vector<Digest>& keys, Height height) const {
  StateThen then(height);
  std::vector<ProvenRecord> proven(keys.size());
  std::vector<std::optional<merkle::StateValue>> values(keys.size());
  Database::Snapshot snapshot;
  for (int tries = 0;; ++tries) {
    std::shared_lock lock(mutex);
    snapshot = executed_snapshot;
    const Height now = executed.height();
    if (then.now() < now) {
      if (tries < kPatience) lock.unlock();
      if (auto reached = then.reach(*database, snapshot, now); !reached) return std::unexpected(reached.error());
      if (tries < kPatience) continue;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      proven[i].proof = merkle::prove_then(state.state, then.values(), keys[i]).proof;
      values[i] = state.state.find(keys[i]);
    }
    break;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (then.values().contains(keys[i])) {
      proven[i].record = then.record(keys[i]).value_or("");
    } else if (values[i]) {
      auto bytes = read_record(*database, *values[i], snapshot);
      if (!bytes) return std::unexpected(bytes.error());
      proven[i].record = std::move(*bytes);
    }
  }
  return proven;
}

Result<std::string> Ledger::prove(const v1::StateKey& asked, Height height) const {
  const auto at = impl_->latest();
  const auto key = key_asked(asked);
  if (!key) return std::unexpected(key.error());
  const auto then = resolve_height(height, at->head);
  if (!then) return std::unexpected(then.error());
  const auto head = impl_->certified_from(*then, *at);
  if (!head) return std::unexpected(head.error());
  std::vector<Digest> keys = {key->digest()};
  if (key->kind() == v1::StateKey::kCertificate) {
    const auto bytes = impl_->record_at(keys[0], head->height);
    if (!bytes) return std::unexpected(bytes.error());
    v1::Record record;
    if (*bytes && !record.ParseFromString(**bytes)) return damaged("a record", "does not parse");
    if (record.has_certificate()) keys.push_back(keys::asset(record.certificate().asset()).digest());
  }
  const auto proven = impl_->prove_at(keys, head->height);
  if (!proven) return std::unexpected(proven.error());
  return make_record_proof(proven->front(), proven->size() > 1 ? &proven->back() : nullptr,
                           impl_->proof_head(*head, *at));
}

// --- consistency ---

Result<std::string> Ledger::prove_consistency(Height older, Height newer) const {
  const auto at = impl_->latest();
  const auto new_height = resolve_height(newer, at->head);
  if (!new_height) return std::unexpected(new_height.error());
  if (older > *new_height) return fail(v1::REASON_BAD_VALUE, "old_height lies above new_height", {1});
  const auto old_head = impl_->certified_from(older, *at);
  if (!old_head) return std::unexpected(old_head.error());
  const auto new_head = impl_->certified_from(*new_height, *at);
  if (!new_head) return std::unexpected(new_head.error());
  const StoredTiles tiles(*impl_->database, at->readable.snapshot);
  merkle::HistoryReader reader(tiles, at->head.history_size);
  const auto path = reader.consistency_proof(old_head->history_size, new_head->history_size);
  if (!path) return std::unexpected(path.error());
  return make_consistency_proof(impl_->proof_head(*old_head, *at).certified, *path, impl_->proof_head(*new_head, *at));
}

}  // namespace jinshi::ledger
