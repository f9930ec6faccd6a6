#include "ops/cuda/norm.h"
#include "ops/cuda/norm_rows.h"

namespace newbie::ops::cuda {
namespace {

/// What a block holds however the row lies in memory.
constexpr int64_t kWidestRow = int64_t{32} * kMostWarpsPerRow * kMostPacks;

std::string row_declines(const Tensor& x) {
  return x.dim(-1) <= kWidestRow
             ? ""
             : "rows wider than " + std::to_string(kWidestRow) + " do not fit a block";
}

}  // namespace

std::string rms_norm_declines(const Tensor& x, const Tensor&, const float&, const RmsWeight&) {
  return row_declines(x);
}
std::string rms_norm_modulate_declines(const Tensor& x, const Tensor&, const float&, const Tensor&,
                                       const Packing&) {
  return row_declines(x);
}
std::string add_gated_rms_norm_declines(const Tensor& x, const Tensor&, const Tensor&, const float&,
                                        const Tensor&, const Packing&) {
  return row_declines(x);
}
std::string add_rms_norm_declines(const Tensor& x, const Tensor&, const Tensor&, const float&,
                                  const RmsWeight&) {
  return row_declines(x);
}
std::string layer_norm_declines(const Tensor& x, const Tensor&, const Tensor&, const float&) {
  return row_declines(x);
}
std::string layer_norm_modulate_declines(const Tensor& x, const float&, const Tensor&,
                                         const Packing&) {
  return row_declines(x);
}

}  // namespace newbie::ops::cuda
