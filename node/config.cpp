#include "node/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "node/config_settings.h"
#include "node/durable_file.h"

namespace jinshi::node {
namespace {

constexpr std::size_t kMaxConfigBytes = 1 << 20;
constexpr std::size_t kMaxPeers = 256;
constexpr std::string_view kPeers = "peers";

std::string where(const toml::node& node) { return fmt::format("line {}", node.source().begin.line); }

bool is_choice(std::string_view choices, std::string_view value) {
  return !value.empty() && value.find(' ') == std::string_view::npos &&
         fmt::format(" {} ", choices).find(fmt::format(" {} ", value)) != std::string::npos;
}

// What is wrong with a text, as the end of a sentence; nothing when it will do.
std::optional<std::string> fault(Check check, std::string_view choices, std::string_view text) {
  switch (check) {
    case Check::kNone:
      return std::nullopt;
    case Check::kName:
      return text.empty() ? std::optional<std::string>("is empty: give the organisation's id") : std::nullopt;
    case Check::kChoice:
      if (is_choice(choices, text)) return std::nullopt;
      return fmt::format("is \"{}\": choose one of: {}", text, choices);
    case Check::kOptionalAddress:
      if (text.empty()) return std::nullopt;
      [[fallthrough]];
    case Check::kAddress:
    case Check::kDialled:
    case Check::kLoopback: {
      const auto address = parse_address(text);
      if (!address) return fmt::format("is \"{}\": {}", text, address.error().message);
      if (check == Check::kDialled && address->port == 0) {
        return fmt::format("is \"{}\": give the port on which that node listens", text);
      }
      if (check == Check::kLoopback && !is_loopback(*address)) {
        return fmt::format("is \"{}\", which others can reach: give a loopback address, such as 127.0.0.1:7401", text);
      }
      return std::nullopt;
    }
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(const toml::table& table, const std::filesystem::path& file) : table_(table), folder_(file.parent_path()) {}

  Config read() {
    name_unknown_keys();
    for (const auto& setting : settings()) read(setting);
    if (config_.node.passphrase_variable.size() && !config_.node.passphrase_file.empty()) {
      problems_.push_back("node.passphrase_file and node.passphrase_variable are both given: keep one");
    }
    read_peers();
    compare();
    return std::move(config_);
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void name_unknown_keys() {
    for (const auto& [section, node] : table_) {
      if (section.str() == kPeers) continue;
      const auto in_section = [&](const Setting& s) { return s.section == section.str(); };
      if (std::ranges::none_of(settings(), in_section)) {
        problems_.push_back(
            fmt::format("[{}] ({}) is no section: remove it; --check-config lists all", section.str(), where(node)));
        continue;
      }
      const auto* keys = node.as_table();
      if (keys == nullptr) {
        problems_.push_back(
            fmt::format("{0} ({1}) is a value: write it as a section, [{0}]", section.str(), where(node)));
        continue;
      }
      for (const auto& [key, value] : *keys) {
        const auto named = [&](const Setting& s) { return in_section(s) && s.key == key.str(); };
        if (std::ranges::none_of(settings(), named)) {
          problems_.push_back(
              fmt::format("{}.{} ({}) is no key: remove it, or mend its spelling; --check-config lists all",
                          section.str(), key.str(), where(value)));
        }
      }
    }
  }

  void read(const Setting& setting) {
    const auto node = table_[setting.section][setting.key];
    if (!node) {
      config_.origins.push_back("default");
      take_default(setting);
      return;
    }
    config_.origins.push_back(where(*node.node()));
    std::visit([&](auto slot) { take(setting, slot, *node.node()); }, setting.slot);
  }

  void read_peers() {
    const auto node = table_[kPeers];
    if (!node) return;
    const auto* list = node.as_array();
    const auto is_table = [](const toml::node& item) { return item.is_table(); };
    if (list == nullptr || !std::all_of(list->begin(), list->end(), is_table)) {
      problems_.push_back(
          fmt::format("peers ({}) is not a list of tables: begin each peer with [[peers]]", where(*node.node())));
      return;
    }
    if (list->size() > kMaxPeers) {
      problems_.push_back(
          fmt::format("[[peers]] ({}) has {} entries: keep {} at most", where(*node.node()), list->size(), kMaxPeers));
      return;
    }
    for (const auto& item : *list) read_peer(*item.as_table());
  }

  void read_peer(const toml::table& table) {
    const auto complain = [this](std::string_view key, const toml::node& node, std::string_view wrong) {
      problems_.push_back(fmt::format("peers.{} ({}) {}", key, where(node), wrong));
    };
    for (const auto& [key, value] : table) {
      if (std::ranges::none_of(peer_settings(), [&](const PeerSetting& s) { return s.key == key.str(); })) {
        complain(key.str(), value, "is no key: remove it, or mend its spelling; organisation and address are");
      }
    }
    Config::PeerAddress peer;
    peer.origin = where(table);
    for (const auto& setting : peer_settings()) {
      const auto node = table[setting.key];
      if (!node) {
        complain(setting.key, table, fmt::format("is missing: give {}", setting.about));
        continue;
      }
      const auto value = node.node()->value_exact<std::string>();
      if (!value) {
        complain(setting.key, *node.node(), "must be a text in quotes");
      } else if (const auto wrong = fault(setting.check, {}, *value)) {
        complain(setting.key, *node.node(), *wrong);
      } else if (const auto* twin = with_same(setting.slot, *value)) {
        complain(setting.key, *node.node(),
                 fmt::format("is \"{}\", as at {}: keep one of the two", *value, twin->origin));
      } else {
        peer.*setting.slot = *value;
      }
    }
    config_.peers.push_back(std::move(peer));
  }

  const Config::PeerAddress* with_same(std::string Config::PeerAddress::*slot, const std::string& value) const {
    const auto found = std::ranges::find(config_.peers, value, slot);
    return found == config_.peers.end() ? nullptr : &*found;
  }

  // What two values must have in common. Silent about those that are wrong by themselves.
  void compare() {
    const auto& node = config_.node;
    const auto& peer = config_.peer;
    if (node.role == "validator" && node.consensus_key.empty()) {
      problems_.push_back("node.consensus_key is missing: give the key file that signs headers, of mode 0600");
    }
    if (node.role == "audit" && !node.consensus_key.empty()) {
      problems_.push_back("node.consensus_key is given, and an audit node signs nothing: remove it");
    }
    if (peer.certificate.empty() != peer.key.empty()) {
      problems_.push_back("peer.certificate and peer.key belong together: give both, or neither");
    }
    if (node.role != "validator") return;
    if (!config_.peers.empty() && peer.listen.empty()) {
      problems_.push_back("peer.listen is missing: validators with [[peers]] dial one another, give HOST:PORT");
    }
    for (const auto& other : config_.peers) {
      if (!node.organisation.empty() && other.organisation == node.organisation) {
        problems_.push_back(fmt::format("[[peers]] ({}) is this validator itself: remove it", other.origin));
      }
    }
  }

  void take_default(const Setting& setting) {
    if (std::holds_alternative<std::monostate>(setting.standard)) {
      problems_.push_back(fmt::format("{}.{} is missing: give {}", setting.section, setting.key, setting.about));
    } else if (const auto* text = std::get_if<TextSlot>(&setting.slot)) {
      (*text)(config_) = std::get<std::string_view>(setting.standard);
    } else if (const auto* path = std::get_if<PathSlot>(&setting.slot)) {
      (*path)(config_) = std::get<std::string_view>(setting.standard);
    } else if (const auto* number = std::get_if<NumberSlot>(&setting.slot)) {
      (*number)(config_) = std::get<std::int64_t>(setting.standard);
    } else {
      std::get<FlagSlot>(setting.slot)(config_) = std::get<bool>(setting.standard);
    }
  }

  void take(const Setting& setting, TextSlot slot, const toml::node& node) {
    const auto value = node.value_exact<std::string>();
    if (!value) return complain(setting, node, "must be a text in quotes");
    if (const auto wrong = fault(setting.check, setting.choices, *value)) return complain(setting, node, *wrong);
    slot(config_) = *value;
  }

  void take(const Setting& setting, PathSlot slot, const toml::node& node) {
    const auto value = node.value_exact<std::string>();
    if (!value) return complain(setting, node, "must be a path in quotes");
    const bool may_be_empty = !std::holds_alternative<std::monostate>(setting.standard);
    if (value->empty() && !may_be_empty) return complain(setting, node, "is empty: give a path");
    slot(config_) = value->empty() ? std::filesystem::path() : (folder_ / *value).lexically_normal();
  }

  void take(const Setting& setting, NumberSlot slot, const toml::node& node) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return complain(setting, node, "must be a whole number");
    if (*value < setting.minimum || *value > setting.maximum) {
      return complain(setting, node,
                      fmt::format("is {}: give a number from {} to {}", *value, setting.minimum, setting.maximum));
    }
    slot(config_) = *value;
  }

  void take(const Setting& setting, FlagSlot slot, const toml::node& node) {
    const auto value = node.value_exact<bool>();
    if (!value) return complain(setting, node, "must be true or false, without quotes");
    slot(config_) = *value;
  }

  void complain(const Setting& setting, const toml::node& node, std::string_view wrong) {
    problems_.push_back(fmt::format("{}.{} ({}) {}", setting.section, setting.key, where(node), wrong));
  }

  const toml::table& table_;
  const std::filesystem::path folder_;
  Config config_;
  std::vector<std::string> problems_;
};

std::string line(std::string_view setting, std::string_view origin, std::string_view about) {
  return fmt::format("{:<48} # {}: {}\n", setting, origin, about);
}

std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const auto bad = [] {
    return fail(v1::REASON_CONFIGURATION, "an address is HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) return bad();
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();
  }
  for (const char c : host) {
    const bool allowed =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == ':';
    if (!allowed) return bad();
  }
  Address address{std::string(host), 0};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc{} || rest != end) return bad();
  return address;
}

std::string to_string(const Address& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}:{}", is_v6 ? "[" + address.host + "]" : address.host, address.port);
}

bool is_loopback(const Address& address) {
  if (address.host == "localhost" || address.host == "::1") return true;
  // Four numbers, the first 127: a name such as 127.example.cn is somebody's.
  if (!address.host.starts_with("127.")) return false;
  return std::ranges::count(address.host, '.') == 3 &&
         std::ranges::all_of(address.host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& file) {
  toml::table table;
  try {
    table = toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return fail(v1::REASON_CONFIGURATION, fmt::format("{}: line {} is not TOML: {}", file.string(),
                                                      error.source().begin.line, error.description()));
  }
  Reader reader(table, file);
  Config config = reader.read();
  if (reader.problems().empty()) return config;
  std::string message;
  for (const auto& problem : reader.problems()) {
    message += fmt::format("{}{}: {}", message.empty() ? "" : "\n", file.string(), problem);
  }
  return fail(v1::REASON_CONFIGURATION, std::move(message));
}

Result<Config> load_config(const std::filesystem::path& file) {
  const auto text = read_file(file, kMaxConfigBytes);
  if (!text) return std::unexpected(text.error());
  return parse_config(*text, file);
}

std::string explain_config(const Config& config) {
  Config values = config;
  std::string text;
  std::string_view section;
  for (std::size_t i = 0; i < settings().size(); ++i) {
    const auto& setting = settings()[i];
    if (setting.section != section) {
      section = setting.section;
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
    }
    std::string value;
    if (const auto* slot = std::get_if<TextSlot>(&setting.slot)) {
      value = toml_text((*slot)(values));
    } else if (const auto* path = std::get_if<PathSlot>(&setting.slot)) {
      value = toml_text((*path)(values).string());
    } else if (const auto* number = std::get_if<NumberSlot>(&setting.slot)) {
      value = std::to_string((*number)(values));
    } else {
      value = std::get<FlagSlot>(setting.slot)(values) ? "true" : "false";
    }
    const std::string_view origin = i < config.origins.size() ? std::string_view(config.origins[i]) : "default";
    text += line(fmt::format("{} = {}", setting.key, value), origin, setting.about);
  }
  for (const auto& peer : config.peers) {
    text += fmt::format("\n[[{}]]\n", kPeers);
    for (const auto& setting : peer_settings()) {
      text += line(fmt::format("{} = {}", setting.key, toml_text(peer.*setting.slot)), peer.origin, setting.about);
    }
  }
  return text;
}

}  // namespace jinshi::node
