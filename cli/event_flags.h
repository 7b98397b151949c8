// A command's flags for the fields of an event, made by reflection: --asset, --content.root, --rights '{"right": ...}'.
// A new event needs no edit here.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/failure.h"

namespace jinshi::cli {

// What was given for one event. Must outlive the command that fills it in.
struct EventFlags {
  const google::protobuf::FieldDescriptor* event = nullptr;  // in Operation
  std::map<std::string, std::vector<std::string>> values;    // by dotted field name
  std::vector<std::string> confidential;                     // NAME, or NAME=VALUE
  std::string json;                                          // {...}, or @file
};

// Adds a flag for each field: messages as JSON, their fields also by dots, lists by repeating or as a JSON list. Help
// says each field's rule, and who signs the event.
void add_event_flags(CLI::App& command, EventFlags& flags);

// The flags over the JSON, as `operation_from_json` takes them.
Outcome<boost::json::object> args_of(const EventFlags& flags);

// "required, id of an asset": a field's rule in words.
std::string describe(const google::protobuf::FieldDescriptor& field);
// "holder, with registry of that kind": who signs an event, by the table of transitions.
std::string describe_signers(std::uint32_t event);

// `text` itself, or the contents of the file that it names after an @.
Outcome<std::string> text_or_file(const std::string& text);
Outcome<boost::json::value> parse_json(std::string_view text, std::string_view what);

}  // namespace jinshi::cli
