// `jinshi show | list | history | statistics | status`: what the ledger holds, and how the node is.
#include <memory>

#include "cli/record_names.h"
#include "cli/session.h"
#include "cli/time_text.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

constexpr std::uint32_t kLargestPage = 500;

struct ShowFlags {
  std::string kind, id;
  std::uint64_t height = 0;
};

struct ListFlags {
  std::string kind, id;
  std::vector<std::string> filters;
  std::uint32_t page_size = 0;
  std::string page_token;
  bool all = false;
};

Outcome<void> show_record(const Session& session, const ShowFlags& flags) {
  const auto key = state_key(flags.kind, flags.id);
  if (!key) return std::unexpected(key.error());
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  v1::GetRequest request;
  *request.mutable_key() = *key;
  request.set_height(flags.height);
  const auto answer = client->get(request);
  if (!answer) return std::unexpected(answer.error());
  auto json = describe_record(answer->record());
  if (!answer->effective_state().empty()) json["effective_state"] = answer->effective_state();
  json["height"] = answer->height();
  json["time"] = answer->time();
  session.output.show(json);
  return {};
}

Outcome<v1::ListRequest> list_request(const ListFlags& flags) {
  v1::ListRequest request;
  request.set_kind(flags.kind);
  request.set_page_size(flags.page_size != 0 || !flags.all ? flags.page_size : kLargestPage);
  for (const auto& text : flags.filters) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return misused("--filter is FIELD=VALUE, such as zone=FINANCE");
    auto& filter = *request.add_filters();
    filter.set_field(text.substr(0, equals));
    filter.set_value(text.substr(equals + 1));
  }
  const auto token = from_hex(flags.page_token);
  if (!token) return misused("--page-token is the hex that the page before printed");
  request.set_page_token(*token);
  return request;
}

void say_next(const Output& output, const std::string& token) {
  if (!token.empty()) output.note("there is more: --page-token " + to_hex(token) + ", or --all");
}

Outcome<void> list_records(const Session& session, const ListFlags& flags) {
  auto request = list_request(flags);
  if (!request) return std::unexpected(request.error());
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  std::vector<v1::Record> records;
  std::string next;
  std::uint64_t height = 0;
  do {
    const auto page = client->list(*request);
    if (!page) return std::unexpected(page.error());
    records.insert(records.end(), page->records().begin(), page->records().end());
    next = page->next_page_token();
    height = page->height();
    request->set_page_token(next);
  } while (flags.all && !next.empty());
  boost::json::array list;
  if (session.output.json()) {
    for (const auto& record : records) list.push_back(describe_record(record));
  }
  session.output.show(table_of(records),
                      boost::json::object{{"records", list}, {"height", height}, {"next_page_token", to_hex(next)}});
  if (records.empty()) session.output.note("none");
  say_next(session.output, next);
  return {};
}

Outcome<void> show_history(const Session& session, const ListFlags& flags) {
  v1::HistoryRequest request;
  if (!flags.kind.empty()) {
    const auto key = state_key(flags.kind, flags.id);
    if (!key) return std::unexpected(key.error());
    *request.mutable_key() = *key;
  }
  request.set_page_size(flags.page_size != 0 || !flags.all ? flags.page_size : kLargestPage);
  const auto token = from_hex(flags.page_token);
  if (!token) return misused("--page-token is the hex that the page before printed");
  request.set_page_token(*token);
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  std::vector<v1::LedgerEvent> events;
  std::uint64_t height = 0;
  do {
    const auto page = client->history(request);
    if (!page) return std::unexpected(page.error());
    events.insert(events.end(), page->events().begin(), page->events().end());
    request.set_page_token(page->next_page_token());
    height = page->height();
  } while (flags.all && !request.page_token().empty());
  boost::json::array list;
  if (session.output.json()) {
    for (const auto& event : events) list.push_back(describe_event(event));
  }
  session.output.show(
      table_of(events),
      boost::json::object{{"events", list}, {"height", height}, {"next_page_token", to_hex(request.page_token())}});
  if (events.empty()) session.output.note("none");
  say_next(session.output, request.page_token());
  return {};
}

Outcome<void> show_statistics(const Session& session) {
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto answer = client->statistics();
  if (!answer) return std::unexpected(answer.error());
  if (session.output.json()) {
    session.output.show(*answer);
    return {};
  }
  Table head;
  head.row({"height", std::to_string(answer->height())});
  head.row({"time", format_time(answer->time())});
  head.row({"transactions", std::to_string(answer->transactions())});
  head.row({"records", std::to_string(answer->records())});
  session.output.line(head.text());
  Table zones({"zone", "assets", "certificates", "declared bytes"});
  for (const auto& zone : answer->zones()) {
    zones.row({zone.zone(), std::to_string(zone.assets()), std::to_string(zone.certificates()),
               std::to_string(zone.declared_bytes())});
  }
  session.output.line(zones.text());
  Table kinds({"records of", "count"});
  for (const auto& kind : answer->kinds()) kinds.row({kind.kind(), std::to_string(kind.count())});
  session.output.show(kinds, {});
  return {};
}

Outcome<void> show_status(const Session& session) {
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  const auto chain = client->chain();
  if (!chain) return std::unexpected(chain.error());
  boost::json::object json{{"chain_id", to_hex(chain->chain_id())}, {"height", chain->height()},
                           {"head", to_hex(chain->head())},         {"time", chain->time()},
                           {"development", chain->development()},   {"version", chain->version()}};
  const auto status = client->status();
  if (status) {
    json["node"] = to_json(*status);
  } else {
    session.output.note("the node's own status is not to be had: " + to_text(status.error()));
  }
  session.output.show(json);
  return {};
}

void add_page_flags(CLI::App& command, ListFlags& flags) {
  command.add_option("--page-size", flags.page_size, "records a page, at most 500; else 50");
  command.add_option("--page-token", flags.page_token, "where the page before ended")->type_name("HEX");
  command.add_flag("--all", flags.all, "every page");
}

}  // namespace

void add_query_commands(CLI::App& app, Session& session) {
  const auto shown = std::make_shared<ShowFlags>();
  auto* show = app.add_subcommand("show", "one record");
  show->add_option("kind", shown->kind, record_kinds())->required();
  show->add_option("id", shown->id, "its id; parts of a key with slashes");
  show->add_option("--height", shown->height, "as it stood at that height; else the latest");
  show->callback([shown, &session] { session.finish(show_record(session, *shown)); });

  const auto listed = std::make_shared<ListFlags>();
  auto* list = app.add_subcommand("list", "the records of a kind, in order of creation");
  list->add_option("kind", listed->kind, record_kinds())->required();
  list->add_option("--filter", listed->filters, "an indexed field and its value, such as zone=FINANCE; all must match")
      ->allow_extra_args(false)
      ->type_name("FIELD=VALUE");
  add_page_flags(*list, *listed);
  list->callback([listed, &session] { session.finish(list_records(session, *listed)); });

  const auto traced = std::make_shared<ListFlags>();
  auto* history = app.add_subcommand("history", "the events of one record, or of the whole ledger");
  history->add_option("kind", traced->kind, record_kinds());
  history->add_option("id", traced->id, "its id");
  add_page_flags(*history, *traced);
  history->callback([traced, &session] { session.finish(show_history(session, *traced)); });

  app.add_subcommand("statistics", "totals by sector zone and month")->callback([&session] {
    session.finish(show_statistics(session));
  });
  app.add_subcommand("status", "the chain's head, and how the node is")->callback([&session] {
    session.finish(show_status(session));
  });
}

}  // namespace jinshi::cli
