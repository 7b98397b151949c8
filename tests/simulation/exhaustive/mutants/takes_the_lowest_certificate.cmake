# Of two certificates for one height a NEW-VIEW proposes the older again.
set(source consensus/new_view.cpp)
set(from_1 [[held->at < certificate->at]])
set(to_1 [[certificate->at < held->at]])
