#include "train/objective/vae.h"

#include <cmath>

#include "base/file.h"
#include "grad/backward.h"
#include "image/compose.h"
#include "model_tools/config_text.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "ops/training.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"
#include "train/data/random.h"
#include "train/model/write_model.h"
#include "train/objective/latents.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using ops::Distance;

/// Pictures looked at for the latents' mean and spread, and shown as samples.
constexpr int64_t kMeasured = 64, kShown = 8;

Tensor absolute(const Tensor& a, const Tensor& b) {
  return ops::mean_distance(a, b, Distance::absolute);
}

Tensor mean_of(const Tensor& a, const Tensor& b) { return ops::combine({{0.5f, a}, {0.5f, b}}); }

/// Differences of pixels `dy`, `dx` apart. Shapes: [B,h,w,1].
Tensor differences(const Tensor& x, int64_t dy, int64_t dx) {
  const int64_t h = x.dim(1) - dy, w = x.dim(2) - dx;
  return ops::combine({{1.0f, ops::crop(x, dy, dx, h, w)}, {-1.0f, ops::crop(x, 0, 0, h, w)}});
}

}  // namespace

Reconstruction reconstruction_losses(const Tensor& found, const Tensor& wanted) {
  // Every plane as a picture of one channel: neighbours and means are per channel anyway.
  const auto planes = [](const Tensor& x) {
    return x.view({x.dim(0) * x.dim(1), x.dim(2), x.dim(3), 1});
  };
  const Tensor y = planes(found), x = planes(wanted);
  const Tensor y2 = ops::average_2x2(y), x2 = ops::average_2x2(x);
  return {absolute(y, x), ops::mean_distance(y, x, Distance::squared),
          mean_of(absolute(differences(y, 1, 0), differences(x, 1, 0)),
                  absolute(differences(y, 0, 1), differences(x, 0, 1))),
          mean_of(absolute(y2, x2), absolute(ops::average_2x2(y2), ops::average_2x2(x2)))};
}

VaeObjective::VaeObjective(const Recipe& recipe, std::shared_ptr<const Dataset> examples,
                           const Device& device)
    : recipe_(recipe),
      device_(device),
      seed_(static_cast<uint64_t>(recipe.run.seed)),
      data_(std::move(examples), recipe.pictures, {.batch = recipe.run.batch, .seed = seed_}),
      networks_(recipe, device),
      ahead_(readers_of(recipe.run, device), 2 * readers_of(recipe.run, device),
             [this](int64_t pass, const CancelToken& cancel) { return prepared(pass, cancel); }) {
  networks_.load_vae({});
}

VaeObjective::Prepared VaeObjective::prepared(int64_t pass, const CancelToken& cancel) {
  Prepared made;
  for (const int64_t example : data_.order().at(pass).examples) {
    cancel.throw_if_requested();
    made.pictures.push_back(data_.picture(example));
    made.names.push_back(data_.examples().info(example).name);
  }
  return made;
}

Tensor VaeObjective::one_picture(int64_t example) const {
  const image::Picture picture = data_.picture(example);
  return picture_tensor({&picture}, device_);
}

Losses VaeObjective::pass(const Pass& pass) {
  const auto number = static_cast<uint32_t>(pass.number);
  const Prepared batch = ahead_.take(pass.number);
  std::vector<const image::Picture*> pictures;
  for (const image::Picture& picture : batch.pictures) pictures.push_back(&picture);
  const Tensor wanted = picture_tensor(pictures, device_);
  const VaeSection& weights = recipe_.vae;
  const flux_vae::FluxVae& vae = *networks_.vae;
  const MemoryScope memory(device_, Component::vae, MemoryUse::activations);
  const bool decoder_only = weights.train == "decoder";
  std::optional<NoGradient> still;
  if (decoder_only) still.emplace(device_);
  const flux_vae::Posterior posterior = vae.encode(wanted);
  const Shape& latent = posterior.mean.shape();
  const auto draw = [&](Purpose purpose) {
    return random_normal(seed_, purpose, number, latent, device_);
  };
  Tensor z = decoder_only
                 ? posterior.mean
                 : ops::sample_normal(posterior.mean, posterior.logvar, draw(Purpose::posterior));
  still.reset();
  if (weights.latent_noise > 0) {
    // Every picture has its own level: each step practises clean latents and noisy ones.
    auto levels = random_uniform(seed_, Purpose::latent_level, number, pictures.size());
    for (float& level : levels) level *= static_cast<float>(weights.latent_noise);
    const Tensor noise = draw(Purpose::latent_noise);
    const std::vector<float> none(levels.size(), 0.0f);
    z = ops::combine({{1.0f, z}, {1.0f, ops::blend_rows(noise, levels, noise, none)}});
  }
  const Reconstruction lacks = reconstruction_losses(vae.decode(vae.to_latent(z)), wanted);
  std::vector<std::pair<float, Tensor>> terms;
  Losses losses;
  const auto add = [&](const char* name, double weight, const Tensor& loss) {
    losses.parts.emplace_back(name, loss.detached());
    if (weight > 0) terms.emplace_back(static_cast<float>(weight), loss);
  };
  add("l1", weights.l1, lacks.l1);
  add("l2", weights.l2, lacks.l2);
  add("gradient", weights.gradient, lacks.gradient);
  add("pooled", weights.pooled, lacks.pooled);
  if (!decoder_only) {
    add("kl", weights.kl, ops::normal_divergence(posterior.mean, posterior.logvar));
  }
  const Tensor total = ops::combine(terms);
  grad::backward(total);
  losses.total = total.detached();
  losses.pictures = batch.names;
  return losses;
}

std::vector<image::Picture> VaeObjective::samples() {
  const NoGradient quiet(device_);
  std::vector<image::Picture> pictures;
  const int64_t count = std::min(kShown, data_.examples().size());
  for (int64_t i = 0; i < count; ++i) {
    const Tensor x = one_picture(i);
    const Tensor y = ops::to_host(
        networks_.vae->decode(networks_.vae->to_latent(networks_.vae->encode(x).mean)));
    const std::vector<image::Picture> pair{
        data_.picture(i),
        image::from_planes(y.to_floats(), 3, y.dim(2), y.dim(3), image::Rounding::nearest)};
    pictures.push_back(image::contact_sheet(pair, {.columns = 1, .margin = 0}));
  }
  return pictures;
}

flux_vae::Config VaeObjective::measured_config() const {
  double sum = 0, squares = 0, values = 0;
  for (int64_t i = 0; i < std::min(kMeasured, data_.examples().size()); ++i) {
    for (const float value : networks_.vae->encode(one_picture(i)).mean.to_floats()) {
      const auto exact = static_cast<double>(value);
      sum += exact;
      squares += exact * exact;
      values += 1;
    }
  }
  flux_vae::Config config = networks_.vae->config();
  config.shift_factor = sum / values;
  const double variance = squares / values - config.shift_factor * config.shift_factor;
  config.scaling_factor = 1 / std::sqrt(std::max(variance, 1e-12));
  return config;
}

fs::path VaeObjective::write_result(const fs::path& folder) {
  // The transformer wants latents of mean zero and length one, through two numbers of the config.
  const NoGradient quiet(device_);
  // One that learnt them already keeps its two numbers.
  const std::string config = model_tools::config_text(
      recipe_.vae.train == "decoder" ? networks_.vae->config() : measured_config());
  const DType dtype = networks_.compute == DType::f32 ? DType::f32 : DType::bf16;
  write_model(folder, networks_.folder, {"vae"}, networks_.parameters, dtype, seed_,
              {{"vae", config}});
  return folder / "vae";
}

}  // namespace newbie::train
