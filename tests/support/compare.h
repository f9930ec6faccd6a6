#pragma once
/// How far two tensors are apart, for tests.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::test {

/// Every element as a double, exact for all floating types.
inline std::vector<double> to_doubles(const Tensor& tensor) {
  if (tensor.dtype() == DType::f64) {
    const double* values = tensor.data<double>();
    return {values, values + tensor.numel()};
  }
  const std::vector<float> values = tensor.to_floats();
  return {values.begin(), values.end()};
}

/// ||found - expected|| / ||expected|| over all elements, in double. Infinity when the shapes
/// differ or when a value is not finite in one of them only; 0 for two empty tensors.
inline double relative_l2(const Tensor& found, const Tensor& expected) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (!found.defined() || !expected.defined() || !(found.shape() == expected.shape())) return kFar;
  const std::vector<double> a = to_doubles(found), b = to_doubles(expected);
  double distance = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    if (!std::isfinite(x) || !std::isfinite(y)) {
      if (std::isnan(x) != std::isnan(y) || (!std::isnan(x) && x != y)) return kFar;
      continue;
    }
    distance += (x - y) * (x - y);
    norm += y * y;
  }
  if (distance == 0) return 0;
  return norm == 0 ? kFar : std::sqrt(distance / norm);
}

/// Largest |found - expected|; infinity when the shapes differ or only one of two is NaN.
inline double max_difference(const Tensor& found, const Tensor& expected) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (!(found.shape() == expected.shape())) return kFar;
  const std::vector<float> a = found.to_floats(), b = expected.to_floats();
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return kFar;
    if (std::isnan(a[i]) || a[i] == b[i]) continue;
    largest = std::max(largest, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

/// Steps between neighbouring numbers of the type that lie between a and b (both exactly
/// representable in it). NaN to NaN is 0 steps, NaN to a number is the largest distance.
inline int64_t ulps_between(DType dtype, float a, float b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::isnan(a) && std::isnan(b) ? 0 : std::numeric_limits<int64_t>::max();
  }
  // Counted along the number line: codes of negative numbers run the other way.
  const auto place = [dtype](float value) -> int64_t {
    int64_t magnitude = 0;
    const float size = std::fabs(value);
    switch (dtype) {
      case DType::bf16:
        magnitude = to_bf16(size).bits;
        break;
      case DType::f16:
        magnitude = to_f16(size).bits;
        break;
      default:
        magnitude = std::bit_cast<uint32_t>(size);
    }
    return std::signbit(value) ? -magnitude : magnitude;
  };
  return std::abs(place(a) - place(b));
}

/// Largest distance in steps of the type, over all elements.
inline int64_t max_ulps(const Tensor& found, const Tensor& expected) {
  if (!(found.shape() == expected.shape()) || found.dtype() != expected.dtype()) {
    return std::numeric_limits<int64_t>::max();
  }
  const std::vector<float> a = found.to_floats(), b = expected.to_floats();
  int64_t largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, ulps_between(found.dtype(), a[i], b[i]));
  }
  return largest;
}

/// Whether shape, type and every byte agree.
inline bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}

/// "index 17: found 0.25, expected 0.5" for the element that differs most, for failure messages.
inline std::string worst_element(const Tensor& found, const Tensor& expected) {
  if (!(found.shape() == expected.shape())) return found.str() + " against " + expected.str();
  const std::vector<float> a = found.to_floats(), b = expected.to_floats();
  size_t worst = 0;
  float largest = -1;
  for (size_t i = 0; i < a.size(); ++i) {
    const float difference = std::fabs(a[i] - b[i]);
    if (difference > largest || std::isnan(a[i]) != std::isnan(b[i])) {
      largest = difference;
      worst = i;
    }
  }
  if (a.empty()) return "empty";
  return "index " + std::to_string(worst) + ": found " + std::to_string(a[worst]) + ", expected " +
         std::to_string(b[worst]);
}

}  // namespace newbie::test
