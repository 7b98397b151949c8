#include "cli/network_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "ledger/execution/genesis.h"

namespace jinshi::cli {
namespace {

std::unexpected<Failure> disk(const std::filesystem::path& path, std::string_view what) {
  return failed(v1::REASON_DISK, "can't " + std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

// Closes on every way out.
class File {
 public:
  File(const std::filesystem::path& path, int flags, mode_t mode) : descriptor_(::open(path.c_str(), flags, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool open() const { return descriptor_ >= 0; }
  bool write_whole(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor_) == 0;
  }

 private:
  int descriptor_;
};

}  // namespace

bool NetworkFolder::exists() const { return std::filesystem::exists(genesis()); }

Outcome<std::string> NetworkFolder::read_genesis_bytes() const {
  if (!exists()) {
    return failed(v1::REASON_CONFIGURATION, "no network in " + root_.string() +
                                                ": make one with `jinshi devnet up`, or name another with --network");
  }
  auto bytes = read_file(genesis());
  if (!bytes) return bytes;
  if (const auto checked = ledger::read_genesis(*bytes); !checked) {
    return failed(checked.error(), v1::Genesis::descriptor());
  }
  return bytes;
}

Outcome<Digest> NetworkFolder::chain_id() const {
  const auto bytes = read_genesis_bytes();
  if (!bytes) return std::unexpected(bytes.error());
  return ledger::chain_id_of(*bytes);
}

Outcome<Endpoints> read_endpoints(const NetworkFolder& folder, std::string_view node) {
  const auto text = read_file(folder.config());
  if (!text) {
    return failed(v1::REASON_CONFIGURATION, "no node is named in " + folder.config().string() +
                                                ": make a network with `jinshi devnet up`, or write address, admin "
                                                "and certificate there");
  }
  try {
    const toml::table config = toml::parse(*text);
    const toml::table* chosen = node.empty() ? &config : nullptr;
    if (const auto* nodes = config["nodes"].as_array(); nodes != nullptr && !config.contains("address")) {
      for (const auto& entry : *nodes) {
        const auto* table = entry.as_table();
        const bool named = table != nullptr && (*table)["name"].value_or(std::string()) == node;
        if (table == nullptr || !(node.empty() || named)) continue;
        chosen = table;
        break;
      }
    }
    if (chosen == nullptr) {
      return failed(v1::REASON_CONFIGURATION, folder.config().string() + " names no node '" + std::string(node) +
                                                  "': `jinshi devnet status` shows those there are");
    }
    Endpoints endpoints{.address = (*chosen)["address"].value_or(std::string()),
                        .admin = (*chosen)["admin"].value_or(std::string()),
                        .certificate = (*chosen)["certificate"].value_or(std::string())};
    if (endpoints.address.empty())
      return failed(v1::REASON_CONFIGURATION, folder.config().string() + ": address is missing");
    endpoints.certificate =
        endpoints.certificate.empty() ? folder.tls_certificate() : folder.root() / endpoints.certificate;
    return endpoints;
  } catch (const toml::parse_error& error) {
    return failed(v1::REASON_CONFIGURATION, folder.config().string() + ": " + std::string(error.description()));
  }
}

Outcome<void> write_endpoints(const NetworkFolder& folder, const std::string& address, const std::string& admin) {
  return write_file(folder.config(),
                    "# The node that tools talk to, and the certificate that they trust it by.\naddress = \"" +
                        address + "\"\nadmin = \"" + admin + "\"\ncertificate = \"tls/node.pem\"\n");
}

Outcome<std::string> read_file(const std::filesystem::path& path) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) {
    return failed(v1::REASON_DISK, path.string() + " is no file that can be read");
  }
  std::ifstream file(path, std::ios::binary);
  std::string contents{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) return disk(path, "read");
  return contents;
}

Outcome<void> write_file(const std::filesystem::path& path, ByteView contents) {
  std::error_code problem;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
  const std::filesystem::path beside = path.string() + ".new";
  {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (!file.open() || !file.write_whole(contents)) return disk(path, "write");
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return disk(path, "write");
  return {};
}

Outcome<void> append_line(const std::filesystem::path& path, std::string_view line) {
  const File file(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (!file.open() || !file.write_whole(std::string(line) + "\n")) return disk(path, "write");
  return {};
}

}  // namespace jinshi::cli
