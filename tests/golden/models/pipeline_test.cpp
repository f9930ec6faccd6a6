// Prompt to picture against upstream: ids, features, noise, latents after every step, the image.

#include <fmt/format.h>

#include <regex>

#include "diffusion/sample.h"
#include "image/image.h"
#include "ops/shape.h"
#include "pipeline/guided_transformer.h"
#include "pipeline/pictures.h"
#include "support/golden.h"
#include "support/tiny_model.h"

namespace newbie::test {
namespace {

/// How a golden trajectory was made.
struct Variant {
  std::string schedule = "double_shift";
  std::string sampler = "euler";
  diffusion::Guidance guidance;
};

class Pipeline : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!file_.exists()) {
      count_skipped("e2e");
      GTEST_SKIP() << "this set has no e2e.safetensors";
    }
    const ModelFolder model = golden_model();
    gemma_tokenizer_ = load_gemma_tokenizer(model);
    clip_tokenizer_ = load_xlmr_tokenizer(model);
    const auto use = weight_use(DType::f32);
    device_ = use.device;
    text_encoder_.emplace(pipeline::load_text_encoder(model, use));
    clip_model_.emplace(pipeline::load_clip_model(model, use));
    transformer_.emplace(pipeline::load_transformer(model, use));
    vae_.emplace(pipeline::load_vae(model, use, {.encoder = false, .decoder = true}));
    settings_ = file_.manifest()["settings"];
  }

  /// Ids equal upstream's valid ids, exactly.
  void expect_ids(const std::string& name, const std::vector<pipeline::PromptIds>& prompts,
                  std::vector<int32_t> pipeline::PromptIds::*which) {
    const auto ids = file_.find(name);
    if (!ids) return count_skipped(name);
    for (int64_t b = 0; b < ids->dim(0); ++b) {
      const auto& ours = prompts[static_cast<size_t>(b)].*which;
      const auto row = ids->slice(b, b + 1).to_floats();
      ASSERT_LE(ours.size(), row.size());
      EXPECT_TRUE(std::equal(ours.begin(), ours.end(), row.begin())) << name << " row " << b;
      count_comparison("e2e ids", 0);
    }
  }

  /// The variant that a tensor name and its description stand for.
  Variant variant(const std::string& name, const std::string& what) const {
    static const std::regex kGuidance(R"(cfg ([0-9.]+) renorm ([0-9.]+) cfg_trunc ([0-9.]+))");
    double cfg = settings_["cfg"], renorm = settings_["renorm"], trunc = 100;
    std::smatch match;
    if (std::regex_search(what, match, kGuidance)) {
      cfg = std::stod(match[1]), renorm = std::stod(match[2]), trunc = std::stod(match[3]);
    }
    Variant v;
    v.guidance = {.scale = cfg,
                  .renorm = renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
                  .max_ratio = renorm > 0 ? renorm : 1,
                  .until_time = trunc};
    if (name.starts_with("ode_")) {
      v.schedule = "native";
      v.sampler = name.substr(4);
    } else if (name == "dpm") {
      v.schedule = "native_dpm";
      v.sampler = "dpmpp_2m_native";
    }
    return v;
  }

  /// x after every step, the start left out.
  std::vector<Tensor> run(const Variant& v, const Tensor& noise,
                          const pipeline::PromptFeatures& positive,
                          const pipeline::PromptFeatures& negative) {
    const pipeline::GuidedTransformer field(*transformer_, positive, negative);
    const diffusion::SampleSettings settings{
        .schedule = diffusion::make_schedule(v.schedule, settings_["steps"], settings_["shift"]),
        .sampler = v.sampler,
        .options = {},
        .noise = {},
        .inpainting = {}};
    std::vector<Tensor> states;
    diffusion::sample(noise, settings, diffusion::guide({v.guidance}, std::cref(field)),
                      [&](const diffusion::Progress& step) { states.push_back(step.x); });
    return states;
  }

  GoldenFile file_{"e2e"};
  Device device_ = Device::cpu();
  Json settings_;
  std::unique_ptr<text::Tokenizer> gemma_tokenizer_, clip_tokenizer_;
  std::optional<gemma3::Gemma3> text_encoder_;
  std::optional<jina_clip::JinaClip> clip_model_;
  std::optional<next_dit::NextDiT> transformer_;
  std::optional<flux_vae::FluxVae> vae_;
};

TEST_F(Pipeline, EveryPromptFromTextToPicture) {
  for (const Json& prompt : file_.manifest()["prompts"]) {
    const std::string name = prompt["name"];
    std::vector<pipeline::PromptIds> ids;
    for (size_t b = 0; b < prompt["gemma_texts"].size(); ++b) {
      ids.push_back(pipeline::tokenize(*gemma_tokenizer_, clip_tokenizer_.get(),
                                       prompt["gemma_texts"][b], prompt["clip_texts"][b], 512));
    }
    expect_ids(name + "/gemma_ids", ids, &pipeline::PromptIds::gemma);
    expect_ids(name + "/clip_ids", ids, &pipeline::PromptIds::clip);

    const auto captions = pipeline::encode_captions(*text_encoder_, ids);
    const auto pooled = pipeline::encode_pooled(*clip_model_, ids);
    if (const auto golden = file_.find(name + "/cap_feats")) {
      for (size_t b = 0; b < captions.size(); ++b) {
        const auto i = static_cast<int64_t>(b);
        const Tensor valid = golden->slice(i, i + 1)
                                 .view({golden->dim(1), golden->dim(2)})
                                 .slice(0, captions[b].dim(0));
        expect_close(valid.to_floats(), captions[b].to_floats(), kNetworkLimits.f32, "e2e features",
                     name + "/cap_feats");
      }
    }
    expect_golden(file_, name + "/pooled", ops::concat_rows(pooled).to_floats(), kNetworkLimits.f32,
                  "e2e features");

    const Shape latent{transformer_->config().in_channels,
                       settings_["height"].get<int64_t>() / vae_->config().downscale(),
                       settings_["width"].get<int64_t>() / vae_->config().downscale()};
    const Tensor noise =
        gaussian_noise(RngKind::torch_cpu, std::vector<uint64_t>{settings_["seed"].get<uint64_t>()},
                       latent, device_);
    expect_golden(file_, name + "/noise", noise.to_floats(), 1e-6, "e2e noise");

    const pipeline::PromptFeatures positive{captions[0], pooled[0]},
        negative{captions[1], pooled[1]};
    static const std::regex kTrajectory(R"(([^/]+)/([^/]+)/latents(_final)?)");
    for (const std::string& tensor : file_.names()) {
      std::smatch match;
      if (!std::regex_match(tensor, match, kTrajectory) || match[1] != name) continue;
      const std::string which = match[2];
      auto states = run(variant(which, file_.what(tensor)), noise, positive, negative);
      if (match[3].matched) states = {states.back()};
      if (which.starts_with("ode_")) states.insert(states.begin(), noise);
      expect_golden(file_, tensor, ops::concat_rows(states).to_floats(), kNetworkLimits.f32,
                    "e2e latents after every step");
      if (which != "main") continue;
      const Tensor picture = vae_->decode(states.back());
      expect_golden(file_, name + "/main/image", picture.to_floats(), kVaeLimits.f32, "e2e image");
      for (const auto& [suffix, rounding] : {std::pair{"round", image::Rounding::nearest},
                                             std::pair{"trunc", image::Rounding::truncate}}) {
        const std::string u8 = fmt::format("{}/main/image_u8_{}", name, suffix);
        const auto golden = file_.find(u8);
        if (!golden) {
          count_skipped(u8);
          continue;
        }
        const auto pixels = pipeline::picture_of(*vae_, states.back(), rounding, {}).pixels;
        const auto expected = golden->to_floats();
        ASSERT_EQ(pixels.size(), expected.size());
        size_t different = 0;
        for (size_t i = 0; i < pixels.size(); ++i) {
          const float distance = std::fabs(static_cast<float>(pixels[i]) - expected[i]);
          EXPECT_LE(distance, 1.0f) << u8 << " at " << i;
          different += distance > 0;
        }
        // Rounding of values that lie on the border between two levels.
        EXPECT_LT(different, pixels.size() / 10000 + 1) << u8;
        count_comparison("e2e 8-bit picture",
                         static_cast<double>(different) / static_cast<double>(pixels.size()));
      }
    }
  }
}

}  // namespace
}  // namespace newbie::test
