#include "tensor/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace newbie {

Shape::Shape(std::initializer_list<int64_t> sizes)
    : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const int64_t> sizes) {
  if (sizes.size() > kMaxRank) {
    throw Error("tensor.shape", fmt::format("a tensor with {} axes, at most {} are supported",
                                            sizes.size(), kMaxRank));
  }
  int64_t total = 1;
  for (int64_t size : sizes) {
    if (size < 0 || (size > 0 && total > (int64_t{1} << 62) / size)) {
      throw Error("tensor.shape",
                  fmt::format("[{}] is not a possible shape", fmt::join(sizes, ", ")));
    }
    if (size > 0) total *= size;
    sizes_[static_cast<size_t>(rank_++)] = size;
  }
}

int64_t Shape::numel() const {
  int64_t total = 1;
  for (int64_t size : sizes()) total *= size;
  return total;
}

Shape Shape::with(int axis, int64_t size) const {
  Shape changed = *this;
  changed.sizes_[static_cast<size_t>(axis < 0 ? axis + rank_ : axis)] = size;
  return changed;
}

std::string Shape::str() const { return fmt::format("[{}]", fmt::join(sizes(), ", ")); }

bool Shape::operator==(const Shape& other) const {
  return std::ranges::equal(sizes(), other.sizes());
}

}  // namespace newbie
