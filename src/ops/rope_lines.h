#pragma once
/// Tables of angles by position, from which rows look up theirs.

#include <cstdint>
#include <vector>

namespace newbie::ops {

/// Where the angles of every axis lie in a table of lines: pair j of axis a at a position p is
/// number begins[a] + p * pairs[a] + j.
struct RopeLines {
  std::vector<int64_t> begins;
  std::vector<int64_t> pairs;
};

}  // namespace newbie::ops
