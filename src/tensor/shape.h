#pragma once
/// Sizes of a tensor, outermost first.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace newbie {

/// Up to 6 axes. Errors: `tensor.shape` for more axes, negative sizes or more than 2^62 elements.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);
  explicit Shape(std::span<const int64_t> sizes);

  int rank() const { return rank_; }
  /// Negative axes count from the end.
  int64_t operator[](int axis) const {
    return sizes_[static_cast<size_t>(axis < 0 ? axis + rank_ : axis)];
  }
  int64_t numel() const;
  /// Product of the sizes before the last axis: the rows of a matrix view.
  int64_t rows() const {
    return rank_ == 0 || sizes_[static_cast<size_t>(rank_ - 1)] == 0 ? 0 : numel() / (*this)[-1];
  }
  std::span<const int64_t> sizes() const { return {sizes_.data(), static_cast<size_t>(rank_)}; }
  /// The same shape with one axis changed.
  Shape with(int axis, int64_t size) const;
  std::string str() const;  ///< "[2, 16, 24]"
  bool operator==(const Shape& other) const;

 private:
  static constexpr int kMaxRank = 6;
  std::array<int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

}  // namespace newbie
