#include "cli/verify.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace jinshi::cli {
namespace {

const std::string kVectors = JINSHI_SOURCE_DIR "/tests/vectors/";

// What a run printed, and its exit status.
struct Printed {
  int status;
  std::string out;
  std::string err;
};

class Capture {
 public:
  Capture() : out_(std::cout.rdbuf(out_text_.rdbuf())), err_(std::cerr.rdbuf(err_text_.rdbuf())) {}
  ~Capture() {
    std::cout.rdbuf(out_);
    std::cerr.rdbuf(err_);
  }
  std::string out() const { return out_text_.str(); }
  std::string err() const { return err_text_.str(); }

 private:
  std::ostringstream out_text_, err_text_;
  std::streambuf *out_, *err_;
};

Printed verify(VerifyOptions options, OutputFormat format = OutputFormat::kTable) {
  const Output output{format};
  const Capture capture;
  const int status = run_verify(options, output);
  return {status, capture.out(), capture.err()};
}

VerifyOptions of(const std::string& name, const std::string& genesis) {
  return {.file = kVectors + name + ".proof", .genesis = kVectors + genesis, .trusted = {}, .absent = {}};
}

}  // namespace

TEST_CASE("verify says in sentences what a receipt proves and what it rests on") {
  const auto printed = verify(of("receipt-of-a-refusal", "genesis-of-four"));
  CHECK(printed.status == 0);
  CHECK(printed.out.find("WithdrawApplication, operation 3 of 5 of transaction ") != std::string::npos);
  CHECK(printed.out.find("was REFUSED with FROZEN.") != std::string::npos);
  CHECK(printed.out.find("the genesis of 2026-11-24T08:00:00.000+08:00, which you trust: 4 validators") !=
        std::string::npos);
  CHECK(printed.out.find("the head, certified by 3 of 4 validators") != std::string::npos);
  CHECK(printed.err.empty());
}

TEST_CASE("verify shows a certificate with its effective state and its asset") {
  const auto printed = verify(of("record-certificate-expired", "genesis-of-one"));
  CHECK(printed.status == 0);
  CHECK(printed.out.find("and was EXPIRED then") != std::string::npos);
  CHECK(printed.out.find("时区数据") != std::string::npos);
}

TEST_CASE("verify exits with 1 and the failing step for an invalid file") {
  const auto printed = verify(of("receipt-leaf-changed", "genesis-of-four"));
  CHECK(printed.status == 1);
  CHECK(printed.out.empty());
  CHECK(printed.err.find("step 7, history path") != std::string::npos);
}

TEST_CASE("verify exits with 3 for a file of later, and does not call it invalid") {
  const auto printed = verify(of("newer-file-witnesses", "genesis-of-one"));
  CHECK(printed.status == 3);
  CHECK(printed.err.find("newer verifier") != std::string::npos);
  CHECK(printed.err.find("nvalid") == std::string::npos);
}

TEST_CASE("verify exits with 2 when it is told too little") {
  CHECK(verify({.file = kVectors + "receipt-of-one.proof"}).status == 2);
  CHECK(verify(of("no-such-file", "genesis-of-one")).status == 2);
  CHECK(verify(of("receipt-of-one", "index.json")).status == 2);
  auto absence = of("absence-deleted", "genesis-of-one");
  CHECK(verify(absence).status == 2);
  absence.absent = {"organisation", "deleted"};
  const auto printed = verify(absence);
  CHECK(printed.status == 0);
  CHECK(printed.out.find("nothing stood on the ledger under this key") != std::string::npos);
  absence.absent = {"organisation", "bank"};
  CHECK(verify(absence).status == 1);
  absence.absent = {"planet", "earth"};
  CHECK(verify(absence).status == 2);
}

TEST_CASE("verify prints one JSON object for programs") {
  const auto printed = verify(of("links-a-b-a", "genesis-of-four"), OutputFormat::kJson);
  CHECK(printed.status == 0);
  const auto json = boost::json::parse(printed.out);
  CHECK(json.at("verdict") == "valid");
  CHECK(json.at("kind") == "receipt");
  CHECK(json.at("rests_on").as_array().size() == 4);
  const auto refused = boost::json::parse(verify(of("file-empty", "genesis-of-one"), OutputFormat::kJson).out);
  CHECK(refused.at("verdict") == "invalid");
}

}  // namespace jinshi::cli
