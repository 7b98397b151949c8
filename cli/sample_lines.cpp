#include "cli/sample_lines.h"

#include <functional>
#include <sstream>

#include "cli/time_text.h"
#include "proto/json.h"

namespace jinshi::cli {
namespace {

std::unexpected<Failure> wrong(std::size_t number, const std::string& what) {
  return failed(v1::REASON_MALFORMED, "line " + std::to_string(number) + ": " + what);
}

using Visit = std::function<Outcome<void>(std::size_t number, boost::json::object line)>;

Outcome<void> each_line(std::string_view text, const Visit& visit) {
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    boost::json::error_code problem;
    auto json = boost::json::parse(line, problem);
    if (problem || !json.is_object()) return wrong(number, "not a JSON object");
    if (auto visited = visit(number, std::move(json.get_object())); !visited) return visited;
  }
  return {};
}

std::string text_in(const boost::json::object& line, std::string_view name) {
  const auto* value = line.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Outcome<SampleLine> read_operation(std::size_t number, const boost::json::object& line) {
  SampleLine sample;
  sample.number = number;
  sample.op = text_in(line, "op");
  sample.expect = text_in(line, "expect");
  if (sample.op.empty()) return wrong(number, "'op' is required: the event's name");
  const auto* args = line.if_contains("args");
  if (args == nullptr || !args->is_object()) return wrong(number, "'args' is an object of the event's fields");
  sample.args = args->get_object();
  return sample;
}

Outcome<std::vector<std::string>> read_cosigners(std::size_t number, const boost::json::object& line) {
  std::vector<std::string> cosigners;
  const auto* list = line.if_contains("cosign");
  if (list == nullptr) return cosigners;
  if (!list->is_array()) return wrong(number, "'cosign' is a list of organisations");
  for (const auto& one : list->get_array()) {
    if (!one.is_string()) return wrong(number, "'cosign' is a list of organisations");
    cosigners.emplace_back(one.get_string());
  }
  return cosigners;
}

}  // namespace

Outcome<std::vector<SampleLine>> parse_operation_lines(std::string_view text) {
  std::vector<SampleLine> all;
  const auto parsed = each_line(text, [&](std::size_t number, boost::json::object line) -> Outcome<void> {
    auto sample = read_operation(number, line);
    if (!sample) return std::unexpected(sample.error());
    all.push_back(std::move(*sample));
    return {};
  });
  if (!parsed) return std::unexpected(parsed.error());
  return all;
}

Outcome<std::vector<SampleLine>> parse_sample_lines(std::string_view text) {
  std::vector<SampleLine> all;
  const auto parsed = each_line(text, [&](std::size_t number, boost::json::object line) -> Outcome<void> {
    auto sample = read_operation(number, line);
    if (!sample) return std::unexpected(sample.error());
    const auto at = parse_time(text_in(line, "at"));
    if (!at) return wrong(number, "write 'at' as a time with an offset, such as 2026-11-23T08:00:00+08:00");
    sample->at = *at;
    sample->by = text_in(line, "by");
    if (sample->by.empty()) return wrong(number, "'by' is required: who signs");
    auto cosign = read_cosigners(number, line);
    if (!cosign) return std::unexpected(cosign.error());
    sample->cosign = std::move(*cosign);
    all.push_back(std::move(*sample));
    return {};
  });
  if (!parsed) return std::unexpected(parsed.error());
  return all;
}

Outcome<std::vector<v1::AdmitOrganisation>> parse_organisations(std::string_view text) {
  std::vector<v1::AdmitOrganisation> all;
  const auto parsed = each_line(text, [&](std::size_t number, boost::json::object line) -> Outcome<void> {
    const auto* args = line.if_contains("args");
    v1::AdmitOrganisation organisation;
    if (auto read = from_json(args == nullptr ? boost::json::value(line) : *args, organisation); !read) {
      const auto failure = failed(read.error(), v1::AdmitOrganisation::descriptor());
      return wrong(number, to_text(failure.error()));
    }
    all.push_back(std::move(organisation));
    return {};
  });
  if (!parsed) return std::unexpected(parsed.error());
  return all;
}

}  // namespace jinshi::cli
