// Whatever bytes come, the canonical walk refuses them or they are a message that encodes to these very bytes.
#include <cstddef>
#include <cstdint>

#include "jinshi/v1/proof.pb.h"
#include "jinshi/v1/state.pb.h"
#include "jinshi/v1/transaction.pb.h"
#include "proto/canonical.h"
#include "proto/json.h"

namespace {

template <class Message>
void check(jinshi::ByteView bytes) {
  const auto decoded = jinshi::decode<Message>(bytes);
  if (!decoded) return;
  JINSHI_ASSERT(jinshi::encode(*decoded) == bytes, "canonical bytes are what their message encodes to");
  Message again;
  JINSHI_ASSERT(jinshi::from_json(jinshi::to_json(*decoded), again).has_value(), "what JSON shows, JSON reads");
  JINSHI_ASSERT(jinshi::encode(again) == bytes, "JSON loses nothing");
}

}  // namespace

// The first byte says which type the others are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const jinshi::ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check<jinshi::v1::SignedTransaction>(bytes);
      break;
    case 1:
      check<jinshi::v1::Operation>(bytes);
      break;
    case 2:
      check<jinshi::v1::Record>(bytes);
      break;
    default:
      check<jinshi::v1::ProofFile>(bytes);
      break;
  }
  return 0;
}
