# A NEW-VIEW leaves open what was prepared.
set(source consensus/new_view.cpp)
set(from_1 [[      top_ = std::max(top_, certificate->height);
]])
set(to_1 "")
