#include "ops/training.h"

#include "ops/candidates_training.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {

Tensor normal_noise(const NoiseKey& key, const Shape& shape, const Device& device) {
  Tensor y = Tensor::empty(shape, DType::f32, device);
  run_candidates("normal_noise", normal_noise_candidates(), y, key);
  return y;
}

Tensor blend_rows(const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                  const std::vector<float>& of_z) {
  constexpr std::string_view kOp = "blend_rows";
  require_number(kOp, "x", x);
  if (x.dtype() != DType::f32) refuse_dtype(kOp, "x", x.str(), "f32");
  require_type_of(kOp, "z", z, x);
  require_shape(kOp, "z", z, x.shape());
  require_not_recording(kOp, x, z);
  const auto rows = static_cast<size_t>(x.dim(0));
  if (of_x.size() != rows || of_z.size() != rows) {
    refuse_shape(kOp, "the factors", fmt::format("{} and {}", of_x.size(), of_z.size()),
                 fmt::format("{} of both", rows));
  }
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  run_candidates(kOp, blend_rows_candidates(), y, x, of_x, z, of_z);
  return y;
}

}  // namespace newbie::ops
