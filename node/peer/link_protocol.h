// What both ends of a Link agree on beside the messages.
#pragma once

namespace jinshi::node {

inline constexpr char kLinkMethod[] = "/jinshi.v1.PeerService/Link";
// In the initial metadata of a stream that is taken; a refused one has none.
inline constexpr char kLinkAccepted[] = "jinshi-link";

// A peer that is gone without a word is noticed within twice this.
inline constexpr int kPeerKeepAliveMs = 2000, kPeerKeepAliveTimeoutMs = 2000;

}  // namespace jinshi::node
