// Gradients of the transformer against upstream: every parameter and every input.

#include <map>
#include <memory>

#include "grad/backward.h"
#include "nn/learned_weights.h"
#include "ops/loss.h"
#include "support/golden_batch.h"

namespace newbie::test {
namespace {

/// Gradients of the same network in f32 differ by rounding alone.
constexpr double kLimit = 1e-4;
constexpr float kTime = 0.5f;

/// The transformer with every parameter learning.
class TransformerGradient : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!grads_.exists() || !file_.exists()) {
      count_skipped("transformer_grads");
      GTEST_SKIP() << "this set has no gradients";
    }
    nn::WeightUse use = weight_use(DType::f32);
    use.live = true;
    const auto all = [](const std::string&) { return true; };
    network_ = std::make_unique<next_dit::NextDiT>(pipeline::load_transformer(
        golden_model(), use, {},
        [&](nn::WeightProvider& checked, std::string_view, const nn::WeightUse& with) {
          return std::make_unique<nn::LearnedWeights>(checked, with, DType::f32, all, parameters_);
        }));
  }

  /// The loss of the golden set; its inputs are leaves.
  Tensor loss() {
    inputs_ = {{"x", leaf(there(*file_.find("x0")))},
               {"cap_feats", leaf(there(*file_.find("cap_feats")))},
               {"pooled", leaf(there(*file_.find("pooled")))}};
    const auto n = lengths(*file_.find("cap_mask"));
    const Batch batch{images_of(inputs_["x"]), pack(inputs_["cap_feats"], n),
                      ops::Packing::of_lengths(n), inputs_["pooled"]};
    const std::vector<float> t(batch.latents.size(), kTime);
    const std::vector<Shape> shapes(batch.latents.size(), batch.latents[0].shape());
    const auto caption = network_->refine_caption(batch.captions, batch.packing);
    const auto layout = network_->layout(shapes, batch.packing);
    next_dit::Input input{batch.latents, t, caption, batch.pooled, layout, {}};
    input.recompute = recompute_;
    const auto v = (*network_)(input);
    const Tensor target = there(*grads_.find("target"));
    return ops::mean_distance(ops::concat_rows(v), target.view(joint_shape(v)),
                              ops::Distance::squared);
  }

  /// Compares with a whole gradient, or with the evenly spaced elements that the set kept of it.
  void expect_gradient(const std::string& name, const Tensor& ours, const std::string& stage) {
    ASSERT_TRUE(ours.defined()) << name << " has no gradient";
    const auto sample = grads_.find("sample/" + name);
    const std::vector<float> all = ours.to_floats();
    if (!sample) return expect_golden(grads_, name, all, kLimit, stage);
    std::vector<float> kept;
    const auto count = static_cast<size_t>(sample->numel());
    for (size_t k = 0; k < count; ++k) kept.push_back(all[k * all.size() / count]);
    expect_close(sample->to_floats(), kept, kLimit, stage, name);
  }

  void expect_gradients() {
    int compared = 0;
    for (const grad::Parameter& parameter : parameters_) {
      expect_gradient("grad/" + parameter.name(), parameter.gradient(), "gradients of parameters");
      ++compared;
    }
    EXPECT_GT(compared, 100);
    for (const auto& [name, input] : inputs_) {
      expect_gradient("input_grad/" + name, input.gradient_node()->gradient, "gradients of inputs");
    }
  }

  GoldenFile file_{"transformer"}, grads_{"transformer_grads"};
  std::vector<grad::Parameter> parameters_;
  std::unique_ptr<next_dit::NextDiT> network_;
  std::map<std::string, Tensor> inputs_;
  bool recompute_ = false;

 private:
  static Shape joint_shape(const std::vector<Tensor>& v) {
    return v[0].shape().with(0, static_cast<int64_t>(v.size()) * v[0].dim(0));
  }
};

TEST_F(TransformerGradient, IsTheSameWhenBlocksAreComputedAgain) {
  recompute_ = true;
  grad::backward(loss());
  expect_gradients();
}

TEST_F(TransformerGradient, OfEveryParameterAndInput) {
  const Tensor value = loss();
  expect_golden(grads_, "loss", value.to_floats(), 1e-5, "loss");
  grad::backward(value);
  expect_gradients();
}

}  // namespace
}  // namespace newbie::test
