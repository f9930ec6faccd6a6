#include "tensor/dtype.h"

#include <array>

#include "base/error.h"

namespace newbie {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  size_t bytes;
  bool floating;
};

constexpr std::array<Row, 12> kRows{{{DType::f64, "f64", 8, true},
                                     {DType::f32, "f32", 4, true},
                                     {DType::f16, "f16", 2, true},
                                     {DType::bf16, "bf16", 2, true},
                                     {DType::f8_e4m3, "f8_e4m3", 1, true},
                                     {DType::f8_e5m2, "f8_e5m2", 1, true},
                                     {DType::i64, "i64", 8, false},
                                     {DType::i32, "i32", 4, false},
                                     {DType::i16, "i16", 2, false},
                                     {DType::i8, "i8", 1, false},
                                     {DType::u8, "u8", 1, false},
                                     {DType::boolean, "bool", 1, false}}};

const Row& row(DType dtype) { return kRows[static_cast<size_t>(dtype)]; }

}  // namespace

size_t size_of(DType dtype) { return row(dtype).bytes; }
std::string_view name_of(DType dtype) { return row(dtype).name; }
bool is_floating(DType dtype) { return row(dtype).floating; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const Row& r : kRows) {
    if (r.name == name) return r.dtype;
  }
  return std::nullopt;
}

}  // namespace newbie
