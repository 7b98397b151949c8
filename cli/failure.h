// Why a command did not do what it was asked: what is printed, and the exit status.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <expected>
#include <string>

#include "jinshi/v1/ledger_service.pb.h"
#include "proto/error.h"

namespace jinshi::cli {

// Exit statuses of every command but `verify`, which has its own.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;  // refused by the ledger, a node or this tool: the message names the mend
inline constexpr int kUsage = 2;    // the command line itself is wrong

struct Failure {
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  std::string field = {};  // as people write it: rights[0].holder
  std::string message = {};
  std::int64_t retry_after_ms = 0;
  int exit_status = kRefused;
};

template <class T>
using Outcome = std::expected<T, Failure>;

// `root` is the message in which the error's field is a path; without it the path stays numbers.
std::unexpected<Failure> failed(const Error& error, const google::protobuf::Descriptor* root = nullptr);
std::unexpected<Failure> failed(v1::Reason reason, std::string message);
std::unexpected<Failure> failed(const v1::Refusal& refusal);
// The command line asks for something that can't be: exit status 2.
std::unexpected<Failure> misused(std::string message);

// "WRONG_STATE asset: the asset is not certified yet".
std::string to_text(const Failure& failure);
std::string_view reason_name(v1::Reason reason);

}  // namespace jinshi::cli
