#include "tests/ledger/verify/cases.h"

#include <algorithm>
#include <functional>

#include "ledger/crypto/digest.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/verify/paths.h"
#include "proto/canonical.h"
#include "tests/ledger/verify/made_chain.h"
#include "tests/ledger/verify/set_changes.h"

namespace jinshi::test {
namespace {

using ledger::to_message;
using Links = std::vector<v1::Link>;

const std::string kFour = "genesis-of-four";
const std::string kOne = "genesis-of-one";

// The valid file, changed as a message and encoded again.
std::string changed(const std::string& file, const std::function<void(v1::ProofFile&)>& change) {
  auto message = decode<v1::ProofFile>(file);
  change(*message);
  prune(*message);
  return encode(*message);
}

// --- receipts ---

// Four validators, five operations, two signers with ranges, the third operation refused, seven leaves of history.
struct ReceiptWorld {
  MadeChain chain{4};
  std::vector<MadeSigner> signers{{"museum", {{0, 2}, {4, 1}}}, {"hospital", {}}};
  MadeTransaction transaction;
  v1::CertifiedHeader head;

  ReceiptWorld() {
    chain.fill_history(3);
    std::vector<v1::Operation> operations;
    for (int i = 0; i < 5; ++i) operations.push_back(operation_named("asset-" + std::to_string(i)));
    transaction = chain.order(operations, signers, 2, {2});
    chain.fill_history(3);
    head = chain.certify(chain.header(2, chain.genesis_set()), chain.genesis_set());
  }
  v1::Receipt receipt(std::uint32_t operation) const {
    v1::Receipt receipt = chain.receipt(transaction, operation);
    *receipt.mutable_leaf_path() = chain.history_path(transaction.leaf_index);
    return receipt;
  }
  std::string file(std::uint32_t operation) const { return file_of(receipt(operation), head); }

  // The same transaction with another body, ordered as the last leaf.
  std::string file_with_body(const std::function<void(v1::TransactionBody&)>& change) const {
    MadeChain other = chain;
    auto body = other.body(transaction.operations, signers);
    change(body);
    auto made = other.sign_body(body, transaction.operations, signers);
    made.results = transaction.results;
    other.order(made, 2);
    v1::Receipt receipt = other.receipt(made, 1);
    *receipt.mutable_leaf_path() = other.history_path(made.leaf_index);
    return file_of(receipt, other.certify(other.header(2, other.genesis_set()), other.genesis_set()));
  }
};

std::string single_receipt() {
  MadeChain chain(1);
  const auto made = chain.order({operation_named("asset-0")}, {{"museum", {}}}, 1);
  return file_of(chain.receipt(made, 0), chain.certify(chain.header(1, chain.genesis_set()), chain.genesis_set()));
}

std::string due_receipt(const std::function<void(v1::Receipt&)>& change = {}) {
  MadeChain chain(1);
  chain.fill_history(2);
  std::vector<v1::Due> due(3);
  for (int i = 0; i < 3; ++i) {
    due[static_cast<std::size_t>(i)].set_time(kTime + i);
    due[static_cast<std::size_t>(i)].set_what(v1::DUE_WHAT_CERTIFICATE_END);
    due[static_cast<std::size_t>(i)].set_kind(v1::StateKey::kCertificate);
    due[static_cast<std::size_t>(i)].set_id("PUB-2026-A-00000" + std::to_string(i));
  }
  v1::Receipt receipt = chain.due_leaf(due, 3);
  chain.fill_history(2);
  *receipt.mutable_leaf_path() = chain.history_path(receipt.leaf_index());
  if (change) change(receipt);
  return file_of(receipt, chain.certify(chain.header(3, chain.genesis_set()), chain.genesis_set()));
}

void add_receipts(std::vector<Case>& cases) {
  const ReceiptWorld world;
  const std::string good = world.file(1);
  const auto valid = [&](std::string name, std::string file) {
    cases.push_back({std::move(name), std::move(file), kFour, Verdict::kValid, ""});
  };
  const auto invalid = [&](std::string name, std::string file, std::string says) {
    cases.push_back({std::move(name), std::move(file), kFour, Verdict::kInvalid, std::move(says)});
  };
  const auto broken = [&](std::string name, std::string says, const std::function<void(v1::Receipt&)>& change) {
    invalid(std::move(name), changed(good, [&](v1::ProofFile& file) { change(*file.mutable_receipt()); }),
            std::move(says));
  };

  cases.push_back({"receipt-of-one", single_receipt(), kOne, Verdict::kValid, ""});
  cases.push_back({"receipt-due", due_receipt(), kOne, Verdict::kValid, ""});
  for (std::uint32_t i : {0u, 1u, 4u}) valid("receipt-" + std::to_string(i) + "-of-five", world.file(i));
  valid("receipt-of-a-refusal", world.file(2));
  {
    MadeChain later = world.chain;
    later.fill_history(9);
    v1::Receipt receipt = later.receipt(world.transaction, 1);
    *receipt.mutable_leaf_path() = later.history_path(world.transaction.leaf_index);
    valid("receipt-head-above-block",
          file_of(receipt, later.certify(later.header(99, later.genesis_set()), later.genesis_set())));
  }

  {
    // What no honest validators order, certified all the same.
    MadeChain chain = world.chain;
    const auto ordered = [&](std::string name, MadeTransaction made, std::string says) {
      MadeChain other = chain;
      other.order(made, 2);
      v1::Receipt receipt = other.receipt(made, 1);
      *receipt.mutable_leaf_path() = other.history_path(made.leaf_index);
      invalid(std::move(name),
              file_of(receipt, other.certify(other.header(2, other.genesis_set()), other.genesis_set())),
              std::move(says));
    };
    MadeTransaction made = world.transaction;
    made.signatures[1] = sign("museum", "another message");
    ordered("receipt-certified-bad-signature", made, "step 4, transaction");
    made = world.transaction;
    auto result = *decode<v1::OperationResult>(made.results[1]);
    result.mutable_salt()->front() ^= 1;
    made.results[1] = encode(result);
    ordered("receipt-certified-wrong-result-salt", made, "step 6, result path");
    made = world.transaction;
    made.body += "\x08\x01";  // the suite again
    const Digest id = crypto::digest(crypto::Tag::kBody, made.body);
    for (std::size_t i = 0; i < world.signers.size(); ++i) {
      made.signatures[i] = sign(world.signers[i].key, crypto::signing_bytes(crypto::Tag::kTransaction, id.view()));
    }
    ordered("receipt-certified-body-not-canonical", made, "step 4, transaction");
  }
  invalid("receipt-body-without-mode", world.file_with_body([](auto& b) { b.set_mode(v1::MODE_UNSPECIFIED); }),
          "step 4, transaction");

  broken("receipt-without-origin", "step 4, transaction", [](auto& r) { r.clear_origin(); });
  broken("receipt-signature-missing", "step 4, transaction",
         [](auto& r) { r.mutable_transaction()->mutable_signatures()->RemoveLast(); });
  broken("receipt-signature-added", "step 4, transaction", [](auto& r) {
    auto& part = *r.mutable_transaction();
    part.add_signatures(part.signatures(0));
  });
  broken("receipt-signatures-swapped", "step 4, transaction",
         [](auto& r) { r.mutable_transaction()->mutable_signatures()->SwapElements(0, 1); });
  broken("receipt-signature-of-other-variant", "step 7, history path", [](auto& r) {
    // A valid signature over the same id, by another nonce: another envelope.
    auto& part = *r.mutable_transaction();
    const Digest id = crypto::digest(crypto::Tag::kBody, part.body());
    part.set_signatures(0, sign_otherwise("museum", crypto::signing_bytes(crypto::Tag::kTransaction, id.view())));
  });
  broken("receipt-signature-high-s", "step 4, transaction", [](auto& r) {
    auto& part = *r.mutable_transaction();
    part.set_signatures(0, with_high_s(part.signatures(0)));
  });
  broken("receipt-operation-changed", "step 5, operation path",
         [](auto& r) { r.set_operation(encode(operation_named("asset-9"))); });
  broken("receipt-operation-index-wrong", "step 5, operation path", [](auto& r) { r.set_operation_index(2); });
  broken("receipt-operation-index-beyond", "step 5, operation path", [](auto& r) { r.set_operation_index(5); });
  broken("receipt-operation-path-long", "step 5, operation path",
         [](auto& r) { r.mutable_operation_path()->add_nodes(Digest{}.string()); });
  broken("receipt-operation-path-short-digest", "step 5, operation path",
         [](auto& r) { r.mutable_operation_path()->mutable_nodes(0)->pop_back(); });
  broken("receipt-result-of-another", "step 6, result path", [&](auto& r) {
    const v1::Receipt other = world.receipt(0);
    r.set_result(other.result());
    *r.mutable_result_path() = other.result_path();
  });
  broken("receipt-result-improved", "step 6, result path", [](auto& r) {
    auto result = *decode<v1::OperationResult>(r.result());
    result.set_by("hospital");
    r.set_result(encode(result));
  });
  broken("receipt-leaf-changed", "step 7, history path", [](auto& r) {
    auto leaf = *decode<v1::HistoryLeaf>(r.leaf());
    leaf.set_time(leaf.time() - 1);
    r.set_leaf(encode(leaf));
  });
  broken("receipt-leaf-index-wrong", "step 7, history path", [](auto& r) { r.set_leaf_index(2); });
  broken("receipt-leaf-index-beyond", "step 7, history path", [](auto& r) { r.set_leaf_index(7); });
  broken("receipt-leaf-path-short", "step 7, history path",
         [](auto& r) { r.mutable_leaf_path()->mutable_nodes()->RemoveLast(); });
  broken("receipt-leaf-path-reordered", "step 7, history path",
         [](auto& r) { r.mutable_leaf_path()->mutable_nodes()->SwapElements(0, 1); });
  broken("receipt-of-other-leaf", "step 7, history path", [&](auto& r) {
    // Two transactions with equal results: the leaf of one does not serve the other.
    auto leaf = *decode<v1::HistoryLeaf>(r.leaf());
    leaf.set_id(digest_named("other id").string());
    r.set_leaf(encode(leaf));
  });
  invalid(
      "receipt-leaf-above-head",
      [&] {
        MadeChain chain = world.chain;
        v1::Receipt receipt = world.receipt(1);
        return file_of(receipt, chain.certify(chain.header(1, chain.genesis_set()), chain.genesis_set()));
      }(),
      "step 7, history path");
  invalid("receipt-body-ranges-touch", world.file_with_body([](auto& body) {
    auto& ranges = *body.mutable_signers(0)->mutable_operations();
    ranges[0].set_count(1);
    ranges[1].set_first(1);
  }),
          "step 4, transaction");
  invalid("receipt-body-ranges-beyond",
          world.file_with_body([](auto& body) { body.mutable_signers(0)->mutable_operations(1)->set_count(2); }),
          "step 4, transaction");
  invalid("receipt-body-operation-uncovered", world.file_with_body([](auto& body) {
    auto& range = *body.mutable_signers(1)->add_operations();
    range.set_count(2);
  }),
          "step 4, transaction");
  invalid("receipt-body-range-empty",
          world.file_with_body([](auto& body) { body.mutable_signers(0)->mutable_operations(1)->clear_count(); }),
          "step 4, transaction");
  invalid("receipt-body-key-twice", world.file_with_body([](auto& body) {
    body.mutable_signers(1)->set_public_key(body.signers(0).public_key());
  }),
          "step 4, transaction");
  invalid("receipt-body-nonce-short", world.file_with_body([](auto& body) { body.mutable_nonce()->pop_back(); }),
          "step 4, transaction");
  invalid("receipt-body-of-other-chain",
          world.file_with_body([](auto& body) { body.set_chain_id(digest_named("chain").string()); }),
          "step 4, transaction");
  cases.push_back({"receipt-due-with-id", due_receipt([](v1::Receipt& r) {
                     auto leaf = *decode<v1::HistoryLeaf>(r.leaf());
                     leaf.set_id(digest_named("id").string());
                     r.set_leaf(encode(leaf));
                   }),
                   kOne, Verdict::kInvalid, "step 7, history path"});
  cases.push_back({"receipt-due-count-wrong",
                   due_receipt([](v1::Receipt& r) { r.mutable_due()->set_operation_count(4); }), kOne,
                   Verdict::kInvalid, "step"});
  cases.push_back({"receipt-due-as-transaction", due_receipt([](v1::Receipt& r) {
                     r.clear_due();
                     r.mutable_transaction();
                   }),
                   kOne, Verdict::kInvalid, "step 4, transaction"});

  const auto newer = [&](std::string name, std::string file, std::string says) {
    cases.push_back({std::move(name), std::move(file), kFour, Verdict::kNewer, std::move(says)});
  };
  newer("newer-body-suite", world.file_with_body([](auto& body) { body.set_suite(2); }), "step 4, transaction");
  newer("newer-signer-scheme",
        world.file_with_body([](auto& body) { (*body.mutable_signers(0)->mutable_public_key())[0] = 2; }),
        "step 4, transaction");
  newer("newer-event",
        changed(good,
                [](v1::ProofFile& file) {
                  // An event of field 4000, as a later version may have.
                  auto& operation = *file.mutable_receipt()->mutable_operation();
                  operation = operation.substr(0, 18) + std::string("\x82\xfa\x01\x00", 4);
                }),
        "step 5, operation path");
  newer("newer-reason",
        changed(good,
                [](v1::ProofFile& file) {
                  auto& result = *file.mutable_receipt()->mutable_result();
                  result.insert(20, "\x18\xcf\x0f");  // reason 1999, between outcome and by
                }),
        "step 6, result path");
}

// --- links ---

struct LinkedWorld {
  MadeChain chain{4};
  v1::ValidatorSet a = chain.genesis_set();
  v1::ValidatorSet b = chain.other_set("b", 1);
  v1::ValidatorSet c = chain.other_set("c", 7);
  MadeTransaction transaction;
  v1::Receipt receipt;

  LinkedWorld() {
    chain.fill_history(1);
    transaction = chain.order({operation_named("asset-0")}, {{"museum", {}}}, 1);
    chain.fill_history(1);
    receipt = chain.receipt(transaction, 0);
    *receipt.mutable_leaf_path() = chain.history_path(transaction.leaf_index);
  }
  v1::Header header(Height height, const v1::ValidatorSet& set, std::uint64_t epoch = 1) const {
    v1::Header header = chain.header(height, set);
    header.set_epoch(epoch);
    return header;
  }
  v1::Link link(Height height, const v1::ValidatorSet& set, const v1::ValidatorSet& next, std::uint64_t epoch) const {
    return chain.link(header(height, set, epoch), set, next);
  }
  std::string file(const v1::CertifiedHeader& head, const Links& links) const { return file_of(receipt, head, links); }
  std::string file(Height height, const v1::ValidatorSet& set, std::uint64_t epoch, const Links& links) const {
    return file(chain.certify(header(height, set, epoch), set), links);
  }
};

void add_links(std::vector<Case>& cases) {
  const LinkedWorld w;
  const auto add = [&](std::string name, std::string file, std::string says) {
    const Verdict expect = says.empty() ? Verdict::kValid : Verdict::kInvalid;
    cases.push_back({std::move(name), std::move(file), kFour, expect, std::move(says)});
  };
  const v1::Link ab = w.link(10, w.a, w.b, 1);
  const v1::Link ba = w.link(20, w.b, w.a, 2);
  const v1::Link ac = w.link(40, w.a, w.c, 4);
  add("links-a-b", w.file(11, w.b, 2, {ab}), "");
  add("links-a-b-a", w.file(21, w.a, 3, {ab, ba}), "");
  // The set stays through the boundary of epochs 3 and 4: no link, and the head's epoch is 4.
  add("links-a-b-a-and-an-epoch-without-change", w.file(35, w.a, 4, {ab, ba}), "");
  add("links-a-b-a-c", w.file(41, w.c, 5, {ab, ba, ac}), "");
  add("links-head-announces-next-set", w.file(ab.last(), {}), "");
  {
    // The last header of epoch 3, whose next epoch has the same set.
    v1::Header header = w.header(30, w.a, 3);
    header.set_next_set(header.set());
    header.set_next_set_height(31);
    add("links-head-announces-same-set", w.file(w.chain.certify(header, w.a), {ab, ba}), "");
    v1::Link same;
    *same.mutable_last() = w.chain.certify(header, w.a);
    *same.mutable_next_set() = w.a;
    add("links-without-change", w.file(31, w.a, 4, {ab, ba, same}), "step 2, link 3");
  }
  {
    auto seven = w.chain.certify(w.header(41, w.c, 5), w.c, std::vector<std::uint32_t>{0, 1, 3, 5, 6});
    add("links-any-quorum", w.file(seven, {ab, ba, ac}), "");
  }

  add("links-missing", w.file(11, w.b, 2, {}), "step 3, head");
  add("links-too-many", w.file(5, w.a, 1, {ab}), "step 3, head");
  add("links-too-many-though-set-returns", w.file(5, w.a, 1, {ab, ba}), "step 3, head");
  add("links-swapped", w.file(21, w.a, 3, {ba, ab}), "step 2, link 1");
  add("links-twice", w.file(21, w.a, 3, {ab, ab, ba}), "step 2, link 2");
  add("links-heights-fall", w.file(21, w.a, 3, {ab, w.link(9, w.b, w.a, 2)}), "step 2, link 2");
  add(
      "links-next-set-other",
      [&] {
        v1::Link link = ab;
        *link.mutable_next_set() = w.c;
        return w.file(11, w.c, 2, {link});
      }(),
      "step 2, link 1");
  add(
      "links-not-the-last-header",
      [&] {
        v1::Header header = w.header(9, w.a);
        header.set_next_set(crypto::digest(crypto::Tag::kSet, encode(w.b)).string());
        header.set_next_set_height(11);
        v1::Link link;
        *link.mutable_last() = w.chain.certify(header, w.a);
        *link.mutable_next_set() = w.b;
        return w.file(11, w.b, 2, {link});
      }(),
      "step 2, link 1");
  add(
      "links-quorum-minus-one",
      [&] {
        v1::Link link = ab;
        link.mutable_last()->mutable_certificate()->mutable_signatures()->RemoveLast();
        return w.file(11, w.b, 2, {link});
      }(),
      "step 2, link 1");
  add("head-of-retired-set", w.file(21, w.b, 3, {ab, ba}), "step 3, head");
  add("head-names-wrong-set", w.file(w.chain.certify(w.header(5, w.b), w.a), {}), "step 3, head");

  const auto by = [&](std::vector<std::uint32_t> indices) {
    return w.file(w.chain.certify(w.header(5, w.a), w.a, std::move(indices)), {});
  };
  add("certificate-quorum", by({0, 1, 3}), "");
  add("certificate-quorum-minus-one", by({0, 1}), "step 3, head");
  add("certificate-none", by({}), "step 3, head");
  add("certificate-one-too-many", by({0, 1, 2, 3}), "step 3, head");
  add("certificate-reordered", by({1, 0, 3}), "step 3, head");
  add("certificate-one-twice", by({0, 1, 1}), "step 3, head");
  add("certificate-index-beyond", by({0, 1, 4}), "step 3, head");
  add(
      "certificate-over-other-header",
      [&] {
        auto certified = w.chain.certify(w.header(5, w.a), w.a);
        certified.set_header(encode(w.header(6, w.a)));
        return w.file(certified, {});
      }(),
      "step 3, head");
  add(
      "certificate-by-governance-keys",
      [&] {
        auto certified = w.chain.certify(w.header(5, w.a), w.a);
        const Digest digest = crypto::digest(crypto::Tag::kHeader, certified.header());
        for (auto& signature : *certified.mutable_certificate()->mutable_signatures()) {
          const auto& organisation = w.a.validators(static_cast<int>(signature.validator())).organisation();
          signature.set_signature(
              sign(organisation + "/governance", crypto::signing_bytes(crypto::Tag::kHeaderSignature, digest.view())));
        }
        return w.file(certified, {});
      }(),
      "step 3, head");
  add(
      "certificate-signs-header-bytes",
      [&] {
        auto certified = w.chain.certify(w.header(5, w.a), w.a);
        for (auto& signature : *certified.mutable_certificate()->mutable_signatures()) {
          const auto& organisation = w.a.validators(static_cast<int>(signature.validator())).organisation();
          signature.set_signature(
              sign(organisation + "/consensus", crypto::signing_bytes(crypto::Tag::kHeader, certified.header())));
        }
        return w.file(certified, {});
      }(),
      "step 3, head");
  const auto with_header = [&](const std::function<void(v1::Header&)>& change) {
    v1::Header header = w.header(5, w.a);
    change(header);
    return w.file(w.chain.certify(header, w.a), {});
  };
  add("head-of-other-chain", with_header([](auto& h) { h.set_chain_id(digest_named("chain").string()); }),
      "step 3, head");
  add("head-of-block-0", with_header([](auto& h) { h.set_height(0); }), "step 3, head");
  add("head-without-version", with_header([](auto& h) { h.set_protocol_version(0); }), "step 3, head");
  add("head-without-format", with_header([](auto& h) { h.set_format(0); }), "step 3, head");
  const auto newer = [&](std::string name, std::string file) {
    cases.push_back({std::move(name), std::move(file), kFour, Verdict::kNewer, "step 3, head"});
  };
  newer("newer-header-format", with_header([](auto& h) { h.set_format(2); }));
  newer("newer-header-suite", with_header([](auto& h) { h.set_suite(2); }));
  newer("newer-protocol-version", with_header([](auto& h) { h.set_protocol_version(2); }));
  newer("newer-header-extension",
        with_header([](auto& h) { h.set_extension_root(digest_named("extension").string()); }));
  {
    v1::ValidatorSet sm2 = w.b;
    (*sm2.mutable_validators(0)->mutable_consensus_key())[0] = 2;
    cases.push_back({"newer-validator-scheme", w.file(11, sm2, 2, {w.link(10, w.a, sm2, 1)}), kFour, Verdict::kNewer,
                     "step 2, link 1"});
  }
}

// --- records ---

v1::Record organisation_record(const std::string& id) {
  v1::Record record;
  record.mutable_organisation()->set_id(id);
  record.mutable_organisation()->set_name("Sample " + id);
  record.mutable_organisation()->set_state(v1::ORGANISATION_STATE_ACTIVE);
  return record;
}

v1::Record asset_record(const std::string& id) {
  v1::Record record;
  record.mutable_asset()->set_id(id);
  record.mutable_asset()->set_name("时区数据");
  record.mutable_asset()->set_size_bytes(400'000);
  return record;
}

v1::Record certificate_record(const std::string& number, const std::string& asset, const std::string& valid_to) {
  v1::Record record;
  auto& certificate = *record.mutable_certificate();
  certificate.set_number(number);
  certificate.set_asset(asset);
  certificate.set_kind(v1::CERTIFICATE_KIND_DATA_ASSET);
  certificate.set_holder("museum");
  certificate.set_valid_from("2026-11-24");
  certificate.set_valid_to(valid_to);
  certificate.set_state(v1::CERTIFICATE_STATE_VALID);
  return record;
}

struct RecordWorld {
  MadeChain chain{1};
  std::string organisation, asset, other_asset, certificate, expired;
  v1::CertifiedHeader head;
  std::string at_empty_child, at_other_leaf;  // ids of organisations that are not there

  RecordWorld() {
    for (const char* id : {"bank", "court", "museum", "exchange", "hospital", "deleted"}) {
      organisation = chain.put(organisation_record(id));
    }
    organisation = chain.put(organisation_record("shipping"));
    asset = chain.put(asset_record("tz"));
    other_asset = chain.put(asset_record("other"));
    certificate = chain.put(certificate_record("PUB-2026-A-000001", "tz", "2029-11-23"));
    expired = chain.put(certificate_record("PUB-2026-A-000002", "tz", "2026-11-23"));
    chain.erase(ledger::keys::organisation("deleted"));
    head = certified();
    for (int i = 0; at_empty_child.empty() || at_other_leaf.empty(); ++i) {
      const std::string id = "nobody-" + std::to_string(i);
      const bool other = chain.absence_proof(ledger::keys::organisation(id)).path().has_other();
      std::string& kept = other ? at_other_leaf : at_empty_child;
      if (kept.empty()) kept = id;
    }
  }
  v1::CertifiedHeader certified() const {
    return chain.certify(chain.header(7, chain.genesis_set()), chain.genesis_set());
  }
  std::string file(const v1::RecordProof& proof) const { return file_of(proof, head); }
  v1::RecordProof with_asset(const std::string& certificate_bytes, const std::string& asset_bytes) const {
    v1::RecordProof proof = chain.record_proof(certificate_bytes);
    proof.set_asset(asset_bytes);
    *proof.mutable_asset_path() = chain.record_proof(asset_bytes).path();
    return proof;
  }
};

void add_records(std::vector<Case>& cases) {
  const RecordWorld w;
  const auto add = [&](std::string name, const v1::RecordProof& proof, std::string says) {
    const Verdict expect = says.empty() ? Verdict::kValid : Verdict::kInvalid;
    cases.push_back({std::move(name), w.file(proof), kOne, expect, std::move(says)});
  };
  const auto add_absence = [&](std::string name, const v1::RecordProof& proof, std::string id, std::string says) {
    const Verdict expect = says.empty() ? Verdict::kValid : Verdict::kInvalid;
    cases.push_back({std::move(name), w.file(proof), kOne, expect, std::move(says), {{"organisation", std::move(id)}}});
  };
  const auto edited = [](v1::RecordProof proof, const std::function<void(v1::RecordProof&)>& change) {
    change(proof);
    return proof;
  };
  const v1::RecordProof organisation = w.chain.record_proof(w.organisation);
  const v1::RecordProof certificate = w.with_asset(w.certificate, w.asset);

  add("record-organisation", organisation, "");
  add("record-asset", w.chain.record_proof(w.asset), "");
  add("record-certificate", certificate, "");
  add("record-certificate-expired", w.with_asset(w.expired, w.asset), "");
  {
    MadeChain alone(1);
    const std::string record = alone.put(organisation_record("bank"));
    cases.push_back(
        {"record-alone-in-its-state",
         file_of(alone.record_proof(record), alone.certify(alone.header(1, alone.genesis_set()), alone.genesis_set())),
         kOne, Verdict::kValid, ""});
    alone.erase(ledger::keys::organisation("bank"));
    cases.push_back({"absence-from-an-empty-state",
                     file_of(alone.absence_proof(ledger::keys::organisation("bank")),
                             alone.certify(alone.header(2, alone.genesis_set()), alone.genesis_set())),
                     kOne,
                     Verdict::kValid,
                     "",
                     {{"organisation", "bank"}}});
  }
  const auto absence = [&](const std::string& id) { return w.chain.absence_proof(ledger::keys::organisation(id)); };
  add_absence("absence-empty-child", absence(w.at_empty_child), w.at_empty_child, "");
  add_absence("absence-other-leaf", absence(w.at_other_leaf), w.at_other_leaf, "");
  add_absence("absence-deleted", absence("deleted"), "deleted", "");

  add("record-changed",
      edited(organisation,
             [](auto& p) {
               auto record = *decode<v1::Record>(p.record());
               record.set_version(2);
               p.set_record(encode(record));
             }),
      "step 5, state path");
  add("record-of-other-path",
      edited(organisation, [&](auto& p) { *p.mutable_path() = w.chain.record_proof(w.asset).path(); }),
      "step 5, state path");
  add("record-path-short", edited(organisation, [](auto& p) { p.mutable_path()->mutable_siblings()->RemoveLast(); }),
      "step 5, state path");
  add("record-path-with-empty-end",
      edited(organisation, [](auto& p) { p.mutable_path()->add_siblings(Digest{}.string()); }), "step 5, state path");
  add("record-path-too-long",
      edited(organisation,
             [](auto& p) {
               while (p.path().siblings_size() < 257) p.mutable_path()->add_siblings(digest_named("sibling").string());
             }),
      "step 5, state path");
  add("record-path-ends-empty", edited(organisation, [](auto& p) { p.mutable_path()->set_empty(true); }),
      "step 5, state path");
  add("record-not-canonical",
      edited(organisation, [](auto& p) { p.set_record(p.record() + std::string("\x08\x01", 2)); }), "step 4, record");
  add("record-without-kind", edited(organisation, [](auto& p) { p.set_record("\x08\x01"); }), "step 4, record");
  add("record-with-asset-beside",
      edited(organisation,
             [&](auto& p) {
               p.set_asset(w.asset);
               *p.mutable_asset_path() = w.chain.record_proof(w.asset).path();
             }),
      "step 6, asset");
  add("certificate-without-asset", w.chain.record_proof(w.certificate), "step 6, asset");
  add("certificate-with-other-asset", w.with_asset(w.certificate, w.other_asset), "step 6, asset");
  add("certificate-with-wrong-kind", w.with_asset(w.certificate, w.organisation), "step 6, asset");
  add("certificate-asset-changed",
      edited(certificate,
             [](auto& p) {
               auto record = *decode<v1::Record>(p.asset());
               record.mutable_asset()->set_size_bytes(1);
               p.set_asset(encode(record));
             }),
      "step 6, asset path");
  add_absence("absence-of-a-present-record",
              edited(organisation,
                     [](auto& p) {
                       p.clear_record();
                       p.mutable_path()->set_empty(true);
                     }),
              "shipping", "step 5, state path");
  add_absence(
      "absence-by-its-own-leaf",
      edited(organisation,
             [&](auto& p) {
               p.clear_record();
               p.mutable_path()->mutable_other()->set_key(ledger::keys::organisation("shipping").digest().string());
               p.mutable_path()->mutable_other()->set_record(
                   crypto::digest(crypto::Tag::kRecord, w.organisation).string());
             }),
      "shipping", "step 5, state path");
  add_absence("absence-of-another-key", absence(w.at_empty_child), "shipping", "step 5, state path");
  add_absence("absence-other-leaf-off-the-way",
              edited(absence(w.at_other_leaf),
                     [](auto& p) { p.mutable_path()->mutable_other()->mutable_key()->front() ^= '\x80'; }),
              w.at_other_leaf, "step 5, state path");
  add_absence("absence-end-missing", edited(absence(w.at_empty_child), [](auto& p) { p.mutable_path()->clear_end(); }),
              w.at_empty_child, "step 5, state path");
  add_absence("absence-end-false",
              edited(absence(w.at_empty_child), [](auto& p) { p.mutable_path()->set_empty(false); }), w.at_empty_child,
              "step 5, state path");
  add_absence("absence-though-the-file-has-the-record", organisation, "shipping", "step 1, file");

  const std::string good = w.file(organisation);
  const auto file = [&](std::string name, std::string bytes, Verdict verdict, std::string says) {
    cases.push_back({std::move(name), std::move(bytes), kOne, verdict, std::move(says)});
  };
  file("file-empty", "", Verdict::kInvalid, "step 1, file");
  file("file-text", "not a proof\n", Verdict::kInvalid, "step 1, file");
  file("file-trailing-zero", good + '\0', Verdict::kInvalid, "step 1, file");
  file("file-cut-short", good.substr(0, good.size() - 1), Verdict::kInvalid, "step 1, file");
  file("file-twice", good + good, Verdict::kInvalid, "step 1, file");
  file("file-without-format", good.substr(2), Verdict::kInvalid, "step 1, file");
  file(
      "file-record-numbered-as-asset",
      [&] {
        // The record's field, 1, as field 3: 0a becomes 1a.
        std::string other = good;
        std::size_t at = 3;
        while (static_cast<unsigned char>(other[at]) >= 0x80) ++at;
        other[at + 1] ^= '\x10';
        return other;
      }(),
      Verdict::kInvalid, "step 1, file");
  file("file-without-proof", good.substr(0, 2), Verdict::kInvalid, "step 1, file");
  file(
      "file-number-with-needless-byte",
      std::string("\x08\x01", 2) + good.substr(2, 1) +
          [&] {
            // The length of the record proof, with one byte more than it needs.
            std::size_t end = 3;
            while (static_cast<unsigned char>(good[end]) >= 0x80) ++end;
            std::string longer = good.substr(3, end - 2);
            longer.back() = static_cast<char>(longer.back() | '\x80');
            return longer + '\0' + good.substr(end + 1);
          }(),
      Verdict::kInvalid, "step 1, file");
  file("newer-file-format", changed(good, [](auto& f) { f.set_format(2); }), Verdict::kNewer, "step 1, file");
  file("newer-file-format-unreadable", "\x08\x07 whatever a later format holds", Verdict::kNewer, "step 1, file");
  file("newer-file-field", good + "\xb2\x01\x01x", Verdict::kNewer, "step 1, file");
  file("newer-file-witnesses", changed(good, [](auto& f) { f.add_witnesses("witness"); }), Verdict::kNewer,
       "step 1, file");
  file("newer-file-timestamps", changed(good, [](auto& f) { f.add_timestamps(""); }), Verdict::kNewer, "step 1, file");
}

// --- consistency ---

void add_consistency(std::vector<Case>& cases) {
  MadeChain chain(4);
  const auto& a = chain.genesis_set();
  const auto b = chain.other_set("b", 3);
  std::vector<v1::CertifiedHeader> heads;  // of heights 1 on
  std::vector<std::uint64_t> sizes{0, 1, 5, 8, 13};
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    chain.fill_history(sizes[i] - size);
    size = sizes[i];
    heads.push_back(chain.certify(chain.header(i + 1, a), a));
  }
  const v1::Link link = chain.link(chain.header(6, a), a, b);
  chain.fill_history(4);
  const auto head_of_b = chain.certify(chain.header(7, b), b);
  const auto leaves = chain.history_leaves();

  const auto file = [&](const v1::CertifiedHeader& older, const v1::CertifiedHeader& newer, std::uint64_t older_size,
                        std::uint64_t newer_size, const Links& links = {}) {
    v1::ProofFile made;
    made.set_format(1);
    auto& proof = *made.mutable_consistency();
    *proof.mutable_old_head() = older;
    *proof.mutable_new_head() = newer;
    *proof.mutable_path() = to_message(merkle::consistency_proof(older_size, std::span(leaves).first(newer_size)));
    for (const auto& one : links) *proof.add_links() = one;
    prune(made);
    return encode(made);
  };
  const auto add = [&](std::string name, std::string bytes, std::string says) {
    const Verdict expect = says.empty() ? Verdict::kValid : Verdict::kInvalid;
    cases.push_back({std::move(name), std::move(bytes), kFour, expect, std::move(says)});
  };
  add("consistency-5-to-13", file(heads[2], heads[4], 5, 13), "");
  add("consistency-8-to-13", file(heads[3], heads[4], 8, 13), "");
  add("consistency-1-to-8", file(heads[1], heads[3], 1, 8), "");
  add("consistency-from-nothing", file(heads[0], heads[4], 0, 13), "");
  add("consistency-with-itself", file(heads[4], heads[4], 13, 13), "");
  add("consistency-over-a-link", file(heads[2], head_of_b, 5, 17, {link}), "");
  add("consistency-backwards", file(heads[4], heads[2], 5, 5), "step 4, old head");
  add("consistency-old-head-of-later-set", file(head_of_b, heads[4], 13, 13), "step 4, old head");
  add("consistency-link-missing", file(heads[2], head_of_b, 5, 17), "step 3, head");
  add("consistency-path-long",
      changed(file(heads[2], heads[4], 5, 13),
              [](auto& f) { f.mutable_consistency()->mutable_path()->add_nodes(Digest{}.string()); }),
      "step 5, consistency path");
  add("consistency-path-of-other-sizes", file(heads[2], heads[4], 8, 13), "step 5, consistency path");
  {
    MadeChain fork(4);
    fork.fill_history(2);
    fork.order({operation_named("fork")}, {{"museum", {}}}, 2);
    fork.fill_history(2);
    add("consistency-of-a-rewritten-history", file(fork.certify(fork.header(3, a), a), heads[4], 5, 13),
        "step 5, consistency path");
    add("consistency-two-headers-of-one-height", file(fork.certify(fork.header(5, a), a), heads[4], 13, 13),
        "step 4, old head");
  }
}

}  // namespace

const Cases& all_cases() {
  static const Cases all = [] {
    Cases made;
    made.geneses = {{kFour, MadeChain(4).genesis()}, {kOne, MadeChain(1).genesis()}};
    add_receipts(made.cases);
    add_links(made.cases);
    add_records(made.cases);
    add_consistency(made.cases);
    add_set_changes(made);
    return made;
  }();
  return all;
}

std::vector<const Case*> files_to_spoil() {
  std::vector<const Case*> found;
  for (const char* name : {"receipt-of-one", "receipt-due", "record-certificate", "absence-empty-child",
                           "absence-other-leaf", "consistency-with-itself", "links-a-b", "set-change-of-a-key"}) {
    const auto one = std::ranges::find(all_cases().cases, name, &Case::name);
    found.push_back(&*one);
  }
  return found;
}

}  // namespace jinshi::test
