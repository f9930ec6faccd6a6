#pragma once
/// The flow that samplers follow, and the one place that says which way time runs.
///
///   t = 0 is pure noise, t = 1 is the image; sigma = 1 - t is the noise level
///   x(sigma) = sigma * noise + (1 - sigma) * data
///   velocity = dx/dt = data - noise           (other programs predict -velocity = dx/dsigma)
///   denoised = x + sigma * velocity           (the data that x and its velocity point at)

#include <functional>

#include "tensor/tensor.h"

namespace newbie::diffusion {

/// Where on the flow a velocity is asked for. Double keeps f32 grids of t and of sigma exact.
struct FlowPoint {
  double sigma = 1;
  int step = 0;   ///< zero-based step that asks
  int steps = 1;  ///< steps of the whole schedule

  /// What the network is told.
  double time() const { return 1 - sigma; }
};

/// dx/dt at x. Shapes: x [B,C,h,w] -> the same. Any floating type; samplers cast it to that of x.
using Velocity = std::function<Tensor(const Tensor& x, const FlowPoint& at)>;

/// s sigma / (1 + (s - 1) sigma): spends more steps at high noise for s > 1.
double shift_sigma(double sigma, double shift);
/// t / (t + s (1 - t)): the same map, seen in t.
double shift_time(double t, double shift);

/// x + sigma * velocity.
Tensor denoised(const Tensor& x, const Tensor& velocity, double sigma);
/// sigma * noise + (1 - sigma) * data.
Tensor add_noise(const Tensor& data, const Tensor& noise, double sigma);

}  // namespace newbie::diffusion
