// The receiving side of Link: one stream a validator, read only as fast as the handler deals with what came.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "node/log.h"
#include "node/peer/identity.h"
#include "node/peer/links.h"

namespace jinshi::node {

class LinkCall;

// What the handler keeps of one organisation's messages, over all the streams it ever had.
class Intake {
 public:
  Intake(std::size_t bytes, std::size_t messages) : bytes_limit_(bytes), messages_limit_(messages) {}

  bool has_room() const;
  void take(std::size_t bytes);
  void let_go(std::size_t bytes);
  // Which stream is read when there is room again; the one before, if any.
  std::shared_ptr<LinkCall> replace(const std::shared_ptr<LinkCall>& call);
  std::shared_ptr<LinkCall> current() const;

 private:
  const std::size_t bytes_limit_, messages_limit_;
  mutable std::mutex mutex_;  // guards all below
  std::size_t bytes_ = 0, messages_ = 0;
  std::weak_ptr<LinkCall> current_;
};

class LinkCall final : public grpc::ServerReadReactor<grpc::ByteBuffer>, public std::enable_shared_from_this<LinkCall> {
 public:
  static std::shared_ptr<LinkCall> make(const PeerBook& book, PeerHandler& handler, std::string organisation,
                                        const Digest& key, std::shared_ptr<Intake> intake);

  void begin(grpc::CallbackServerContext& context);
  void read_on();
  void end(const grpc::Status& status);
  bool standing() const;

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  LinkCall(const PeerBook& book, PeerHandler& handler, std::string organisation, const Digest& key,
           std::shared_ptr<Intake> intake)
      : book_(book), handler_(handler), organisation_(std::move(organisation)), key_(key), intake_(std::move(intake)) {}

  const PeerBook& book_;
  PeerHandler& handler_;
  const std::string organisation_;
  const Digest key_;
  const std::shared_ptr<Intake> intake_;
  std::shared_ptr<LinkCall> self_;  // until gRPC lets go
  grpc::ByteBuffer message_;        // of the read under way

  mutable std::mutex mutex_;  // guards all below
  bool reading_ = false;      // or handing over what was read
  bool finished_ = false;
};

}  // namespace jinshi::node
