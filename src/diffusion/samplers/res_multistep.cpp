#include <cmath>

#include "diffusion/flow.h"
#include "diffusion/samplers/samplers.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {
namespace {

/// Second-order exponential integrator on the clock -ln sigma that reuses the image predicted one
/// step earlier; Euler on the first and the last step.
class ResMultistep : public Sampler {
 public:
  Tensor step(const Tensor& x, const Step& step) override {
    const Tensor image = denoised(x, step.velocity(x, step.sigma), step.sigma);
    Tensor result = image;
    if (step.next > 0) {
      const double keep = step.next / step.sigma;
      const double correction = before_.defined() ? correction_of(step) : 0;
      std::vector<std::pair<float, Tensor>> terms{
          {static_cast<float>(keep), x}, {static_cast<float>(1 - keep - correction), image}};
      if (correction != 0) terms.emplace_back(static_cast<float>(correction), before_);
      result = ops::combine(terms);
    }
    before_ = image;
    sigma_before_ = step.sigma;
    return result;
  }

 private:
  /// h phi_2(-h) / c2: the weight of the earlier image.
  double correction_of(const Step& step) const {
    const double h = std::log(step.sigma / step.next);
    const double c2 = -std::log(sigma_before_ / step.sigma) / h;
    const double phi1 = -std::expm1(-h) / h;
    return (1 - phi1) / c2;
  }

  Tensor before_;
  double sigma_before_ = 0;
};

}  // namespace

std::unique_ptr<Sampler> make_res_multistep() { return std::make_unique<ResMultistep>(); }

}  // namespace newbie::diffusion
