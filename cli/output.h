// What commands print: tables for people, one JSON object a line for programs. Results go to stdout, all else to
// stderr.
#pragma once

#include <google/protobuf/message.h>

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "cli/failure.h"
#include "cli/table.h"

namespace jinshi::cli {

enum class OutputFormat { kTable, kJson };

class Output {
 public:
  OutputFormat format = OutputFormat::kTable;

  bool json() const { return format == OutputFormat::kJson; }
  // One or the other, by the format.
  void show(const Table& table, const boost::json::value& json) const;
  // A message as rows of (field, value), or as JSON.
  void show(const google::protobuf::Message& message) const;
  void show(const boost::json::value& json) const;
  // Plain text, as it is; nothing in JSON.
  void line(std::string_view text) const;
  // To stderr: what is being done, and why it was not.
  void note(std::string_view text) const;
  void failure(const Failure& failure) const;
};

// Rows of ("rights[0].holder", "museum"), in order; times with their date, digests in hex.
Table rows_of(const boost::json::value& json);

}  // namespace jinshi::cli
