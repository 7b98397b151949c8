// How this node reaches the others: a message to one of them, or a question. What carries them is behind this: gRPC
// over mutual TLS (grpc_links.h), or a hand-over within one process in tests.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "jinshi/v1/peer_service.pb.h"
#include "proto/error.h"

namespace jinshi::node {

// A serialised PeerMessage has at most this; a longer one is dropped by its sender and ends the receiver's stream.
inline constexpr std::size_t kMaxPeerMessageBytes = 4 << 20;
// An answer to a fetch.
inline constexpr std::size_t kMaxFetchBytes = 16 << 20;

class PeerLinks {
 public:
  virtual ~PeerLinks() = default;

  // Any thread; never waits. `message` is a serialised PeerMessage. Dropped when the peer can't be reached or takes too
  // slowly: its memory is bounded, and status brings what was lost (docs/protocol.md, status). Transactions passed on
  // yield to everything else.
  virtual void send(const std::string& organisation, std::shared_ptr<const std::string> message) = 0;

  // `done` is called once, on any thread, perhaps before the call returns, with the answer or within a deadline with an
  // error: UNREACHABLE, or what the peer said.
  template <class Response>
  using Done = std::function<void(Result<Response>)>;
  virtual void fetch_blocks(const std::string& organisation, const v1::FetchBlocksRequest& request,
                            Done<v1::FetchBlocksResponse> done) = 0;
  virtual void fetch_payload(const std::string& organisation, const v1::FetchPayloadRequest& request,
                             Done<v1::FetchPayloadResponse> done) = 0;
  virtual void get_head(const std::string& organisation, Done<v1::GetHeadResponse> done) = 0;

  // Whether the peer's stream stands, dialled by us.
  virtual bool connected(const std::string& organisation) const = 0;
};

// What answers the others. Any thread; must not wait for long.
class PeerHandler {
 public:
  virtual ~PeerHandler() = default;

  // While it is kept, the message counts as not dealt with: a peer of whom too much is kept isn't read any further. May
  // be let go on any thread, also after the links are gone.
  using Hold = std::shared_ptr<void>;

  // From a validator of a set that is in force, next or last; the bytes are hostile. One at a time and in order from
  // one stream; two streams of one organisation may overlap while the newer takes the older's place.
  virtual void received(const std::string& organisation, std::string message, Hold hold) = 0;
  // From any node of a registered organisation.
  virtual Result<v1::FetchBlocksResponse> blocks(const v1::FetchBlocksRequest& request) = 0;
  virtual Result<v1::FetchPayloadResponse> payload(const v1::FetchPayloadRequest& request) = 0;
  virtual v1::GetHeadResponse head() = 0;
};

}  // namespace jinshi::node
