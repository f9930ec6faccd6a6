#include "ops/reference/access.h"

#include <cstring>

namespace newbie::ops::reference {
namespace {

template <class T>
T read(const Tensor& tensor, int64_t i) {
  T value;
  std::memcpy(&value, tensor.raw() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void write(Tensor& tensor, int64_t i, T value) {
  std::memcpy(tensor.mutable_raw() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
}

}  // namespace

double at(const Tensor& tensor, int64_t i) {
  switch (tensor.dtype()) {
    case DType::f64:
      return read<double>(tensor, i);
    case DType::f32:
      return static_cast<double>(read<float>(tensor, i));
    case DType::f16:
      return static_cast<double>(to_float(read<Float16>(tensor, i)));
    case DType::bf16:
      return static_cast<double>(to_float(read<BFloat16>(tensor, i)));
    case DType::f8_e4m3:
      return static_cast<double>(f8_e4m3_to_float(read<uint8_t>(tensor, i)));
    case DType::f8_e5m2:
      return static_cast<double>(f8_e5m2_to_float(read<uint8_t>(tensor, i)));
    case DType::i64:
      return static_cast<double>(read<int64_t>(tensor, i));
    case DType::i32:
      return read<int32_t>(tensor, i);
    case DType::i16:
      return read<int16_t>(tensor, i);
    case DType::i8:
      return read<int8_t>(tensor, i);
    case DType::u8:
    case DType::boolean:
      return read<uint8_t>(tensor, i);
  }
  check(false, "reference: unknown element type");
  return 0;
}

void put(Tensor& tensor, int64_t i, double value) {
  const auto narrow = static_cast<float>(value);
  switch (tensor.dtype()) {
    case DType::f64:
      return write(tensor, i, value);
    case DType::f32:
      return write(tensor, i, narrow);
    case DType::f16:
      return write(tensor, i, to_f16(narrow));
    case DType::bf16:
      return write(tensor, i, to_bf16(narrow));
    case DType::f8_e4m3:
      return write(tensor, i, to_f8_e4m3(narrow));
    case DType::f8_e5m2:
      return write(tensor, i, to_f8_e5m2(narrow));
    case DType::i64:
      return write(tensor, i, static_cast<int64_t>(value));
    default:
      check(false, "reference: results are floating, or i64 indices");
  }
}

double rounded(DType dtype, double value) {
  const auto narrow = static_cast<float>(value);
  switch (dtype) {
    case DType::f16:
      return static_cast<double>(to_float(to_f16(narrow)));
    case DType::bf16:
      return static_cast<double>(to_float(to_bf16(narrow)));
    case DType::f32:
      return static_cast<double>(narrow);
    default:
      return value;
  }
}

}  // namespace newbie::ops::reference
