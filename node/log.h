// Structured logs: an event and its fields, one line each, as key=value for people or JSON for machines.
// Values from outside are escaped, so that no client writes a line of its own. Any thread.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "proto/types.h"

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace jinshi::node {

struct LogField {
  LogField(std::string_view field, std::string_view value) : name(field), text(value) {}
  LogField(std::string_view field, const char* value) : name(field), text(value) {}
  LogField(std::string_view field, const std::string& value) : name(field), text(value) {}
  LogField(std::string_view field, bool value) : name(field), text(value ? "true" : "false"), bare(true) {}
  LogField(std::string_view field, std::integral auto value) : name(field), text(std::to_string(value)), bare(true) {}
  LogField(std::string_view field, const Digest& digest) : name(field), text(to_hex(digest.view())) {}

  std::string_view name;
  std::string text;
  bool bare = false;  // a number or a boolean: never quoted
};

enum class LogLevel { kDebug, kInfo, kWarning, kError, kFatal };
enum class LogFormat { kText, kJson };

class Log {
 public:
  // To standard error, or where a test wants it.
  Log(LogLevel level, LogFormat format);
  Log(LogLevel level, LogFormat format, std::shared_ptr<spdlog::sinks::sink> sink);
  ~Log();

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view event, Fields fields = {}) const { write(LogLevel::kDebug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(LogLevel::kInfo, event, fields); }
  void warning(std::string_view event, Fields fields = {}) const { write(LogLevel::kWarning, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(LogLevel::kError, event, fields); }
  void fatal(std::string_view event, Fields fields = {}) const { write(LogLevel::kFatal, event, fields); }

  // For callers that would otherwise make fields in vain.
  bool shows(LogLevel level) const { return level >= level_; }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;

  LogLevel level_;
  LogFormat format_;
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace jinshi::node
