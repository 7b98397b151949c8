#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cli/content_files.h"
#include "cli/content_hash.h"
#include "cli/progress.h"
#include "cli/sealed_container.h"

namespace jinshi::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kChunk = 64 * 1024;
const Advance kSilent = [](std::uint64_t) {};

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "jinshi-content-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    fs::create_directory(path_ / "files");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(std::string_view name) const { return path_ / name; }
  fs::path files() const { return path_ / "files"; }

  void put(const fs::path& name, std::string_view bytes) const {
    fs::create_directories((files() / name).parent_path());
    std::ofstream(files() / name, std::ios::binary) << bytes;
  }

 private:
  fs::path path_;
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void rewrite(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string noise(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>((seed = seed * 1'664'525 + 1'013'904'223) >> 24);
  return bytes;
}

ContentFiles listed(const fs::path& path) {
  auto files = list_files(path);
  REQUIRE(files);
  return std::move(*files);
}

merkle::ContentSummary digest_of(const ContentFiles& files) {
  ParallelContentHasher hasher(kChunk);
  REQUIRE(read_files(files, [&](ByteView bytes) { return hasher.update(bytes); }));
  const auto summary = hasher.finish();
  REQUIRE(summary);
  return *summary;
}

// Three files of which the second spans several segments, an empty one, and a folder below.
void fill(const Folder& folder) {
  folder.put("b", noise(3 * kChunk + 77, 1));
  folder.put("a/z", noise(1000, 2));
  folder.put("a.txt", "first by its bytes: '.' comes before '/'");
  folder.put("empty", "");
}

SealedContent sealed(const Folder& folder) {
  auto made = seal_files(listed(folder.files()), folder / "c", folder / "c.key", kChunk, kSilent);
  REQUIRE(made);
  return *made;
}

Outcome<SealedContent> open(const Folder& folder, const std::optional<Digest>& root = std::nullopt) {
  return open_container(folder / "c", folder / "c.key", folder / "out", root, kSilent);
}

void refuses(const Folder& folder, const std::string& container, v1::Reason reason = v1::REASON_DAMAGED) {
  rewrite(folder / "c", container);
  const auto opened = open(folder);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().reason == reason);
  CHECK_FALSE(fs::exists(folder / "out"));
  CHECK_FALSE(fs::exists(folder / "out.partial"));
}

}  // namespace

TEST_CASE("a content's digest is that of its files' bytes in byte order of their paths") {
  const Folder folder;
  fill(folder);
  const auto files = listed(folder.files());
  std::vector<std::string> paths;
  std::string all;
  for (const auto& file : files.manifest.files()) {
    paths.push_back(file.path());
    all += contents(folder.files() / file.path());
  }
  CHECK(paths == std::vector<std::string>{"a.txt", "a/z", "b", "empty"});
  merkle::ContentHasher one_thread(kChunk);
  one_thread.update(all);
  CHECK(digest_of(files) == one_thread.finish());
  CHECK(files.size == all.size());
}

TEST_CASE("an empty folder has the empty root and no chunk") {
  const Folder folder;
  const auto summary = digest_of(listed(folder.files()));
  CHECK(summary.root == merkle::empty_root());
  CHECK(summary.size == 0);
  CHECK(summary.chunk_count == 0);
}

TEST_CASE("links are left out and counted, never followed") {
  const Folder folder;
  folder.put("file", "bytes");
  fs::create_symlink("/etc/passwd", folder.files() / "link");
  fs::create_directory_symlink("/etc", folder.files() / "folder-link");
  const auto files = listed(folder.files());
  CHECK(files.manifest.files_size() == 1);
  CHECK(files.skipped == 2);
}

TEST_CASE("a file that changes its size while it is read is an error") {
  const Folder folder;
  folder.put("file", "twelve bytes");
  const auto files = listed(folder.files());
  for (const char* now : {"shorter", "longer than twelve bytes"}) {
    folder.put("file", now);
    const auto read = read_files(files, [](ByteView) -> Outcome<void> { return {}; });
    REQUIRE_FALSE(read);
    CHECK(read.error().reason == v1::REASON_CONTENT_MISMATCH);
    const auto made = seal_files(files, folder / "c", folder / "c.key", kChunk, kSilent);
    REQUIRE_FALSE(made);
    CHECK_FALSE(fs::exists(folder / "c"));
    CHECK_FALSE(fs::exists(folder / "c.key"));
  }
}

TEST_CASE("a file that becomes a link while it is read is an error") {
  const Folder folder;
  folder.put("file", "bytes");
  const auto files = listed(folder.files());
  fs::remove(folder.files() / "file");
  fs::create_symlink("/etc/passwd", folder.files() / "file");
  CHECK_FALSE(read_files(files, [](ByteView) -> Outcome<void> { return {}; }));
}

TEST_CASE("what was sealed comes back") {
  const Folder folder;
  fill(folder);
  const auto made = sealed(folder);
  CHECK(made.files == 4);
  // The registered digest is that of the container as a file.
  CHECK(made.content == digest_of(listed(folder / "c")));
  CHECK(made.content.size == fs::file_size(folder / "c"));
  CHECK((fs::status(folder / "c.key").permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));

  const auto opened = open(folder, made.content.root);
  REQUIRE(opened);
  CHECK(opened->content == made.content);
  CHECK(opened->manifest == made.manifest);
  CHECK(opened->plain_size == made.plain_size);
  CHECK(digest_of(listed(folder / "out")) == digest_of(listed(folder.files())));
  CHECK(fs::file_size(folder / "out" / "empty") == 0);
}

TEST_CASE("contents at the edges of a segment come back") {
  // The plaintext begins with the list of files, so whole segments are reached at a size a little below.
  for (const std::size_t size : {kChunk - 40, kChunk - 20, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk}) {
    for (std::size_t less = 0; less < 2; ++less) {
      const Folder folder;
      folder.put("f", noise(size - less, 3));
      sealed(folder);
      REQUIRE(open(folder));
      CHECK(contents(folder / "out" / "f") == noise(size - less, 3));
    }
  }
}

TEST_CASE("a plaintext of exactly whole segments ends with a last one that is full") {
  const Folder folder;
  folder.put("f", "");
  v1::ContentManifest manifest = listed(folder.files()).manifest;
  manifest.mutable_files(0)->set_size(2 * kChunk);
  const std::size_t size = 2 * kChunk - 8 - encode_manifest(manifest).size();
  folder.put("f", noise(size, 4));
  sealed(folder);
  CHECK(fs::file_size(folder / "c") == 32 + 2 * (kChunk + 16));
  REQUIRE(open(folder));
  CHECK(contents(folder / "out" / "f").size() == size);
}

TEST_CASE("an empty folder can be sealed and opened") {
  const Folder folder;
  sealed(folder);
  const auto opened = open(folder);
  REQUIRE(opened);
  CHECK(fs::is_empty(folder / "out"));
}

TEST_CASE("a container with a flipped byte is refused, and leaves nothing") {
  const Folder folder;
  fill(folder);
  sealed(folder);
  const std::string container = contents(folder / "c");
  for (const std::size_t at : {16ul, 27ul, 31ul, 32ul, 40ul, 32 + kChunk, 32 + kChunk + 16, container.size() - 1}) {
    std::string flipped = container;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    INFO(at);
    refuses(folder, flipped);
  }
  // In the segment size, which the header's magic and version precede.
  std::string other_size = container;
  other_size[13] = static_cast<char>(other_size[13] ^ 0x02);
  refuses(folder, other_size);
  std::string newer = container;
  newer[11] = 2;
  refuses(folder, newer, v1::REASON_NEEDS_NEWER_VERIFIER);
  refuses(folder, "not a container, and shorter than one", v1::REASON_MALFORMED);
  refuses(folder, "", v1::REASON_MALFORMED);
}

TEST_CASE("a container that is cut short or grown is refused, at a segment's edge too") {
  const Folder folder;
  fill(folder);
  sealed(folder);
  const std::string container = contents(folder / "c");
  for (const std::size_t size : {32ul, 33ul, 48ul, 32 + (kChunk + 16), 32 + 2 * (kChunk + 16), container.size() - 1}) {
    INFO(size);
    refuses(folder, container.substr(0, size));
  }
  refuses(folder, container + '\0');
  refuses(folder, container + container.substr(32));
}

TEST_CASE("a container with segments swapped, repeated or left out is refused") {
  const Folder folder;
  fill(folder);
  sealed(folder);
  const std::string container = contents(folder / "c");
  const std::string header = container.substr(0, 32);
  std::vector<std::string> segments;
  for (std::size_t at = 32; at < container.size(); at += kChunk + 16)
    segments.push_back(container.substr(at, kChunk + 16));
  REQUIRE(segments.size() == 4);
  refuses(folder, header + segments[0] + segments[2] + segments[1] + segments[3]);
  refuses(folder, header + segments[0] + segments[0] + segments[2] + segments[3]);
  refuses(folder, header + segments[0] + segments[2] + segments[3]);
}

TEST_CASE("another key, a key that others can read, or another content's root opens nothing") {
  const Folder folder;
  fill(folder);
  const auto made = sealed(folder);
  Digest other = made.content.root;
  other.bytes[0] ^= 1;
  CHECK(open(folder, other).error().reason == v1::REASON_CONTENT_MISMATCH);
  CHECK_FALSE(fs::exists(folder / "out"));
  fs::permissions(folder / "c.key", fs::perms::group_read, fs::perm_options::add);
  CHECK(open(folder).error().reason == v1::REASON_KEY_FILE);
  fs::permissions(folder / "c.key", fs::perms::group_read, fs::perm_options::remove);
  rewrite(folder / "c.key", std::string(64, '1') + "\n");
  CHECK(open(folder).error().reason == v1::REASON_DAMAGED);
  rewrite(folder / "c.key", "no key\n");
  CHECK(open(folder).error().reason == v1::REASON_KEY_FILE);
}

TEST_CASE("nothing that exists is overwritten, and no key is left that opens nothing") {
  const Folder folder;
  fill(folder);
  rewrite(folder / "c", "precious");
  CHECK_FALSE(seal_files(listed(folder.files()), folder / "c", folder / "c.key", kChunk, kSilent));
  CHECK(contents(folder / "c") == "precious");
  CHECK_FALSE(fs::exists(folder / "c.key"));
  fs::remove(folder / "c");
  rewrite(folder / "c.key", "precious");
  CHECK_FALSE(seal_files(listed(folder.files()), folder / "c", folder / "c.key", kChunk, kSilent));
  CHECK(contents(folder / "c.key") == "precious");
  CHECK_FALSE(fs::exists(folder / "c"));
  fs::remove(folder / "c.key");
  sealed(folder);
  fs::create_directory(folder / "out");
  CHECK_FALSE(open(folder));
  CHECK(fs::is_empty(folder / "out"));
}

TEST_CASE("a list of files that leads out of its folder is refused") {
  for (const char* path : {"/etc/passwd", "../up", "a/../../up", "a//b", "a/", "./a", "", ".."}) {
    v1::ContentManifest manifest;
    manifest.add_files()->set_path(path);
    INFO(path);
    CHECK_FALSE(check_paths(manifest));
  }
  v1::ContentManifest twice;
  twice.add_files()->set_path("a");
  twice.add_files()->set_path("a");
  CHECK_FALSE(check_paths(twice));
  v1::ContentManifest good;
  good.add_files()->set_path("..a/b..");
  good.add_files()->set_path("a");
  CHECK(check_paths(good));
}

TEST_CASE("a progress line says how far, how fast and how long still") {
  CHECK(progress_line("bytes", 1'200'000'000, 2'400'000'000, 4) ==
        "[============>           ]  50 %  1.2 GB of 2.4 GB  300.0 MB/s  4 s left");
  CHECK(progress_line("events", 7, 7, 2) == "[========================] 100 %  7 events of 7 events  3 events/s");
  CHECK(progress_line("bytes", 0, 0, 0) == "[========================] 100 %  0 B of 0 B");
  CHECK(amount_of("bytes", 999) == "999 B");
}

}  // namespace jinshi::cli
