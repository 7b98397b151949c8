#include "node/log.h"

#include <fmt/chrono.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

namespace jinshi::node {
namespace {

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kFatal:
      return "fatal";
  }
  return "";
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '\\' || c == '=') return true;
  }
  return false;
}

std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

}  // namespace

Log::Log(LogLevel level, LogFormat format) : Log(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>()) {}

Log::Log(LogLevel level, LogFormat format, std::shared_ptr<spdlog::sinks::sink> sink)
    : level_(level), format_(format), logger_(std::make_unique<spdlog::logger>("jinshid", std::move(sink))) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::trace);
  logger_->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (!shows(level)) return;
  std::string line;
  if (format_ == LogFormat::kJson) {
    line = fmt::format(R"({{"time":"{}","level":"{}","event":{})", now_text(), name(level), quoted(event));
    for (const auto& field : fields) {
      line += fmt::format(R"(,"{}":{})", field.name, field.bare ? field.text : quoted(field.text));
    }
    line += '}';
  } else {
    line = fmt::format("{} {:<7} {}", now_text(), name(level), event);
    for (const auto& field : fields) {
      line +=
          fmt::format(" {}={}", field.name, !field.bare && needs_quotes(field.text) ? quoted(field.text) : field.text);
    }
  }
  logger_->log(spdlog::level::info, std::string_view(line));
}

}  // namespace jinshi::node
