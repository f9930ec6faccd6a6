#pragma once
/// Rows of several sequences of different lengths packed one after another in one tensor.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace newbie::ops {

/// offsets = [0, n0, n0+n1, ...]: sequence b owns rows [offsets[b], offsets[b+1]).
struct Packing {
  std::vector<int64_t> offsets{0};

  static Packing of_lengths(const std::vector<int64_t>& lengths) {
    Packing packing;
    for (int64_t length : lengths) packing.offsets.push_back(packing.offsets.back() + length);
    return packing;
  }

  int64_t count() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t begin(int64_t b) const { return offsets[static_cast<size_t>(b)]; }
  int64_t end(int64_t b) const { return offsets[static_cast<size_t>(b) + 1]; }
  int64_t length(int64_t b) const { return end(b) - begin(b); }
  int64_t rows() const { return offsets.back(); }
};

}  // namespace newbie::ops
