# Two COMMITs decide.
set(source consensus/ordering.cpp)
set(from_1 [[at.committed(epoch_.quorum)]])
set(to_1 [[at.committed(epoch_.quorum - 1)]])
