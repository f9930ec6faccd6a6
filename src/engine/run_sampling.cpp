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

/// x repeated along the first axis.
Tensor repeated(const Tensor& x, int64_t times) {
  return ops::concat_rows(std::vector<Tensor>(static_cast<size_t>(times), x));
}

}  // namespace

std::vector<Sampled> Run::sample(const Conditioning& conditioning, const StartLatents& start,
                                 const std::optional<pipeline::LatentColours>& colours) {
  const MemoryScope memory(model_.device, Component::dit, MemoryUse::activations);
  const next_dit::NextDiT& transformer = this->transformer();
  const auto& vae_config = pipeline::vae_config(model_.folder);
  const Shape latent{vae_config.latent_channels, *request_.height / vae_config.downscale(),
                     *request_.width / vae_config.downscale()};

  const double inf = std::numeric_limits<double>::infinity();
  const diffusion::Guidance guidance{
      .scale = *request_.cfg,
      .renorm = request_.renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
      .max_ratio = request_.renorm > 0 ? request_.renorm : 1,
      .rescale = request_.rescale,
      .until_time = request_.cfg_trunc.value_or(inf),
      .until_step_ratio = request_.cfg_trunc_steps.value_or(1)};
  const auto schedule =
      request_.sigmas.empty()
          ? diffusion::make_schedule(request_.schedule, static_cast<int>(*request_.steps),
                                     *request_.shift)
          : diffusion::Schedule(request_.sigmas);
  diffusion::SampleSettings settings{
      .schedule = start.latent.defined()
                      ? diffusion::schedule_for_strength(schedule, request_.strength)
                      : schedule,
      .sampler = request_.sampler,
      .options = {.eta = request_.eta},
      .noise = {.kind = *rng_kind_from_name(request_.rng), .seeds = {}, .cuda = {}},
      .inpainting = {}};

  pipeline::GuidedTransformer field(transformer, conditioning.positive, conditioning.negative,
                                    isolation_);
  std::optional<explain::AttentionRecorder> recorder;
  if (questions_) {
    const int64_t layers = transformer.config().n_layers;
    const auto nodes = static_cast<int64_t>(questions_->nodes.size());
    recorder.emplace(*questions_,
                     explain::LayerChoice::of(layers, nodes, transformer.config().head_dim()));
    provenance_ = {recorder->layers(), layers, settings.schedule.steps()};
    field.on_attention = [&](const auto& view) { recorder->look(view); };
  }
  const int64_t rounds = (request_.count + request_.batch - 1) / request_.batch;
  const int evaluations =
      diffusion::evaluations(diffusion::sampler_named(request_.sampler), settings.schedule);
  // Progress counts blocks, so that even one slow step moves.
  int64_t calls = 0, blocks = 0;
  watch_.begin("sample", rounds * evaluations);
  field.on_block = [&](int64_t done, int64_t total) {
    blocks = total;
    watch_.advance(calls * total + done, rounds * evaluations * total);
  };
  const auto counted = [&](const Tensor& x, const diffusion::FlowPoint& at,
                           const std::vector<int>& guided) {
    if (recorder) recorder->step(at.step, at.steps);
    auto halves = field(x, at, guided);
    ++calls;
    return halves;
  };
  const auto velocity = diffusion::guide({guidance}, counted);
  settings.explain = [&] { field.settle(); };

  const std::string conditioning_hash =
      hash_of({conditioning.positive.caption, conditioning.positive.pooled,
               conditioning.negative.caption, conditioning.negative.pooled});
  std::vector<Sampled> done;
  for (int64_t first = 0; first < request_.count; first += request_.batch) {
    const int64_t images = std::min(request_.batch, request_.count - first);
    const Seeds seeds = seeds_of(request_, first, images);
    settings.noise.seeds = seeds.noise;
    Tensor noise = gaussian_noise(settings.noise.kind, seeds.noise, latent, model_.device);
    if (request_.variation > 0) {
      noise = diffusion::turned_noise(
          noise, gaussian_noise(settings.noise.kind, seeds.variation, latent, model_.device),
          request_.variation);
    }
    Tensor x = noise;
    if (start.latent.defined()) {
      const Tensor data = repeated(start.latent, images);
      x = diffusion::add_noise(data, noise, settings.schedule.sigma(0));
      if (start.mask.defined()) {
        settings.inpainting = diffusion::Inpainting{repeated(start.mask, images), data, noise};
      }
    }
    if (recorder) {
      const int64_t patch = transformer.config().patch_size;
      recorder->begin(images, latent[1] / patch, latent[2] / patch);
    }
    x = diffusion::sample(x, settings, velocity, [&](const diffusion::Progress& step) {
      if (!colours || !events_.preview) return;
      const Tensor seen = step.denoised();
      const image::Picture small =
          (*colours)(seen.slice(0, 1).view({seen.dim(1), seen.dim(2), seen.dim(3)}));
      events_.preview({small.width, small.height, small.pixels});
    });
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
