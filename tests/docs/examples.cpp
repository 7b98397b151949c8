#include "tests/docs/examples.h"

#include "consensus/message.h"
#include "jinshi/v1/content.pb.h"
#include "ledger/crypto/certificate_check.h"
#include "ledger/crypto/commitment.h"
#include "ledger/crypto/digest.h"
#include "ledger/crypto/segment_cipher.h"
#include "ledger/domain/record_key.h"
#include "ledger/execution/executor.h"
#include "ledger/execution/genesis.h"
#include "ledger/merkle/content_tree.h"
#include "ledger/merkle/rfc9162.h"
#include "ledger/merkle/state_tree.h"
#include "proto/canonical.h"
#include "tests/ledger/verify/made_chain.h"

namespace jinshi::test {
namespace {

using crypto::Tag;

Line line(std::string label, ByteView bytes) { return {std::move(label), to_hex(bytes)}; }
Line line(std::string label, const Digest& digest) { return {std::move(label), to_hex(digest.view())}; }

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (; size-- > 0; number >>= 8) bytes[size] = static_cast<char>(number & 0xff);
  return bytes;
}

// Three operations; the museum signs all, the hospital the third.
struct Transaction {
  MadeChain chain{1};
  std::vector<MadeSigner> signers{{"museum", {}}, {"hospital", {{2, 1}}}};
  MadeTransaction made;
  Digest id;
  std::string results_leaf;

  Transaction() {
    made = chain.order({operation_named("a"), operation_named("b"), operation_named("c")}, signers, 1, {1});
    id = crypto::digest(Tag::kBody, made.body);
  }
};

Example digests() {
  return {"digest",
          {line("x", ""), line("signing bytes of (changes, x)", crypto::signing_bytes(Tag::kChanges, "")),
           line("digest(changes, x)", crypto::digest(Tag::kChanges, ""))}};
}

Example keys() {
  const auto key = key_named("museum");
  const std::string bytes = crypto::signing_bytes(Tag::kTransaction, Digest{}.view());
  return {"key",
          {line("secret scalar", key.scalar()), line("public key", key.public_key().encoded()),
           line("signing bytes of (transaction, 32 zero bytes)", bytes),
           line("signature (RFC 6979 nonce)", sign("museum", bytes))}};
}

Example transaction() {
  const Transaction t;
  Example example{"transaction", {}};
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < t.made.operations.size(); ++i) {
    example.lines.push_back(line("operation " + std::to_string(i), t.made.operations[i]));
    leaves.push_back(merkle::leaf_hash(t.made.operations[i]));
  }
  const auto path = merkle::inclusion_path(0, leaves);
  v1::Envelope envelope;
  envelope.set_id(t.id.string());
  for (const auto& signature : t.made.signatures) envelope.add_signatures(signature);
  auto& lines = example.lines;
  lines.push_back(line("leaf hash of operation 0", leaves[0]));
  lines.push_back(line("path of operation 0, node 0", path[0]));
  lines.push_back(line("path of operation 0, node 1", path[1]));
  lines.push_back(line("operations root", ledger::operations_root(t.made.operations)));
  lines.push_back(line("secret scalar of signer 1", key_named("hospital").scalar()));
  lines.push_back(line("body", t.made.body));
  lines.push_back(line("id", ledger::transaction_id(t.made.body)));
  lines.push_back(line("signing bytes", ledger::transaction_signing_bytes(t.id)));
  lines.push_back(line("signature 0", t.made.signatures[0]));
  lines.push_back(line("signature 1", t.made.signatures[1]));
  lines.push_back(line("envelope", encode(envelope)));
  lines.push_back(line("envelope digest", ledger::envelope_digest(t.id, t.made.signatures)));
  return example;
}

Example results() {
  const Transaction t;
  Example example{"results", {}};
  v1::ChangeList changes;
  auto& change = *changes.add_changes();
  change.set_key(ledger::keys::asset("a").digest().string());
  change.set_record(Digest{}.string());
  std::vector<Digest> leaves;
  for (const auto& result : t.made.results) leaves.push_back(merkle::leaf_hash(result));
  auto& lines = example.lines;
  lines.push_back(line("change list: the asset 'a' deleted", encode(changes)));
  lines.push_back(line("its digest", crypto::digest(Tag::kChanges, encode(changes))));
  lines.push_back(line("digest of no change", crypto::digest(Tag::kChanges, "")));
  lines.push_back(line("result 1: refused with FROZEN at field 1", t.made.results[1]));
  lines.push_back(line("results root", merkle::merkle_root(leaves)));
  return example;
}

Example history_leaf() {
  const Transaction t;
  const v1::Receipt receipt = t.chain.receipt(t.made, 0);
  return {
      "history-leaf",
      {line("leaf", receipt.leaf()), line("leaf hash, and root of a history of one", merkle::leaf_hash(receipt.leaf())),
       line("root of the empty history", merkle::empty_root())}};
}

Example due_leaf() {
  v1::Due due;
  due.set_time(kTime);
  due.set_what(v1::DUE_WHAT_CERTIFICATE_END);
  due.set_kind(v1::StateKey::kCertificate);
  due.set_id("PUB-2026-A-000001");
  const std::string operation = encode(due);
  const std::vector<Digest> leaves{merkle::leaf_hash(operation)};
  v1::DueEnvelope envelope;
  envelope.set_operations_root(merkle::merkle_root(leaves).string());
  envelope.set_operation_count(1);
  return {"due",
          {line("operation", operation), line("due envelope", encode(envelope)),
           line("envelope digest", crypto::digest(Tag::kDue, encode(envelope)))}};
}

Example batch() {
  v1::Batch batch;
  batch.set_proposer("museum");
  batch.set_time(kTime);
  batch.add_envelopes(digest_named("envelope").string());
  return {"batch", {line("batch", encode(batch)), line("batch digest", ledger::batch_digest(encode(batch)))}};
}

Example live_ids() {
  v1::LiveIds ids;
  auto& hour = *ids.add_hours();
  const Transaction t;
  hour.set_hour((kTime + 3'600'000) / 3'600'000);
  hour.set_count(1);
  hour.set_root(merkle::leaf_hash(t.id.view()).string());
  return {"live-ids",
          {line("root of no live id", crypto::digest(Tag::kLiveIds, "")), line("the example's id, live", encode(ids)),
           line("its root", crypto::digest(Tag::kLiveIds, encode(ids)))}};
}

Example header() {
  const Transaction t;
  const auto& set = t.chain.genesis_set();
  const v1::Header header = t.chain.header(1, set);
  const std::string bytes = encode(header);
  const Digest digest = crypto::digest(Tag::kHeader, bytes);
  return {"header",
          {line("chain id: digest of tests/vectors/genesis-of-one", ledger::chain_id_of(t.chain.genesis())),
           line("validator set", encode(set)), line("set hash", ledger::set_hash(set)), line("header", bytes),
           line("header digest", digest), line("signing bytes", crypto::header_signing_bytes(digest)),
           line("secret scalar of validator 0", key_named("zone-office/consensus").scalar()),
           line("signature", sign("zone-office/consensus", crypto::header_signing_bytes(digest)))}};
}

Example state_keys() {
  Example example{"state-keys", {}};
  const auto add = [&](const std::string& what, const ledger::RecordKey& key) {
    example.lines.push_back(line(what, encode(key.key())));
    example.lines.push_back(line("  its digest", key.digest()));
  };
  add("asset 'tz'", ledger::keys::asset("tz"));
  add("header 1,024, whose place in the ring is 0", ledger::keys::header(1024));
  add("parameters", ledger::keys::parameters());
  add("first registration of 'museum'", ledger::keys::first("museum", v1::FIRST_KIND_REGISTRATION));
  return example;
}

Example state_tree() {
  const auto entry = [](int first_byte) {
    merkle::StateEntry made;
    made.key.bytes[0] = static_cast<std::uint8_t>(first_byte);
    made.record.bytes.fill(static_cast<std::uint8_t>(first_byte | 1));
    return made;
  };
  merkle::StateTree::Builder builder(3);
  // Bits 000..., 001... and 1....
  for (const int byte : {0x00, 0x20, 0x80}) builder.add({entry(byte).key, entry(byte).record, 0});
  const auto tree = *builder.finish(1);
  Digest below_empty;
  below_empty.bytes[0] = 0x40;
  Digest beside_one;
  beside_one.bytes[0] = 0xc0;
  const auto present = tree.prove(entry(0x20).key);
  const auto empty = tree.prove(below_empty);
  const auto other = tree.prove(beside_one);
  Example example{"state-tree", {}};
  auto& lines = example.lines;
  for (const int byte : {0x00, 0x20, 0x80}) {
    const auto one = entry(byte);
    lines.push_back(line("key", one.key));
    lines.push_back(line("  record digest", one.record));
    lines.push_back(line("  leaf", merkle::state_leaf_hash(one.key, one.record)));
  }
  lines.push_back(line("root", tree.root()));
  const auto add_path = [&](const std::string& of, const merkle::StateProof& proof) {
    for (std::size_t i = 0; i < proof.siblings.size(); ++i) {
      lines.push_back(line(of + ", sibling " + std::to_string(i), proof.siblings[i]));
    }
    if (proof.other) lines.push_back(line(of + ", ends at the leaf of", proof.other->key));
  };
  add_path("path of key 20..", present);
  add_path("absence of key 40.. at an empty child", empty);
  add_path("absence of key c0.. at another leaf", other);
  return example;
}

Example record() {
  v1::Record one;
  one.set_created(7);
  one.set_version(2);
  one.set_changed_height(31);
  one.mutable_asset()->set_id("tz");
  one.mutable_asset()->set_name("时区数据");
  one.mutable_asset()->set_size_bytes(400'000);
  return {"record", {line("record", encode(one)), line("record digest", crypto::digest(Tag::kRecord, encode(one)))}};
}

Example content() {
  std::string bytes;
  for (int i = 0; i < 65'536 + 1'500; ++i) bytes.push_back(static_cast<char>(i % 251));
  merkle::ContentHasher hasher(65'536);
  hasher.update(bytes);
  const auto summary = hasher.finish();
  const ByteView last = ByteView(bytes).substr(65'536);
  return {"content",
          {{"bytes", "byte i is i mod 251, 67036 of them; chunk_size 65536, chunk_count 2"},
           line("leaf hash of sector 0", merkle::leaf_hash(ByteView(bytes).substr(0, 1024))),
           line("root of chunk 0", merkle::chunk_root(ByteView(bytes).substr(0, 65'536))),
           line("leaf hash of sector 65, of 476 bytes", merkle::leaf_hash(last.substr(1024))),
           line("root of chunk 1", merkle::chunk_root(last)),
           line("content root", summary.root)}};
}

Example commitments() {
  v1::CommitmentOpening opening;
  opening.set_record_kind("assessment");
  opening.set_record_id("value-1");
  opening.set_field(v1::Assessment::kValueCommitmentFieldNumber);
  opening.set_salt(digest_named("commitment salt").string());
  opening.set_value(crypto::canonical_value(250'000'000));
  crypto::TermsCommitment::Terms terms;
  for (std::size_t i = 0; i < terms.size(); ++i)
    terms[i].salt = digest_named("term salt " + std::to_string(i + 1)).string();
  terms[2].value = "term three";
  const auto tree = *crypto::TermsCommitment::build("trade", "t-1", terms);
  const auto term = *tree.open(3);
  Example example{
      "commitment",
      {line("opening of 250,000,000 fen", encode(opening)),
       line("commitment's digest", crypto::commit(opening).digest()), line("opening of term 3", encode(term.opening())),
       line("leaf: digest of the opening", crypto::commit(term.opening()).digest())}};
  for (int i = 0; i < term.path_size(); ++i) {
    example.lines.push_back(line("path, node " + std::to_string(i), term.path(i)));
  }
  example.lines.push_back(line("root: the terms' commitment", tree.commitment().digest()));
  return example;
}

Example sealed_container() {
  const std::string key = digest_named("content key").string();
  const std::string nonce = digest_named("container nonce").string().substr(0, 12);
  const std::string header = "JSSEALED" + big_endian(1, 4) + big_endian(65'536, 4) + nonce + std::string(4, '\0');
  v1::ContentManifest manifest;
  auto& file = *manifest.add_files();
  file.set_path("a/b.txt");
  file.set_size(5);
  const std::string plaintext = big_endian(encode(manifest).size(), 8) + encode(manifest) + "hello";
  const auto cipher = crypto::SegmentCipher::make(crypto::SecretBytes(key), nonce, header);
  const std::string container = header + cipher->seal(0, true, plaintext);
  merkle::ContentHasher hasher(65'536);
  hasher.update(container);
  return {"sealed-container",
          {line("key", key), line("header", header), line("manifest: a/b.txt of 5 bytes", encode(manifest)),
           line("manifest digest", crypto::digest(Tag::kContentManifest, encode(manifest))),
           line("plaintext of segment 0, the last", plaintext), line("container", container),
           line("content root of the container", hasher.finish().root)}};
}

Example possession() {
  const MadeChain chain(1);
  v1::Possession possession;
  possession.set_chain_id(chain.chain_id().string());
  possession.set_organisation("museum");
  possession.set_purpose(v1::KEY_PURPOSE_TRANSACTION);
  possession.set_public_key(public_key_named("museum/new"));
  const std::string bytes = encode(possession);
  return {"possession",
          {line("secret scalar", key_named("museum/new").scalar()), line("possession", bytes),
           line("signature", sign("museum/new", crypto::signing_bytes(Tag::kPossession, bytes)))}};
}

Example votes() {
  const MadeChain chain(1);
  Digest batch;
  batch.bytes.fill(0x11);
  const std::string prepare =
      consensus::vote_signing_bytes(chain.chain_id(), {1, 2, v1::PHASE_PREPARE, 7, batch});

  consensus::PrepareCertificate prepared{{1, 2}, 7, batch, {}};
  prepared.entries = {{0, v1::PHASE_PREPARE, 1, "\xaa"},
                      {1, v1::PHASE_PREPARE, 1, "\xbb"},
                      {2, v1::PHASE_PRE_PREPARE, 1, "\xcc"}};
  v1::ViewChangeBody body;
  body.set_epoch(1);
  body.set_view(3);
  body.set_validator(1);
  *body.add_prepared() = consensus::to_wire(prepared);
  const std::string bytes = encode(body);
  const Digest digest = consensus::view_change_digest(bytes);
  return {"votes",
          {line("chain id", chain.chain_id()), line("signing bytes of the PREPARE", prepare),
           line("VIEW-CHANGE body (certified left out)", bytes), line("its digest", digest),
           line("signing bytes of the VIEW-CHANGE",
                consensus::vote_signing_bytes(chain.chain_id(), {1, 3, v1::PHASE_VIEW_CHANGE, 0, digest}))}};
}

}  // namespace

std::vector<Example> protocol_examples() {
  return {digests(),    keys(),    possession(),  transaction(),     results(),    history_leaf(),
          due_leaf(),   batch(),   live_ids(),    header(),          state_keys(), record(),
          state_tree(), content(), commitments(), sealed_container(), votes()};
}

}  // namespace jinshi::test
