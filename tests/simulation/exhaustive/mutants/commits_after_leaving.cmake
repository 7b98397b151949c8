# Who has sent its VIEW-CHANGE still sends COMMIT for the view that it left.
set(source consensus/ordering.cpp)
set(from_1 [[  if (!active_ || !may_vote() || !in_window(height)) return;
  Slot& at = slot(height);
  if (!at.accepted || (at.prepared && at.prepared->at == ballot())) return;
  auto certificate = at.certificate(ballot(), height,]])
set(to_1 [[  if (!may_vote() || !in_window(height)) return;
  Slot& at = slot(height);
  const Ballot in{epoch_.number, active_ ? view_ : view_ - 1};
  if (!at.accepted || (at.prepared && at.prepared->at == in)) return;
  auto certificate = at.certificate(in, height,]])
set(from_2 [[const CommitVote commit{ballot(), height, at.prepared->digest};]])
set(to_2 [[const CommitVote commit{at.prepared->at, height, at.prepared->digest};]])
set(from_3 [[at.add_commit(view_, *epoch_.self, commit.digest);]])
set(to_3 [[at.add_commit(commit.at.view, *epoch_.self, commit.digest);]])
