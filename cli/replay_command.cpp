// `jinshi replay FILE.jsonl`: plays a day's events against a development network, at the times they say.
#include <cstdio>
#include <memory>

#include "cli/network_clocks.h"
#include "cli/progress.h"
#include "cli/replay.h"
#include "cli/session.h"
#include "ledger/execution/genesis.h"
#include "proto/canonical.h"

namespace jinshi::cli {
namespace {

struct ReplayFlags {
  std::string file, receipts;
  ReplayChoice choice;
  std::size_t keys_each = 1;
  std::int64_t wait_ms = 60'000;
};

// What one run needs at every line.
struct Run {
  const Session& session;
  const ReplayFlags& flags;
  const Client& client;
  const Wallet& wallet;
  Digest chain_id;
  std::filesystem::path receipts;
  NetworkClocks& clocks;
};

Outcome<OperationInput> input_of(const Run& run, const SampleLine& line) {
  auto input = operation_from_json(line.op, line.args);
  if (!input) return failed(input.error(), find_event(line.op)->message_type());
  if (line.op == "AdmitOrganisation" && input->operation.admit_organisation().keys().empty()) {
    const auto chain = run.client.chain();
    if (!chain) return std::unexpected(chain.error());
    auto brought = bring_keys(*input->operation.mutable_admit_organisation(), run.wallet, run.chain_id, chain->head(),
                              run.flags.keys_each);
    if (!brought) return std::unexpected(brought.error());
  }
  return std::move(*input);
}

Outcome<v1::SubmitResponse> send(const Run& run, ReplayRecord& record, const SampleLine& line,
                                 const OperationInput& input) {
  std::string transaction = record.pending(line);
  if (!transaction.empty()) {
    auto again = run.client.submit_and_wait(transaction, run.flags.wait_ms);
    if (!again || again->status() != v1::SUBMIT_STATUS_EXPIRED) return again;
  }
  SubmissionOptions options;
  options.signing.by = line.by;
  options.signing.cosign = line.cosign;
  options.check = false;  // the ledger's answer is what the file speaks of
  auto made = sign_operations(run.session.folder(), run.client, run.wallet, {input}, options);
  if (!made) return std::unexpected(made.error());
  if (auto begun = record.begin(line, *made); !begun) return std::unexpected(begun.error());
  return run.client.submit_and_wait(*made, run.flags.wait_ms);
}

// The id, once the line has had the outcome that it asks for.
Outcome<std::string> play(const Run& run, ReplayRecord& record, const SampleLine& line) {
  if (auto moved = run.clocks.move_to(line.at); !moved) return std::unexpected(moved.error());
  const auto input = input_of(run, line);
  Outcome<void> outcome;
  std::string id;
  if (input) {
    const auto response = send(run, record, line, *input);
    outcome = response ? judge(*response, {*input}) : Outcome<void>(std::unexpected(response.error()));
    if (response) id = response->id();
    if (response && !response->receipt().empty()) {
      char name[16];
      std::snprintf(name, sizeof name, "%04zu-", line.number);
      const auto file = run.receipts / (name + line.op + ".receipt");
      if (auto written = write_file(file, response->receipt()); !written) return std::unexpected(written.error());
    }
  } else {
    outcome = std::unexpected(input.error());
  }
  const std::string code = outcome ? "" : std::string(reason_name(outcome.error().reason));
  if (line.expect.empty() && !outcome) return std::unexpected(outcome.error());
  if (!line.expect.empty() && code != line.expect) {
    return failed(v1::REASON_UNSPECIFIED,
                  "was to be refused with " + line.expect + ", and " +
                      (outcome ? "was accepted" : "was refused with " + to_text(outcome.error())));
  }
  return id;
}

void say_skipped(const Output& output, const ReplayPlan& plan) {
  if (plan.not_known.empty()) return;
  std::size_t lines = 0;
  std::string names;
  for (const auto& [name, count] : plan.not_known) {
    lines += count;
    names += (names.empty() ? "" : ", ") + name + (count == 1 ? "" : " x" + std::to_string(count));
  }
  output.note(std::to_string(lines) + " lines are of events that this version has not yet: " + names);
}

Outcome<void> replay(const Session& session, const ReplayFlags& flags) {
  const auto text = read_file(flags.file);
  if (!text) return std::unexpected(text.error());
  const auto lines = parse_sample_lines(*text);
  if (!lines) return std::unexpected(lines.error());
  const auto bytes = session.folder().read_genesis_bytes();
  if (!bytes) return std::unexpected(bytes.error());
  const auto genesis = decode<v1::Genesis>(*bytes);
  if (!genesis) return failed(genesis.error(), v1::Genesis::descriptor());
  const auto plan = plan_replay(*lines, *genesis, flags.choice);
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  auto record = ReplayRecord::open(session.folder());
  if (!record) return std::unexpected(record.error());
  NetworkClocks clocks(session.folder());
  const Run run{session,
                flags,
                *client,
                *wallet,
                ledger::chain_id_of(*bytes),
                flags.receipts.empty() ? session.folder().receipts() : std::filesystem::path(flags.receipts),
                clocks};
  std::size_t before = 0, played = 0;
  Progress progress("events", plan.play.size());
  for (const auto& line : plan.play) {
    if (record->done(line)) {
      ++before;
    } else {
      const auto id = play(run, *record, line);
      if (!id) {
        progress.finish();
        Failure failure = id.error();
        failure.message =
            "line " + std::to_string(line.number) + ", " + line.op + " by " + line.by + ": " + failure.message;
        return std::unexpected(std::move(failure));
      }
      if (auto kept = record->finish(line, *id); !kept) return kept;
      ++played;
    }
    progress.advance(1);
  }
  progress.finish();
  say_skipped(session.output, plan);
  session.output.show(boost::json::object{{"played", played},
                                          {"played_before", before},
                                          {"in_genesis", plan.in_genesis},
                                          {"not_chosen", plan.not_chosen},
                                          {"receipts", run.receipts.string()}});
  return {};
}

}  // namespace

void add_replay_command(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<ReplayFlags>();
  auto* command = app.add_subcommand("replay", "play a file of events against a development network");
  command->add_option("file", flags->file, "JSON lines {at, by, cosign, op, args}")->required()->type_name("FILE");
  command->add_option("--families", flags->choice.families, "only these: organisation, registration, assessment, ...")
      ->delimiter(',');
  command->add_option("--skip-asset", flags->choice.skip_assets, "leave out what names this asset; repeat it for more")
      ->allow_extra_args(false);
  command->add_option("--receipts", flags->receipts, "where receipts go; else receipts/ of the network folder")
      ->type_name("DIR");
  command->add_option("--keys-each", flags->keys_each, "transaction keys of each organisation that is admitted; 1");
  command->add_option("--wait-ms", flags->wait_ms, "how long to wait for each outcome");
  command->callback([flags, &session] { session.finish(replay(session, *flags)); });
}

}  // namespace jinshi::cli
