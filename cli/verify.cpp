#include "cli/verify.h"

#include <memory>

#include "cli/evidence.h"
#include "cli/network_folder.h"
#include "cli/record_names.h"
#include "cli/verify_report.h"
#include "ledger/verify/verify.h"

namespace jinshi::cli {
namespace {

// No proof comes near it, and the canonical form has no more than 2 GiB.
constexpr std::size_t kMaxProofBytes = 64 * 1024 * 1024;

int ended(const Output& output, int status, std::string_view verdict, const std::string& message) {
  if (output.json()) output.show(boost::json::object{{"verdict", verdict}, {"message", message}});
  output.note(printable(message));
  return status;
}

int misuse(const Output& output, const std::string& message) { return ended(output, kVerifyUsage, "usage", message); }

Result<ledger::Chain> start_of(const VerifyOptions& options) {
  Result<ledger::Chain> chain = fail(v1::REASON_CONFIGURATION, "name the genesis file: --genesis FILE");
  if (!options.genesis.empty()) {
    const auto bytes = read_file(options.genesis);
    if (!bytes) return fail(v1::REASON_CONFIGURATION, bytes.error().message);
    chain = ledger::Chain::from_genesis(*bytes);
    if (!chain || options.trusted.empty()) return chain;
  }
  if (options.trusted.empty()) return chain;
  const auto bytes = read_file(options.trusted);
  if (!bytes) return fail(v1::REASON_CONFIGURATION, bytes.error().message);
  auto trusted = ledger::Chain::from_trusted(*bytes);
  if (trusted && chain && trusted->chain_id() != chain->chain_id()) {
    return fail(v1::REASON_CONFIGURATION, "the trusted header is of another chain than the genesis");
  }
  return trusted;
}

int run_evidence(ByteView file, ledger::Chain chain, const Output& output) {
  const auto conviction = verify_evidence(file, std::move(chain));
  if (!conviction) return ended(output, kInvalid, "invalid", "Invalid: " + conviction.error().message);
  if (output.json()) {
    output.show(boost::json::object{{"verdict", "valid"},
                                    {"epoch", conviction->epoch},
                                    {"validator", conviction->validator},
                                    {"public_key", conviction->key},
                                    {"fault", conviction->fault}});
  } else {
    output.line("Valid: validator " + std::to_string(conviction->validator) + " of epoch " +
                std::to_string(conviction->epoch) + ", key " + conviction->key +
                ", did what no honest validator does: " + printable(conviction->fault) + ".");
  }
  return kVerified;
}

}  // namespace

int run_verify(const VerifyOptions& options, const Output& output) {
  std::optional<ledger::RecordKey> absent;
  if (!options.absent.empty()) {
    auto key = state_key(options.absent.front(), options.absent.back());
    if (!key) return misuse(output, "--absent: " + key.error().message);
    absent.emplace(std::move(*key));
  }
  auto chain = start_of(options);
  if (!chain && chain.error().reason != v1::REASON_NEEDS_NEWER_VERIFIER) return misuse(output, chain.error().message);
  if (!chain) return ended(output, kNeedsNewer, "newer", chain.error().message);
  const auto file = read_file(options.file);
  if (!file) return misuse(output, file.error().message);
  if (file->size() > kMaxProofBytes) return ended(output, kInvalid, "invalid", "step 1, file: it is over 64 MiB long");

  if (is_evidence(*file)) return run_evidence(*file, std::move(*chain), output);
  const auto report = ledger::verify_file(*file, std::move(*chain), absent);
  if (!report && report.error().reason == v1::REASON_MISSING_FIELD) {
    return misuse(output, report.error().message + ": --absent KIND ID");
  }
  if (!report && report.error().reason == v1::REASON_NEEDS_NEWER_VERIFIER) {
    return ended(output, kNeedsNewer, "newer", report.error().message);
  }
  if (!report) return ended(output, kInvalid, "invalid", "Invalid: " + report.error().message);
  if (output.json()) {
    output.show(to_json(*report));
  } else {
    output.line(to_text(*report));
  }
  return kVerified;
}

void add_verify_command(CLI::App& app, const Output& output) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App& command = *app.add_subcommand(
      "verify", "check a proof file offline; exit 0 valid, 1 invalid, 2 usage, 3 needs a newer verifier");
  command.add_option("file", options->file, "a receipt, a record proof, a consistency proof or an evidence")
      ->required()
      ->type_name("FILE");
  command.add_option("--genesis", options->genesis, "the genesis of the chain, which you trust")->type_name("FILE");
  command.add_option("--trust", options->trusted, "start at this later header, which you trust, instead")
      ->type_name("FILE");
  command.add_option("--absent", options->absent, "the record that the file proves absent")
      ->expected(2)
      ->type_name("KIND ID");
  command.callback([options, &output] {
    if (const int status = run_verify(*options, output); status != kVerified) throw CLI::RuntimeError(status);
  });
}

}  // namespace jinshi::cli
