# A second proposal of one view is accepted and voted for as well.
set(source consensus/ordering.cpp)
set(from_1 [[  if (!at.accepted) {
    at.accepted = Accepted{]])
set(to_1 [[  if (!at.accepted || at.accepted->digest != proposal.digest) {
    at.accepted = Accepted{]])
set(from_2 [[  if (own_votes_.contains({height, view_})) return;                   // one digest]])
set(to_2 [[  // one digest]])
set(from_3 [[JINSHI_ASSERT(first,]])
set(to_3 [[JINSHI_ASSERT(first || true,]])
