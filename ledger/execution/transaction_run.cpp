#include "ledger/execution/transaction_run.h"

#include <algorithm>

#include "ledger/crypto/digest.h"
#include "ledger/domain/check.h"
#include "ledger/merkle/rfc9162.h"

namespace jinshi::ledger {
namespace {

struct Judged {
  v1::OperationResult result;
  std::string changes;
};

// Judges and applies one operation; what it changed stays in `records` only when it is applied.
Judged run_operation(const CheckedTransaction& transaction, std::size_t index, Overlay& records,
                     const BlockContext& block) {
  Judged judged;
  const v1::Operation& operation = transaction.operations()[index];
  judged.result.set_salt(operation.salt());
  std::string by;
  const auto checked = check_operation(operation, transaction.signers_of(index), records, block, &by);
  judged.result.set_by(by);
  if (!checked) {
    judged.result.set_outcome(v1::OPERATION_OUTCOME_REFUSED);
    judged.result.set_reason(checked.error().reason);
    for (const std::uint32_t step : checked.error().field) judged.result.add_field(step);
    return judged;
  }
  Overlay changed(records);
  checked->rule.apply(*checked, changed);
  judged.changes = change_list(changed);
  records.absorb(std::move(changed));
  judged.result.set_outcome(v1::OPERATION_OUTCOME_APPLIED);
  return judged;
}

void refuse_all_but(std::vector<Judged>& all, std::size_t failed) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].changes.clear();
    if (i == failed) continue;
    all[i].result.set_outcome(v1::OPERATION_OUTCOME_NOT_APPLIED);
  }
}

std::vector<Judged> run_atomic(const CheckedTransaction& transaction, Overlay& block_records,
                               const BlockContext& block) {
  std::vector<Judged> all(transaction.operations().size());
  Overlay records(block_records);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = run_operation(transaction, i, records, block);
    if (all[i].result.outcome() == v1::OPERATION_OUTCOME_APPLIED) continue;
    for (std::size_t rest = i + 1; rest < all.size(); ++rest) {
      all[rest].result.set_salt(transaction.operations()[rest].salt());
      const auto* key = block_records.key(transaction.signers_of(rest).front());
      if (key != nullptr && key->purpose() != v1::KEY_PURPOSE_TLS) all[rest].result.set_by(key->organisation());
    }
    refuse_all_but(all, i);
    return all;
  }
  block_records.absorb(std::move(records));
  return all;
}

std::vector<Judged> run_each(const CheckedTransaction& transaction, Overlay& block_records, const BlockContext& block) {
  std::vector<Judged> all;
  for (std::size_t i = 0; i < transaction.operations().size(); ++i) {
    all.push_back(run_operation(transaction, i, block_records, block));
  }
  return all;
}

v1::TransactionOutcome outcome_of(const std::vector<Judged>& all) {
  const auto applied = std::ranges::count_if(
      all, [](const Judged& one) { return one.result.outcome() == v1::OPERATION_OUTCOME_APPLIED; });
  if (applied == 0) return v1::TRANSACTION_OUTCOME_REFUSED;
  return static_cast<std::size_t>(applied) == all.size() ? v1::TRANSACTION_OUTCOME_ACCEPTED
                                                         : v1::TRANSACTION_OUTCOME_PARTLY;
}

}  // namespace

std::string change_list(const Overlay& overlay) {
  std::vector<std::pair<Digest, Digest>> changed;
  for (const auto& [key, entry] : overlay.entries()) {
    changed.emplace_back(
        key, entry.record == nullptr ? Digest{} : crypto::digest(crypto::Tag::kRecord, encode(*entry.record)));
  }
  std::ranges::sort(changed);
  v1::ChangeList list;
  for (const auto& [key, record] : changed) {
    auto& change = *list.add_changes();
    change.set_key(key.string());
    change.set_record(record.string());
  }
  return encode(list);
}

TransactionResult run_transaction(const TransactionPtr& transaction, Overlay& block_records,
                                  const BlockContext& block) {
  auto all = transaction->body().mode() == v1::MODE_EACH ? run_each(*transaction, block_records, block)
                                                         : run_atomic(*transaction, block_records, block);
  TransactionResult result;
  result.outcome = outcome_of(all);
  std::vector<Digest> leaves;
  for (Judged& one : all) {
    one.result.set_changes(crypto::digest(crypto::Tag::kChanges, one.changes).string());
    result.results.push_back(encode(one.result));
    result.changes.push_back(std::move(one.changes));
    leaves.push_back(merkle::leaf_hash(result.results.back()));
  }
  result.results_root = merkle::merkle_root(leaves);
  return result;
}

Result<void> check_admissible(const CheckedTransaction& transaction, const RecordView& records, TimeMs time) {
  const auto& body = transaction.body();
  const FieldPath expiry{1, v1::TransactionBody::kExpiresAtFieldNumber};
  if (body.expires_at() < time) return fail(v1::REASON_EXPIRED, "expires_at has passed: sign it anew", expiry);
  const auto& parameters = records.parameters();
  const TimeMs ahead =
      body.signers_size() > 1 ? parameters.expiry_several_signers_ms() : parameters.expiry_one_signer_ms();
  if (body.expires_at() > time + ahead) {
    return fail(v1::REASON_EXPIRY_TOO_FAR, "expires_at lies more than " + std::to_string(ahead) + " ms ahead", expiry);
  }
  for (const auto& signer : body.signers()) {
    if (records.key(signer.public_key()) != nullptr) return {};
  }
  return fail(v1::REASON_UNKNOWN_KEY, "no signer's key is on the ledger: let its organisation add it",
              {1, v1::TransactionBody::kSignersFieldNumber, 0});
}

Result<void> forecast_transaction(const CheckedTransaction& transaction, const Overlay& records,
                                  const BlockContext& block) {
  if (auto admissible = check_admissible(transaction, records, block.time); !admissible) return admissible;
  Overlay trial(records);
  std::optional<Error> first;
  for (std::size_t i = 0; i < transaction.operations().size(); ++i) {
    const auto checked =
        check_operation(transaction.operations()[i], transaction.signers_of(i), trial, block, nullptr);
    if (checked) {
      if (transaction.body().mode() == v1::MODE_EACH) return {};
      Overlay changed(trial);
      checked->rule.apply(*checked, changed);
      trial.absorb(std::move(changed));
      continue;
    }
    if (!first) {
      first = checked.error();
      const auto event = static_cast<std::uint32_t>(transaction.operations()[i].event_case());
      first->field.insert(first->field.begin(), {2, static_cast<std::uint32_t>(i), event});
    }
    if (transaction.body().mode() != v1::MODE_EACH) break;
  }
  if (first) return std::unexpected(*first);
  return {};
}

}  // namespace jinshi::ledger
