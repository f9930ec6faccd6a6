#include <utility>
#include <vector>

#include "diffusion/samplers/samplers.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {

constexpr double kThird = 1.0 / 3;

const Tableau kEuler = {1, {0}, {}, {1}};
const Tableau kMidpoint = {2, {0, 0.5}, {{{}, {0.5}}}, {0, 1}};
const Tableau kHeun2 = {2, {0, 1}, {{{}, {1}}}, {0.5, 0.5}};
const Tableau kHeun3 = {
    3, {0, kThird, 2 * kThird}, {{{}, {kThird}, {0, 2 * kThird}}}, {0.25, 0, 0.75}};
/// The 3/8 rule.
const Tableau kRk4 = {4,
                      {0, kThird, 2 * kThird, 1},
                      {{{}, {kThird}, {-kThird, 1}, {1, -1, 1}}},
                      {0.125, 0.375, 0.375, 0.125}};

namespace {

/// x + dt * sum of weights * slopes.
Tensor advance(const Tensor& x, double dt, const std::array<double, 4>& weights,
               const std::vector<Tensor>& slopes) {
  std::vector<std::pair<float, Tensor>> terms{{1.0f, x}};
  for (size_t i = 0; i < slopes.size(); ++i) {
    if (weights[i] != 0) terms.emplace_back(static_cast<float>(dt * weights[i]), slopes[i]);
  }
  return ops::combine(terms);
}

class RungeKutta : public Sampler {
 public:
  RungeKutta(const Tableau& method, const Tableau& final_method)
      : method_(method), final_method_(final_method) {}

  Tensor step(const Tensor& x, const Step& step) override {
    const Tableau& method = step.next == 0 ? final_method_ : method_;
    const double dt = step.sigma - step.next;  // time grows as sigma falls
    std::vector<Tensor> slopes;
    for (size_t i = 0; i < static_cast<size_t>(method.stages); ++i) {
      const Tensor at = i == 0 ? x : advance(x, dt, method.weights[i], slopes);
      const double sigma = method.nodes[i] == 1 ? step.next : step.sigma - dt * method.nodes[i];
      slopes.push_back(step.velocity(at, sigma));
    }
    return advance(x, dt, method.result, slopes);
  }

 private:
  const Tableau& method_;
  const Tableau& final_method_;
};

}  // namespace

std::unique_ptr<Sampler> make_runge_kutta(const Tableau& method, const Tableau& final_method) {
  return std::make_unique<RungeKutta>(method, final_method);
}

}  // namespace newbie::diffusion
