#pragma once
/// What ops ask of their arguments before anything runs. Messages read: [op] thing, found,
/// expected.

#include <string_view>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Throws Error `ops.shape`.
[[noreturn]] void refuse_shape(std::string_view op, std::string_view name, std::string_view found,
                               std::string_view expected);
/// Throws Error `ops.dtype`.
[[noreturn]] void refuse_dtype(std::string_view op, std::string_view name, std::string_view found,
                               std::string_view expected);

/// Error `ops.shape` when the tensor was never given.
void require_defined(std::string_view op, std::string_view name, const Tensor& tensor);
/// f32, bf16 or f16: what ops compute with. And f64 on the CPU, where
/// the reference computes in it for checks.
void require_number(std::string_view op, std::string_view name, const Tensor& tensor);
/// Any floating type, as weights come in.
void require_floating(std::string_view op, std::string_view name, const Tensor& tensor);
/// The type of `x`.
void require_type_of(std::string_view op, std::string_view name, const Tensor& tensor,
                     const Tensor& x);
/// The type of `x`, or f32.
void require_type_of_or_f32(std::string_view op, std::string_view name, const Tensor& tensor,
                            const Tensor& x);
/// `axes` names the sizes for the message: "[S,H,E]".
void require_rank(std::string_view op, std::string_view name, const Tensor& tensor, int rank,
                  std::string_view axes);
void require_shape(std::string_view op, std::string_view name, const Tensor& tensor,
                   const Shape& expected);
/// The sequences cover exactly `rows` rows, in order.
void require_rows(std::string_view op, const Packing& sequences, int64_t rows);

}  // namespace newbie::ops
