#include "train/objective/draw.h"

#include "diffusion/guidance.h"
#include "diffusion/sample.h"
#include "pipeline/guided_transformer.h"
#include "pipeline/pictures.h"
#include "tensor/gradient.h"

namespace newbie::train {

std::vector<image::Picture> draw_samples(const Recipe& recipe, const next_dit::NextDiT& transformer,
                                         const flux_vae::FluxVae& vae,
                                         const std::vector<pipeline::PromptFeatures>& prompts,
                                         const pipeline::PromptFeatures& negative) {
  const SamplesSection& wanted = recipe.samples;
  const Device device = negative.caption.device();
  const NoGradient quiet(device);
  const int64_t width = wanted.width > 0 ? wanted.width : recipe.pictures.resolution;
  const int64_t height = wanted.height > 0 ? wanted.height : recipe.pictures.resolution;
  const Shape latent{vae.config().latent_channels, height / vae.config().downscale(),
                     width / vae.config().downscale()};
  const diffusion::SampleSettings settings{
      .schedule = diffusion::make_schedule("linear", static_cast<int>(wanted.steps), wanted.shift),
      .sampler = "euler",
      .options = {},
      .noise = {},
      .inpainting = {}};
  std::vector<image::Picture> pictures;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const pipeline::GuidedTransformer field(transformer, prompts[i], negative);
    const auto velocity =
        diffusion::guide({{.scale = wanted.guidance_scale}},
                         [&](const Tensor& x, const diffusion::FlowPoint& at,
                             const std::vector<int>& guided) { return field(x, at, guided); });
    const auto seed = static_cast<uint64_t>(wanted.seed) + i;
    const Tensor noise =
        gaussian_noise(RngKind::newbie, std::vector<uint64_t>{seed}, latent, device);
    const Tensor x = diffusion::sample(noise, settings, velocity);
    pictures.push_back(pipeline::picture_of(vae, x, image::Rounding::nearest, {}));
  }
  return pictures;
}

}  // namespace newbie::train
