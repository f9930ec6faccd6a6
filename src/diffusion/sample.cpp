#include "diffusion/sample.h"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "base/error.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::diffusion {
namespace {

/// Stream of the default generator that samplers draw from; stream 0 made the initial noise.
constexpr uint32_t kSamplerStream = 1;

/// One generator per image, apart from the one that made the initial noise.
class NoiseSource {
 public:
  NoiseSource(const SamplerNoise& noise, int64_t images) {
    check(static_cast<int64_t>(noise.seeds.size()) == images,
          "sample: a stochastic sampler needs one seed per image");
    // ComfyUI seeds its CPU sampler generator with seed + 1.
    const uint64_t shift = noise.kind == RngKind::torch_cpu ? 1 : 0;
    for (uint64_t seed : noise.seeds) {
      generators_.emplace_back(noise.kind, seed + shift, RngOptions{kSamplerStream, noise.cuda});
    }
  }

  Tensor draw(const Tensor& like) {
    const Shape image = like.shape().with(0, 1);
    std::vector<Tensor> parts;
    for (Rng& generator : generators_) parts.push_back(generator.normal(image, like.device()));
    const Tensor noise = parts.size() == 1 ? parts[0] : ops::concat_rows(parts);
    return ops::cast(noise, like.dtype());
  }

 private:
  std::vector<Rng> generators_;
};

/// The first velocity of a step: what previews are made from.
struct FirstAnswer {
  Tensor x;
  Tensor velocity;
  double sigma = 0;
};

/// Checks that every step is finite, without making the device wait for the host: an answer is
/// read when it has arrived, and all of them at the end.
class FiniteWatch {
 public:
  FiniteWatch(int steps, const std::function<void()>& explain) : steps_(steps), explain_(explain) {}

  void add(const Tensor& x, int step) {
    pending_.push_back({ops::FiniteCheck(x), step, x.numel() / x.dim(0)});
    while (!pending_.empty() && pending_.front().result.ready()) settle_first();
  }
  void finish() {
    while (!pending_.empty()) settle_first();
  }

 private:
  struct Check {
    ops::FiniteCheck result;
    int step;
    int64_t image_size;
  };

  void settle_first() {
    const Check check = pending_.front();
    pending_.pop_front();
    const std::optional<int64_t> found = check.result.first_non_finite();
    if (!found) return;
    if (explain_) explain_();
    const int64_t image = *found / check.image_size;
    throw Error("sampling.not_finite",
                fmt::format("step {} of {} gave a value that is not finite in image {}", check.step,
                            steps_, image))
        .fact("step", std::to_string(check.step))
        .fact("image", std::to_string(image))
        .hint("half precision overflows in large networks; run in bf16 or f32");
  }

  int steps_;
  const std::function<void()>& explain_;
  std::deque<Check> pending_;
};

}  // namespace

Tensor Progress::denoised() const { return diffusion::denoised(at, velocity, at_sigma); }

Tensor sample(const Tensor& start, const SampleSettings& settings, const Velocity& velocity,
              const std::function<void(const Progress&)>& on_step) {
  const Schedule& schedule = settings.schedule;
  const SamplerInfo& info = sampler_named(settings.sampler);
  const std::unique_ptr<Sampler> sampler = info.make(settings.options);
  std::optional<NoiseSource> noise;
  if (info.stochastic) noise.emplace(settings.noise, start.dim(0));

  FiniteWatch watch(schedule.steps(), settings.explain);
  Tensor x = start;
  for (int i = 0; i < schedule.steps(); ++i) {
    FirstAnswer first;
    const auto evaluate = [&](const Tensor& at, double sigma) {
      at.device().cancel().throw_if_requested();
      const Tensor answer =
          ops::cast(velocity(at, FlowPoint{sigma, i, schedule.steps()}), x.dtype());
      if (!first.x.defined()) first = {at, answer, sigma};
      return answer;
    };
    const Step step{i, schedule.steps(), schedule.sigma(i), schedule.sigma(i + 1), evaluate, [&] {
                      return noise->draw(x);
                    }};
    Tensor next = sampler->step(x, step);
    watch.add(next, i + 1);
    if (settings.inpainting) next = settings.inpainting->apply(next, step.next);
    x = next;
    if (on_step) {
      on_step(
          Progress{i + 1, schedule.steps(), step.next, x, first.x, first.velocity, first.sigma});
    }
  }
  watch.finish();
  return x;
}

}  // namespace newbie::diffusion
