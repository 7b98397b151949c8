#include "consensus/message.h"

#include "jinshi/v1/block.pb.h"
#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::consensus {
namespace {

// Of the largest window as often as the verifier lets certificates reach above what is certified.
constexpr int kMaxPrepared = 64 * kWindowsPrepared;
constexpr int kMaxValidators = 100;
constexpr int kMaxRecovered = 64 * 16;
constexpr std::size_t kMaxNonceBytes = 32;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(v1::REASON_MALFORMED, "the peer's message is none of this protocol: " + std::string(what));
}

// --- out ---

v1::Commit to_wire(const CommitVote& vote) {
  v1::Commit out;
  out.set_epoch(vote.at.epoch);
  out.set_view(vote.at.view);
  out.set_height(vote.height);
  out.set_digest(vote.digest.string());
  return out;
}

v1::Status to_wire(const Status& status) {
  v1::Status out;
  out.set_epoch(status.at.epoch);
  out.set_view(status.at.view);
  out.set_active(status.active);
  out.set_certified(status.certified);
  out.set_executed(status.executed);
  return out;
}

v1::RecoveryAnswer to_wire(const RecoveryAnswer& answer) {
  v1::RecoveryAnswer out;
  out.set_nonce(answer.nonce);
  out.set_epoch(answer.epoch);
  for (const auto& one : answer.proposals) *out.add_pre_prepares() = consensus::to_wire(one);
  for (const auto& one : answer.prepares) *out.add_prepares() = consensus::to_wire(one);
  for (const auto& one : answer.headers) *out.add_headers() = consensus::to_wire(one);
  for (const auto& one : answer.view_changes) *out.add_view_changes() = one->bytes;
  for (const auto& one : answer.new_views) *out.add_new_views() = one->bytes;
  return out;
}

struct Writer {
  v1::PeerMessage& out;
  void operator()(const Proposal& m) const { *out.mutable_pre_prepare() = consensus::to_wire(m); }
  void operator()(const PrepareVote& m) const { *out.mutable_prepare() = consensus::to_wire(m); }
  void operator()(const CommitVote& m) const { *out.mutable_commit() = to_wire(m); }
  void operator()(const HeaderVote& m) const { *out.mutable_header_vote() = consensus::to_wire(m); }
  void operator()(const ViewChangePtr& m) const { *out.mutable_view_change() = m->bytes; }
  void operator()(const NewViewPtr& m) const { *out.mutable_new_view() = m->bytes; }
  void operator()(const Status& m) const { *out.mutable_status() = to_wire(m); }
  void operator()(const CertifiedHeaderPtr& m) const { *out.mutable_certified() = m->bytes; }
  void operator()(const RecoveryRequest& m) const { out.mutable_recovery_request()->set_nonce(m.nonce); }
  void operator()(const RecoveryAnswerPtr& m) const { *out.mutable_recovery_answer() = to_wire(*m); }
};

// --- in ---

Result<CommitVote> from_wire(const v1::Commit& in) {
  const auto digest = Digest::from(in.digest());
  if (!digest || in.height() == 0) return malformed("a COMMIT without a height or a digest of 32 bytes");
  return CommitVote{{in.epoch(), in.view()}, in.height(), *digest};
}

Result<RecoveryAnswerPtr> from_wire(const v1::RecoveryAnswer& in) {
  if (in.nonce().size() > kMaxNonceBytes || in.pre_prepares_size() > kMaxRecovered ||
      in.prepares_size() > kMaxRecovered || in.headers_size() > kMaxRecovered || in.view_changes_size() > 16 ||
      in.new_views_size() > 16) {
    return malformed("an answer beyond its bounds");
  }
  RecoveryAnswer answer;
  answer.nonce = in.nonce();
  answer.epoch = in.epoch();
  const auto read_all = [](const auto& messages, auto& into) -> Result<void> {
    for (const auto& message : messages) {
      auto read = consensus::from_wire(message);
      if (!read) return std::unexpected(read.error());
      into.push_back(std::move(*read));
    }
    return {};
  };
  if (auto read = read_all(in.pre_prepares(), answer.proposals); !read) return std::unexpected(read.error());
  if (auto read = read_all(in.prepares(), answer.prepares); !read) return std::unexpected(read.error());
  if (auto read = read_all(in.headers(), answer.headers); !read) return std::unexpected(read.error());
  if (auto read = read_all(in.view_changes(), answer.view_changes); !read) return std::unexpected(read.error());
  if (auto read = read_all(in.new_views(), answer.new_views); !read) return std::unexpected(read.error());
  return std::make_shared<const RecoveryAnswer>(std::move(answer));
}

template <class T>
Result<Message> as_message(Result<T> read) {
  if (!read) return std::unexpected(read.error());
  return Message(std::move(*read));
}

}  // namespace

v1::PeerMessage to_wire(const Message& message) {
  v1::PeerMessage out;
  std::visit(Writer{out}, message);
  return out;
}

v1::PrePrepare to_wire(const Proposal& proposal) {
  v1::PrePrepare out;
  out.set_epoch(proposal.at.epoch);
  out.set_view(proposal.at.view);
  out.set_height(proposal.height);
  out.set_validator(proposal.validator);
  out.set_batch(*proposal.batch);
  out.set_signature(proposal.signature);
  return out;
}

v1::Prepare to_wire(const PrepareVote& vote) {
  v1::Prepare out;
  out.set_epoch(vote.at.epoch);
  out.set_view(vote.at.view);
  out.set_height(vote.height);
  out.set_digest(vote.digest.string());
  out.set_validator(vote.validator);
  out.set_share(vote.share);
  out.set_signature(vote.signature);
  return out;
}

v1::PrepareCertificate to_wire(const PrepareCertificate& certificate) {
  v1::PrepareCertificate out;
  out.set_epoch(certificate.at.epoch);
  out.set_view(certificate.at.view);
  out.set_height(certificate.height);
  out.set_digest(certificate.digest.string());
  for (const auto& entry : certificate.entries) {
    auto& one = *out.add_entries();
    one.set_validator(entry.validator);
    one.set_phase(entry.phase);
    one.set_share(entry.share);
    one.set_signature(entry.signature);
  }
  return out;
}

v1::HeaderVote to_wire(const HeaderVote& vote) {
  v1::HeaderVote out;
  out.set_epoch(vote.epoch);
  out.set_height(vote.height);
  out.set_header(vote.header.string());
  out.set_validator(vote.validator);
  out.set_signature(vote.signature);
  return out;
}

Result<Message> from_wire(const v1::PeerMessage& in) {
  switch (in.message_case()) {
    case v1::PeerMessage::kPrePrepare:
      return as_message(from_wire(in.pre_prepare()));
    case v1::PeerMessage::kPrepare:
      return as_message(consensus::from_wire(in.prepare()));
    case v1::PeerMessage::kCommit:
      return as_message(from_wire(in.commit()));
    case v1::PeerMessage::kHeaderVote:
      return as_message(from_wire(in.header_vote()));
    case v1::PeerMessage::kViewChange:
      return as_message(from_wire(in.view_change()));
    case v1::PeerMessage::kNewView:
      return as_message(from_wire(in.new_view()));
    case v1::PeerMessage::kStatus: {
      const auto& status = in.status();
      return Status{{status.epoch(), status.view()}, status.active(), status.certified(), status.executed()};
    }
    case v1::PeerMessage::kCertified:
      return as_message(from_wire(in.certified()));
    case v1::PeerMessage::kRecoveryRequest:
      if (in.recovery_request().nonce().size() > kMaxNonceBytes) return malformed("a nonce beyond its bounds");
      return RecoveryRequest{in.recovery_request().nonce()};
    case v1::PeerMessage::kRecoveryAnswer:
      return as_message(from_wire(in.recovery_answer()));
    default:
      return malformed("no message of consensus");
  }
}

Result<Proposal> from_wire(const v1::PrePrepare& in) {
  const auto batch = decode<v1::Batch>(in.batch());
  if (in.height() == 0 || in.batch().empty() || !batch) return malformed("a PRE-PREPARE without a canonical batch");
  return Proposal{{in.epoch(), in.view()},
                  in.height(),
                  in.validator(),
                  blob(in.batch()),
                  batch_digest(in.batch()),
                  batch->time(),
                  batch->proposer(),
                  in.signature()};
}

Result<PrepareVote> from_wire(const v1::Prepare& in) {
  const auto digest = Digest::from(in.digest());
  if (!digest || in.height() == 0) return malformed("a PREPARE without a height or a digest of 32 bytes");
  return PrepareVote{{in.epoch(), in.view()}, in.height(), *digest, in.validator(), in.share(), in.signature()};
}

Result<PrepareCertificate> from_wire(const v1::PrepareCertificate& in) {
  const auto digest = Digest::from(in.digest());
  if (!digest || in.height() == 0 || in.entries_size() > kMaxValidators) {
    return malformed("a prepare certificate without a height or a digest of 32 bytes");
  }
  PrepareCertificate certificate{{in.epoch(), in.view()}, in.height(), *digest, {}};
  for (const auto& entry : in.entries()) {
    if (entry.phase() != v1::PHASE_PRE_PREPARE && entry.phase() != v1::PHASE_PREPARE) {
      return malformed("a prepare certificate of another phase");
    }
    if (!certificate.entries.empty() && entry.validator() <= certificate.entries.back().validator) {
      return malformed("a prepare certificate whose entries don't ascend");
    }
    certificate.entries.push_back({entry.validator(), entry.phase(), entry.share(), entry.signature()});
  }
  return certificate;
}

Result<ViewChangePtr> from_wire(const v1::ViewChange& in) {
  const auto body = decode<v1::ViewChangeBody>(in.body());
  if (!body) return malformed("a VIEW-CHANGE without a canonical body");
  if (body->prepared_size() > kMaxPrepared) return malformed("a VIEW-CHANGE beyond its bounds");
  ViewChange out;
  out.at = {body->epoch(), body->view()};
  out.validator = body->validator();
  auto certified = from_wire(body->certified());
  if (!certified) return std::unexpected(certified.error());
  out.certified = std::move(*certified);
  Height above = out.certified->height;
  for (const auto& one : body->prepared()) {
    auto certificate = from_wire(one);
    if (!certificate) return std::unexpected(certificate.error());
    if (certificate->height <= above || certificate->at.epoch != out.at.epoch || certificate->at.view >= out.at.view) {
      return malformed("a VIEW-CHANGE whose certificates are out of order");
    }
    above = certificate->height;
    out.prepared.push_back(std::make_shared<const PrepareCertificate>(std::move(*certificate)));
  }
  out.digest = view_change_digest(in.body());
  out.bytes = in;
  return std::make_shared<const ViewChange>(std::move(out));
}

Result<NewViewPtr> from_wire(const v1::NewView& in) {
  const auto body = decode<v1::NewViewBody>(in.body());
  if (!body) return malformed("a NEW-VIEW without a canonical body");
  if (body->view_changes_size() > kMaxValidators) return malformed("a NEW-VIEW beyond its bounds");
  NewView out;
  out.at = {body->epoch(), body->view()};
  out.validator = body->validator();
  for (const auto& one : body->view_changes()) {
    auto view_change = from_wire(one);
    if (!view_change) return std::unexpected(view_change.error());
    if (!out.view_changes.empty() && (*view_change)->validator <= out.view_changes.back()->validator) {
      return malformed("a NEW-VIEW whose view changes don't ascend");
    }
    if ((*view_change)->at != out.at) return malformed("a NEW-VIEW with view changes of another view");
    out.view_changes.push_back(std::move(*view_change));
  }
  out.digest = new_view_digest(in.body());
  out.bytes = in;
  return std::make_shared<const NewView>(std::move(out));
}

Result<HeaderVote> from_wire(const v1::HeaderVote& in) {
  const auto header = Digest::from(in.header());
  if (!header) return malformed("a header signature without a digest of 32 bytes");
  return HeaderVote{in.epoch(), in.height(), *header, in.validator(), in.signature()};
}

Result<CertifiedHeaderPtr> from_wire(const v1::CertifiedHeader& in) {
  const auto header = decode<v1::Header>(in.header());
  if (!header) return malformed("a certified header without a canonical header");
  const auto set = Digest::from(header->set());
  if (!set || in.certificate().signatures_size() > kMaxValidators) {
    return malformed("a certified header that names no set");
  }
  CertifiedHeader out;
  out.height = header->height();
  out.epoch = header->epoch();
  out.digest = crypto::digest(crypto::Tag::kHeader, in.header());
  out.set = *set;
  out.bytes = in;
  return std::make_shared<const CertifiedHeader>(std::move(out));
}

}  // namespace jinshi::consensus
