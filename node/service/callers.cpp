#include "node/service/callers.h"

#include "ledger/crypto/tls_identity.h"
#include "ledger/domain/record_key.h"

namespace jinshi::node {

std::string Callers::organisation(const grpc::CallbackServerContext& context) const {
  const auto auth = context.auth_context();
  if (auth == nullptr) return "";
  const auto certificates = auth->FindPropertyValues("x509_pem_cert");
  if (certificates.empty()) return "";
  const auto digest = crypto::spki_digest_of_pem_certificate(ByteView(certificates[0].data(), certificates[0].size()));
  if (!digest) return "";
  const auto answer = ledger_.get(ledger::keys::key(digest->view()).key());
  if (!answer || !answer->record || !answer->record->has_key()) return "";
  const auto& key = answer->record->key();
  return key.purpose() == v1::KEY_PURPOSE_TLS && key.revoked_at() == 0 ? key.organisation() : "";
}

Result<void> Callers::may_read(const grpc::CallbackServerContext& context) const {
  if (open_reads_ || !organisation(context).empty()) return {};
  return fail(v1::REASON_UNKNOWN_KEY,
              "this node answers registered clients only: connect with a TLS key that the ledger lists for your "
              "organisation");
}

std::string Callers::share_of(const grpc::CallbackServerContext& context) const {
  if (std::string name = organisation(context); !name.empty()) return name;
  // "ipv4:203.0.113.5:40312": every connection from there is one client.
  const std::string peer = context.peer();
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace jinshi::node
