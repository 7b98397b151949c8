// `jinshi watch`: events as they are certified, each with the cursor to go on from. A lost connection is taken up again
// where it ended, on whatever node then answers.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "cli/record_names.h"
#include "cli/session.h"
#include "cli/time_text.h"

namespace jinshi::cli {
namespace {

constexpr std::int64_t kFirstPauseMs = 200;
constexpr std::int64_t kLongestPauseMs = 2000;

struct WatchFlags {
  std::string from;
  bool from_now = false;
  std::vector<std::string> events, organisations;
  std::uint64_t count = 0;
};

Outcome<v1::Cursor> parse_cursor(std::string_view text) {
  std::uint64_t parts[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, parts[i]);
    const bool more = i < 2;
    if (error != std::errc() || (more ? stop == end || *stop != '.' : stop != end)) {
      return misused("--from is a cursor as watch prints it: HEIGHT.LEAF.OPERATION");
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + (more ? 1 : 0));
  }
  v1::Cursor cursor;
  cursor.set_height(parts[0]);
  cursor.set_leaf_index(parts[1]);
  cursor.set_operation_index(static_cast<std::uint32_t>(parts[2]));
  return cursor;
}

void print(const Output& output, const v1::LedgerEvent& event) {
  const auto json = describe_event(event);
  if (output.json()) {
    output.show(json);
    return;
  }
  const auto text = [&](const char* name) {
    const auto* value = json.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  const auto* args = json.if_contains("args");
  std::cout << text("cursor") << "  " << format_time(event.time()) << "  " << text("by") << "  " << text("event")
            << "  " << text("outcome") << (text("reason").empty() ? "" : " " + text("reason")) << "  "
            << printable(args == nullptr ? "" : boost::json::serialize(*args)) << std::endl;
}

Outcome<void> watch(const Session& session, const WatchFlags& flags) {
  v1::WatchRequest request;
  request.set_from_now(flags.from_now);
  for (const auto& event : flags.events) request.add_events(event);
  for (const auto& organisation : flags.organisations) request.add_organisations(organisation);
  if (!flags.from.empty()) {
    const auto cursor = parse_cursor(flags.from);
    if (!cursor) return std::unexpected(cursor.error());
    *request.mutable_after() = *cursor;
  }
  const auto client = session.client();
  if (!client) return std::unexpected(client.error());
  std::uint64_t seen = 0;
  std::int64_t pause = kFirstPauseMs;
  while (true) {
    const auto ended = client->watch(request, [&](const v1::WatchResponse& response) {
      pause = kFirstPauseMs;
      if (response.has_cursor()) {
        *request.mutable_after() = response.cursor();
        request.set_from_now(false);
      }
      if (!response.has_event()) return true;
      print(session.output, response.event());
      return flags.count == 0 || ++seen < flags.count;
    });
    if (ended) return {};
    if (!may_be_retried(ended.error()) && ended.error().reason != v1::REASON_UNSPECIFIED) return ended;
    session.output.note(to_text(ended.error()) + "; trying again in " + std::to_string(pause) + " ms");
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    pause = std::min(pause * 2, kLongestPauseMs);
  }
}

}  // namespace

void add_watch_command(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<WatchFlags>();
  auto* command = app.add_subcommand("watch", "events as they are certified, from the beginning or from a cursor");
  auto* from = command->add_option("--from", flags->from, "the cursor of the last event that was seen");
  command->add_flag("--from-now", flags->from_now, "only what is still to come")->excludes(from);
  command->add_option("--events", flags->events, "only these events, such as IssueCertificate")->delimiter(',');
  command->add_option("--organisations", flags->organisations, "only what these signed first")->delimiter(',');
  command->add_option("--count", flags->count, "end after so many events");
  command->callback([flags, &session] { session.finish(watch(session, *flags)); });
}

}  // namespace jinshi::cli
