// `jinshi receipt | prove | consistency`: files that stand with the genesis alone (docs/protocol.md, proofs).
#include <algorithm>
#include <memory>

#include "cli/record_names.h"
#include "cli/session.h"
#include "proto/descriptor_names.h"

namespace jinshi::cli {
namespace {

struct ProofFlags {
  std::string kind, id, out;
  std::uint32_t operation = 0;
  std::uint64_t height = 0, old_height = 0, leaf = 0;
  bool by_leaf = false;
};

Outcome<void> write_proof(const Session& session, const std::string& out, const std::string& bytes,
                          boost::json::object json) {
  if (auto written = write_file(out, bytes); !written) return written;
  json["file"] = out;
  json["bytes"] = bytes.size();
  session.output.show(json);
  session.output.note("check it anywhere: jinshi verify " + out + " --genesis " + session.folder().genesis().string());
  return {};
}

Outcome<void> fetch_receipt(const Session& session, const ProofFlags& flags) {
  v1::GetReceiptRequest request;
  if (flags.by_leaf) {
    request.set_by_leaf(true);
    request.set_leaf_index(flags.leaf);
  } else {
    const auto id = from_hex(flags.id);
    if (!id || id->size() != Digest::kSize) return misused("a transaction's id is 64 hex digits, or use --leaf");
    request.set_id(*id);
  }
  request.set_operation(flags.operation);
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto answer = client->receipt(request);
  if (!answer) return std::unexpected(answer.error());
  const std::string status(value_name(*v1::SubmitStatus_descriptor()->FindValueByNumber(answer->status())));
  boost::json::object json{{"status", status}};
  if (answer->status() != v1::SUBMIT_STATUS_RECEIPT) {
    session.output.show(json);
    return failed(v1::REASON_UNSPECIFIED, "there is no receipt: its status is " + status);
  }
  json["height"] = answer->height();
  json["outcome"] = std::string(value_name(*v1::TransactionOutcome_descriptor()->FindValueByNumber(answer->outcome())));
  json["operations"] = answer->operation_count();
  if (answer->result().reason() != v1::REASON_UNSPECIFIED)
    json["reason"] = std::string(reason_name(answer->result().reason()));
  const std::string name = flags.by_leaf ? "leaf-" + std::to_string(flags.leaf) : flags.id.substr(0, 16);
  return write_proof(session, flags.out.empty() ? name + "." + std::to_string(flags.operation) + ".receipt" : flags.out,
                     answer->receipt(), std::move(json));
}

Outcome<void> prove_record(const Session& session, const ProofFlags& flags) {
  const auto key = state_key(flags.kind, flags.id);
  if (!key) return std::unexpected(key.error());
  v1::ProveRequest request;
  *request.mutable_key() = *key;
  request.set_height(flags.height);
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto answer = client->prove(request);
  if (!answer) return std::unexpected(answer.error());
  std::string name = flags.id.empty() ? flags.kind : flags.id;
  std::ranges::replace(name, '/', '-');
  return write_proof(session, flags.out.empty() ? name + ".proof" : flags.out, answer->file(),
                     {{"height", answer->height()}});
}

Outcome<void> prove_consistency(const Session& session, const ProofFlags& flags) {
  v1::ProveConsistencyRequest request;
  request.set_old_height(flags.old_height);
  request.set_new_height(flags.height);
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto answer = client->prove_consistency(request);
  if (!answer) return std::unexpected(answer.error());
  return write_proof(session, flags.out.empty() ? "consistency.proof" : flags.out, answer->file(),
                     {{"height", answer->height()}});
}

}  // namespace

void add_proof_commands(CLI::App& app, Session& session) {
  const auto receipt = std::make_shared<ProofFlags>();
  auto* fetch = app.add_subcommand("receipt", "the receipt of one operation, as a file");
  auto* id = fetch->add_option("id", receipt->id, "the transaction's id");
  fetch->add_option("--operation", receipt->operation, "which of its operations, from 0");
  fetch->add_option("--leaf", receipt->leaf, "or the leaf's place in the history, for what no transaction did")
      ->excludes(id)
      ->each([receipt](const std::string&) { receipt->by_leaf = true; });
  fetch->add_option("--out", receipt->out, "where to write it")->type_name("FILE");
  fetch->callback([receipt, &session] { session.finish(fetch_receipt(session, *receipt)); });

  const auto proof = std::make_shared<ProofFlags>();
  auto* prove = app.add_subcommand("prove", "that a record is as it is, or is not there, as a file");
  prove->add_option("kind", proof->kind, record_kinds())->required();
  prove->add_option("id", proof->id, "its id");
  prove->add_option("--height", proof->height, "as of that height; else the latest");
  prove->add_option("--out", proof->out, "where to write it")->type_name("FILE");
  prove->callback([proof, &session] { session.finish(prove_record(session, *proof)); });

  const auto heads = std::make_shared<ProofFlags>();
  auto* consistency = app.add_subcommand("consistency", "that one head's history begins another's, as a file");
  consistency->add_option("old", heads->old_height, "the older height")->required();
  consistency->add_option("new", heads->height, "the newer one; else the latest");
  consistency->add_option("--out", heads->out, "where to write it")->type_name("FILE");
  consistency->callback([heads, &session] { session.finish(prove_consistency(session, *heads)); });
}

}  // namespace jinshi::cli
