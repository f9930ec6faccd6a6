// Next-DiT against upstream: outputs, everything on the way, guidance, score bias, packed batches.

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <regex>

#include "diffusion/guidance.h"
#include "support/golden_batch.h"

namespace newbie::test {
namespace {

using next_dit::NextDiT;
using ops::Packing;

class Transformer : public ::testing::TestWithParam<DType> {
 protected:
  static const NextDiT& network(DType dtype) {
    static std::map<DType, std::unique_ptr<NextDiT>> loaded;
    auto& slot = loaded[dtype];
    if (!slot) {
      slot =
          std::make_unique<NextDiT>(pipeline::load_transformer(golden_model(), weight_use(dtype)));
    }
    return *slot;
  }
  const NextDiT& dit() const { return network(GetParam()); }
  double limit() const {
    return GetParam() == DType::f32 ? kNetworkLimits.f32 : kNetworkLimits.bf16;
  }
  std::string stage(std::string_view name) const {
    return fmt::format("transformer {} {}", name, name_of(GetParam()));
  }

  void SetUp() override {
    if (!file_.exists()) {
      count_skipped("transformer");
      GTEST_SKIP() << "this set has no transformer.safetensors";
    }
  }

  Batch batch(const std::string& latents) const { return golden_batch(file_, latents); }

  std::vector<Tensor> run(const Batch& in, const std::vector<float>& t,
                          const nn::Observer& observer = {},
                          const std::vector<Tensor>& bias = {}) const {
    return velocities(dit(), in, t, observer, bias);
  }

  GoldenFile file_{"transformer"};
};

TEST_P(Transformer, OutputsAtEveryTimeTheSetHolds) {
  static const std::regex kOutput(R"(out_(x\d+)_t([0-9.]+)(_nopooled)?)");
  for (const std::string& name : file_.names()) {
    std::smatch match;
    if (!std::regex_match(name, match, kOutput)) continue;
    Batch in = batch(match[1]);
    if (match[3].matched) in.pooled = {};
    const float t = std::stof(match[2]);
    expect_golden(file_, name, joined(run(in, std::vector<float>(in.latents.size(), t))), limit(),
                  stage("output"));
  }
}

TEST_P(Transformer, OneTimePerImage) {
  const auto t = file_.find("t_mixed");
  if (!t) return count_skipped("t_mixed");
  expect_golden(file_, "out_x0_tmixed", joined(run(batch("x0"), t->to_floats())), limit(),
                stage("output"));
}

TEST_P(Transformer, SmallInputsShowTheEpsilons) {
  Batch in = batch("x0");
  const auto scaled = [](const Tensor& x) { return ops::affine(x, 1e-3f, 0.0f); };
  for (Tensor& latent : in.latents) latent = scaled(latent);
  in.captions = scaled(in.captions);
  in.pooled = scaled(in.pooled);
  expect_golden(file_, "out_small_inputs",
                joined(run(in, std::vector<float>(in.latents.size(), 0.5f))), limit(),
                stage("small inputs"));
}

TEST_P(Transformer, TwoResolutionsInOneBatch) {
  const auto first = file_.find("x1");
  if (!first || !file_.find("list_out_0")) return count_skipped("list_out");
  Batch in = batch("x0");
  in.latents = {images_of(*file_.find("x0"))[0], images_of(*file_.find("x1"))[1]};
  const auto out = run(in, {0.5f, 0.5f});
  expect_golden(file_, "list_out_0", out[0].to_floats(), limit(), stage("output"));
  expect_golden(file_, "list_out_1", out[1].to_floats(), limit(), stage("output"));
}

TEST_P(Transformer, OneUnpaddedImage) {
  static const std::regex kTokens(R"(cap_feats\[:1,:(\d+)\])");
  const std::string what = file_.what("single_out");
  std::smatch match;
  const int64_t n = std::regex_search(what, match, kTokens) ? std::stoll(match[1]) : 5;
  Batch in{{images_of(*file_.find("x1"))[0]},
           rows_of(*file_.find("cap_feats"), 0, n),
           Packing::of_lengths({n}),
           file_.find("pooled")->slice(0, 1)};
  expect_golden(file_, "single_out", joined(run(in, {0.5f})), limit(), stage("output"));
}

TEST_P(Transformer, EverythingOnTheWay) {
  const Batch in = batch("x0");
  std::vector<Shape> shapes;
  for (const Tensor& latent : in.latents) shapes.push_back(latent.shape());
  const auto layout = dit().layout(shapes, in.packing);
  int seen = 0;
  // Upstream's tensors are padded: compare each image's own rows with the packed ones.
  const auto compare = [&](std::string_view path, const Tensor& ours) {
    const std::string name = fmt::format("inter/{}", path);
    const auto golden = file_.find(name);
    if (!golden) return count_skipped(name);
    ++seen;
    if (golden->rank() == 2) {
      return expect_close(golden->to_floats(), ours.to_floats(), limit(), stage("intermediates"),
                          name);
    }
    const Packing& packing = ours.dim(0) == layout.joint.rows()    ? layout.joint
                             : ours.dim(0) == layout.images.rows() ? layout.images
                                                                   : layout.captions;
    std::vector<Tensor> expected;
    for (int64_t b = 0; b < packing.count(); ++b) {
      expected.push_back(rows_of(*golden, b, packing.length(b)));
    }
    expect_close(joined(expected), ours.to_floats(), limit(), stage("intermediates"), name);
  };
  run(in, std::vector<float>(in.latents.size(), 0.5f), compare);
  compare("rope_real", layout.joint_rope.cos);
  compare("rope_imag", layout.joint_rope.sin);
  EXPECT_GT(seen, 5);
}

TEST_P(Transformer, ScoreBiasActsOnTheMainLayersOfTheFirstImage) {
  const auto bias = file_.find("attn_bias/bias");
  if (!bias) return count_skipped("attn_bias/bias");
  const Batch in = batch("x0");
  std::vector<Tensor> biases(in.latents.size());
  biases[0] = *bias;
  expect_golden(file_, "attn_bias/out",
                joined(run(in, std::vector<float>(in.latents.size(), 0.5f), {}, biases)), limit(),
                stage("score bias"));
}

TEST_P(Transformer, GuidanceWithRenormAndTruncation) {
  const auto x = file_.find("cfg/x");
  const auto mask = file_.find("cfg/cap_mask");
  if (!x || !mask) return count_skipped("cfg");
  const auto n = lengths(*mask);
  const Tensor features = pack(*file_.find("cap_feats"), n);
  const Tensor pooled = *file_.find("pooled");
  const Batch both{images_of(*x), features, Packing::of_lengths(n), pooled};
  static const std::regex kSetting(R"(('(\w+)': ([0-9.]+))|t=([0-9.]+))");
  for (const std::string& name : file_.names()) {
    if (!name.starts_with("cfg/out")) continue;
    std::map<std::string, double> setting{{"cfg_trunc", 100.0}};
    const std::string what = file_.what(name);
    for (std::sregex_iterator it(what.begin(), what.end(), kSetting), end; it != end; ++it) {
      const auto& match = *it;
      setting[match[4].matched ? "t" : match[2].str()] = std::stod(match[match[4].matched ? 4 : 3]);
    }
    const double renorm = setting["renorm_cfg"];
    const diffusion::Guidance guidance{
        .scale = setting["cfg_scale"],
        .renorm = renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
        .max_ratio = renorm > 0 ? renorm : 1,
        .until_time = setting["cfg_trunc"]};
    const auto velocity = diffusion::guide({guidance}, [&](const Tensor& latent,
                                                           const diffusion::FlowPoint& at,
                                                           const std::vector<int>&) {
      Batch in = both;
      in.latents = {images_of(latent)[0], images_of(latent)[0]};
      const auto t = static_cast<float>(at.time());
      const auto out = run(in, {t, t});
      const auto one = [](const Tensor& v) { return v.view({1, v.dim(0), v.dim(1), v.dim(2)}); };
      return diffusion::Halves{one(out[0]), one(out[1])};
    });
    const auto guided = velocity(x->slice(0, 1), {.sigma = 1 - setting["t"]}).to_floats();
    // The reference repeats the guided half.
    auto twice = guided;
    twice.insert(twice.end(), guided.begin(), guided.end());
    expect_golden(file_, name, twice, limit(), stage("guidance"));
  }
}

TEST_P(Transformer, PackedImagesEqualImagesAloneBitForBit) {
  const Batch in = batch("x0");
  const std::vector<float> t(in.latents.size(), 0.3f);
  const auto together = run(in, t);
  for (size_t b = 0; b < in.latents.size(); ++b) {
    const auto i = static_cast<int64_t>(b);
    const Batch alone{{in.latents[b]},
                      in.captions.slice(in.packing.begin(i), in.packing.end(i)),
                      Packing::of_lengths({in.packing.length(i)}),
                      in.pooled.slice(i, i + 1)};
    EXPECT_EQ(run(alone, {0.3f})[0].to_floats(), together[b].to_floats()) << "image " << b;
  }
}

INSTANTIATE_TEST_SUITE_P(Precision, Transformer, ::testing::Values(DType::f32, DType::bf16),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::test
