#include "ledger/crypto/key_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "ledger/crypto/secret_file.h"
#include "tests/ledger/crypto/test_keys.h"

namespace jinshi::crypto {
namespace {

// A key that `openssl ecparam -genkey` made, in the forms in which stock tools write it.
constexpr char kScalar[] = "6c52ef67d74131fe87f7645e1c918740ded0bf67caad807df359f0b343e3ddff";
constexpr char kPlain[] = R"(-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgbFLvZ9dBMf6H92ReHJGH
QN7Qv2fKrYB981nws0Pj3f+hRANCAAQ1Eq/G15oNHOl5B/1Nq2zj6C7eKjH0zrKs
7SZlrU5NycFg/B3TWYwCfgbbg0g4/Iaub/Ei5QD6nBbkCn63X4Vs
-----END PRIVATE KEY-----
)";
constexpr char kTraditional[] = R"(-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIGxS72fXQTH+h/dkXhyRh0De0L9nyq2AffNZ8LND493/oAcGBSuBBAAK
oUQDQgAENRKvxteaDRzpeQf9Tats4+gu3iox9M6yrO0mZa1OTcnBYPwd01mMAn4G
24NIOPyGrm/xIuUA+pwW5Ap+t1+FbA==
-----END EC PRIVATE KEY-----
)";
constexpr char kScrypt[] = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAj06Hg4quwg+AICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBCM7Hjl3IXzJsel2pjQ732LBIGQeM4FusQdnBAB
/uu+DsoCseg6f5HhyCL7aoXwsQkFsJ8BQ2cjamcv2JMLkSXEMVpSKOEQJ4+6FY27
8pBo2xT/MQOAvDk4p2KvgY2cGRA0T7YUpmF0q66MT5Nl4TNgNrF0Mmfd28fuuwj9
1Gn1HQeO+32hB3hBsDCgtPpCsLEi1MJAdbIfmT0H6BcrqkneEESp
-----END ENCRYPTED PRIVATE KEY-----
)";
constexpr char kPbkdf2[] = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAinwf5gWdKdJwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENpAgaxo4h1Zsn9/4F2uDNEEgZCQ
yvV3hB0XGP/sD6/rBHL4SHt5elBoW082bj3HgGfkYK9QId/vZhq/wQNZvpbKkm5D
OiaZjmtmE00n6lnwrJ3AGbTyxLl/k7zNy4ufwytDyGlk4Q5159K/Pfi2CpJFQswl
wfakaoTsr61zMyVc5nc6bkdhlaWnCxCCeeKruUnZrVw1du1wnFImLD9HtV7KxAI=
-----END ENCRYPTED PRIVATE KEY-----
)";
constexpr char kPublic[] = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAENRKvxteaDRzpeQf9Tats4+gu3iox9M6y
rO0mZa1OTcnBYPwd01mMAn4G24NIOPyGrm/xIuUA+pwW5Ap+t1+FbA==
-----END PUBLIC KEY-----
)";
// A P-256 key: fit for TLS, not for the ledger.
constexpr char kOtherCurve[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgElW21zg+wscC8kob
cqTuXUG1q6Tht1PmwOMn3x2+/uKhRANCAASbKdHOZypUZQ83ebVOPnF+s9wwknSG
7Q+BLIWS/k0UVSQNL643hQUF8EwMRupw5H5i8epJhAQ59HtcbWe9LLad
-----END PRIVATE KEY-----
)";
constexpr char kOtherCurvePublic[] = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmynRzmcqVGUPN3m1Tj5xfrPcMJJ0
hu0PgSyFkv5NFFUkDS+uN4UFBfBMDEbqcOR+YvHqSYQEOfR7XG1nvSy2nQ==
-----END PUBLIC KEY-----
)";

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_plainly(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

template <class T>
void check_refused(const Result<T>& result, std::string_view because) {
  REQUIRE_FALSE(result);
  CHECK(result.error().reason == v1::REASON_KEY_FILE);
  CHECK_THAT(result.error().message, Catch::Contains(std::string(because)));
}

}  // namespace

TEST_CASE("keys that stock tools wrote are read") {
  const auto [what, pem, passphrase] = GENERATE(table<std::string, std::string, std::string>({
      {"PKCS#8", kPlain, ""},
      {"PKCS#8, with a passphrase that it does not need", kPlain, "jinshi"},
      {"SEC 1", kTraditional, ""},
      {"PBES2 under scrypt", kScrypt, "jinshi"},
      {"PBES2 under PBKDF2", kPbkdf2, "jinshi"},
  }));
  INFO(what);
  const auto key = secret_key_from_pem(pem, passphrase);
  REQUIRE(key);
  CHECK(to_hex(key->scalar()) == kScalar);
  CHECK(is_encrypted_key(pem) == (what.find("PBES2") == 0));
}

TEST_CASE("a plain key is written byte for byte as openssl writes it") {
  const auto pem = secret_key_to_pem(key_of(kScalar), "");
  REQUIRE(pem);
  CHECK(pem->view() == kPlain);
}

TEST_CASE("an encrypted key opens with its passphrase only") {
  const auto key = numbered_key(1);
  const auto pem = secret_key_to_pem(key, "correct horse");
  REQUIRE(pem);
  CHECK(is_encrypted_key(pem->view()));
  const auto again = secret_key_from_pem(pem->view(), "correct horse");
  REQUIRE(again);
  CHECK(again->scalar() == key.scalar());
  check_refused(secret_key_from_pem(pem->view(), "wrong horse"), "passphrase does not open");
  check_refused(secret_key_from_pem(pem->view(), ""), "encrypted: give its passphrase");
  check_refused(secret_key_to_pem(key, std::string(1025, 'x')), "at most 1,024");
}

TEST_CASE("text that holds no ledger key is refused with what to do") {
  check_refused(secret_key_from_pem("", ""), "No private key");
  check_refused(secret_key_from_pem("hello", ""), "No private key");
  check_refused(secret_key_from_pem(kPublic, ""), "No private key");
  check_refused(secret_key_from_pem(std::string_view(kPlain).substr(0, 100), ""), "No private key");
  check_refused(secret_key_from_pem(kOtherCurve, ""), "another kind");
  check_refused(public_key_from_pem("hello"), "No public key");
  check_refused(public_key_from_pem(kOtherCurvePublic), "another kind");
}

TEST_CASE("a public key goes out as openssl writes it and comes back") {
  CHECK(public_key_to_pem(key_of(kScalar).public_key()) == kPublic);
  for (int i = 0; i < 10; ++i) {  // both parities of y
    const auto key = numbered_key(i).public_key();
    const auto again = public_key_from_pem(public_key_to_pem(key));
    REQUIRE(again);
    CHECK(*again == key);
  }
}

TEST_CASE("a key file is its owner's alone, is never overwritten and reads back") {
  const TemporaryFolder folder;
  const auto path = folder / "org.key";
  const auto key = numbered_key(1);
  const auto before = ::umask(0);
  const auto written = write_key_file(path, key, "");
  ::umask(before);
  REQUIRE(written);
  CHECK(mode_of(path) == 0600);
  const auto again = read_key_file(path, "");
  REQUIRE(again);
  CHECK(again->scalar() == key.scalar());

  const std::string text = contents_of(path);
  check_refused(write_key_file(path, numbered_key(2), ""), "never overwritten");
  CHECK(contents_of(path) == text);
}

TEST_CASE("a key file that others may use is refused, and the sentence names the mend") {
  const TemporaryFolder folder;
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0660, 0666, 0700, 0777, 04600}) {
    const auto path = folder / "org.key";
    write_plainly(path, kPlain, mode);
    INFO(mode);
    check_refused(read_key_file(path, ""), "chmod 600 " + path.string());
  }
  for (const mode_t mode : {0600, 0400}) {
    const auto path = folder / "org.key";
    write_plainly(path, kPlain, mode);
    CHECK(read_key_file(path, ""));
  }
}

TEST_CASE("a key file that can't be one is refused by name") {
  const TemporaryFolder folder;
  const auto missing = folder / "missing.key";
  check_refused(read_key_file(missing, ""), missing.string() + " can't be opened");
  const auto directory = folder / "directory";
  std::filesystem::create_directory(directory);
  check_refused(read_key_file(directory, ""), "no regular file");
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  check_refused(read_key_file(pipe, ""), "no regular file");
  const auto large = folder / "large.key";
  write_plainly(large, std::string(64 * 1024 + 1, 'x'), 0600);
  check_refused(read_key_file(large, ""), "over 64 KiB");
  const auto junk = folder / "junk.key";
  write_plainly(junk, "junk", 0600);
  check_refused(read_key_file(junk, ""), junk.string() + ": No private key");
  const auto locked = folder / "locked.key";
  write_plainly(locked, kScrypt, 0600);
  check_refused(read_key_file(locked, "wrong"), locked.string() + ": The passphrase does not open");
  const auto nowhere = write_key_file(folder / "no such folder", numbered_key(1), "");
  CHECK(nowhere);
  const auto deeper = write_key_file(missing / "deeper.key", numbered_key(1), "");
  REQUIRE_FALSE(deeper);
  CHECK(deeper.error().reason == v1::REASON_DISK);
}

TEST_CASE("a link is not followed when a key file is written") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder / "target", folder / "link");
  check_refused(write_secret_file(folder / "link", "secret"), "never overwritten");
  CHECK_FALSE(std::filesystem::exists(folder / "target"));
}

TEST_CASE("the openssl command reads key files, plain and encrypted") {
  const TemporaryFolder folder;
  const auto key = numbered_key(3);
  for (const std::string passphrase : {"", "correct horse"}) {
    const auto path = folder / (passphrase.empty() ? "plain.key" : "encrypted.key");
    const auto out = folder / (passphrase.empty() ? "plain.pub" : "encrypted.pub");
    REQUIRE(write_key_file(path, key, passphrase));
    const std::string command = "openssl pkey -in '" + path.string() + "' -passin 'pass:" + passphrase +
                                "' -pubout -out '" + out.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    CHECK(contents_of(out) == public_key_to_pem(key.public_key()));
  }
}

}  // namespace jinshi::crypto
