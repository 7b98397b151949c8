#include "cli/output.h"

#include <iostream>
#include <sstream>

#include "cli/time_text.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

bool is_time(std::string_view name) {
  return name == "time" || name.ends_with("_at") || name == "clock" || name.ends_with("_time") || name == "valid_from";
}

std::string scalar_text(std::string_view name, const boost::json::value& json) {
  if (const auto* text = json.if_string()) return std::string(*text);
  if (const auto* number = json.if_int64(); number != nullptr && is_time(name) && *number > 0) {
    return format_time(*number);
  }
  return boost::json::serialize(json);
}

void flatten(const std::string& path, std::string_view name, const boost::json::value& json, Table& table) {
  if (const auto* object = json.if_object()) {
    for (const auto& [key, value] : *object) {
      flatten(path.empty() ? std::string(key) : path + "." + std::string(key), key, value, table);
    }
  } else if (const auto* array = json.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      flatten(path + "[" + std::to_string(i) + "]", name, (*array)[i], table);
    }
  } else {
    table.row({path, scalar_text(name, json)});
  }
}

}  // namespace

Table rows_of(const boost::json::value& json) {
  Table table;
  flatten("", "", json, table);
  return table;
}

void Output::show(const Table& table, const boost::json::value& value) const {
  if (json()) {
    show(value);
  } else {
    std::cout << table.text() << std::flush;
  }
}

void Output::show(const google::protobuf::Message& message) const {
  const auto value = to_json(message);
  show(rows_of(value), value);
}

void Output::show(const boost::json::value& value) const {
  if (json()) {
    std::cout << boost::json::serialize(value) << std::endl;
  } else {
    std::cout << rows_of(value).text() << std::flush;
  }
}

void Output::line(std::string_view text) const {
  if (!json()) std::cout << text << std::endl;
}

void Output::note(std::string_view text) const { std::cerr << text << std::endl; }

void Output::failure(const Failure& failure) const {
  if (!json()) {
    // A message may have lines of its own, such as the end of a log.
    std::istringstream lines(to_text(failure));
    const char* begin = "jinshi: ";
    for (std::string line; std::getline(lines, line); begin = "  ") std::cerr << begin << printable(line) << std::endl;
    return;
  }
  boost::json::object error;
  if (failure.reason != v1::REASON_UNSPECIFIED) error["reason"] = std::string(reason_name(failure.reason));
  if (!failure.field.empty()) error["field"] = failure.field;
  error["message"] = failure.message;
  if (failure.retry_after_ms > 0) error["retry_after_ms"] = failure.retry_after_ms;
  std::cerr << boost::json::serialize(boost::json::object{{"error", error}}) << std::endl;
}

}  // namespace jinshi::cli
