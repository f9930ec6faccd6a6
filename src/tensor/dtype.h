#pragma once
/// Element types of tensors and of the files they come from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace newbie {

enum class DType : uint8_t {
  f64,
  f32,
  f16,
  bf16,
  f8_e4m3,
  f8_e5m2,
  i64,
  i32,
  i16,
  i8,
  u8,
  boolean
};

/// Bytes of one element.
size_t size_of(DType dtype);
/// "f32", "bf16", "f8_e4m3", ...
std::string_view name_of(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);
/// f64, f32, f16, bf16 and both f8.
bool is_floating(DType dtype);

}  // namespace newbie
