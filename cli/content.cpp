#include "cli/content.h"

#include <memory>

#include "cli/content_files.h"
#include "cli/content_hash.h"
#include "cli/progress.h"
#include "cli/sealed_container.h"

namespace jinshi::cli {
namespace {

constexpr std::uint64_t kDefaultChunkSize = 1 << 20;

struct ContentOptions {
  std::string from;
  std::string to;
  std::string key_file;
  std::string root;
  std::uint64_t chunk_size = kDefaultChunkSize;

  std::string key_file_or_default(const std::string& container) const {
    return key_file.empty() ? container + ".key" : key_file;
  }
};

// The fields of a registration's `content`, and what the description says of the files.
void show(const Output& output, const merkle::ContentSummary& content, std::string_view over,
          boost::json::object more) {
  boost::json::object json{{"root", to_hex(content.root.view())},
                           {"size", content.size},
                           {"chunk_size", content.chunk_size},
                           {"chunk_count", content.chunk_count},
                           {"over", over}};
  for (auto& [name, value] : more) json[name] = std::move(value);
  output.show(json);
}

void note_skipped(const Output& output, const ContentFiles& files) {
  if (files.skipped == 0) return;
  output.note(std::to_string(files.skipped) + " links and other things that are no regular files were left out");
}

Outcome<void> check_chunk_size(std::uint64_t chunk_size) {
  if (merkle::is_chunk_size(chunk_size)) return {};
  return misused("--chunk-size is a power of two from 65536 to 16777216");
}

Outcome<void> run_digest(const ContentOptions& options, const Output& output) {
  if (auto fine = check_chunk_size(options.chunk_size); !fine) return fine;
  const auto files = list_files(options.from);
  if (!files) return std::unexpected(files.error());
  note_skipped(output, *files);
  ParallelContentHasher hasher(options.chunk_size);
  Progress progress("bytes", files->size);
  const auto read = read_files(*files, [&](ByteView bytes) {
    progress.advance(bytes.size());
    return hasher.update(bytes);
  });
  if (!read) return read;
  const auto content = hasher.finish();
  if (!content) return std::unexpected(content.error());
  progress.finish();
  show(output, *content, "PLAINTEXT",
       {{"files", files->manifest.files_size()},
        {"manifest_digest", to_hex(manifest_digest(encode_manifest(files->manifest)).view())},
        {"skipped", files->skipped}});
  return {};
}

boost::json::object facts(const SealedContent& sealed) {
  return {
      {"files", sealed.files}, {"plain_size", sealed.plain_size}, {"manifest_digest", to_hex(sealed.manifest.view())}};
}

Outcome<void> run_seal(const ContentOptions& options, const Output& output) {
  if (auto fine = check_chunk_size(options.chunk_size); !fine) return fine;
  const auto files = list_files(options.from);
  if (!files) return std::unexpected(files.error());
  note_skipped(output, *files);
  const std::string key_file = options.key_file_or_default(options.to);
  Progress progress("bytes", files->size);
  const auto sealed = seal_files(*files, options.to, key_file, options.chunk_size,
                                 [&](std::uint64_t bytes) { progress.advance(bytes); });
  if (!sealed) return std::unexpected(sealed.error());
  progress.finish();
  boost::json::object more = facts(*sealed);
  more["key_file"] = key_file;
  more["skipped"] = files->skipped;
  show(output, sealed->content, "CIPHERTEXT", std::move(more));
  return {};
}

Outcome<void> run_open(const ContentOptions& options, const Output& output) {
  std::optional<Digest> root;
  if (!options.root.empty()) {
    root = Digest::from(from_hex(options.root).value_or(""));
    if (!root) return misused("--root is 64 hex digits");
  }
  std::error_code unknown;
  const std::uint64_t size = std::filesystem::file_size(options.from, unknown);
  Progress progress("bytes", unknown ? 0 : size);
  const auto opened = open_container(options.from, options.key_file_or_default(options.from), options.to, root,
                                     [&](std::uint64_t bytes) { progress.advance(bytes); });
  if (!opened) return std::unexpected(opened.error());
  progress.finish();
  show(output, opened->content, "CIPHERTEXT", facts(*opened));
  return {};
}

using Run = Outcome<void> (*)(const ContentOptions&, const Output&);

CLI::App& add(CLI::App& group, const char* name, const char* what, const std::shared_ptr<ContentOptions>& options,
              const Output& output, Run run) {
  CLI::App& command = *group.add_subcommand(name, what);
  command.callback([options, &output, run] {
    const auto done = run(*options, output);
    if (done) return;
    output.failure(done.error());
    throw CLI::RuntimeError(done.error().exit_status);
  });
  return command;
}

void add_chunk_size(CLI::App& command, ContentOptions& options) {
  command.add_option("--chunk-size", options.chunk_size, "a power of two, 64 KiB to 16 MiB; else 1 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES");
}

}  // namespace

void add_content_commands(CLI::App& app, const Output& output) {
  CLI::App& group = *app.add_subcommand("content", "digest, seal and open the files of an asset");
  group.require_subcommand(1);
  group.fallthrough();
  const auto options = std::make_shared<ContentOptions>();

  auto& digest = add(group, "digest", "what a registration says of these files", options, output, run_digest);
  digest.add_option("dir", options->from, "a folder, or one file")->required()->type_name("DIR");
  add_chunk_size(digest, *options);

  auto& seal = add(group, "seal", "encrypt a folder into one file, with its key beside it", options, output, run_seal);
  seal.add_option("dir", options->from, "a folder, or one file")->required()->type_name("DIR");
  seal.add_option("file", options->to, "the container to make")->required()->type_name("FILE");
  seal.add_option("--key-file", options->key_file, "where to put the key; else FILE.key")->type_name("FILE");
  add_chunk_size(seal, *options);

  auto& open = add(group, "open", "check a container and unpack it into a new folder", options, output, run_open);
  open.add_option("file", options->from, "the container")->required()->type_name("FILE");
  open.add_option("dir", options->to, "the folder to make")->required()->type_name("DIR");
  open.add_option("--key-file", options->key_file, "where the key is; else FILE.key")->type_name("FILE");
  open.add_option("--root", options->root, "the registered root, which the container must have")->type_name("HEX");
}

}  // namespace jinshi::cli
