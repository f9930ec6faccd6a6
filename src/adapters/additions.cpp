#include "adapters/additions.h"

#include <functional>
#include <optional>

#include "adapters/delta.h"
#include "nn/linear.h"
#include "ops/elementwise.h"
#include "ops/low_rank.h"
#include "ops/shape.h"
#include "ops/training.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::adapters {
namespace {

/// One factor, ready for inputs of a type.
using Weights = std::function<ops::LinearWeights(DType)>;

/// A factor laid out for its device once.
Weights prepared(const Tensor& factor, const nn::WeightUse& use) {
  const Tensor there = ops::to_device(ops::cast(factor, use.compute), use.device);
  return [weights = ops::prepare_linear(there, std::nullopt, use.compute, ops::Residency::packed)](
             DType) { return weights; };
}

/// A factor whose elements may change between calls.
Weights live(const Tensor& factor) {
  return [factor](DType compute) { return nn::live_weights(factor, {}, compute); };
}

Tensor times(const Tensor& x, const Weights& factor) { return ops::linear(x, factor(x.dtype())); }

/// up(down(x)) * scale; the scale is applied where the tensor is narrow.
class LowRank final : public nn::Addition {
 public:
  LowRank(Weights down, Weights up, float scale)
      : down_(std::move(down)), up_(std::move(up)), scale_(scale) {}

  Tensor operator()(const Tensor& x) const override {
    const Tensor narrow = times(x, down_);
    return times(scale_ == 1.0f ? narrow : ops::affine(narrow, scale_, 0.0f), up_);
  }
  Tensor with_product(const Tensor& x, const ops::LinearWeights& weights) const override {
    return ops::low_rank_linear(x, weights, {down_(x.dtype()), up_(x.dtype()), scale_});
  }

 private:
  Weights down_, up_;
  float scale_;
};

/// The inner two axes of [n,p,q] exchanged.
Tensor turned(const Tensor& x, int64_t p, int64_t q) {
  return ops::to_channels_last(x.view({-1, p, q, 1}));
}

/// kron(w1, w2) x without the product of the two: with x as rows of [b,d], y[i,k] is the sum over
/// j and l of w1[i,j] w2[k,l] x[j,l]. The factor that shrinks x more goes first.
class Kronecker final : public nn::Addition {
 public:
  struct Sizes {
    int64_t a, b, c, d;  // w1 [a,b], w2 [c,d]
  };
  Kronecker(Sizes sizes, std::vector<Weights> w1, std::vector<Weights> w2, float scale)
      : sizes_(sizes), w1_(std::move(w1)), w2_(std::move(w2)), scale_(scale) {}

  Tensor operator()(const Tensor& x) const override {
    const auto [a, b, c, d] = sizes_;
    const Shape out = x.shape().with(-1, a * c);
    Tensor y;
    if (b * c * (a + d) <= a * d * (b + c)) {
      y = apply(w2_, x.view({-1, d}));                // [n b, c]
      y = apply(w1_, turned(y, b, c).view({-1, b}));  // [n c, a]
      y = turned(y, c, a);                            // [n, a, c]
    } else {
      y = apply(w1_, turned(x, b, d).view({-1, b}));  // [n d, a]
      y = apply(w2_, turned(y, d, a).view({-1, d}));  // [n a, c]
    }
    if (scale_ != 1.0f) y = ops::affine(y, scale_, 0.0f);
    return y.view(out);
  }

 private:
  static Tensor apply(const std::vector<Weights>& factors, Tensor x) {
    for (const Weights& factor : factors) x = times(x, factor);
    return x;
  }

  Sizes sizes_;
  std::vector<Weights> w1_, w2_;  // two factors each when they are products themselves
  float scale_;
};

/// An addition that sees a part of its input.
class Thinned final : public nn::Addition {
 public:
  Thinned(std::shared_ptr<const nn::Addition> inner, std::shared_ptr<const Dropout> dropout,
          uint32_t number)
      : inner_(std::move(inner)), dropout_(std::move(dropout)), number_(number) {}

  Tensor operator()(const Tensor& x) const override {
    if (!dropout_->pass) return (*inner_)(x);
    return (*inner_)(ops::gated(kept(x), x, ops::Activation::none));
  }

 private:
  /// 0 for what is left out, 1 / (1 - share) for the rest.
  Tensor kept(const Tensor& x) const {
    const NoGradient quiet(x.device());
    const NoiseKey key{dropout_->seed + (uint64_t{number_} << 32), dropout_->stream,
                       *dropout_->pass};
    constexpr float kSteep = 1e30f;  // steeper than neighbouring numbers are apart
    const Tensor noise = ops::normal_noise(key, x.shape(), x.device());
    const Tensor sides = ops::affine(noise, kSteep, -dropout_->least * kSteep);
    return ops::cast(ops::clamp(sides, 0.0f, 1 / (1 - dropout_->share)), x.dtype());
  }

  std::shared_ptr<const nn::Addition> inner_;
  std::shared_ptr<const Dropout> dropout_;
  uint32_t number_;
};

class Sum final : public nn::Addition {
 public:
  explicit Sum(std::vector<std::shared_ptr<const nn::Addition>> terms) : terms_(std::move(terms)) {}

  Tensor operator()(const Tensor& x) const override {
    Tensor sum = (*terms_.front())(x);
    for (size_t i = 1; i < terms_.size(); ++i) sum = ops::add(sum, (*terms_[i])(x));
    return sum;
  }

 private:
  std::vector<std::shared_ptr<const nn::Addition>> terms_;
};

Kronecker::Sizes sizes_of(const Module& module) {
  const auto axis = [&](Factor whole, Factor half, int which) {
    return module.has(whole) ? module[whole].dim(which) : module[half].dim(which);
  };
  return {axis(Factor::w1, Factor::w1_a, 0), axis(Factor::w1, Factor::w1_b, 1),
          axis(Factor::w2, Factor::w2_a, 0), axis(Factor::w2, Factor::w2_b, 1)};
}

/// The one factor, or the two whose product it is, in the order in which x meets them.
template <class Make>
std::vector<Weights> chain(const Module& module, Factor whole, Factor a, Factor b,
                           const Make& make) {
  if (module.has(whole)) return {make(whole)};
  return {make(b), make(a)};
}

template <class Make>
std::shared_ptr<const nn::Addition> kronecker(const Module& module, float scale, const Make& make) {
  return std::make_shared<Kronecker>(
      sizes_of(module), chain(module, Factor::w1, Factor::w1_a, Factor::w1_b, make),
      chain(module, Factor::w2, Factor::w2_a, Factor::w2_b, make), scale);
}

}  // namespace

std::shared_ptr<const nn::Addition> prepared_addition(
    const std::vector<std::pair<const Module*, double>>& modules, const nn::WeightUse& use) {
  const MemoryScope memory(use.device, MemoryUse::weights);
  std::vector<std::shared_ptr<const nn::Addition>> terms;
  std::vector<Tensor> downs, ups;
  for (const auto& [module, strength] : modules) {
    const auto scale = static_cast<float>(module->scale * strength);
    if (module->kind == Kind::lokr) {
      terms.push_back(kronecker(
          *module, scale, [&, m = module](Factor factor) { return prepared((*m)[factor], use); }));
      continue;
    }
    check(module->kind == Kind::lora && !module->has(Factor::magnitude),
          "prepared_addition: this change cannot stay apart from its weight");
    downs.push_back(ops::cast((*module)[Factor::down], DType::f32));
    ups.push_back(ops::affine(ops::cast((*module)[Factor::up], DType::f32), scale, 0.0f));
  }
  if (!downs.empty()) {
    terms.push_back(std::make_shared<LowRank>(prepared(ops::concat_rows(downs), use),
                                              prepared(ops::concat_columns(ups), use), 1.0f));
  }
  if (terms.empty()) return nullptr;
  return terms.size() == 1 ? terms.front() : std::make_shared<Sum>(std::move(terms));
}

std::shared_ptr<const nn::Addition> live_addition(const Module& module,
                                                  std::shared_ptr<const Dropout> dropout,
                                                  uint32_t number) {
  const auto scale = static_cast<float>(module.scale);
  std::shared_ptr<const nn::Addition> whole;
  if (module.kind == Kind::lokr) {
    whole = kronecker(module, scale, [&](Factor factor) { return live(module[factor]); });
  } else {
    check(module.kind == Kind::lora && !module.has(Factor::magnitude),
          "live_addition: only LoRA and LoKr are learned");
    whole = std::make_shared<LowRank>(live(module[Factor::down]), live(module[Factor::up]), scale);
  }
  if (!dropout || dropout->share <= 0) return whole;
  return std::make_shared<Thinned>(std::move(whole), std::move(dropout), number);
}

}  // namespace newbie::adapters
