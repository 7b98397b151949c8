#include "node/peer/peer_tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ledger/crypto/tls_identity.h"
#include "node/durable_file.h"
#include "node/service/tls_files.h"

namespace jinshi::node {
namespace {

namespace experimental = grpc::experimental;

constexpr unsigned kRefreshSeconds = 1;
constexpr std::size_t kMaxCertificateBytes = 64 * 1024;
constexpr std::size_t kMaxRemembered = 1024;

ByteView view(grpc::string_ref text) { return {text.data(), text.size()}; }

bool out_of_date(ByteView pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                           &BIO_free_all);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
  return certificate != nullptr && (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0 ||
                                    X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0);
}

std::shared_ptr<experimental::CertificateProviderInterface> watched(const std::filesystem::path& certificate,
                                                                    const std::filesystem::path& key) {
  return std::make_shared<experimental::FileWatcherCertificateProvider>(key.string(), certificate.string(),
                                                                        kRefreshSeconds);
}

}  // namespace

// Shared with gRPC's verifiers, which live as long as gRPC likes.
class PeerTls::Judge {
 public:
  Judge(const PeerBook& book, const Log& log) : book_(&book), log_(log) {}

  void close() {
    const std::scoped_lock lock(mutex_);
    book_ = nullptr;
  }

  // `wanted`: whose key it must be; empty = any organisation's.
  grpc::Status judge(ByteView certificate, const std::string& wanted) {
    const auto refused = [](const std::string& why) { return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, why); };
    const auto key = crypto::spki_digest_of_pem_certificate(certificate);
    if (!key) return refused("no certificate was shown");
    const std::scoped_lock lock(mutex_);
    if (book_ == nullptr) return refused("this node is stopping");
    const auto organisation = book_->organisation_of(*key);
    if (!organisation || (!wanted.empty() && *organisation != wanted)) {
      const std::string holder = organisation.value_or("nobody");
      if (first_time(refused_, *key)) {
        log_.warning("a peer's TLS key is refused",
                     {{"key", *key}, {"is", holder}, {"wanted", wanted.empty() ? "any organisation" : wanted}});
      }
      return refused("the TLS key is " + holder + "'s on the ledger, as this node knows it");
    }
    refused_.erase(*key);
    if (out_of_date(certificate) && first_time(out_of_date_, *key)) {
      log_.warning("a peer's certificate is out of date, and its key still good: it should be made anew",
                   {{"organisation", *organisation}, {"key", *key}});
    }
    return grpc::Status::OK;
  }

 private:
  // So that nobody fills the log by dialling.
  static bool first_time(std::set<Digest>& seen, const Digest& key) {
    if (seen.size() >= kMaxRemembered) seen.clear();
    return seen.insert(key).second;
  }

  std::mutex mutex_;  // guards all below
  const PeerBook* book_;
  const Log& log_;
  std::set<Digest> refused_, out_of_date_;
};

class PeerTls::Verifier final : public experimental::ExternalCertificateVerifier {
 public:
  Verifier(std::shared_ptr<Judge> judge, std::string wanted) : judge_(std::move(judge)), wanted_(std::move(wanted)) {}

  bool Verify(experimental::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    *status = judge_->judge(view(request->peer_cert()), wanted_);
    return true;
  }
  void Cancel(experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<Judge> judge_;
  const std::string wanted_;
};

PeerTls::PeerTls(std::filesystem::path certificate, std::filesystem::path key, const Digest& spki,
                 std::shared_ptr<Judge> judge)
    : certificate_(std::move(certificate)), key_(std::move(key)), spki_(spki), judge_(std::move(judge)) {}

PeerTls::~PeerTls() { judge_->close(); }

Result<std::unique_ptr<PeerTls>> PeerTls::open(std::filesystem::path certificate, std::filesystem::path key,
                                               const PeerBook& book, const Log& log) {
  if (auto files = check_tls_files("peer", certificate, key); !files) return std::unexpected(files.error());
  const auto text = read_file(certificate, kMaxCertificateBytes);
  if (!text) return std::unexpected(text.error());
  const auto spki = crypto::spki_digest_of_pem_certificate(*text);
  if (!spki) return std::unexpected(spki.error());
  return std::unique_ptr<PeerTls>(
      new PeerTls(std::move(certificate), std::move(key), *spki, std::make_shared<Judge>(book, log)));
}

std::shared_ptr<grpc::ServerCredentials> PeerTls::server() const {
  experimental::TlsServerCredentialsOptions options(watched(certificate_, key_));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(experimental::ExternalCertificateVerifier::Create<Verifier>(judge_, ""));
  options.set_check_call_host(false);
  return experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> PeerTls::channel_to(const std::string& organisation) const {
  experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(watched(certificate_, key_));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(experimental::ExternalCertificateVerifier::Create<Verifier>(judge_, organisation));
  return experimental::TlsCredentials(options);
}

std::optional<Digest> peer_key(const grpc::AuthContext* context) {
  if (context == nullptr) return std::nullopt;
  const auto certificates = context->FindPropertyValues("x509_pem_cert");
  if (certificates.empty()) return std::nullopt;
  const auto digest = crypto::spki_digest_of_pem_certificate(view(certificates[0]));
  return digest ? std::optional(*digest) : std::nullopt;
}

}  // namespace jinshi::node
