#include "adapters/learned.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "adapters/additions.h"
#include "adapters/write.h"
#include "base/hash.h"
#include "ops/transfer.h"
#include "tensor/rng_newbie_math.h"

namespace newbie::adapters {
namespace {

/// Uniform in (-bound, bound), by seed and name: the same values whatever else is adapted.
Tensor drawn(Shape shape, float bound, const std::string& name, uint64_t seed,
             const Device& device) {
  std::vector<float> values(static_cast<size_t>(shape.numel()));
  const auto stream = static_cast<uint32_t>(hash64(name));
  for (size_t i = 0; i < values.size(); ++i) {
    const PhiloxWords block = noise::words(seed, stream, 0, i / 4);
    values[i] = bound * (2 * noise::uniform(block.word[i % 4]) - 1);
  }
  return Tensor::from(values, shape, device);
}

class Maker {
 public:
  Maker(const NewAdapter& about, const Device& device) : about_(about), device_(device) {}

  Module operator()(const Target& target) {
    Module module;
    module.network = target.network;
    module.path = target.path;
    module.kind = about_.kind;
    module.weight = target.weight;
    about_.kind == Kind::lora ? make_lora(module) : make_lokr(module);
    if (module.rank > 0) {
      module.alpha = about_.alpha;
      module.scale = about_.alpha / static_cast<double>(module.rank);
    }
    return module;
  }

 private:
  void make_lora(Module& module) {
    const int64_t out = module.weight[0], in = module.weight[1];
    module.rank = about_.rank;
    draw(module, Factor::down, {about_.rank, in});
    clear(module, Factor::up, {out, about_.rank});
  }

  void make_lokr(Module& module) {
    const auto [a, c] = factorization(module.weight[0], about_.factor);
    const auto [b, d] = factorization(module.weight[1], about_.factor);
    draw(module, Factor::w1, {a, b});
    // A product of two factors must be smaller than what it stands for.
    if (2 * about_.rank < std::max(c, d)) {
      module.rank = about_.rank;
      draw(module, Factor::w2_a, {c, about_.rank});
      clear(module, Factor::w2_b, {about_.rank, d});
    } else {
      clear(module, Factor::w2, {c, d});
    }
  }

  void draw(Module& module, Factor factor, Shape shape) const {
    const float bound = 1.0f / std::sqrt(static_cast<float>(shape[1]));
    module[factor] =
        drawn(shape, bound, module.path + "." + std::string(peft_name(module.kind, factor)),
              about_.seed, device_);
  }
  void clear(Module& module, Factor factor, Shape shape) const {
    module[factor] = Tensor::zeros(shape, DType::f32, device_);
  }

  const NewAdapter& about_;
  Device device_;
};

/// Weights as they are, additions from learned modules.
class LearnedAdditions final : public nn::WeightProvider {
 public:
  LearnedAdditions(nn::WeightProvider& inner, std::vector<Module> modules,
                   std::shared_ptr<const Dropout> dropout)
      : inner_(inner), modules_(std::move(modules)), dropout_(std::move(dropout)) {}

  Tensor take(const std::string& path, const Shape& shape) override {
    return inner_.take(path, shape);
  }
  bool has(const std::string& path) const override { return inner_.has(path); }
  std::shared_ptr<const nn::Addition> addition(const std::string& path) override {
    const auto found = std::ranges::find(modules_, path, &Module::path);
    if (found == modules_.end()) return inner_.addition(path);
    // The name decides: another choice of targets leaves the draws of the others as they were.
    return live_addition(*found, dropout_, static_cast<uint32_t>(hash64(path)));
  }

 private:
  nn::WeightProvider& inner_;
  std::vector<Module> modules_;
  std::shared_ptr<const Dropout> dropout_;
};

}  // namespace

std::pair<int64_t, int64_t> factorization(int64_t size, int64_t factor) {
  if (factor > 0 && size % factor == 0) {
    return {std::min(factor, size / factor), std::max(factor, size / factor)};
  }
  const int64_t most = factor > 0 ? factor : size;
  int64_t best = 1;
  for (int64_t divisor = 2; divisor * divisor <= size && divisor <= most; ++divisor) {
    if (size % divisor == 0) best = divisor;
  }
  return {best, size / best};
}

std::vector<Module> make_modules(const std::vector<Target>& targets, const NewAdapter& about,
                                 const Device& device) {
  if (about.kind != Kind::lora && about.kind != Kind::lokr) {
    throw Error("adapter.kind", fmt::format("a {} cannot be learned", name_of(about.kind)))
        .hint("LoRA and LoKr can");
  }
  if (about.rank < 1 || !(about.alpha > 0) || !std::isfinite(about.alpha)) {
    throw Error("adapter.rank",
                fmt::format("rank {} and alpha {}: both must be above 0", about.rank, about.alpha));
  }
  std::vector<Module> modules;
  Maker make(about, device);
  for (const Target& target : targets) {
    check(target.weight.rank() == 2, "make_modules: only matrices are adapted");
    modules.push_back(make(target));
  }
  return modules;
}

LearnedAdapter::LearnedAdapter(std::vector<Module> modules, const Dropout& dropout)
    : modules_(std::move(modules)), dropout_(std::make_shared<Dropout>(dropout)) {
  for (Module& module : modules_) {
    for (size_t i = 0; i < kFactors; ++i) {
      Tensor& factor = module.factors[i];
      if (!factor.defined()) continue;
      const auto name = peft_name(module.kind, static_cast<Factor>(i));
      parameters_.emplace_back(fmt::format("{}.{}", module.path, name), factor);
      factor = parameters_.back().tensor();
    }
  }
  std::ranges::sort(parameters_, {}, &grad::Parameter::name);
}

std::unique_ptr<nn::WeightProvider> LearnedAdapter::wrap(nn::WeightProvider& inner,
                                                         std::string_view network) const {
  std::vector<Module> mine;
  for (const Module& module : modules_) {
    if (module.network == network) mine.push_back(module);
  }
  return std::make_unique<LearnedAdditions>(inner, std::move(mine), dropout_);
}

Adapter LearnedAdapter::snapshot() const {
  Adapter adapter;
  adapter.modules = modules_;
  for (Module& module : adapter.modules) {
    for (Tensor& factor : module.factors) {
      if (factor.defined()) factor = ops::to_host(factor.detached());
    }
  }
  return adapter;
}

}  // namespace newbie::adapters
