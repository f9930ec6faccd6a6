#include <limits>

#include "base/hash.h"
#include "diffusion/image_to_image.h"
#include "diffusion/sample.h"
#include "diffusion/turned_noise.h"
#include "engine/run.h"
#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "pipeline/guided_transformer.h"

namespace newbie::engine {
namespace {

std::string hash_of(std::initializer_list<Tensor> tensors) {
  std::string hashes;
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) continue;
    const Tensor values = ops::to_host(tensor);
    hashes += hex64(hash64({reinterpret_cast<const char*>(values.raw()), values.bytes()}));
  }
  return hashes.size() == 16 ? hashes : hex64(hash64(hashes));
}

/// Where the pictures of a batch start from.
struct Seeds {
  std::vector<uint64_t> noise;
  std::vector<uint64_t> variation;
};

/// Pictures count up the seed, or the variation's seed where there is a variation.
Seeds seeds_of(const GenerateRequest& request, int64_t first, int64_t images) {
  const auto counted = [&](uint64_t seed) {
    return batch_seeds(seed + static_cast<uint64_t>(first), static_cast<int>(images));
  };
  if (request.variation == 0) {
    return {counted(request.seed),
            std::vector<uint64_t>(static_cast<size_t>(images), request.variation_seed)};
  }
  return {std::vector<uint64_t>(static_cast<size_t>(images), request.seed),
          counted(request.variation_seed)};
}

diffusion::Guidance guidance_of(const GenerateRequest& request) {
  return {.scale = *request.cfg,
          .renorm = request.renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
          .max_ratio = request.renorm > 0 ? request.renorm : 1,
          .rescale = request.rescale,
          .until_time = request.cfg_trunc.value_or(std::numeric_limits<double>::infinity()),
          .until_step_ratio = request.cfg_trunc_steps.value_or(1)};
}

/// How every batch is sampled; what differs between batches is filled in later.
diffusion::SampleSettings settings_of(const GenerateRequest& request, bool from_picture) {
  const auto schedule =
      request.sigmas.empty()
          ? diffusion::make_schedule(request.schedule, static_cast<int>(*request.steps),
                                     *request.shift)
          : diffusion::Schedule(request.sigmas);
  return {.schedule = from_picture ? diffusion::schedule_for_strength(schedule, request.strength)
                                   : schedule,
          .sampler = request.sampler,
          .options = {.eta = request.eta},
          .noise = {.kind = *rng_kind_from_name(request.rng), .seeds = {}, .cuda = {}},
          .inpainting = {}};
}

/// One picture's latent: [C,h,w].
Shape latent_shape(const GenerateRequest& request, const flux_vae::Config& vae) {
  return {vae.latent_channels, *request.height / vae.downscale(), *request.width / vae.downscale()};
}

/// Shapes: [B,C,h,w] for a latent [C,h,w].
Tensor noise_of(const GenerateRequest& request, const Seeds& seeds, const Shape& latent,
                const Device& device) {
  const RngKind kind = *rng_kind_from_name(request.rng);
  const Tensor noise = gaussian_noise(kind, seeds.noise, latent, device);
  if (request.variation == 0) return noise;
  return diffusion::turned_noise(noise, gaussian_noise(kind, seeds.variation, latent, device),
                                 request.variation);
}

/// x repeated along the first axis.
Tensor repeated(const Tensor& x, int64_t times) {
  return ops::concat_rows(std::vector<Tensor>(static_cast<size_t>(times), x));
}

/// Where the first step begins: in noise, or in the start picture with noise added. What a mask
/// keeps of that picture goes into the settings.
Tensor first_latent(const StartLatents& start, const Tensor& noise,
                    diffusion::SampleSettings& settings) {
  if (!start.latent.defined()) return noise;
  const int64_t images = noise.dim(0);
  const Tensor data = repeated(start.latent, images);
  if (start.mask.defined()) {
    settings.inpainting = diffusion::Inpainting{repeated(start.mask, images), data, noise};
  }
  return diffusion::add_noise(data, noise, settings.schedule.sigma(0));
}

/// The first picture of the batch as a step sees it, small.
Pixels preview_of(const diffusion::Progress& step, const pipeline::LatentColours& colours) {
  const Tensor seen = step.denoised();
  image::Picture small = colours(seen.slice(0, 1).view({seen.dim(1), seen.dim(2), seen.dim(3)}));
  return {small.width, small.height, std::move(small.pixels)};
}

}  // namespace

std::optional<explain::AttentionRecorder> Run::recorder(const next_dit::Config& config, int steps) {
  if (!questions_) return std::nullopt;
  const auto nodes = static_cast<int64_t>(questions_->nodes.size());
  const auto layers = explain::LayerChoice::of(config.n_layers, nodes, config.head_dim());
  provenance_ = {layers, config.n_layers, steps};
  return explain::AttentionRecorder(*questions_, layers);
}

std::vector<Sampled> Run::sample(const Conditioning& conditioning, const StartLatents& start,
                                 const std::optional<pipeline::LatentColours>& colours) {
  const MemoryScope memory(model_.device, Component::dit, MemoryUse::activations);
  const next_dit::NextDiT& transformer = this->transformer();
  const Shape latent = latent_shape(request_, pipeline::vae_config(model_.folder));
  diffusion::SampleSettings settings = settings_of(request_, start.latent.defined());
  pipeline::GuidedTransformer field(transformer, conditioning.positive, conditioning.negative,
                                    isolation_);
  settings.explain = [&] { field.settle(); };
  auto recorder = this->recorder(transformer.config(), settings.schedule.steps());
  if (recorder) field.on_attention = [&](const auto& view) { recorder->look(view); };

  const int64_t rounds = (request_.count + request_.batch - 1) / request_.batch;
  const int64_t evaluations =
      rounds *
      diffusion::evaluations(diffusion::sampler_named(request_.sampler), settings.schedule);
  // Progress counts blocks, so that even one slow step moves.
  int64_t calls = 0;
  watch_.begin("sample", evaluations);
  field.on_block = [&](int64_t done, int64_t total) {
    watch_.advance(calls * total + done, evaluations * total);
  };
  const auto velocity = diffusion::guide(
      {guidance_of(request_)},
      [&](const Tensor& x, const diffusion::FlowPoint& at, const std::vector<int>& guided) {
        if (recorder) recorder->step(at.step, at.steps);
        auto halves = field(x, at, guided);
        ++calls;
        return halves;
      });
  const auto preview = [&](const diffusion::Progress& step) {
    if (colours && events_.preview) events_.preview(preview_of(step, *colours));
  };

  const std::string conditioning_hash =
      hash_of({conditioning.positive.caption, conditioning.positive.pooled,
               conditioning.negative.caption, conditioning.negative.pooled});
  std::vector<Sampled> done;
  for (int64_t first = 0; first < request_.count; first += request_.batch) {
    const int64_t images = std::min(request_.batch, request_.count - first);
    const Seeds seeds = seeds_of(request_, first, images);
    const Tensor noise = noise_of(request_, seeds, latent, model_.device);
    settings.noise.seeds = seeds.noise;
    const Tensor begin = first_latent(start, noise, settings);
    if (recorder) {
      const int64_t patch = transformer.config().patch_size;
      recorder->begin(images, latent[1] / patch, latent[2] / patch);
    }
    const Tensor x = diffusion::sample(begin, settings, velocity, preview);
    auto maps = recorder ? recorder->finish() : std::vector<explain::HeatMaps>();
    for (int64_t b = 0; b < images; ++b) {
      const auto i = static_cast<size_t>(b);
      const Tensor mine = x.slice(b, b + 1);
      done.push_back({first + b,
                      seeds.noise[i],
                      seeds.variation[i],
                      {.conditioning = conditioning_hash,
                       .noise = hash_of({noise.slice(b, b + 1)}),
                       .latent = hash_of({mine}),
                       .pixels = {}},
                      mine,
                      recorder ? std::optional(std::move(maps[i])) : std::nullopt});
    }
  }
  return done;
}

}  // namespace newbie::engine
