#include "train/objective/times.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "diffusion/flow.h"
#include "train/data/random.h"

namespace newbie::train {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double shift_of(const TimeSection& section, int64_t tokens) {
  if (section.shift == "fixed") return section.shift_factor;
  return section.shift == "resolution" ? resolution_shift(tokens) : 1;
}

}  // namespace

double resolution_shift(int64_t tokens) {
  constexpr double kSlope = (1.15 - 0.5) / (4096 - 256);
  return std::exp(0.5 + kSlope * (static_cast<double>(tokens) - 256));
}

double normal_quantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p > 0.5) return -normal_quantile(1 - p);
  // Newton from the middle: the distribution is convex below it, so the steps never pass the root.
  double x = 0;
  for (int i = 0; i < 200; ++i) {
    const double below = std::erfc(-x / std::numbers::sqrt2) / 2;
    const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double step = (below - p) / density;
    x -= step;
    if (std::fabs(step) < 1e-12) break;
  }
  return x;
}

std::vector<float> sample_times(const TimeSection& section, uint64_t seed, uint32_t pass,
                                int64_t batch, int64_t tokens) {
  const auto count = static_cast<size_t>(batch);
  const auto draws = random_uniform(seed, Purpose::time, pass, 2 * count);
  const auto kinds = random_uniform(seed, Purpose::time_kind, pass, count);
  const double shift = shift_of(section, tokens);
  std::vector<float> times(count);
  for (size_t i = 0; i < count; ++i) {
    // Uniform draws are multiples of 2^-24 from 0: the middle of the cell keeps them off the ends.
    double u = static_cast<double>(draws[i]) + 0x1p-25;
    if (section.stratified) u = (static_cast<double>(i) + u) / static_cast<double>(batch);
    double t = u;
    if (section.sampling == "lognorm") {
      t = sigmoid(section.mean + section.deviation * normal_quantile(u));
    }
    if (static_cast<double>(kinds[i]) < section.uniform_share) t = draws[count + i];
    times[i] = static_cast<float>(diffusion::shift_time(t, shift));
  }
  return times;
}

}  // namespace newbie::train
