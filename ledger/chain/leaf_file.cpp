#include "ledger/chain/leaf_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "ledger/merkle/state_file.h"

namespace jinshi::ledger {

std::optional<merkle::StateTree> read_leaf_file(const v1::Header& header, const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  auto file = merkle::read_state_file(in);
  if (!file || file->height != header.height() || file->tree.root().view() != header.state_root()) return std::nullopt;
  return std::move(file->tree);
}

Result<void> save_leaf_file(const merkle::StateTree& state, Height height, const std::filesystem::path& leaf_file) {
  const std::filesystem::path part = leaf_file.string() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    if (auto written = merkle::write_state_file(out, state, height); !written) return written;
    out.flush();
    if (!out) return fail(v1::REASON_DISK, "the disk refused " + part.string());
  }
  const int file = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  std::error_code failed;
  if (synced) std::filesystem::rename(part, leaf_file, failed);
  if (!synced || failed) return fail(v1::REASON_DISK, "the disk refused " + leaf_file.string());
  return {};
}

}  // namespace jinshi::ledger
