// From an event to its receipt: build, sign, send, wait, and say what came of it.
#pragma once

#include <string>
#include <vector>

#include "cli/operation_input.h"
#include "cli/session.h"
#include "cli/signing.h"

namespace jinshi::cli {

struct SubmissionOptions {
  SigningRequest signing;
  v1::Mode mode = v1::MODE_ATOMIC;
  std::int64_t expires_in_ms = 600'000;
  bool check = true;  // the fields, before anything is signed
};

// A SignedTransaction, signed by keys of the wallet; its secrets are on disk before it is given back.
Outcome<std::string> sign_operations(const NetworkFolder& folder, const Client& client, const Wallet& wallet,
                                     const std::vector<OperationInput>& inputs, const SubmissionOptions& options);

// What would be signed, and by whom; nothing is kept or sent.
Outcome<void> show_operations(const Session& session, const Client& client, const Wallet& wallet,
                              const std::vector<OperationInput>& inputs, const SubmissionOptions& options);

// The failure in an answer, if it is one: not taken, expired, refused, or without an outcome yet.
Outcome<void> judge(const v1::SubmitResponse& response, const std::vector<OperationInput>& inputs);

// The operations of a file of JSON lines {op, args}. Failures name the line.
Outcome<std::vector<OperationInput>> read_operations(const std::string& path);

// Its id, status, height and what became of each operation.
void show_submission(const Output& output, const v1::SubmitResponse& response);

// What a transaction would say, without keys: for --dry-run and drafts.
boost::json::object describe_operation(const v1::Operation& operation);

}  // namespace jinshi::cli
