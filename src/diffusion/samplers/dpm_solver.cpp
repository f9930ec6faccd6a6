#include <cmath>

#include "diffusion/flow.h"
#include "diffusion/samplers/samplers.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {
namespace {

/// Half the log signal-to-noise ratio of the flow.
double log_snr(double sigma) { return std::log1p(-sigma) - std::log(sigma); }

/// denoised() with upstream's operations, each rounded on its own.
Tensor denoised_through_noise(const Tensor& x, const Tensor& velocity, double sigma) {
  const float alpha = static_cast<float>(1 - sigma);
  const Tensor noise = ops::combine({{1.0f, x}, {-1.0f, ops::affine(velocity, alpha, 0)}});
  const Tensor rest = ops::affine(noise, static_cast<float>(sigma), 0);
  return ops::affine(ops::combine({{1.0f, x}, {-1.0f, rest}}), 1 / alpha, 0);
}

/// First and last step are of order 1; the others correct the predicted image by its change since
/// the step before.
class Dpmpp2M : public Sampler {
 public:
  explicit Dpmpp2M(DpmForm form) : form_(form) {}

  Tensor step(const Tensor& x, const Step& step) override {
    const Tensor velocity = step.velocity(x, step.sigma);
    const bool literal = form_ == DpmForm::native && step.sigma < 1;
    const Tensor image = literal ? denoised_through_noise(x, velocity, step.sigma)
                                 : denoised(x, velocity, step.sigma);
    const Tensor result = step.next == 0 ? image : advance(x, image, step);
    before_ = image;
    sigma_before_ = step.sigma;
    return result;
  }

 private:
  Tensor advance(const Tensor& x, const Tensor& image, const Step& step) const {
    const float keep = static_cast<float>(step.next / step.sigma);
    const double alpha = 1 - step.next;
    const double h = log_snr(step.next) - log_snr(step.sigma);
    const double change = alpha * -std::expm1(-h);
    // Nothing to correct with on the first step; a start at pure noise has no finite log ratio.
    if (!before_.defined() || sigma_before_ >= 1) {
      return ops::combine({{keep, x}, {1 - keep, image}});
    }
    const double ratio = (log_snr(step.sigma) - log_snr(sigma_before_)) / h;
    const double slope = form_ == DpmForm::heun ? alpha * (std::expm1(-h) / h + 1) : change / 2;
    const double correction = slope / ratio;
    return ops::combine({{keep, x},
                         {static_cast<float>(change + correction), image},
                         {static_cast<float>(-correction), before_}});
  }

  DpmForm form_;
  Tensor before_;
  double sigma_before_ = 0;
};

class Dpmpp2MComfy : public Sampler {
 public:
  Tensor step(const Tensor& x, const Step& step) override {
    const Tensor image = denoised(x, step.velocity(x, step.sigma), step.sigma);
    Tensor result = image;
    if (step.next > 0) {
      const double keep = step.next / step.sigma;
      const double h = std::log(step.sigma / step.next);
      const double extra = before_.defined() ? h / (2 * std::log(sigma_before_ / step.sigma)) : 0;
      std::vector<std::pair<float, Tensor>> terms{
          {static_cast<float>(keep), x}, {static_cast<float>((1 - keep) * (1 + extra)), image}};
      if (extra != 0) terms.emplace_back(static_cast<float>((keep - 1) * extra), before_);
      result = ops::combine(terms);
    }
    before_ = image;
    sigma_before_ = step.sigma;
    return result;
  }

 private:
  Tensor before_;
  double sigma_before_ = 0;
};

}  // namespace

std::unique_ptr<Sampler> make_dpmpp_2m(DpmForm form) { return std::make_unique<Dpmpp2M>(form); }

std::unique_ptr<Sampler> make_dpmpp_2m_comfy() { return std::make_unique<Dpmpp2MComfy>(); }

}  // namespace newbie::diffusion
