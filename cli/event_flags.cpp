#include "cli/event_flags.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "jinshi/v1/transaction.pb.h"
#include "ledger/domain/rule.h"
#include "proto/descriptor_names.h"

namespace jinshi::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Operations within operations are written as JSON, and nothing else nests deeper than this.
constexpr int kDeepestFlags = 3;

bool has_flags_of_its_own(const FieldDescriptor& field, int depth) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() && depth < kDeepestFlags &&
         field.message_type() != v1::Operation::descriptor() && field.message_type()->field_count() > 0;
}

template <class Visit>
void each_flag(const Descriptor& type, const std::string& prefix, int depth, const Visit& visit) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    visit(prefix + field.name(), field);
    if (has_flags_of_its_own(field, depth)) {
      each_flag(*field.message_type(), prefix + field.name() + ".", depth + 1, visit);
    }
  }
}

const FieldDescriptor* field_at(const Descriptor& type, std::string_view path) {
  const auto dot = path.find('.');
  const auto* field = type.FindFieldByName(std::string(path.substr(0, dot)));
  return dot == std::string_view::npos || field == nullptr ? field
                                                           : field_at(*field->message_type(), path.substr(dot + 1));
}

std::string_view format_in_words(v1::Format format) {
  switch (format) {
    case v1::FORMAT_ID:
      return "id";
    case v1::FORMAT_TEXT:
      return "text";
    case v1::FORMAT_DATE:
      return "date, YYYY-MM-DD";
    case v1::FORMAT_DIGEST:
      return "digest, 64 hex digits";
    case v1::FORMAT_CREDIT_CODE:
      return "credit code";
    case v1::FORMAT_LEI:
      return "LEI";
    case v1::FORMAT_CERTIFICATE_NUMBER:
      return "certificate number, such as PUB-2026-DA-000001-1";
    case v1::FORMAT_INDUSTRY:
      return "GB/T 4754 industry, such as I65";
    case v1::FORMAT_REGION_CODE:
      return "GB/T 2260 region, six digits";
    case v1::FORMAT_PUBLIC_KEY:
      return "public key in hex, as `jinshi keys show` prints it";
    case v1::FORMAT_COUNTRY:
      return "ISO 3166 country, two letters";
    case v1::FORMAT_CENTRE_CODE:
      return "centre code, three letters";
    case v1::FORMAT_SIGNATURE:
      return "signature, 128 hex digits";
    case v1::FORMAT_EVENT:
      return "event, such as IssueCertificate";
    case v1::FORMAT_IDENTIFIER:
      return "capital word, such as MODEL_TRAINING";
    default:
      return {};
  }
}

std::string type_in_words(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::string words = "one of";
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        if (field.enum_type()->value(i)->number() == 0) continue;
        words += " " + std::string(value_name(*field.enum_type()->value(i)));
      }
      return words;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "hex" : "text";
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      std::string words = "JSON {";
      if (field.message_type() == v1::Operation::descriptor()) return words + "\"set_parameters\": {...}}";
      for (int i = 0; i < field.message_type()->field_count(); ++i) {
        words += (i == 0 ? "" : ", ") + field.message_type()->field(i)->name();
      }
      return words + "}";
    }
    default:
      return field.name().ends_with("_fen") ? "whole number of fen" : "whole number";
  }
}

boost::json::value scalar_json(const FieldDescriptor& field, const std::string& text) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (text == "true") return true;
    if (text == "false") return false;
    return boost::json::value(text);
  }
  const bool number =
      field.cpp_type() != FieldDescriptor::CPPTYPE_STRING && field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM;
  std::uint64_t whole = 0;
  const char* end = text.data() + text.size();
  if (number && !text.empty()) {
    const auto [stop, error] = std::from_chars(text.data(), end, whole);
    if (error == std::errc() && stop == end) return whole;
  }
  return boost::json::value(text);  // what is wrong with it, the mapping says
}

Outcome<boost::json::value> element_json(const FieldDescriptor& field, const std::string& name,
                                         const std::string& text) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return scalar_json(field, text);
  return parse_json(text, "--" + name);
}

Outcome<boost::json::value> flag_json(const FieldDescriptor& field, const std::string& name,
                                      const std::vector<std::string>& given) {
  if (!field.is_repeated()) return element_json(field, name, given.back());
  boost::json::array list;
  for (const std::string& text : given) {
    if (text.starts_with('[')) {
      auto many = parse_json(text, "--" + name);
      if (!many) return std::unexpected(many.error());
      if (!many->is_array()) return misused("--" + name + ": write a list in brackets");
      for (auto& one : many->get_array()) list.push_back(std::move(one));
      continue;
    }
    auto one = element_json(field, name, text);
    if (!one) return one;
    list.push_back(std::move(*one));
  }
  return boost::json::value(std::move(list));
}

void put(boost::json::object& args, std::string_view path, boost::json::value value) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) {
    args[path] = std::move(value);
    return;
  }
  auto& inner = args[path.substr(0, dot)];
  if (!inner.is_object()) inner.emplace_object();
  put(inner.get_object(), path.substr(dot + 1), std::move(value));
}

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void take_confidential(const EventFlags& flags, boost::json::object& args) {
  if (flags.confidential.empty()) return;
  auto& names = args["confidential"];
  if (!names.is_array()) names.emplace_array();
  for (const std::string& entry : flags.confidential) {
    const auto equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    names.get_array().emplace_back(name);
    if (equals == std::string::npos) continue;
    const std::string value = entry.substr(equals + 1);
    args[name] = is_whole_number(value) ? boost::json::value(std::stoll(value)) : boost::json::value(value);
  }
}

}  // namespace

std::string describe(const FieldDescriptor& field) {
  const auto& rule = field.options().GetExtension(v1::rule);
  std::string words = rule.optional() ? "optional" : "required";
  const auto format = format_in_words(rule.format());
  words += ", " + (format.empty() ? type_in_words(field) : std::string(format));
  if (!rule.refers().empty()) words += " of " + rule.refers();
  if (!rule.creates().empty()) words += " of the new " + rule.creates();
  if (rule.min() != 0) words += ", at least " + std::to_string(rule.min());
  if (rule.max() != 0) words += ", at most " + std::to_string(rule.max());
  if (field.is_repeated()) words += "; repeat it for more";
  return words;
}

std::string describe_signers(std::uint32_t event) {
  const auto* rule = ledger::find_rule(event);
  if (rule == nullptr) return "not known to this version's table of transitions";
  std::string words(ledger::party_rule(rule->by).name);
  for (const auto party : rule->with) words += ", with " + std::string(ledger::party_rule(party).name);
  return words;
}

void add_event_flags(CLI::App& command, EventFlags& flags) {
  const auto number = static_cast<std::uint32_t>(flags.event->number());
  command.description(flags.event->message_type()->name() + ", signed by " + describe_signers(number));
  each_flag(*flags.event->message_type(), "", 0, [&](const std::string& name, const FieldDescriptor& field) {
    auto* option = command.add_option("--" + name, flags.values[name], describe(field));
    option->allow_extra_args(false)->group("Fields")->type_name("");
    if (!field.is_repeated()) option->expected(1);
  });
  command.add_option("--json", flags.json, "the fields as JSON, or @FILE; flags win over it")->type_name("{...}");
  command
      .add_option("--confidential", flags.confidential,
                  "a field that becomes a salted commitment, or NAME=VALUE; repeat it for more")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

Outcome<boost::json::object> args_of(const EventFlags& flags) {
  boost::json::object args;
  if (!flags.json.empty()) {
    const auto text = text_or_file(flags.json);
    if (!text) return std::unexpected(text.error());
    auto json = parse_json(*text, "--json");
    if (!json) return std::unexpected(json.error());
    if (!json->is_object()) return misused("--json: write an object of the event's fields");
    args = std::move(json->get_object());
  }
  for (const auto& [name, given] : flags.values) {
    if (given.empty()) continue;
    auto value = flag_json(*field_at(*flags.event->message_type(), name), name, given);
    if (!value) return std::unexpected(value.error());
    put(args, name, std::move(*value));
  }
  take_confidential(flags, args);
  return args;
}

Outcome<std::string> text_or_file(const std::string& text) {
  if (!text.starts_with('@')) return text;
  std::ifstream file(text.substr(1), std::ios::binary);
  if (!file) return misused("can't read " + text.substr(1));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

Outcome<boost::json::value> parse_json(std::string_view text, std::string_view what) {
  boost::json::error_code problem;
  auto value = boost::json::parse(text, problem);
  if (problem) return misused(std::string(what) + " is not JSON: " + problem.message());
  return value;
}

}  // namespace jinshi::cli
