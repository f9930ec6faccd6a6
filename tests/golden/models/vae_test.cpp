// The autoencoder against upstream: both halves, what lies between, and tiles.

#include <fmt/format.h>

#include <regex>

#include "ops/elementwise.h"
#include "ops/shape.h"
#include "support/golden.h"
#include "support/tiny_model.h"

namespace newbie::test {
namespace {

class Vae : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (!file_.exists()) {
      count_skipped("vae");
      GTEST_SKIP() << "this set has no vae.safetensors";
    }
    vae_.emplace(pipeline::load_vae(golden_model(), weight_use(GetParam()), {}));
  }
  double limit() const { return GetParam() == DType::f32 ? kVaeLimits.f32 : kVaeLimits.bf16; }
  std::string stage(const char* name) const {
    return fmt::format("vae {} {}", name, name_of(GetParam()));
  }

  /// Goldens are channels first and may hold only the first channels ("[:,:8]").
  nn::Observer comparing() const {
    return [this](std::string_view path, const Tensor& ours) {
      static const std::regex kPart(R"((.*)\[:,:(\d+)\])");
      for (const std::string& name : file_.names()) {
        std::smatch match;
        const bool part = std::regex_match(name, match, kPart);
        if ((part ? match[1].str() : name) != fmt::format("inter/{}", path)) continue;
        Tensor x = ops::cast(ours, DType::f32);
        if (part) {
          const int64_t kept = std::stoll(match[2]);
          x = ops::split_columns(x, {kept, x.dim(3) - kept})[0];
        }
        expect_golden(file_, name, ops::to_channels_first(x).to_floats(), limit(),
                      stage("intermediates"));
      }
    };
  }
  /// The decoder's input as the transformer would give it.
  Tensor latent() const { return vae_->to_latent(there(*file_.find("latents"))); }
  /// What the reference tiles by: the config's sample size.
  flux_vae::Tiling tiles() const { return {.tile_pixels = vae_->config().sample_size}; }

  GoldenFile file_{"vae"};
  std::optional<flux_vae::FluxVae> vae_;
};

TEST_P(Vae, DecodesWithEverythingOnTheWay) {
  expect_golden(file_, "decoded", vae_->decode(latent(), {}, comparing()).to_floats(), limit(),
                stage("decode"));
}

TEST_P(Vae, EncodesWithEverythingOnTheWay) {
  const auto posterior = vae_->encode(there(*file_.find("image")), {}, comparing());
  expect_golden(file_, "mean", posterior.mean.to_floats(), limit(), stage("encode"));
  expect_golden(file_, "mode", posterior.mean.to_floats(), limit(), stage("encode"));
  expect_golden(file_, "logvar", posterior.logvar.to_floats(), limit(), stage("encode"));
}

TEST_P(Vae, TiledDecode) {
  expect_golden(file_, "decoded_tiled", vae_->decode(latent(), tiles()).to_floats(), limit(),
                stage("tiled decode"));
}

TEST_P(Vae, TiledEncode) {
  const auto golden = file_.find("moments_tiled");
  if (!golden) return count_skipped("moments_tiled");
  const auto posterior = vae_->encode(there(*file_.find("image")), tiles());
  auto moments = posterior.mean.to_floats();
  const auto logvar = posterior.logvar.to_floats();
  moments.insert(moments.end(), logvar.begin(), logvar.end());
  auto expected = golden->to_floats();
  for (size_t i = expected.size() / 2; i < expected.size(); ++i) {
    expected[i] = std::clamp(expected[i], -30.0f, 20.0f);
  }
  expect_close(expected, moments, limit(), stage("tiled encode"), "moments_tiled");
}

INSTANTIATE_TEST_SUITE_P(Precision, Vae, ::testing::Values(DType::f32, DType::bf16),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace newbie::test
