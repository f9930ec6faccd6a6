#include <algorithm>
#include <cmath>

#include "diffusion/flow.h"
#include "diffusion/samplers/samplers.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {
namespace {

constexpr int kIntegrationPoints = 200;

/// Noise of the extended reverse-time equation at ratio `lambda` of noise to data.
double noise_at(double lambda) { return lambda * (std::exp(std::pow(lambda, 0.3)) + 10); }

/// The ratio has no value at pure noise; ComfyUI starts just below it, at shift 6.
double start_below_noise(double sigma) { return std::min(sigma, shift_sigma(1 - 1e-4, 6)); }

double noise_to_data(double sigma) { return sigma / (1 - sigma); }

/// Weights of the first and second derivative of the predicted image.
struct Corrections {
  double first;
  double second;
};

Corrections integrate(double from, double to) {
  const double delta = to - from;
  const double width = -delta / kIntegrationPoints;
  double sum = 0;
  double moment = 0;
  for (int k = 0; k < kIntegrationPoints; ++k) {
    const double lambda = to + k * width;
    sum += width / noise_at(lambda);
    moment += width * (lambda - from) / noise_at(lambda);
  }
  return {delta + sum * noise_at(to), delta * delta / 2 + moment * noise_at(to)};
}

/// Up to third order in the predicted image. Source: Cui et al., "Elucidating the solution space of
/// extended reverse-time SDE for diffusion models"; model specification 7.8.
class ErSde : public Sampler {
 public:
  explicit ErSde(const SamplerOptions& options) : options_(options) {}

  Tensor step(const Tensor& x, const Step& step) override {
    const double sigma = start_below_noise(step.sigma);
    const double lambda = noise_to_data(sigma);
    const Tensor image = denoised(x, step.velocity(x, sigma), sigma);
    const Tensor slope = slope_of(image, lambda);
    const Tensor result = step.next == 0 ? image : advance(x, image, slope, sigma, step);
    image_before_ = image;
    slope_before_ = slope;
    lambda_before_[1] = lambda_before_[0];
    lambda_before_[0] = lambda;
    return result;
  }

 private:
  Tensor slope_of(const Tensor& image, double lambda) const {
    if (!image_before_.defined()) return {};
    const float per = static_cast<float>(1 / (lambda - lambda_before_[0]));
    return ops::combine({{per, image}, {-per, image_before_}});
  }

  Tensor advance(const Tensor& x, const Tensor& image, const Tensor& slope, double sigma,
                 const Step& step) const {
    const double from = noise_to_data(sigma);
    const double to = noise_to_data(step.next);
    const double alpha = 1 - step.next;
    const double ratio = noise_at(to) / noise_at(from);
    std::vector<std::pair<float, Tensor>> terms{
        {static_cast<float>(alpha / (1 - sigma) * ratio), x},
        {static_cast<float>(alpha * (1 - ratio)), image}};
    const Corrections weights = integrate(from, to);
    if (slope.defined()) terms.emplace_back(static_cast<float>(alpha * weights.first), slope);
    if (slope.defined() && slope_before_.defined()) {
      const double per = 2 / (from - lambda_before_[1]);
      const float weight = static_cast<float>(alpha * weights.second * per);
      terms.emplace_back(weight, slope);
      terms.emplace_back(-weight, slope_before_);
    }
    const double fresh = std::sqrt(std::max(0.0, to * to - from * from * ratio * ratio));
    if (options_.noise_scale > 0) {
      terms.emplace_back(static_cast<float>(alpha * fresh * options_.noise_scale), step.noise());
    }
    return ops::combine(terms);
  }

  SamplerOptions options_;
  Tensor image_before_;
  Tensor slope_before_;
  double lambda_before_[2] = {};
};

}  // namespace

std::unique_ptr<Sampler> make_er_sde(const SamplerOptions& options) {
  return std::make_unique<ErSde>(options);
}

}  // namespace newbie::diffusion
