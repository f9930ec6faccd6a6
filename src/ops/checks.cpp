#include "ops/checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace newbie::ops {
namespace {

[[noreturn]] void refuse(std::string_view code, std::string_view op, std::string_view name,
                         std::string_view found, std::string_view expected) {
  throw Error(std::string(code),
              fmt::format("[{}] {} is {}, expected {}", op, name, found, expected))
      .fact("op", std::string(op))
      .fact("name", std::string(name))
      .fact("found", std::string(found))
      .fact("expected", std::string(expected));
}

bool is_number(DType dtype) {
  return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16;
}

}  // namespace

void refuse_shape(std::string_view op, std::string_view name, std::string_view found,
                  std::string_view expected) {
  refuse("ops.shape", op, name, found, expected);
}

void refuse_dtype(std::string_view op, std::string_view name, std::string_view found,
                  std::string_view expected) {
  refuse("ops.dtype", op, name, found, expected);
}

void require_defined(std::string_view op, std::string_view name, const Tensor& tensor) {
  if (!tensor.defined()) refuse_shape(op, name, "undefined", "a tensor");
}

void require_number(std::string_view op, std::string_view name, const Tensor& tensor) {
  require_defined(op, name, tensor);
  const bool checked = tensor.dtype() == DType::f64 && tensor.device().kind() == DeviceKind::cpu;
  if (!is_number(tensor.dtype()) && !checked)
    refuse_dtype(op, name, tensor.str(), "f32, bf16 or f16");
}

void require_floating(std::string_view op, std::string_view name, const Tensor& tensor) {
  require_defined(op, name, tensor);
  if (!is_floating(tensor.dtype())) refuse_dtype(op, name, tensor.str(), "a floating type");
}

void require_type_of(std::string_view op, std::string_view name, const Tensor& tensor,
                     const Tensor& x) {
  require_defined(op, name, tensor);
  if (tensor.dtype() != x.dtype()) refuse_dtype(op, name, tensor.str(), name_of(x.dtype()));
}

void require_type_of_or_f32(std::string_view op, std::string_view name, const Tensor& tensor,
                            const Tensor& x) {
  require_defined(op, name, tensor);
  if (tensor.dtype() != DType::f32) require_type_of(op, name, tensor, x);
}

void require_rank(std::string_view op, std::string_view name, const Tensor& tensor, int rank,
                  std::string_view axes) {
  require_defined(op, name, tensor);
  if (tensor.rank() != rank) refuse_shape(op, name, tensor.str(), axes);
}

void require_shape(std::string_view op, std::string_view name, const Tensor& tensor,
                   const Shape& expected) {
  require_defined(op, name, tensor);
  if (!(tensor.shape() == expected)) refuse_shape(op, name, tensor.str(), expected.str());
}

void require_rows(std::string_view op, const Packing& sequences, int64_t rows) {
  const auto& offsets = sequences.offsets;
  if (offsets.empty() || offsets.front() != 0 || !std::ranges::is_sorted(offsets)) {
    refuse_shape(op, "packing", "out of order", "offsets that start at 0 and do not fall");
  }
  if (sequences.rows() != rows) {
    refuse_shape(op, "packing", fmt::format("{} rows", sequences.rows()),
                 fmt::format("{} rows, as x has", rows));
  }
}

}  // namespace newbie::ops
