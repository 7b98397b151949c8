// `jinshi tx`: co-signing without a server. A draft is a file that goes from signer to signer; each sees in full what
// its signature authorises.
#include <algorithm>
#include <charconv>
#include <memory>

#include "cli/draft.h"
#include "cli/event_flags.h"
#include "cli/secret_book.h"
#include "cli/session.h"
#include "cli/submission.h"
#include "cli/time_text.h"
#include "ledger/crypto/public_key.h"
#include "proto/canonical.h"
#include "proto/descriptor_names.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kDraftLifetimeMs = 24 * 3'600'000;

struct TxFlags {
  std::vector<std::string> signers;
  std::string operations, mode = "atomic", expires_at, out, for_whom, key, organisation, name = "transaction";
  std::vector<std::string> files;
  std::int64_t wait_ms = 30'000;
  std::string receipt_file;
  std::vector<std::unique_ptr<EventFlags>> events;
};

Outcome<Draft> load(const std::string& file) {
  const auto bytes = read_file(file);
  if (!bytes) return std::unexpected(bytes.error());
  auto draft = read_draft(*bytes);
  if (!draft) {
    auto failure = failed(draft.error(), v1::Draft::descriptor()).error();
    failure.message = file + ": " + failure.message;
    return std::unexpected(std::move(failure));
  }
  return std::move(*draft);
}

Outcome<void> save(const Session& session, const std::string& file, const Draft& draft) {
  if (auto written = write_file(file, write_draft(draft)); !written) return written;
  const auto& body = draft.body();
  session.output.show(boost::json::object{{"file", file},
                                          {"id", to_hex(draft.id().view())},
                                          {"operations", draft.parts().operations_size()},
                                          {"operation_count", body.operation_count()},
                                          {"signatures", draft.parts().signatures_size()},
                                          {"signers", body.signers_size()}});
  return {};
}

// The keys of an organisation as the ledger holds them; empty where no node answers.
std::optional<v1::Organisation> organisation_on_ledger(const Session& session, const std::string& id) {
  const auto client = session.client(1000);
  if (!client) return std::nullopt;
  v1::GetRequest request;
  request.mutable_key()->set_organisation(id);
  const auto answer = client->get(request);
  if (!answer) return std::nullopt;
  return answer->record().organisation();
}

// ORG, ORG/governance, ORG/transaction-2, or a public key in hex.
Outcome<std::string> public_key_of(const Session& session, const Wallet& wallet, const std::string& who) {
  if (const auto bytes = from_hex(who); bytes && crypto::PublicKey::parse(*bytes)) return *bytes;
  const auto slash = who.find('/');
  const std::string organisation = who.substr(0, slash);
  const std::string name = slash == std::string::npos ? "transaction" : who.substr(slash + 1);
  if (std::filesystem::exists(wallet.file(organisation, name))) {
    const auto signer = wallet.signer(wallet.file(organisation, name));
    if (!signer) return std::unexpected(signer.error());
    return std::string((*signer)->public_key().encoded());
  }
  const auto record = organisation_on_ledger(session, organisation);
  if (record && name == "governance" && !record->governance_key().empty()) return record->governance_key();
  if (record && name == "transaction") {
    const auto live = std::ranges::find_if(record->keys(), [](const auto& key) { return key.revoked_at() == 0; });
    if (live != record->keys().end()) return live->public_key();
  }
  return failed(v1::REASON_UNKNOWN_KEY,
                "no key of '" + who + "' is here or to be had from a node: give the public key in hex");
}

// "0-9,20": the first and last operation of each range.
Outcome<std::vector<v1::OperationRange>> parse_ranges(std::string_view text) {
  std::vector<v1::OperationRange> ranges;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    std::uint32_t first = 0, last = 0;
    const auto dash = part.find('-');
    const auto read = [](std::string_view digits, std::uint32_t& number) {
      const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      return error == std::errc() && stop == digits.data() + digits.size();
    };
    const bool fine = read(part.substr(0, dash), first) &&
                      (dash == std::string_view::npos ? (last = first, true) : read(part.substr(dash + 1), last));
    if (!fine || last < first) return misused("operations of a signer are ranges such as bank:0-9,20");
    auto& range = ranges.emplace_back();
    range.set_first(first);
    range.set_count(last - first + 1);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return ranges;
}

Outcome<TimeMs> expiry(const Session& session, const TxFlags& flags) {
  if (!flags.expires_at.empty()) {
    const auto time = parse_time(flags.expires_at);
    if (!time) return misused("--expires-at is a time with an offset, such as 2026-11-23T18:00+08:00");
    return *time;
  }
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto chain = client->chain();
  if (!chain) return std::unexpected(chain.error());
  return chain->time() + kDraftLifetimeMs;
}

Outcome<void> new_draft(const Session& session, const TxFlags& flags, const std::vector<OperationInput>& inputs) {
  if (flags.signers.empty()) return misused("name every signer, the first one first: --signer ORG[:OPERATIONS]");
  if (flags.out.empty()) return misused("say where the draft goes: --out FILE");
  if (flags.mode != "atomic" && flags.mode != "each") return misused("--mode is atomic or each");
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto chain_id = session.folder().chain_id();
  if (!chain_id) return std::unexpected(chain_id.error());
  const auto expires_at = expiry(session, flags);
  if (!expires_at) return std::unexpected(expires_at.error());
  TransactionBuilder builder(*chain_id, *expires_at, flags.mode == "each" ? v1::MODE_EACH : v1::MODE_ATOMIC);
  for (const auto& input : inputs) builder.add(input.operation);
  for (const auto& text : flags.signers) {
    const auto colon = text.find(':');
    auto ranges = parse_ranges(colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1));
    if (!ranges) return std::unexpected(ranges.error());
    const auto key = public_key_of(session, *wallet, text.substr(0, colon));
    if (!key) return std::unexpected(key.error());
    builder.add_signer(*key, std::move(*ranges));
  }
  const auto draft = make_draft(builder.body(), builder.operations());
  if (!draft) return failed(draft.error(), v1::Draft::descriptor());
  for (const auto& input : inputs) {
    if (auto kept = keep_secrets(session.folder(), input.secrets); !kept) return kept;
  }
  return save(session, flags.out, *draft);
}

Outcome<void> new_draft_of_event(const Session& session, const TxFlags& flags, const EventFlags& event) {
  auto args = args_of(event);
  if (!args) return std::unexpected(args.error());
  auto input = operation_from_json(event.event->message_type()->name(), std::move(*args));
  if (!input) return failed(input.error(), event.event->message_type());
  std::vector<OperationInput> inputs;
  inputs.push_back(std::move(*input));
  return new_draft(session, flags, inputs);
}

Outcome<void> new_draft_of_file(const Session& session, const TxFlags& flags) {
  if (flags.operations.empty()) return misused("name an event (`jinshi tx new --help`), or a file by --operations");
  const auto inputs = read_operations(flags.operations);
  if (!inputs) return std::unexpected(inputs.error());
  return new_draft(session, flags, *inputs);
}

boost::json::object describe_draft(const Draft& draft) {
  const auto& body = draft.body();
  boost::json::object json{{"id", to_hex(draft.id().view())},
                           {"chain_id", to_hex(body.chain_id())},
                           {"mode", std::string(value_name(*v1::Mode_descriptor()->FindValueByNumber(body.mode())))},
                           {"expires_at", body.expires_at()},
                           {"operation_count", body.operation_count()}};
  boost::json::array signers;
  for (int i = 0; i < body.signers_size(); ++i) {
    const auto index = static_cast<std::uint32_t>(i);
    boost::json::object signer{{"public_key", to_hex(body.signers(i).public_key())},
                               {"signed", draft.signature(index) != nullptr}};
    boost::json::array covered;
    for (const std::uint32_t operation : draft.operations_of(index)) covered.push_back(operation);
    signer["operations"] = covered;
    signers.push_back(signer);
  }
  json["signers"] = signers;
  boost::json::array operations;
  for (const auto& part : draft.parts().operations()) {
    boost::json::object one{{"index", part.index()}};
    if (const auto shown = shown_operation(draft, part.index())) {
      for (const auto& [name, value] : describe_operation(*shown)) one[name] = value;
    } else {
      one["not_to_be_signed"] = shown.error().message;
      one["bytes"] = to_hex(part.operation());
    }
    operations.push_back(one);
  }
  json["operations"] = operations;
  return json;
}

Outcome<void> show_draft(const Session& session, const TxFlags& flags) {
  const auto draft = load(flags.files.front());
  if (!draft) return std::unexpected(draft.error());
  session.output.show(describe_draft(*draft));
  return {};
}

Outcome<void> sign(const Session& session, const TxFlags& flags) {
  const auto draft = load(flags.files.front());
  if (!draft) return std::unexpected(draft.error());
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  if (flags.key.empty() && flags.organisation.empty()) return misused("name the key: --key FILE, or --org ORG");
  const auto signer = wallet->signer(flags.key.empty() ? wallet->file(flags.organisation, flags.name)
                                                       : std::filesystem::path(flags.key));
  if (!signer) return std::unexpected(signer.error());
  const auto done = sign_draft(*draft, **signer);
  if (!done) return failed(done.error(), v1::Draft::descriptor());
  return save(session, flags.out.empty() ? flags.files.front() : flags.out, *done);
}

Outcome<void> join(const Session& session, const TxFlags& flags) {
  std::vector<Draft> drafts;
  for (const auto& file : flags.files) {
    auto draft = load(file);
    if (!draft) return std::unexpected(draft.error());
    drafts.push_back(std::move(*draft));
  }
  const auto joined = join_drafts(drafts);
  if (!joined) return failed(joined.error(), v1::Draft::descriptor());
  return save(session, flags.out.empty() ? flags.files.front() : flags.out, *joined);
}

// Every signer of the body whose key the organisation has: here, on the ledger, or as the hex that was given.
Outcome<std::vector<std::uint32_t>> signers_of(const Session& session, const Wallet& wallet, const Draft& draft,
                                               const std::string& who) {
  std::vector<std::uint32_t> found;
  const auto add = [&](ByteView key) {
    const auto signer = draft.signer_with(key);
    if (signer && std::ranges::find(found, *signer) == found.end()) found.push_back(*signer);
  };
  if (const auto key = public_key_of(session, wallet, who)) add(*key);
  for (std::size_t i = 0; i < wallet.transaction_keys(who); ++i) {
    if (const auto signer = wallet.signer(wallet.file(who, Wallet::transaction_name(i)))) {
      add((*signer)->public_key().encoded());
    }
  }
  if (const auto record = organisation_on_ledger(session, who)) {
    for (const auto& key : record->keys()) add(key.public_key());
    add(record->governance_key());
  }
  if (found.empty()) return failed(v1::REASON_UNKNOWN_KEY, "'" + who + "' has no key among the draft's signers");
  return found;
}

Outcome<void> cut(const Session& session, const TxFlags& flags) {
  if (flags.out.empty()) return misused("say where the reduced draft goes: --out FILE");
  const auto draft = load(flags.files.front());
  if (!draft) return std::unexpected(draft.error());
  const auto wallet = session.wallet();
  if (!wallet) return std::unexpected(wallet.error());
  const auto signers = signers_of(session, *wallet, *draft, flags.for_whom);
  if (!signers) return std::unexpected(signers.error());
  const auto reduced = cut_draft(*draft, *signers);
  if (!reduced) return failed(reduced.error(), v1::Draft::descriptor());
  return save(session, flags.out, *reduced);
}

Outcome<void> submit(const Session& session, const TxFlags& flags) {
  const auto draft = load(flags.files.front());
  if (!draft) return std::unexpected(draft.error());
  const auto transaction = finish_draft(*draft);
  if (!transaction) return failed(transaction.error());
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto response = client->submit_and_wait(*transaction, flags.wait_ms);
  if (!response) return std::unexpected(response.error());
  std::vector<OperationInput> inputs;
  for (std::uint32_t i = 0; i < draft->body().operation_count(); ++i) {
    auto operation = shown_operation(*draft, i);
    if (!operation) return failed(operation.error());
    inputs.push_back({.operation = std::move(*operation), .secrets = {}});
  }
  show_submission(session.output, *response);
  if (!flags.receipt_file.empty() && !response->receipt().empty()) {
    if (auto written = write_file(flags.receipt_file, response->receipt()); !written) return written;
  }
  return judge(*response, inputs);
}

using Command = Outcome<void> (*)(const Session&, const TxFlags&);

CLI::App* add_command(CLI::App& parent, Session& session, const std::shared_ptr<TxFlags>& flags, const char* name,
                      const char* says, Command run) {
  auto* command = parent.add_subcommand(name, says);
  command->add_option("files", flags->files, "the draft")->required()->type_name("FILE");
  command->callback([flags, &session, run] { session.finish(run(session, *flags)); });
  return command;
}

void add_new_command(CLI::App& tx, Session& session, const std::shared_ptr<TxFlags>& flags) {
  auto* made = tx.add_subcommand("new", "a draft of an event, or of a file of many, that names every signer");
  made->require_subcommand(0, 1);
  made->add_option("--signer", flags->signers,
                   "ORG, ORG/governance or a public key, and after a colon the operations it answers for, such as "
                   "bank:0-9,20; absent = all. The first is *by*")
      ->allow_extra_args(false)
      ->type_name("ORG[:OPERATIONS]");
  made->add_option("--operations", flags->operations, "a file of JSON lines {op, args}")->type_name("FILE");
  made->add_option("--mode", flags->mode, "atomic (all or nothing), or each on its own");
  made->add_option("--expires-at", flags->expires_at, "until when it may be ordered; else a day")->type_name("TIME");
  made->add_option("--out", flags->out, "where the draft goes")->type_name("FILE");
  made->callback([made, flags, &session] {
    if (made->get_subcommands().empty()) session.finish(new_draft_of_file(session, *flags));
  });
  const auto* events = v1::Operation::descriptor()->FindOneofByName("event");
  for (int i = 0; i < events->field_count(); ++i) {
    auto& event = *flags->events.emplace_back(std::make_unique<EventFlags>());
    event.event = events->field(i);
    auto* command = made->add_subcommand(events->field(i)->message_type()->name())->group("Events");
    add_event_flags(*command, event);
    command->callback([flags, &event, &session] { session.finish(new_draft_of_event(session, *flags, event)); });
  }
}

}  // namespace

void add_tx_commands(CLI::App& app, Session& session) {
  auto* tx = app.add_subcommand("tx", "transactions that several organisations sign, as files");
  tx->require_subcommand(1);
  const auto flags = std::make_shared<TxFlags>();
  add_new_command(*tx, session, flags);
  add_command(*tx, session, flags, "show", "all that a signature would authorise", &show_draft);
  auto* signing =
      add_command(*tx, session, flags, "sign", "add a key's signature, if all that it authorises can be shown", &sign);
  signing->add_option("--key", flags->key, "the key's file")->type_name("FILE");
  signing->add_option("--org", flags->organisation, "or the organisation whose key is in the network folder");
  signing->add_option("--name", flags->name, "which of its keys: transaction, transaction-2, governance");
  signing->add_option("--out", flags->out, "where the signed draft goes; else in place")->type_name("FILE");
  auto* joining =
      add_command(*tx, session, flags, "join", "one draft of the operations and signatures of several", &join);
  joining->add_option("--out", flags->out, "where the draft goes; else over the first")->type_name("FILE");
  auto* cutting = add_command(*tx, session, flags, "cut", "a draft of only what one co-signer answers for", &cut);
  cutting->add_option("--for", flags->for_whom, "the co-signer: an organisation, or a public key in hex")->required();
  cutting->add_option("--out", flags->out, "where the reduced draft goes")->type_name("FILE");
  auto* sending =
      add_command(*tx, session, flags, "submit", "send a draft that everyone has signed, and wait", &submit);
  sending->add_option("--wait-ms", flags->wait_ms, "how long to wait for the outcome");
  sending->add_option("--receipt-file", flags->receipt_file, "where to write the receipt")->type_name("FILE");
}

}  // namespace jinshi::cli
