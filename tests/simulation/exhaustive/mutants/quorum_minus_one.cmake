# Two of four are taken for a quorum.
set(source consensus/epochs.cpp)
set(from_1 [[crypto::quorum(epoch_.size())]])
set(to_1 [[crypto::quorum(epoch_.size()) - 1]])
