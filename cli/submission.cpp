#include "cli/submission.h"

#include "cli/sample_lines.h"
#include "cli/secret_book.h"
#include "ledger/domain/case.h"
#include "ledger/domain/fields.h"
#include "ledger/execution/genesis.h"
#include "ledger/execution/transaction.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

std::string operation_name(std::size_t index, std::size_t count) {
  return count == 1 ? "" : "operations[" + std::to_string(index) + "].";
}

Outcome<void> check_inputs(const std::vector<OperationInput>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& event = ledger::event_of(inputs[i].operation);
    if (auto fine = ledger::check_fields(event); !fine) {
      Failure failure = failed(fine.error(), event.GetDescriptor()).error();
      failure.field = operation_name(i, inputs.size()) + failure.field;
      return std::unexpected(std::move(failure));
    }
  }
  return {};
}

void show_dry_run(const Output& output, const TransactionBuilder& builder, const std::vector<SignerPtr>& signers,
                  const std::vector<OperationInput>& inputs) {
  TransactionBuilder whole = builder;
  for (const auto& signer : signers) whole.add_signer(signer->public_key().encoded());
  const std::string body = whole.body();
  v1::TransactionBody shown;
  boost::json::object json;
  if (shown.ParseFromString(body)) json["body"] = to_json(shown);
  boost::json::array operations;
  for (const auto& input : inputs) operations.push_back(describe_operation(input.operation));
  json["operations"] = operations;
  json["id"] = to_hex(ledger::transaction_id(body).view());
  json["signing_bytes"] = to_hex(ledger::transaction_signing_bytes(ledger::transaction_id(body)));
  output.show(json);
}

}  // namespace

boost::json::object describe_operation(const v1::Operation& operation) {
  const auto& event = ledger::event_of(operation);
  return {{"op", event.GetDescriptor()->name()}, {"args", to_json(event)}};
}

Outcome<std::vector<OperationInput>> read_operations(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  const auto lines = parse_operation_lines(*text);
  if (!lines) return std::unexpected(lines.error());
  std::vector<OperationInput> inputs;
  for (const auto& line : *lines) {
    auto input = operation_from_json(line.op, line.args);
    if (!input) {
      const auto* event = find_event(line.op);
      auto failure = failed(input.error(), event == nullptr ? nullptr : event->message_type()).error();
      failure.message = "line " + std::to_string(line.number) + ": " + failure.message;
      return std::unexpected(std::move(failure));
    }
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

void show_submission(const Output& output, const v1::SubmitResponse& response) {
  boost::json::object json{
      {"id", to_hex(response.id())},
      {"status", std::string(value_name(*v1::SubmitStatus_descriptor()->FindValueByNumber(response.status())))},
      {"height", response.height()}};
  if (response.outcome() != v1::TRANSACTION_OUTCOME_UNSPECIFIED) {
    json["outcome"] =
        std::string(value_name(*v1::TransactionOutcome_descriptor()->FindValueByNumber(response.outcome())));
  }
  boost::json::array results;
  for (const auto& result : response.results()) results.push_back(to_json(result));
  if (response.results_size() > 0) json["results"] = results;
  Table table;
  for (const char* name : {"id", "status", "height", "outcome"}) {
    const auto* value = json.if_contains(name);
    if (value == nullptr) continue;
    table.row({name, value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value)});
  }
  for (int i = 0; response.results_size() > 1 && i < response.results_size(); ++i) {
    const auto& result = response.results(i);
    std::string words(value_name(*v1::OperationOutcome_descriptor()->FindValueByNumber(result.outcome())));
    if (result.reason() != v1::REASON_UNSPECIFIED) words += " " + std::string(reason_name(result.reason()));
    table.row({"operation " + std::to_string(i), words});
  }
  output.show(table, json);
}

Outcome<void> judge(const v1::SubmitResponse& response, const std::vector<OperationInput>& inputs) {
  const std::string id = to_hex(response.id());
  switch (response.status()) {
    case v1::SUBMIT_STATUS_NOT_TAKEN:
      return failed(response.refusal());
    case v1::SUBMIT_STATUS_EXPIRED:
      return failed(v1::REASON_EXPIRED, "it was not ordered before it expired, and never will be: sign it anew");
    case v1::SUBMIT_STATUS_QUEUED:
    case v1::SUBMIT_STATUS_UNKNOWN:
      return failed(v1::REASON_UNSPECIFIED, "no outcome yet: ask with `jinshi receipt " + id + "`");
    default:
      break;
  }
  if (response.outcome() != v1::TRANSACTION_OUTCOME_REFUSED) return {};
  for (int i = 0; i < response.results_size(); ++i) {
    const auto& result = response.results(i);
    if (result.outcome() != v1::OPERATION_OUTCOME_REFUSED || static_cast<std::size_t>(i) >= inputs.size()) continue;
    Failure failure{.reason = result.reason()};
    const FieldPath path(result.field().begin(), result.field().end());
    const auto& event = ledger::event_of(inputs[static_cast<std::size_t>(i)].operation);
    failure.field =
        operation_name(static_cast<std::size_t>(i), inputs.size()) + field_name(*event.GetDescriptor(), path);
    failure.message = "it was ordered and refused at height " + std::to_string(response.height()) +
                      ", and changed nothing: mend it, and sign a new transaction";
    return std::unexpected(std::move(failure));
  }
  return failed(v1::REASON_UNSPECIFIED, "it was ordered and refused");
}

namespace {

struct Built {
  TransactionBuilder builder;
  std::vector<SignerPtr> signers;
};

Outcome<Built> build(const NetworkFolder& folder, const Client& client, const Wallet& wallet,
                     const std::vector<OperationInput>& inputs, const SubmissionOptions& options) {
  if (options.check) {
    if (auto fine = check_inputs(inputs); !fine) return std::unexpected(fine.error());
  }
  const auto chain_id = folder.chain_id();
  if (!chain_id) return std::unexpected(chain_id.error());
  const auto chain = client.chain();
  if (!chain) return std::unexpected(chain.error());
  if (chain->chain_id() != chain_id->view()) {
    return failed(v1::REASON_WRONG_CHAIN, "the node serves chain " + to_hex(chain->chain_id()) +
                                              ", and the network folder is of " + to_hex(chain_id->view()));
  }
  SigningRequest signing = options.signing;
  for (const auto& input : inputs) signing.events.insert(static_cast<std::uint32_t>(input.operation.event_case()));
  auto signers = choose_signers(wallet, client, signing);
  if (!signers) return std::unexpected(signers.error());
  TransactionBuilder builder(*chain_id, chain->time() + options.expires_in_ms, options.mode);
  for (const auto& input : inputs) builder.add(input.operation);
  return Built{std::move(builder), std::move(*signers)};
}

}  // namespace

Outcome<std::string> sign_operations(const NetworkFolder& folder, const Client& client, const Wallet& wallet,
                                     const std::vector<OperationInput>& inputs, const SubmissionOptions& options) {
  const auto built = build(folder, client, wallet, inputs, options);
  if (!built) return std::unexpected(built.error());
  auto transaction = sign_transaction(built->builder, built->signers);
  if (!transaction) return failed(transaction.error());
  for (const auto& input : inputs) {
    if (auto kept = keep_secrets(folder, input.secrets); !kept) return std::unexpected(kept.error());
  }
  return std::move(*transaction);
}

Outcome<void> show_operations(const Session& session, const Client& client, const Wallet& wallet,
                              const std::vector<OperationInput>& inputs, const SubmissionOptions& options) {
  const auto built = build(session.folder(), client, wallet, inputs, options);
  if (!built) return std::unexpected(built.error());
  show_dry_run(session.output, built->builder, built->signers, inputs);
  return {};
}

}  // namespace jinshi::cli
