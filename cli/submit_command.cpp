// `jinshi submit EVENT`: one event from flags or JSON, or many from a file, signed, sent and waited for.
#include <memory>

#include "cli/event_flags.h"
#include "cli/session.h"
#include "cli/submission.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

struct SubmitFlags {
  SubmissionOptions options;
  std::int64_t wait_ms = 30'000;
  bool wait = true;
  bool dry_run = false;
  std::string receipt_file;
  std::string mode = "atomic";
  std::string operations;
  std::vector<std::unique_ptr<EventFlags>> events;
};

void add_signing_flags(CLI::App& command, SubmitFlags& flags) {
  auto& options = flags.options;
  command.add_option("--by", options.signing.by, "the organisation that signs first, or 'governance'")
      ->type_name("ORG");
  command.add_option("--cosign", options.signing.cosign, "an organisation that co-signs; repeat it for more")
      ->allow_extra_args(false)
      ->type_name("ORG");
  command
      .add_option("--signatures", options.signing.signatures,
                  "how many of its keys each organisation signs with; else as its controls ask")
      ->type_name("N");
  command.add_option("--expires-in", options.expires_in_ms, "milliseconds until it may no longer be ordered")
      ->type_name("MS");
  command.add_option("--wait-ms", flags.wait_ms, "how long to wait for the outcome")->type_name("MS");
  command.add_flag("--wait,!--no-wait", flags.wait, "wait for the receipt, which is what counts (the default)");
  command.add_option("--receipt-file", flags.receipt_file, "where to write the receipt")->type_name("FILE");
  command.add_flag("--dry-run", flags.dry_run, "show what would be signed, and send nothing");
  command.add_flag("!--no-check", options.check, "send fields that are known to be wrong, for the ledger to refuse");
}

Outcome<void> send(const Session& session, const SubmitFlags& flags, const std::vector<OperationInput>& inputs) {
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  if (flags.dry_run) return show_operations(session, *client, *wallet, inputs, flags.options);
  const auto transaction = sign_operations(session.folder(), *client, *wallet, inputs, flags.options);
  if (!transaction) return std::unexpected(transaction.error());
  const auto response =
      flags.wait ? client->submit_and_wait(*transaction, flags.wait_ms) : client->submit(*transaction);
  if (!response) return std::unexpected(response.error());
  if (!flags.receipt_file.empty() && !response->receipt().empty()) {
    if (auto written = write_file(flags.receipt_file, response->receipt()); !written) return written;
  }
  show_submission(session.output, *response);
  if (response->status() == v1::SUBMIT_STATUS_QUEUED && !flags.wait) return {};
  return judge(*response, inputs);
}

Outcome<void> submit_event(const Session& session, const SubmitFlags& flags, const EventFlags& event) {
  auto args = args_of(event);
  if (!args) return std::unexpected(args.error());
  const auto& type = *event.event->message_type();
  auto input = operation_from_json(type.name(), std::move(*args));
  if (!input) return failed(input.error(), &type);
  std::vector<OperationInput> inputs;
  inputs.push_back(std::move(*input));
  return send(session, flags, inputs);
}

Outcome<void> submit_file(const Session& session, SubmitFlags& flags) {
  if (flags.operations.empty()) return misused("name an event (`jinshi submit --help`), or a file by --operations");
  const auto inputs = read_operations(flags.operations);
  if (!inputs) return std::unexpected(inputs.error());
  if (flags.mode != "atomic" && flags.mode != "each") return misused("--mode is atomic or each");
  flags.options.mode = flags.mode == "each" ? v1::MODE_EACH : v1::MODE_ATOMIC;
  return send(session, flags, *inputs);
}

}  // namespace

void add_submit_command(CLI::App& app, Session& session) {
  auto* submit = app.add_subcommand("submit", "sign an event, send it and wait for its receipt");
  submit->require_subcommand(0, 1);
  const auto flags = std::make_shared<SubmitFlags>();
  add_signing_flags(*submit, *flags);
  submit->add_option("--operations", flags->operations, "a file of JSON lines {op, args}, for one transaction of many")
      ->type_name("FILE");
  submit->add_option("--mode", flags->mode, "of --operations: atomic (all or nothing), or each on its own");
  submit->callback([submit, flags, &session] {
    if (submit->get_subcommands().empty()) session.finish(submit_file(session, *flags));
  });
  const auto* events = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < events->field_count(); ++i) {
    auto& event = *flags->events.emplace_back(std::make_unique<EventFlags>());
    event.event = events->field(i);
    auto* command = submit->add_subcommand(events->field(i)->message_type()->name())->group("Events");
    add_event_flags(*command, event);
    command->callback([flags, &event, &session] { session.finish(submit_event(session, *flags, event)); });
  }
}

}  // namespace jinshi::cli
