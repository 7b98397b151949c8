#include "tests/simulation/exhaustive/byzantine.h"

#include "proto/assert.h"
#include "proto/canonical.h"

namespace jinshi::exhaustive {
namespace {

constexpr std::uint32_t kShareAll = 1;
constexpr consensus::EpochNumber kEpoch = 1;

}  // namespace

MessageId Byzantine::add(const consensus::Message& message) {
  const auto id = catalogue_.add(world_.byzantine(), message);
  JINSHI_ASSERT(id && catalogue_[*id].passes, "what the Byzantine one says here passes the verifier");
  return *id;
}

MessageId Byzantine::pre_prepare(consensus::View view, Value value) {
  const auto sender = world_.byzantine();
  if (const auto id = catalogue_.find({Kind::kPrePrepare, static_cast<std::uint8_t>(sender),
                                       static_cast<std::uint8_t>(view), value, {}})) {
    return *id;
  }
  const Batch& batch = world_.batches()[value];
  v1::PrePrepare message;
  message.set_epoch(kEpoch);
  message.set_view(view);
  message.set_height(kHeight);
  message.set_validator(static_cast<std::uint32_t>(sender));
  message.set_batch(*batch.bytes);
  message.set_signature(world_.sign(sender, v1::PHASE_PRE_PREPARE, view, kHeight, batch.digest));
  return add(*consensus::from_wire(message));
}

MessageId Byzantine::prepare(consensus::View view, Value value) {
  const auto sender = static_cast<std::uint32_t>(world_.byzantine());
  if (const auto id = catalogue_.find({Kind::kPrepare, static_cast<std::uint8_t>(sender),
                                       static_cast<std::uint8_t>(view), value, {}})) {
    return *id;
  }
  const Digest& digest = world_.batches()[value].digest;
  return add(consensus::PrepareVote{{kEpoch, view}, kHeight, digest, sender, kShareAll,
                                    world_.sign(sender, v1::PHASE_PREPARE, view, kHeight, digest)});
}

MessageId Byzantine::commit(consensus::View view, Value value) {
  return add(consensus::CommitVote{{kEpoch, view}, kHeight, world_.batches()[value].digest});
}

MessageId Byzantine::header(Value value) {
  const Digest& header = world_.batches()[value].block.header;
  return add(consensus::HeaderVote{kEpoch, kHeight, header, static_cast<std::uint32_t>(world_.byzantine()),
                                   world_.sign_header(world_.byzantine(), header)});
}

v1::ViewChange Byzantine::sign(const v1::ViewChangeBody& body) const {
  v1::ViewChange message;
  message.set_body(encode(body));
  message.set_signature(world_.sign(world_.byzantine(), v1::PHASE_VIEW_CHANGE, body.view(), 0,
                                    consensus::view_change_digest(message.body())));
  return message;
}

MessageId Byzantine::view_change(consensus::View view, const consensus::CertifiedHeaderPtr& certified,
                                 const consensus::PrepareCertificatePtr& prepared) {
  v1::ViewChangeBody body;
  body.set_epoch(kEpoch);
  body.set_view(view);
  body.set_validator(static_cast<std::uint32_t>(world_.byzantine()));
  *body.mutable_certified() = certified->bytes;
  if (prepared) *body.add_prepared() = to_wire(*prepared);
  return add(*consensus::from_wire(sign(body)));
}

MessageId Byzantine::empty_view_change(consensus::View view) {
  if (const auto id = catalogue_.find({Kind::kViewChange, static_cast<std::uint8_t>(world_.byzantine()),
                                       static_cast<std::uint8_t>(view), kNoValue, {Brought{}}})) {
    return *id;
  }
  return view_change(view, world_.genesis(), nullptr);
}

std::vector<consensus::PrepareCertificatePtr> Byzantine::certificates(consensus::View below, const Said& said) const {
  std::map<std::pair<std::uint8_t, Value>, std::map<std::uint32_t, consensus::PrepareEntry>> votes;
  for (const MessageId id : said) {
    const auto& [meaning, message, passes] = catalogue_[id];
    if (meaning.view >= below || !passes || meaning.value == kNoValue) continue;
    auto& of = votes[{meaning.view, meaning.value}];
    if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) {
      of[meaning.sender] = {meaning.sender, v1::PHASE_PRE_PREPARE, kShareAll, proposal->signature};
    } else if (const auto* vote = std::get_if<consensus::PrepareVote>(&message)) {
      of[meaning.sender] = {meaning.sender, v1::PHASE_PREPARE, kShareAll, vote->signature};
    }
  }
  std::vector<consensus::PrepareCertificatePtr> built;
  for (auto& [place, of] : votes) {
    const Digest& digest = world_.batches()[place.second].digest;
    const auto own = static_cast<std::uint32_t>(world_.byzantine());
    while (of.size() >= kQuorum) of.erase(of.begin());
    of[own] = {own, v1::PHASE_PREPARE, kShareAll, world_.sign(own, v1::PHASE_PREPARE, place.first, kHeight, digest)};
    if (of.size() != kQuorum) continue;
    consensus::PrepareCertificate certificate{{kEpoch, place.first}, kHeight, digest, {}};
    for (const auto& [validator, entry] : of) certificate.entries.push_back(entry);
    built.push_back(std::make_shared<const consensus::PrepareCertificate>(std::move(certificate)));
  }
  return built;
}

std::vector<MessageId> Byzantine::view_changes(consensus::View view, const Said& said) {
  std::vector<MessageId> built{empty_view_change(view)};
  for (const auto& certificate : certificates(view, said)) {
    built.push_back(view_change(view, world_.genesis(), certificate));
  }
  for (Value value = 0; value < world_.batches().size(); ++value) {
    if (const auto certified = certificate(value, said)) built.push_back(view_change(view, certified, nullptr));
  }
  return built;
}

std::vector<MessageId> Byzantine::new_views(consensus::View view, const Said& said) {
  if (TinyWorld::leader(view) != world_.byzantine()) return {};
  // Of each validator one of these, or none.
  std::array<std::vector<MessageId>, kValidators> choices;
  choices[world_.byzantine()] = view_changes(view, said);
  for (const MessageId id : said) {
    const Meaning& meaning = catalogue_[id].meaning;
    if (meaning.kind == Kind::kViewChange && meaning.view == view) choices[meaning.sender].push_back(id);
  }
  std::set<MessageId> built;
  for (std::size_t without = 0; without < kValidators; ++without) {
    std::vector<std::vector<MessageId>> picked{{}};
    for (std::size_t i = 0; i < kValidators; ++i) {
      if (i == without) continue;
      std::vector<std::vector<MessageId>> longer;
      for (const auto& one : picked) {
        for (const MessageId id : choices[i]) {
          longer.push_back(one);
          longer.back().push_back(id);
        }
      }
      picked = std::move(longer);
    }
    for (const auto& one : picked) {
      Meaning meaning{Kind::kNewView, static_cast<std::uint8_t>(world_.byzantine()), static_cast<std::uint8_t>(view),
                      kNoValue, {}};
      for (const MessageId id : one) meaning.brought.merge(std::set(catalogue_[id].meaning.brought));
      if (const auto id = catalogue_.find(meaning)) {
        built.insert(*id);
        continue;
      }
      v1::NewViewBody body;
      body.set_epoch(kEpoch);
      body.set_view(view);
      body.set_validator(static_cast<std::uint32_t>(world_.byzantine()));
      for (const MessageId id : one) {
        *body.add_view_changes() = std::get<consensus::ViewChangePtr>(catalogue_[id].message)->bytes;
      }
      v1::NewView message;
      message.set_body(encode(body));
      message.set_signature(world_.sign(world_.byzantine(), v1::PHASE_NEW_VIEW, view, 0,
                                        consensus::new_view_digest(message.body())));
      built.insert(add(*consensus::from_wire(message)));
    }
  }
  return {built.begin(), built.end()};
}

consensus::CertifiedHeaderPtr Byzantine::certificate(Value value, const Said& said) const {
  const Batch& batch = world_.batches()[value];
  std::map<std::uint32_t, std::string> signatures;
  for (const MessageId id : said) {
    const auto* vote = std::get_if<consensus::HeaderVote>(&catalogue_[id].message);
    if (vote != nullptr && vote->header == batch.block.header) signatures[vote->validator] = vote->signature;
  }
  while (signatures.size() >= kQuorum) signatures.erase(signatures.begin());
  if (signatures.size() + 1 < kQuorum) return nullptr;
  signatures[static_cast<std::uint32_t>(world_.byzantine())] =
      world_.sign_header(world_.byzantine(), batch.block.header);
  consensus::CertifiedHeader certified;
  certified.height = kHeight;
  certified.epoch = kEpoch;
  certified.digest = batch.block.header;
  certified.set = world_.set();
  certified.bytes.set_header(*batch.block.header_bytes);
  for (const auto& [validator, signature] : signatures) {
    auto& one = *certified.bytes.mutable_certificate()->add_signatures();
    one.set_validator(validator);
    one.set_signature(signature);
  }
  return std::make_shared<const consensus::CertifiedHeader>(std::move(certified));
}

}  // namespace jinshi::exhaustive
