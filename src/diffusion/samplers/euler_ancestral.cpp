#include <algorithm>
#include <cmath>

#include "diffusion/flow.h"
#include "diffusion/samplers/samplers.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {
namespace {

/// Goes below the next noise level, then adds fresh noise up to it, so that data and noise keep the
/// proportions of the flow.
class EulerAncestral : public Sampler {
 public:
  explicit EulerAncestral(const SamplerOptions& options) : options_(options) {}

  Tensor step(const Tensor& x, const Step& step) override {
    const Tensor image = denoised(x, step.velocity(x, step.sigma), step.sigma);
    if (step.next == 0) return image;
    const double down = step.next * (1 + (step.next / step.sigma - 1) * options_.eta);
    const double shrink = (1 - step.next) / (1 - down);
    const double keep = down / step.sigma;
    const double fresh =
        std::sqrt(std::max(0.0, step.next * step.next - down * down * shrink * shrink));
    std::vector<std::pair<float, Tensor>> terms{{static_cast<float>(shrink * keep), x},
                                                {static_cast<float>(shrink * (1 - keep)), image}};
    if (options_.eta > 0) {
      terms.emplace_back(static_cast<float>(fresh * options_.noise_scale), step.noise());
    }
    return ops::combine(terms);
  }

 private:
  SamplerOptions options_;
};

}  // namespace

std::unique_ptr<Sampler> make_euler_ancestral(const SamplerOptions& options) {
  return std::make_unique<EulerAncestral>(options);
}

}  // namespace newbie::diffusion
