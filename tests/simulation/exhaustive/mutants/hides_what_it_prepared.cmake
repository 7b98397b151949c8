# VIEW-CHANGEs bring no prepare certificates.
set(source consensus/view_change.cpp)
set(from_1 [[if (at.prepared) *body.add_prepared()]])
set(to_1 [[if (at.prepared && height == 0) *body.add_prepared()]])
