#pragma once
/// Gradients on NVIDIA devices: products and convolutions through the libraries, the rest by own
/// kernels. Sums of many elements are taken in pieces fixed by the shape and joined in order.

#include "ops/backward/attention.h"
#include "ops/backward/conv.h"
#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/backward/norm.h"
#include "ops/backward/shape.h"
#include "ops/loss.h"

namespace newbie::ops::cuda {

void activate_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const Activation& activation);
void gated_backward(Tensor& d_gate, const Tensor& d_up, const Tensor& dy, const Tensor& gate,
                    const Tensor& up, const Activation& activation);
void clamp_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const float& low,
                    const float& high);
void sum_rows(Tensor& y, const Tensor& x);
void add_to(Tensor& sum, const Tensor& part);

std::string linear_input_gradient_declines(const Tensor& dy, const LinearWeights& weights);
void linear_input_gradient(Tensor& dx, const Tensor& dy, const LinearWeights& weights);
std::string linear_input_gradient_onto_declines(const Tensor& sum, const Tensor& dy,
                                                const LinearWeights& weights);
void linear_input_gradient_onto(Tensor& dx, const Tensor& sum, const Tensor& dy,
                                const LinearWeights& weights);
/// rows[i] *= scales[i], in place: the other half of decoding f8. Scales f32.
void scale_rows(Tensor& rows, const Tensor& scales);
void linear_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x);

std::string row_norm_backward_declines(const RowSums& sums, const Tensor& dy, const Tensor& x,
                                       const Tensor& factor, const RowStatistic& statistic,
                                       const float& eps, const Packing& sequences);
void row_norm_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic& statistic, const float& eps,
                       const Packing& sequences);
/// RMS norms of 16 bits, rows of 128 to 2304 in whole accesses.
std::string rms_rows_backward_declines(const RowSums& sums, const Tensor& dy, const Tensor& x,
                                       const Tensor& factor, const RowStatistic& statistic,
                                       const float& eps, const Packing& sequences);
void rms_rows_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic& statistic, const float& eps,
                       const Packing& sequences);
void row_factors(Tensor& factor, const Tensor& weight, const RmsWeight& kind,
                 const Tensor& modulation, const Modulation& how);
void row_factors_backward(Tensor& d_weight, const Tensor& d_modulation, const Tensor& products,
                          const Tensor& weight, const RmsWeight& kind, const Tensor& modulation,
                          const Modulation& how);
void group_norm_backward(Tensor& dx, const Tensor& d_weight, const Tensor& d_bias, const Tensor& dy,
                         const Tensor& x, const int64_t& groups, const Tensor& weight,
                         const Tensor& bias, const float& eps, const Activation& activation);

/// cuDNN's fused kernels: bf16 and f16, heads up to 128 wide, one length or (ragged) many.
std::string attention_backward_fused_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                              const Tensor& q, const Tensor& k, const Tensor& v,
                                              const Packing& sequences,
                                              const AttentionOptions& options,
                                              const KeptAttention& kept);
void attention_backward_fused(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                              const Tensor& q, const Tensor& k, const Tensor& v,
                              const Packing& sequences, const AttentionOptions& options,
                              const KeptAttention& kept);
std::string attention_backward_ragged_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                               const Tensor& q, const Tensor& k, const Tensor& v,
                                               const Packing& sequences,
                                               const AttentionOptions& options,
                                               const KeptAttention& kept);
void attention_backward_ragged(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                               const Tensor& q, const Tensor& k, const Tensor& v,
                               const Packing& sequences, const AttentionOptions& options,
                               const KeptAttention& kept);
/// Products, a slice of the queries at a time: everything else.
void attention_backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                        const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options, const KeptAttention& kept);

void conv2d_input_gradient(Tensor& dx, const Tensor& dy, const Tensor& weight,
                           const ConvGeometry& geometry);
void conv2d_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x,
                            const ConvGeometry& geometry);

void place(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left,
           const int64_t& step);
void average_2x2(Tensor& y, const Tensor& image);
void scatter_rows(Tensor& y, const Tensor& dy, const std::vector<int64_t>& indices,
                  const float& scale);
void spread_rows(Tensor& y, const Tensor& dy, const Packing& sequences);

void mean_distance(Tensor& y, const Tensor& x, const Tensor& target, const Distance& distance,
                   const float& delta);
void mean_distance_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const Tensor& target,
                            const Distance& distance, const float& delta);
void cross_entropy(Tensor& y, const Tensor& x, const std::vector<int32_t>& labels);
void cross_entropy_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                            const std::vector<int32_t>& labels);
void normal_divergence(Tensor& y, const Tensor& mean, const Tensor& logvar);
void normal_divergence_backward(Tensor& d_mean, const Tensor& d_logvar, const Tensor& dy,
                                const Tensor& mean, const Tensor& logvar);
void sample_normal(Tensor& y, const Tensor& mean, const Tensor& logvar, const Tensor& noise);
void sample_normal_backward(Tensor& d_logvar, const Tensor& dy, const Tensor& logvar,
                            const Tensor& noise);

}  // namespace newbie::ops::cuda
