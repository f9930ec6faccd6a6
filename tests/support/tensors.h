#pragma once
/// Tensors with known random contents, for tests and benchmarks.

#include <cstring>
#include <random>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::test {

/// Rounds values to the type, element by element with the scalar conversions.
inline Tensor tensor_of(const std::vector<float>& values, Shape shape, DType dtype,
                        const Device& device) {
  Tensor tensor = Tensor::empty(shape, dtype, device);
  check(static_cast<int64_t>(values.size()) == shape.numel(), "tensor_of: values do not fit");
  for (size_t i = 0; i < values.size(); ++i) {
    switch (dtype) {
      case DType::f32:
        tensor.mutable_data<float>()[i] = values[i];
        break;
      case DType::f64:
        tensor.mutable_data<double>()[i] = static_cast<double>(values[i]);
        break;
      case DType::bf16:
        tensor.mutable_data<BFloat16>()[i] = to_bf16(values[i]);
        break;
      case DType::f16:
        tensor.mutable_data<Float16>()[i] = to_f16(values[i]);
        break;
      case DType::f8_e4m3:
        tensor.mutable_data<uint8_t>()[i] = to_f8_e4m3(values[i]);
        break;
      case DType::f8_e5m2:
        tensor.mutable_data<uint8_t>()[i] = to_f8_e5m2(values[i]);
        break;
      default:
        check(false, "tensor_of: floating types only");
    }
  }
  return tensor;
}

/// Normally distributed values, mean + deviation * N(0,1); the same for the same seed and shape.
inline Tensor random_tensor(Shape shape, DType dtype, const Device& device, uint32_t seed,
                            float deviation = 1.0f, float mean = 0.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> values(static_cast<size_t>(shape.numel()));
  for (float& value : values) value = normal(generator);
  return tensor_of(values, shape, dtype, device);
}

/// A copy on another device handle, such as one with another number of threads; one of the two is
/// the host.
inline Tensor copy_to(const Tensor& tensor, const Device& device) {
  Tensor copy = Tensor::empty(tensor.shape(), tensor.dtype(), device);
  if (tensor.device().kind() == DeviceKind::cpu) {
    device.upload(copy.mutable_raw(), tensor.raw(), tensor.bytes());
  } else {
    tensor.device().download(copy.mutable_raw(), tensor.raw(), tensor.bytes());
  }
  return copy;
}

}  // namespace newbie::test
