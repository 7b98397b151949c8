// Events as a file of JSON lines, the form of samples/sample-day.jsonl: {"at", "by", "cosign", "op", "args"}, and of
// files of events to be refused: "expect", the code.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "cli/failure.h"
#include "jinshi/v1/organisation.pb.h"
#include "proto/types.h"

namespace jinshi::cli {

struct SampleLine {
  std::size_t number = 0;  // in the file, from 1
  TimeMs at = 0;
  std::string by;  // an organisation, or "governance"
  std::vector<std::string> cosign;
  std::string op;
  boost::json::object args;
  std::string expect;  // the code with which it must be refused; empty = it must be accepted
};

// Empty lines are passed over. The message names the line that is wrong.
Outcome<std::vector<SampleLine>> parse_sample_lines(std::string_view text);

// Lines of which only `op` and `args` are read.
Outcome<std::vector<SampleLine>> parse_operation_lines(std::string_view text);

// The organisations of a genesis: AdmitOrganisation's fields without keys, a line each, as they are or as the `args` of
// an AdmitOrganisation line.
Outcome<std::vector<v1::AdmitOrganisation>> parse_organisations(std::string_view text);

}  // namespace jinshi::cli
