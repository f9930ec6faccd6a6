#pragma once
/// Rows on their way into a product.

#include <utility>

#include "tensor/tensor.h"

namespace newbie::ops {

/// The forms that products take rows in: numbers of the type that computes, or f8_e4m3 codes.
enum class RowFormat : uint8_t { plain, f8 };

/// Numbers of the type that computes; or codes, each row of which times a scale of its own.
class LinearInput {
 public:
  LinearInput(const Tensor& rows) : compute_(rows.dtype()), values_(rows) {}
  LinearInput(Tensor codes, Tensor scales, DType compute)
      : compute_(compute), values_(std::move(codes)), scales_(std::move(scales)) {}

  RowFormat format() const { return scales_.defined() ? RowFormat::f8 : RowFormat::plain; }
  /// [...,I]: numbers, or f8_e4m3 codes.
  const Tensor& values() const { return values_; }
  /// [rows] f32; undefined for plain rows.
  const Tensor& scales() const { return scales_; }
  /// The type of the numbers, and of what the product gives.
  DType compute() const { return compute_; }

 private:
  DType compute_;
  Tensor values_;
  Tensor scales_;
};

}  // namespace newbie::ops
